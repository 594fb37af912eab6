"""The mixture of mature domains: what is in it, what is kept out, how it is drawn from."""

import json
import re
from collections import Counter
from itertools import islice

import pytest

from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.data import load_domain, mature
from modeling_bilstm_nlu.data.drop_reasons import DropReason
from modeling_bilstm_nlu.data.encoding import encode_dataset
from modeling_bilstm_nlu.data.formats.registry import RawDomain
from modeling_bilstm_nlu.data.mixtures import corpus_tables
from modeling_bilstm_nlu.data.mixtures.corpus_tables import open_corpus, table_of, text_hash
from modeling_bilstm_nlu.data.mixtures.mixture import temperature_shares
from modeling_bilstm_nlu.data.schema import SlotSpan, Utterance
from modeling_bilstm_nlu.data.text import loose_key


def massive_rows():
    """(partition, scenario, intent, annotated text)"""
    yield from (("train", "alarm", "alarm_set", f"wake me at [time : {hour} am]") for hour in range(1, 9))
    yield from (("train", "music", "music_play", f"play [song : number {n}]") for n in range(1, 9))
    yield "train", "play", "play_music", "put on some tunes"
    yield "train", "music", "music_play", "Put on some  tunes!"  # labelled otherwise
    yield "train", "music", "music_play", "Play [song : number 1]"
    yield "train", "music", "music_play", "play [song : wake me at 3 am]"
    yield "train", "music", "music_play", "wake me at 2 AM."  # a text of the alarms
    yield "train", "weather", "weather_query", "is it cold"
    yield "train", "weather", "weather_ask", "is it cold"
    yield "dev", "music", "music_play", "play [song : number 3]"
    yield "dev", "music", "music_play", "play [song : number 30]"
    yield "dev", "music", "music_stop", "stop it"  # training has no such intent
    yield "test", "music", "music_play", "play [song : number 4]"


@pytest.fixture
def data_dir(tmp_path):
    folder = tmp_path / "data"
    rows = []
    for partition, scenario, intent, annotated in massive_rows():
        text = re.sub(r"\[\w+ : ([^\]]*)\]", r"\1", annotated)
        rows.append(dict(partition=partition, scenario=scenario, intent=intent, utt=text, annot_utt=annotated))
    (folder / "massive").mkdir(parents=True)
    (folder / "massive" / "en-US.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    weather = {"GetWeather": [{"data": [{"text": text}]} for text in ("will it rain", "put on some tunes", "so cold")]}
    (folder / "snips" / "GetWeather").mkdir(parents=True)
    (folder / "snips" / "GetWeather" / "train_GetWeather_full.json").write_text(json.dumps(weather))
    return folder


def mix(data_dir, exclude=(), **options):
    options = {"corpora": ["massive", "snips"], "cache_dir": data_dir.parent / "cache", **options}
    return mature(exclude, data_dir=data_dir, **options)


def texts(domain, split="train"):
    return [" ".join(text.split()) for text in domain.splits[split]["text"]]


def test_what_is_in_it(data_dir):
    mixture = mix(data_dir)
    assert Counter(domain for domain in mixture.splits["train"]["domain"]) == {
        "massive/alarm": 7,
        "massive/music": 8,
        "snips/GetWeather": 3,
    }
    assert mixture.spec.intents == ("slurp.alarm_set", "slurp.music_play", "snips.GetWeather")
    assert mixture.spec.slot_types == ("slurp.song", "slurp.time")
    assert texts(mixture, "validation") == ["play number 30"]
    assert [corpus.title.split()[0] for corpus in mixture.corpora] == ["MASSIVE", "SNIPS"]
    assert mixture.report["massive"] == {
        "train": 15,
        "validation": 1,
        DropReason.TEST_SPLIT: 1,
        DropReason.TEXTS_OF_A_TEST_SPLIT: 1,
        DropReason.CONFLICTING_LABELS: 6,
        DropReason.REPEATED_TEXTS: 1,
        DropReason.VALIDATION_TEXTS_OF_TRAINING: 1,
        DropReason.VALIDATION_WITH_UNSEEN_LABELS: 1,
    }
    assert "massive: train 15" in str(mixture) and mixture.dropped[DropReason.REPEATED_TEXTS] == 1


def test_what_is_kept_out(data_dir):
    mixture = mix(data_dir, ["massive/alarm"])
    assert "massive/alarm" not in mixture.splits["train"]["domain"] and "wake me at 2 AM." not in texts(mixture)
    assert "play wake me at 3 am" in texts(mixture)
    assert mixture.report["massive"][DropReason.EXCLUDED_DOMAIN] == 8
    # by the name of another corpus of the family
    assert texts(mix(data_dir, "massive/ala*")) == texts(mixture)
    target = load_domain(data_dir / "massive", domains="alarm", validation_size=0, test_size=0)
    keys = {loose_key(text) for text in texts(target)}
    for split in mixture.splits:
        assert not keys & {loose_key(text) for text in texts(mix(data_dir, [target]), split)}


def test_a_family_is_guarded_by_all_of_it(data_dir):
    slurp = {"slurp_id": 1, "scenario": "alarm", "action": "set", "intent": "alarm_set", "sentence": "so cold"}
    slurp |= {"tokens": [{"surface": "so", "id": 0}, {"surface": "cold", "id": 1}], "entities": []}
    (data_dir / "slurp").mkdir()
    (data_dir / "slurp" / "devel.jsonl").write_text(json.dumps(slurp))
    assert "so cold" in texts(mix(data_dir, ["massive/music"], corpora=["snips"]))
    assert "so cold" not in texts(mix(data_dir, ["massive/alarm"], corpora=["snips"]))


def test_what_the_readers_options_leave_out_is_kept_out(data_dir):
    (data_dir / "snips" / "GetWeather" / "train_GetWeather.json").write_text(
        json.dumps({"GetWeather": [{"data": [{"text": "wake me at 5 am"}]}]})
    )
    options = {"massive": {"domains": ["music"]}, "snips": {"train_set": "small"}}
    with_alarms = mix(data_dir, corpora=options)
    assert "wake me at 5 am" in texts(with_alarms) and "massive/alarm" not in with_alarms.splits["train"]["domain"]
    assert "wake me at 5 am" not in texts(mix(data_dir, ["massive/alarm"], corpora=options))


def test_exclusion_takes_any_iterable(data_dir):
    target = load_domain(data_dir / "massive", domains="alarm", validation_size=0, test_size=0)
    expected = texts(mix(data_dir, [target, "snips"]))
    assert texts(mix(data_dir, iter([target, "snips"]))) == expected
    assert texts(mix(data_dir, target)) == texts(mix(data_dir, [target]))


def test_the_working_directory_does_not_matter(data_dir, tmp_path, monkeypatch):
    expected = texts(mix(data_dir))
    (tmp_path / "here" / "massive").mkdir(parents=True)
    (tmp_path / "here" / "massive" / "en-US.jsonl").write_text("")
    monkeypatch.chdir(tmp_path / "here")
    assert texts(mix(data_dir, cache_dir=tmp_path / "other")) == expected


def test_a_corpus_that_is_not_in_the_mixture_guards_it(data_dir):
    mixture = mix(data_dir, ["massive/play"], corpora=["snips"])
    assert texts(mixture) == ["will it rain", "so cold"] and set(mixture.report) == {"snips"}
    assert len(mix(data_dir, ["massive/alarm"], corpora=["snips"]).splits["train"]) == 3


def test_a_test_split_of_the_family_guards_too(data_dir, caplog):
    mix(data_dir, corpora=["snips"])
    assert "snips_slotgated" in caplog.text
    for split, text in {"train": "so cold", "test": "will it rain"}.items():
        folder = data_dir / "snips_slotgated" / split
        folder.mkdir(parents=True)
        (folder / "seq.in").write_text(text + "\n")
        (folder / "seq.out").write_text(" ".join("O" for _ in text.split()) + "\n")
        (folder / "label").write_text("GetWeather\n")
    mixture = mix(data_dir, corpora=["snips"])
    assert texts(mixture) == ["put on some tunes", "so cold"]
    assert mixture.report["snips"][DropReason.TEXTS_OF_A_TEST_SPLIT] == 1


def test_more_sources(data_dir):
    raw = RawDomain("bot", {"train": [Utterance("so cold!", "chat"), Utterance("12"), Utterance("hi", None, None)]})
    table = table_of(raw, name="bot")
    assert table.dropped == {DropReason.TEXTS_WITHOUT_A_LETTER: 1}
    mixture = mix(data_dir, extra=[table])
    assert mixture.report["bot"] == {"train": 1, "validation": 0, DropReason.UNLABELLED: 1} | table.dropped
    assert "bot" not in mix(data_dir, ["bot"], extra=[table]).parts["train"]
    assert mixture.splits["train"][-1]["intent"] == "bot.chat" and mixture.parts["train"]["bot"] == 1
    assert mixture.splits["train"][-1]["domain"] == "bot"


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"exclude": ["massive/alrm"]}, "'massive/alrm'"),
        ({"exclude": ["masive"]}, "'masive'"),
        ({"corpora": ["massiv"]}, "'massiv'"),
        ({"exclude": ["massive", "snips"]}, "massive.*snips"),
        ({"exclude": [3]}, "exclude.*3"),
        ({"corpora": []}, "source"),
        ({"extra": [table_of(RawDomain("x"), name="snips")]}, "name"),
    ],
)
def test_what_cannot_be_mixed(data_dir, arguments, message):
    with pytest.raises(DataError, match=message):
        mix(data_dir, **arguments)


def test_the_cache_is_read_until_a_file_changes(data_dir, monkeypatch):
    cache = data_dir.parent / "cache"
    first = open_corpus("massive", data_dir=data_dir, cache_dir=cache)
    with monkeypatch.context() as patch:
        patch.setattr(corpus_tables, "read_source", None)
        again = open_corpus("massive", data_dir=data_dir, cache_dir=cache)
    assert again.rows[:] == first.rows[:] and again.rows.cache_files
    with open(data_dir / "massive" / "en-US.jsonl", "a") as file:
        file.write('\n{"partition": "train", "scenario": "qa", "intent": "qa_maths", "annot_utt": "add two"}')
    assert len(open_corpus("massive", data_dir=data_dir, cache_dir=cache).rows) == len(first.rows) + 1
    assert not list(cache.glob("corpora/.*"))


def test_rows_are_encoded_once(data_dir, monkeypatch):
    def encoded():
        mixture = mix(data_dir)
        return encode_dataset(
            mixture.splits["train"], build_tokenizer(), mixture.spec.intents, mixture.spec.slot_types
        )

    first = encoded()
    assert encoded().cache_files == first.cache_files != []


def test_drawing(data_dir):
    mixture = mix(data_dir)
    drawn = mixture.sample(400, temperature=float("inf"), seed=1)
    counts = Counter(domain.partition("/")[0] for domain in drawn["domain"])
    assert 160 < counts["snips"] < 240 and len(drawn) == 400
    # a small corpus comes in whole rounds
    each = Counter(text for text in drawn["text"] if text in ("will it rain", "so cold", "put on some tunes"))
    assert len(set(each.values())) <= 2
    assert mixture.sample(30, seed=1)["text"] == mixture.sample(30, seed=1)["text"] != mixture.sample(30)["text"]
    smaller = mixture.sampled(30, seed=1)
    assert sorted(smaller.splits["train"]["text"]) == sorted(mixture.sample(30, seed=1)["text"])
    assert sum(smaller.parts["train"].values()) == 30 and smaller.parts["validation"] == mixture.parts["validation"]
    for corpus, rows in smaller.corpus_splits().items():
        assert {place.partition("/")[0] for place in rows["domain"]} == {corpus}
    domain = load_domain(
        "mature", corpora=["massive", "snips"], data_dir=data_dir, cache_dir=data_dir.parent / "cache", size=50
    )
    assert len(domain.splits["train"]) == 50 and domain.spec == mixture.spec
    stream = list(mixture.stream(temperature=2.0, seed=3))
    assert {row["text"] for row in stream} == set(mixture.splits["train"]["text"])
    assert list(islice(mixture.stream(temperature=2.0, seed=3), 5)) == stream[:5]
    order = [row["text"] for row in stream if row["domain"].startswith("massive")]
    assert order[:15] != mixture.corpus_splits()["massive"]["text"][:15]


def test_temperature():
    assert temperature_shares({"a": 900, "b": 100}) == {"a": 0.9, "b": 0.1}
    assert temperature_shares({"a": 900, "b": 100}, 2.0) == pytest.approx({"a": 0.75, "b": 0.25})
    with pytest.raises(DataError, match="temperature=0"):
        temperature_shares({"a": 1}, 0.0)
    for options in ({"format": "csv"}, {"unseen_values": 0.1}, {"temperature": 2.0}):
        with pytest.raises(DataError, match=next(iter(options))):
            load_domain("mature", corpora=["snips"], **options)
    with pytest.raises(DataError, match="colour"):
        load_domain("mature", colour="red")


def test_spans_move_with_white_space():
    raw = RawDomain("x", {"train": [Utterance("to  rome\tnow", "go", (SlotSpan("city", 4, 8),))]})
    row = table_of(raw, name="x").rows[0]
    assert row["text"] == "to rome now" and row["spans"] == [{"slot_type": "x.city", "start": 3, "end": 7}]
    assert row["key"] == text_hash("To Rome, now!")
