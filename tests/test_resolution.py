"""Which value a phrase means: a table of phrases, and the limits of guessing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import steps_of

from modeling_bilstm_nlu import resolution_bilstm_nlu
from modeling_bilstm_nlu.phonetics_bilstm_nlu import sound_key
from modeling_bilstm_nlu.resolution_bilstm_nlu import FORM_SCORE, SOUND_SCORE, ValueIndex, num_edits, words_of

VALUES = {
    "jazz": ["jazz music", "smooth jazz"],
    "R&B": ["rhythm and blues"],
    "Beyonc\u00e9": [],
    "AC/DC": [],
    "The Beatles": ["fab four"],
    "living room": ["lounge"],
    "tomato": [],
    "strawberry": [],
    "box": [],
    "TV": ["television", "telly"],
    "bohemian rhapsody": [],
    "terminal 2": [],
    "news": [],
    "house": [],
    "restaurant": [],
    "O'Brien": [],
    "\u0141\u00f3d\u017a": ["Lodz center"],
    "stra\u00dfe": [],
    "\u0939\u093f\u0902\u0926\u0940": [],
    "\u6771\u4eac\u30bf\u30ef\u30fc": [],
    "\u2764": [],
}


@pytest.fixture(scope="module")
def index() -> ValueIndex:
    return ValueIndex(VALUES)


@pytest.mark.parametrize(
    "text, value",
    [
        ("jazz", "jazz"),
        ("JAZZ", "jazz"),
        ("  Jazz   music ", "jazz"),
        ("jazz-music!", "jazz"),
        ("r & b", "R&B"),
        ("r and b", "R&B"),
        ("beyonce", "Beyonc\u00e9"),
        ("Beyonce\u0301", "Beyonc\u00e9"),
        ("ac dc", "AC/DC"),
        ("acdc", "AC/DC"),
        ("livingroom", "living room"),
        ("t. v.", "TV"),
        ("t v", "TV"),
        ("o brien", "O'Brien"),
        ("O\u2019Brien", "O'Brien"),
        ("lodz", "\u0141\u00f3d\u017a"),
        ("strasse", "stra\u00dfe"),
        ("\u0939\u093f\u0902\u0926\u0940", "\u0939\u093f\u0902\u0926\u0940"),
        ("\u6771\u4eac \u30bf\u30ef\u30fc", "\u6771\u4eac\u30bf\u30ef\u30fc"),
        ("\uff34\uff36", "TV"),
        ("\u2764", "\u2764"),
    ],
)
def test_case_spaces_punctuation_and_accents_do_not_matter(index: ValueIndex, text: str, value: str):
    assert index.find(text) == (value, 1.0)


@pytest.mark.parametrize(
    "text, value",
    [
        ("tomatoes", "tomato"),
        ("the tomatoes", "tomato"),
        ("strawberries", "strawberry"),
        ("boxes", "box"),
        ("beatles", "The Beatles"),
        ("a television", "TV"),
        ("living rooms", "living room"),
        ("houses", "house"),
    ],
)
def test_articles_and_plurals_do_not_matter(index: ValueIndex, text: str, value: str):
    assert index.find(text) == (value, FORM_SCORE)


@pytest.mark.parametrize(
    "text, value",
    [
        ("bohemian rapsody", "bohemian rhapsody"),
        ("bohemain rhapsody", "bohemian rhapsody"),
        ("bohemina rapsody", "bohemian rhapsody"),
        ("restaraunt", "restaurant"),
        ("resturants", "restaurant"),
        ("tomatto", "tomato"),
        ("televison", "TV"),
        ("strawbery", "strawberry"),
    ],
)
def test_small_spelling_errors_in_long_words_are_forgiven(index: ValueIndex, text: str, value: str):
    found = index.find(text)
    assert found is not None and found.value == value
    assert 0.7 < found.score < FORM_SCORE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?!",
        "jaz",  # short words are too close to others
        "horse",
        "bix",
        "terminal 3",  # digits are never misspelt
        "terminal two",
        "gomato",  # nor is the first letter
        "bohemian",
        "bohemian rhapsody live",
        "bohemiannn rrapsodyy",  # too many
        "new",
        "classical",
        "x" * 10_000,
        "tomato " * 100,
    ],
)
def test_what_is_not_close_means_nothing(index: ValueIndex, text: str):
    assert index.find(text) is None


def test_a_canonical_value_goes_before_synonyms_and_the_first_of_two():
    index = ValueIndex({"taxi": ["cab", "car"], "car": ["cab"], "van": ["CAR"]})
    assert index.find("car") == ("car", 1.0)
    assert index.find("cab") == ("taxi", 1.0)


def test_punctuation_tells_values_apart_that_differ_in_nothing_else():
    index = ValueIndex({"C": [], "C++": [], "C#": []})
    assert [index.find(text) for text in ("c", "c++", "C#")] == [("C", 1.0), ("C++", 1.0), ("C#", 1.0)]
    assert index.find("c.") is None


def test_what_is_equally_close_to_two_values_means_neither():
    index = ValueIndex({"marina": [], "marine": [], "marines corps": [], "garden": [], "gardeners": []})
    assert index.find("marino") is None
    assert index.find("garten") == ("garden", pytest.approx(FORM_SCORE * 5 / 6, abs=1e-4))
    index = ValueIndex({"plane": [], "planets": []})
    assert index.find("planet") == ("planets", FORM_SCORE)
    index = ValueIndex({"plane": []})
    assert index.find("planet") is None  # a word too short to be guessed


def test_a_short_value_that_is_as_close_stands_in_the_way():
    assert ValueIndex({"Bornem": []}).find("bornee") is not None
    assert ValueIndex({"Bornem": [], "Borneo": []}).find("bornee") is None
    assert ValueIndex({"Bornem": [], "Borne": []}).find("bornee") is None


@pytest.mark.parametrize(
    "first, second, edits",
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "abd", 1),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("abc", "xabc", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
        ("abcdef", "badcfe", 3),
    ],
)
def test_edits_are_counted(first: str, second: str, edits: int):
    assert num_edits(first, second, 5) == num_edits(second, first, 5) == edits
    assert num_edits(first, second, 1) == min(edits, 2)


def brute_force(text: str, words: list[str], limit: int) -> set[str]:
    return {word for word in words if word != text and word[0] == text[0] and num_edits(text, word, limit) <= limit}


@given(st.lists(st.text("ab", min_size=5, max_size=13), max_size=30), st.text("ab", min_size=6, max_size=12))
def test_the_vocabulary_finds_all_that_comparing_with_every_word_finds(words: list[str], text: str):
    vocabulary = ValueIndex({word: [] for word in words})._similar[1]
    limit = 1 if len(text) < 10 else 2
    bases = [word for word in dict.fromkeys(words)]
    assert {word for word, _, _ in vocabulary.near(text)} == brute_force(text, bases, limit)


@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_is_its_own_value(text: str):
    index = ValueIndex({text: []})
    found = index.find(text)
    assert found is None if not text.strip() else found is None or found == (text, 1.0)
    assert ValueIndex(VALUES).find(text) is None or text.strip()


def test_words_are_letters_and_digits():
    assert words_of("The \u00c9t\u00e9's 4th: caf\u00e9-bar, O\u2019Hara & Co.") == [
        "the", "etes", "4th", "cafe", "bar", "ohara", "and", "co"
    ]  # fmt: skip


def test_a_large_catalog_compares_with_few_of_its_words(monkeypatch: pytest.MonkeyPatch):
    syllables = ["ba", "ka", "to", "mi", "ren", "sol", "dar", "vin", "el", "os", "tra", "qui", "ne", "lo", "fa", "gar"]
    values = [
        f"{a}{b}{c} {d}{e}" for a in syllables for b in syllables for c in syllables for d in "abc" for e in "de"
    ]
    index = ValueIndex({value: [] for value in values})
    assert len(values) > 22_000
    compared = []
    num_edits = resolution_bilstm_nlu.num_edits
    monkeypatch.setattr(
        resolution_bilstm_nlu, "num_edits", lambda *words: [compared.append(words), num_edits(*words)][1]
    )
    assert index.find("bakato bd") is not None and not compared
    assert index.find("bakatto bd") is not None and 0 < len(compared) < 16**3 / 10
    assert steps_of(lambda: [index.find(value.upper()) for value in values[:1000]]) < 20 * 1000
    compared.clear()
    for value in values[:500]:
        index.find(value[:4] + value[5:])
    assert len(compared) < 500 * 16**3 / 10  # of the words, a tenth at most


@pytest.mark.parametrize(
    "text, value",
    [
        ("knight mode", "night mode"),
        ("the fillips light", None),
        ("philips light", "Philips light"),
        ("fillip", "Phillip"),
        ("katherine", "Catherine"),
        ("steven", None),
        ("rite aid pharmacy", "Wright Aid pharmacy"),
        ("sweat mode", None),
        ("sweet", None),
        ("bred box", None),
        ("mail", None),
    ],
)
def test_words_that_sound_the_same_are_found_and_others_are_not(text: str, value: str | None):
    index = ValueIndex(
        dict.fromkeys(
            (
                "night mode",
                "Philips light",
                "Phillip",
                "Catherine",
                "stephen",
                "Wright Aid pharmacy",
                "sweet mode",
                "male",
            ),
            (),
        )
        | {"sweat": (), "breed box": ()}
    )
    match = index.find(text)
    assert (match and match.value) == value
    assert match is None or match.score in (1.0, SOUND_SCORE)


def test_a_sound_of_two_values_has_no_match():
    index = ValueIndex({"write mode": (), "wright mode": (), "night mode": ()})
    assert index.find("rite mode") is None and index.find("knight mode") == ("night mode", SOUND_SCORE)
    assert SOUND_SCORE < FORM_SCORE * (1 - 1 / 6), "a spelling error is likelier to be meant"


@pytest.mark.parametrize(
    "words",
    [
        ("bit", "bet", "beat", "bait"),
        ("pepper", "piper", "paper"),
        ("sweat", "sweet"),
        ("lawn", "lone"),
        ("table", "double"),
        ("batter", "butter", "better"),
        ("living", "leaving"),
        ("salad", "solid"),
        ("fan", "van"),
        ("metal", "medal"),
    ],
)
def test_words_that_people_hear_as_different_have_different_keys(words: tuple[str, ...]):
    assert len(set(map(sound_key, words))) == len(words)


@pytest.mark.parametrize(
    "one, other",
    [("night", "knight"), ("write", "right"), ("mail", "male"), ("wait", "weight"), ("cite", "sight"), ("42", "42")],
)
def test_words_that_sound_the_same_have_one_key(one: str, other: str):
    assert sound_key(one) == sound_key(other)
