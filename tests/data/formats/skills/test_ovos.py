"""Skills of Open Voice OS."""

import re
import shutil
from pathlib import Path

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import load_skill, read
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.formats.registry import format_for
from modeling_bilstm_nlu.data.values.builtin_types import open_phrases, spell_number

SKILL = Path(__file__).parents[3] / "samples" / "ovos_tiny"
ENGLISH = SKILL / "tea_skill" / "locale" / "en-US"


@pytest.fixture
def skill(tmp_path):
    return Path(shutil.copytree(SKILL, tmp_path / "tea"))


def test_the_skill_as_parsed():
    raw = read(SKILL)
    spec = raw.skill
    assert spec.name == raw.name == "tea_skill"
    texts = [phrase.text for phrase in spec.intents["order.tea"]]
    # templates take turns; "bring me {Tea}" stands in both files
    first = ["bring me some {Tea}", "{tea} please", "i want {number} cups of {tea} with {extra}", "bring me {tea}"]
    assert texts[:5] == [*first, "TEA TIME"]
    assert sorted(texts[5:]) == sorted(
        [
            "get me some {Tea}",
            "get me {Tea}",
            "i want {number} cups of {tea}",
            "i would like {number} cups of {tea}",
            "i would like {number} cups of {tea} with {extra}",
        ]
    )
    assert [phrase.text for phrase in spec.intents["hours"]] == [
        "when do you open",
        "when do you close",
        "when are you open",
    ]
    assert spec.slots["order.tea"] == {"Tea": "tea", "extra": "extra", "number": "AMAZON.NUMBER", "tea": "tea"}
    assert {name: list(catalog.values) for name, catalog in spec.catalogs.items()} == {
        "tea": ["green tea", "Earl Grey"]
    }
    assert raw.dropped[DropReason.REPEATED_SAMPLES] == 1
    assert raw.dropped[DropReason.KEYWORD_FILES] == 1


def test_every_door_leads_to_the_same_skill():
    domains = [read(path) for path in (SKILL, SKILL / "tea_skill", ENGLISH.parent, ENGLISH)]
    assert all(domain.splits == domains[0].splits for domain in domains)
    assert format_for(ENGLISH / "hours.intent").name == "ovos"
    assert {utterance.intent for utterance in read(ENGLISH / "hours.intent").splits["train"]} == {"hours"}


def test_languages():
    assert [u.text for u in read(SKILL, locale="de_DE").splits["train"]] == ["einen tee bitte"]
    assert DropReason.VALUES_SPELLED_OUT not in read(SKILL, locale="de-de").dropped
    with pytest.raises(DataError, match=r"\.intent.*'fr-fr'.*de-de.*locale"):
        read(SKILL, locale="fr-fr")


@pytest.mark.parametrize("language, spoken", [("de-de", False), ("en-gb", True)])
def test_values_are_spoken_in_english_alone(tmp_path, language, spoken):
    folder = tmp_path / "locale" / language
    folder.mkdir(parents=True)
    (folder / "hotel.intent").write_text("hotel {stars} {count}\n")
    (folder / "stars.entity").write_text("5-star\n")
    (folder / "count.entity").write_text("#\n")
    for path in (tmp_path / "locale", folder, folder / "hotel.intent"):
        raw = read(path, locale=language)
        texts = [u.text for u in raw.splits["train"]]
        assert any("5-star" in text for text in texts) and any("five star" in text for text in texts) is spoken
        assert raw.dropped.get(DropReason.BUILTIN_VALUES_IN_ENGLISH, 0) == (not spoken)


def test_forms_of_one_template_share_a_group(skill):
    (skill / "tea_skill/locale/en-US/many.intent").write_text("(a|b|c) (d|e|f) (g|h) now\n(stop|halt) it\n")
    groups = {}
    for utterance in read(skill).splits["train"]:
        groups.setdefault((utterance.intent, utterance.group), set()).add(utterance.text)
    assert len(groups["many", "many: (a|b|c) (d|e|f) (g|h) now"]) == 18
    assert len(groups["hours", "hours: when (do you (open|close)|are you open)"]) == 3
    domain = load_skill(skill)
    splits = {split: set(rows["group"]) for split, rows in domain.splits.items()}
    assert not splits["train"] & splits["test"]


def test_expansions_are_capped_and_seeded(skill):
    (skill / "tea_skill/locale/en-US/many.intent").write_text("(a|b|c|d) (a|b|c|d) (a|b|c|d)\nstop it\n")

    def forms(**options):
        return [phrase.text for phrase in read(skill, **options).skill.intents["many"]]

    assert len(forms(max_expansions=5)) == 6 and "stop it" in forms(max_expansions=5)[:2]
    assert forms(max_expansions=5) == forms(max_expansions=5) != forms(max_expansions=5, seed=1)
    assert len(forms(max_expansions=100)) == 65
    with pytest.raises(DataError, match="0 forms"):
        forms(max_expansions=0)


@pytest.mark.parametrize(
    "line, message",
    [
        ("(play|stop it", r"hours.intent.*line 2.*'\('"),
        ("play {it", "hours.intent.*line 2.*'{'"),
        ("play {a {b} c}", "hours.intent.*line 2"),
        ("play { } now", "hours.intent.*line 2"),
    ],
)
def test_broken_lines_are_named_or_dropped(skill, line, message):
    with (skill / "tea_skill/locale/en-US/hours.intent").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(DataError, match=message):
        read(skill, on_error="raise")
    raw = read(skill, on_error="drop")
    assert raw.dropped[DropReason.BROKEN_RECORDS] == 1 and raw.splits == read(SKILL).splits


def test_values_with_alternatives_and_optional_words(skill):
    folder = skill / "tea_skill/locale/en-US"
    (folder / "extra.entity").write_text("(oat|soy) milk\n[brown] sugar\n# no value\nlemon|lime\n")
    values = ["oat milk", "soy milk", "brown sugar", "sugar", "lemon", "lime"]
    raw = read(skill)
    assert sorted(raw.skill.catalogs["extra"].values) == sorted(values)
    assert {u.text[s.start : s.end] for u in raw.splits["train"] for s in u.spans if s.slot_type == "extra"} <= set(
        values
    )
    (folder / "extra.entity").write_text(f"milk\n{'(a|b|c|d)' * 6}\n(oat milk\n")
    with pytest.raises(DataError, match=r"extra.entity.*line 3.*'\('"):
        read(skill, on_error="raise")
    raw = read(skill, on_error="drop")
    assert raw.dropped[DropReason.BROKEN_RECORDS] == 1 and len(raw.skill.catalogs["extra"].values) == 1001
    assert raw.dropped[DropReason.LINES_OF_TOO_MANY_VALUES.of(1_000)] == 1


def skill_of(folder, **files):
    """Write the files of a language of a skill: name with ``__`` in place of the dot -> its lines."""
    language = folder / "locale" / "en-us"
    language.mkdir(parents=True)
    for name, lines in files.items():
        (language / name.replace("__", ".")).write_text("\n".join(lines) + "\n")
    return folder


def test_placeholders_in_values(tmp_path):
    path = skill_of(
        tmp_path / "kitchen",
        boil__intent=["boil eggs {time}", "ring egg {egg}"],
        time__entity=["[for] (#|##|:0) (minute|minutes)"],
        egg__entity=["#", "every one"],
    )
    raw = read(path)
    assert list(raw.skill.catalogs["egg"].values) == [*"0123456789", "every one"]
    forms = [re.fullmatch(r"(for )?(.+) minutes?", value)[2] for value in raw.skill.catalogs["time"].values]
    digits = [form for form in forms if form.isdigit()]
    assert {len(form) for form in digits} == {1, 2} and all(form[0] != "0" for form in digits if len(form) == 2)
    words = set(forms) - set(digits)
    assert len(words) > 10 and words <= {spell_number(number) for number in range(101)}
    assert any("{" not in u.text and "#" not in u.text and ":0" not in u.text for u in raw.splits["train"])
    assert read(path).splits == raw.splits
    assert read(path, seed=1).skill.catalogs["time"] != raw.skill.catalogs["time"]


def test_placeholders_in_intents(tmp_path):
    path = skill_of(
        tmp_path,
        version__intent=[":0 what version is this", "# notes", "// more", "channel #"],
        at__intent=["at #:##"],
    )
    raw = read(path, max_expansions=5)
    texts = {u.text for u in raw.splits["train"] if u.intent == "version"}
    spoken = {text.removesuffix(" what version is this") for text in texts if text.endswith("this")}
    assert len(spoken) == 5 and spoken <= set(open_phrases())
    assert {text for text in texts if text.startswith("channel")} == {f"channel {digit}" for digit in range(5)}
    assert len(texts) == 10 and raw.dropped[DropReason.COMMENT_LINES] == 1
    assert len({u.group for u in raw.splits["train"] if u.intent == "version"}) == 2
    assert all(re.fullmatch(r"at \d:\d\d", u.text) for u in raw.splits["train"] if u.intent == "at")


@pytest.mark.parametrize(
    "lines, first, num_comments",
    [
        (["# minutes", "## minutes"], "0 minutes", 0),
        (["# hours ago"], "0 hours ago", 0),
        (["# percent", "#%"], "0 percent", 0),
        (["# all kinds of teas", "#", "none"], "0", 1),
        (["# teas", "mint"], "mint", 1),
        (["#Teas", "mint"], "mint", 1),
        (["// teas", "mint"], "mint", 0),
        (["#th", "last"], "0th", 0),
        (["A#", "B"], "A0", 0),
    ],
)
def test_signs_of_digits_are_told_from_comments(tmp_path, lines, first, num_comments):
    raw = read(skill_of(tmp_path, go__intent=["go {x}"], x__entity=lines))
    assert next(iter(raw.skill.catalogs["x"].values)) == first
    assert raw.dropped.get(DropReason.COMMENT_LINES, 0) == num_comments


def test_a_value_of_any_words_is_counted(tmp_path):
    raw = read(
        skill_of(tmp_path, go__intent=["go {x}", "see {y}"], x__entity=[":0", "home"], y__entity=["the :0 song"])
    )
    assert list(raw.skill.catalogs["x"].values) == ["home"] and raw.dropped[DropReason.VALUES_OF_ANY_WORDS] == 1
    songs = [value.removeprefix("the ").removesuffix(" song") for value in raw.skill.catalogs["y"].values]
    assert len(songs) > 5 and set(songs) <= set(open_phrases())


def test_a_skill_of_a_name_of_two_letters(tmp_path):
    for name in ("tv", "my-tv", "fr"):
        skill_of(tmp_path / name, on__intent=["turn on the screen"])
        german = tmp_path / name / "locale" / "de-de"
        german.mkdir()
        (german / "on.intent").write_text("schalte ihn ein\n")
        for path in (tmp_path / name, tmp_path / name / "locale"):
            raw = read(path)
            assert [u.text for u in raw.splits["train"]] == ["turn on the screen"]
            assert (raw.name, raw.language) == (name, "en-us")
        assert [u.text for u in read(tmp_path / name, locale="de-de").splits["train"]] == ["schalte ihn ein"]
    (tmp_path / "plain" / "de" / "intents").mkdir(parents=True)  # the folder of a language without a locale folder
    (tmp_path / "plain" / "de" / "intents" / "on.intent").write_text("schalte ihn ein\n")
    assert len(read(tmp_path / "plain" / "de").splits["train"]) == 1


def test_suffixes_in_any_case(skill):
    for path in [*skill.rglob("*.intent"), *skill.rglob("*.entity")]:
        path.rename(path.with_suffix(path.suffix.upper()))
    assert read(skill).splits == read(SKILL).splits
    assert format_for(skill / "tea_skill/locale/en-US/hours.INTENT").name == "ovos"


def test_folders_that_are_no_skill(tmp_path):
    (tmp_path / "locale" / "en-us").mkdir(parents=True)
    (tmp_path / "locale" / "en-us" / "stop.voc").write_text("stop\n")
    with pytest.raises(DataError, match="reader"):
        read(tmp_path)
    with pytest.raises(DataError, match="none"):
        read(tmp_path, "ovos")
    (tmp_path / "locale" / "en-us" / "stop.intent").write_text("# nothing\n\n(|)\n")
    with pytest.raises(DataError, match="carrier phrase"):
        read(tmp_path)
