"""What numbers, dates, times and durations mean; counted from Sunday, 22 November 2026, ten o'clock."""

import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import steps_of

from bilstm_nlu import normalisation
from bilstm_nlu.errors import NluError
from bilstm_nlu.normalisation import DIRECTIONS, check_language, normalise_value, value_kind
from modeling_bilstm_nlu.configuration_bilstm_nlu import DATE_DIRECTIONS
from modeling_bilstm_nlu.data.values.builtin_types import builtin_forms

pytest.importorskip("dateparser")
pytest.importorskip("holidays")
pytest.importorskip("text_to_num")

NOW = datetime(2026, 11, 22, 10, 0)
KINDS = {"number", "ordinal", "digits", "date", "time", "datetime", "duration", "part_of_day"}


def meaning(kind: str, text: str, language: str = "en", **more: Any) -> dict[str, Any] | None:
    return normalise_value(kind, text, **{"now": NOW, "language": language, **more})


@pytest.mark.parametrize(
    "text, value",
    [
        ("zero", 0),
        ("one", 1),
        ("twenty two", 22),
        ("Twenty-Two", 22),
        ("22", 22),
        ("three hundred forty two", 342),
        ("one hundred and five", 105),
        ("twelve thousand five hundred", 12_500),
        ("a hundred", 100),
        ("a million", 1_000_000),
        ("1,250.5", 1250.5),
        ("two point five", 2.5),
        ("two and a half", 2.5),
        ("half", 0.5),
        ("minus three", -3),
        ("-4", -4),
        ("a dozen", 12),
        ("half a dozen", 6),
        ("three dozen", 36),
        ("a couple", 2),
        ("nineteen forty", 1940),
        ("nineteen oh five", 1905),
        ("nineteen hundred", 1900),
    ],
)
def test_numbers(text: str, value: float):
    assert meaning("AMAZON.NUMBER", text) == {"value": value, "kind": "number"}


@pytest.mark.parametrize("text", ["jazz", "", "0171", "9" * 40, "one two three four", "two cups", "twenty or so", "-"])
def test_no_numbers(text: str):
    assert meaning("AMAZON.NUMBER", text) is None


@pytest.mark.parametrize(
    "text, value",
    [
        ("first", 1),
        ("second", 2),
        ("twenty second", 22),
        ("the thirty first", 31),
        ("sixtieth", 60),
        ("22nd", 22),
        ("3", 3),
        ("last", -1),
        ("next to last", -2),
        ("the second to last", -2),
    ],
)
def test_ordinals(text: str, value: int):
    assert meaning("AMAZON.Ordinal", text) == {"value": value, "kind": "ordinal"}
    assert meaning("number", text) == {"value": value, "kind": "number" if text == "3" else "ordinal"}


@pytest.mark.parametrize(
    "text, value",
    [
        ("nineteen forty", "1940"),
        ("twenty ten", "2010"),
        ("two thousand five", "2005"),
        ("one two three four", "1234"),
        ("oh one two three", "0123"),
        ("zero one two three", "0123"),
        ("0042", "0042"),
        ("ninety three oh four", "9304"),
    ],
)
def test_four_digits(text: str, value: str):
    assert meaning("AMAZON.FOUR_DIGIT_NUMBER", text) == {"value": value, "kind": "digits"}
    assert meaning("AMAZON.FOUR_DIGIT_NUMBER", f"{text} nine nine") is None


@pytest.mark.parametrize(
    "text, value",
    [
        ("today", "2026-11-22"),
        ("tomorrow", "2026-11-23"),
        ("tomorrow's", "2026-11-23"),
        ("yesterday", "2026-11-21"),
        ("the day after tomorrow", "2026-11-24"),
        ("the day before yesterday", "2026-11-20"),
        ("monday", "2026-11-23"),
        ("on friday", "2026-11-27"),
        ("sunday", "2026-11-29"),
        ("this sunday", "2026-11-22"),
        ("next friday", "2026-11-27"),
        ("last friday", "2026-11-20"),
        ("friday next week", "2026-11-27"),
        ("next week on monday", "2026-11-23"),
        ("monday this week", "2026-11-16"),
        ("next week", "2026-W48"),
        ("this week", "2026-W47"),
        ("last week", "2026-W46"),
        ("the weekend", "2026-11-21/2026-11-22"),
        ("next weekend", "2026-11-28/2026-11-29"),
        ("next month", "2026-12"),
        ("this year", "2026"),
        ("next year", "2027"),
        ("november", "2026-11"),
        ("next november", "2027-11"),
        ("last october", "2026-10"),
        ("january", "2027-01"),
        ("may 2030", "2030-05"),
        ("january third", "2027-01-03"),
        ("the seventh of january", "2027-01-07"),
        ("november 22", "2026-11-22"),
        ("november twenty first", "2027-11-21"),
        ("december twenty fifth twenty twenty six", "2026-12-25"),
        ("january first twenty fifteen", "2015-01-01"),
        ("july fifth two thousand eight", "2008-07-05"),
        ("march second nineteen oh four", "1904-03-02"),
        ("nov. 25, 2026", "2026-11-25"),
        ("the 22nd", "2026-11-22"),
        ("the twenty first", "2026-12-21"),
        ("the 31st", "2026-12-31"),
        ("5th of next month", "2026-12-05"),
        ("friday the thirteenth", "2027-08-13"),
        ("wed. the 25th", "2026-11-25"),
        ("in two days", "2026-11-24"),
        ("in three weeks", "2026-12-13"),
        ("in two months", "2027-01-22"),
        ("a week from now", "2026-11-29"),
        ("three days ago", "2026-11-19"),
        ("2027", "2027"),
        ("twenty twenty seven", "2027"),
        ("2026-12-24", "2026-12-24"),
        ("12/24/2026", "2026-12-24"),
        ("24/12/2026", "2026-12-24"),
        ("christmas eve", "2026-12-24"),
        ("new year's day", "2027-01-01"),
        ("easter sunday", "2027-03-28"),
        ("good friday", "2027-03-26"),
        ("thanksgiving", "2026-11-26"),
        ("labor day", "2027-09-06"),
        ("memorial day", "2027-05-31"),
        ("mother's day", "2027-05-09"),
        ("mothers day", "2027-05-09"),
        ("st. patrick's day", "2027-03-17"),
        ("juneteenth", "2027-06-19"),
        ("presidents' day", "2027-02-15"),
    ],
)
def test_dates(text: str, value: str):
    assert meaning("AMAZON.DATE", text) == {"value": value, "kind": "date"}


@pytest.mark.parametrize(
    "text, future, past",
    [
        ("march third", "2027-03-03", "2026-03-03"),
        ("december third", "2026-12-03", "2025-12-03"),
        ("november 22", "2026-11-22", "2026-11-22"),
        ("11/25", "2026-11-25", "2025-11-25"),
        ("february 29", "2028-02-29", "2024-02-29"),
        ("friday november 20", "2027-11-20", "2026-11-20"),
        ("friday", "2026-11-27", "2026-11-20"),
        ("on monday", "2026-11-23", "2026-11-16"),
        ("sunday", "2026-11-29", "2026-11-22"),
        ("by saturday", "2026-11-28", "2026-11-21"),
        ("march", "2027-03", "2026-03"),
        ("in december", "2026-12", "2025-12"),
        ("november", "2026-11", "2026-11"),
        ("the 5th", "2026-12-05", "2026-11-05"),
        ("the 22nd", "2026-11-22", "2026-11-22"),
        ("the 25th", "2026-11-25", "2026-10-25"),
        ("the 31st", "2026-12-31", "2026-10-31"),
        ("friday the thirteenth", "2027-08-13", "2026-11-13"),
        ("wed. the 25th", "2026-11-25", "2026-03-25"),
        ("christmas", "2026-12-25", "2025-12-25"),
        ("new year's eve", "2026-12-31", "2025-12-31"),
        ("easter", "2027-03-28", "2026-04-05"),
        ("thanksgiving", "2026-11-26", "2025-11-27"),
        ("labor day", "2027-09-06", "2026-09-07"),
        ("the weekend", "2026-11-21/2026-11-22", "2026-11-21/2026-11-22"),
        ("this friday", "2026-11-27", "2026-11-20"),
        ("this march", "2027-03", "2026-03"),
        ("this easter", "2027-03-28", "2026-04-05"),
    ],
)
def test_a_date_without_a_year_is_the_next_or_the_last_one(text: str, future: str, past: str):
    found = [meaning("AMAZON.DATE", text, prefer=prefer) for prefer in ("future", "past")]
    assert found == [{"value": value, "kind": "date"} for value in (future, past)]
    assert meaning("AMAZON.DATE", text) == found[0]


@pytest.mark.parametrize(
    "text, value",
    [
        ("today", "2026-11-22"),
        ("tomorrow", "2026-11-23"),
        ("yesterday", "2026-11-21"),
        ("in two weeks", "2026-12-06"),
        ("two weeks ago", "2026-11-08"),
        ("next friday", "2026-11-27"),
        ("last friday", "2026-11-20"),
        ("last sunday", "2026-11-15"),
        ("this sunday", "2026-11-22"),
        ("past friday", "2026-11-20"),
        ("this past friday", "2026-11-20"),
        ("previous friday", "2026-11-20"),
        ("upcoming friday", "2026-11-27"),
        ("this coming friday", "2026-11-27"),
        ("the coming march", "2027-03"),
        ("since friday", "2026-11-20"),
        ("since march third", "2026-03-03"),
        ("last march", "2026-03"),
        ("next march", "2027-03"),
        ("last november", "2025-11"),
        ("this december", "2026-12"),
        ("last march third", "2026-03-03"),
        ("next march third", "2027-03-03"),
        ("last november 22", "2025-11-22"),
        ("next november 22", "2027-11-22"),
        ("last friday the thirteenth", "2026-11-13"),
        ("next friday the thirteenth", "2027-08-13"),
        ("last christmas", "2025-12-25"),
        ("next christmas", "2026-12-25"),
        ("this christmas", "2026-12-25"),
        ("past easter", "2026-04-05"),
        ("coming easter", "2027-03-28"),
        ("5th of next month", "2026-12-05"),
        ("monday this week", "2026-11-16"),
        ("friday next week", "2026-11-27"),
        ("this weekend", "2026-11-21/2026-11-22"),
        ("next week", "2026-W48"),
        ("last month", "2026-10"),
        ("2027", "2027"),
        ("may 2030", "2030-05"),
        ("november 25 2026", "2026-11-25"),
        ("2026-12-24", "2026-12-24"),
    ],
)
def test_what_a_date_says_is_stronger_than_the_direction(text: str, value: str):
    for prefer in DIRECTIONS:
        assert meaning("AMAZON.DATE", text, prefer=prefer) == {"value": value, "kind": "date"}, prefer


@pytest.mark.parametrize(
    "kind, text, value",
    [
        ("datetime", "friday at noon", "2026-11-20T12:00"),
        ("time", "monday at 5 pm", "2026-11-16T17:00"),
        ("datetime", "march third at nine am", "2026-03-03T09:00"),
        ("datetime", "sunday at nine am", "2026-11-22T09:00"),
        ("datetime", "sunday at five pm", "2026-11-15T17:00"),  # this is not over yet
        ("date", "sunday morning", "2026-11-22"),
        ("date", "sunday evening", "2026-11-15"),
        ("date", "friday evening", "2026-11-20"),
        ("datetime", "the 22nd at five pm", "2026-11-22T17:00"),
        ("datetime", "today at five pm", "2026-11-22T17:00"),
        ("datetime", "next friday at noon", "2026-11-27T12:00"),
        ("datetime", "in two hours", "2026-11-22T12:00"),
        ("date", "tonight", "2026-11-22"),
        ("time", "five pm", "17:00"),
        ("duration", "an hour", "PT1H"),
        ("number", "five", 5),
    ],
)
def test_moments_in_the_past(kind: str, text: str, value: object):
    found = meaning(kind, text, prefer="past")
    assert found is not None and found["value"] == value


@pytest.mark.parametrize(
    "now, text, future, past",
    [
        (datetime(2026, 11, 25), "the weekend", "2026-11-28/2026-11-29", "2026-11-21/2026-11-22"),
        (datetime(2026, 11, 25), "this monday", "2026-11-30", "2026-11-23"),
        (datetime(2026, 12, 25), "christmas", "2026-12-25", "2026-12-25"),
        (datetime(2026, 12, 25), "last christmas", "2025-12-25", "2025-12-25"),
        (datetime(2026, 12, 25), "next christmas", "2027-12-25", "2027-12-25"),
        (datetime(2026, 12, 31), "new year's day", "2027-01-01", "2026-01-01"),
        (datetime(2028, 2, 29), "february 29", "2028-02-29", "2028-02-29"),
        (datetime(2026, 3, 31), "the 30th", "2026-04-30", "2026-03-30"),
        (datetime(2026, 3, 1), "the 31st", "2026-03-31", "2026-01-31"),
        (datetime(2026, 1, 1), "december", "2026-12", "2025-12"),
    ],
)
def test_the_two_directions_on_other_days(now: datetime, text: str, future: str, past: str):
    found = [meaning("date", text, prefer=prefer, now=now) for prefer in ("future", "past")]
    assert [one and one["value"] for one in found] == [future, past]


@pytest.mark.parametrize(
    "text, future, past",
    [
        ("freitag", "2026-11-27", "2026-11-20"),
        ("sonntag", "2026-11-29", "2026-11-22"),
        ("oktober", "2027-10", "2026-10"),
        ("november", "2026-11", "2026-11"),
        ("3. dezember", "2026-12-03", "2025-12-03"),
        ("22. november", "2026-11-22", "2026-11-22"),
        ("gestern", "2026-11-21", "2026-11-21"),
        ("vor einer woche", "2026-11-15", "2026-11-15"),
        ("in einem jahr", "2027", "2027"),
        ("vor einem jahr", "2025", "2025"),
    ],
)
def test_the_two_directions_in_another_language(text: str, future: str, past: str):
    found = [meaning("date", text, "de", prefer=prefer) for prefer in ("future", "past")]
    assert [one and one["value"] for one in found] == [future, past]


@pytest.mark.parametrize("type_name", ["date", "number", "genre"])
@pytest.mark.parametrize("prefer", ["yesterday", "", "Past", None])
def test_a_direction_that_is_not_known_is_refused(type_name: str, prefer: Any):
    with pytest.raises(ValueError, match=f"prefer.*future.*past.*{prefer!r}"):
        meaning(type_name, "5", prefer=prefer)


def test_checkpoints_know_the_same_directions():
    assert DIRECTIONS == DATE_DIRECTIONS


@pytest.mark.parametrize(
    "text",
    [
        "jazz",
        "last jazz",
        "next 12",
        "last 2025",
        "february 30",
        "march madness",
        "sun set",
        "every friday",
        "two days",
        "a day",
        "12",
        "5 or 6",
        "the 32nd",
    ]
    + ["in 999999999 years", "99999999 weeks ago", "monday or tuesday", "one hundred", "\ud800", "1" * 99, "\u00bd"],
)
def test_no_dates(text: str):
    assert meaning("AMAZON.DATE", text) is None


@pytest.mark.parametrize(
    "text, value",
    [
        ("noon", "12:00"),
        ("midnight", "00:00"),
        ("twelve noon", "12:00"),
        ("five pm", "17:00"),
        ("five p. m.", "17:00"),
        ("5PM", "17:00"),
        ("twelve am", "00:00"),
        ("twelve pm", "12:00"),
        ("one fifteen pm", "13:15"),
        ("one oh five am", "01:05"),
        ("06:30pm", "18:30"),
        ("930 pm", "21:30"),
        ("17:45", "17:45"),
        ("seventeen forty five", "17:45"),
        ("nineteen hundred hours", "19:00"),
        ("half past seven in the evening", "19:30"),
        ("quarter to twelve at night", "23:45"),
        ("quarter to 12 in the morning", "11:45"),
        ("quarter past twelve at night", "00:15"),
        ("ten to one pm", "12:50"),
        ("ten to midnight", "23:50"),
        ("a quarter past midnight", "00:15"),
        ("ten minutes to noon", "11:50"),
        ("half past midday", "12:30"),
        ("at eight in the morning", "08:00"),
        ("7 o'clock pm", "19:00"),
        ("seven o clock p . m .", "19:00"),
        ("half-past one p.m.", "13:30"),
        ("now", "10:00"),
    ],
)
def test_times(text: str, value: str):
    assert meaning("AMAZON.TIME", text) == {"value": value, "kind": "time"}


@pytest.mark.parametrize(
    "text, value, other",
    [
        ("five o'clock", "05:00", "17:00"),
        ("five", "05:00", "17:00"),
        ("five thirty", "05:30", "17:30"),
        ("half past twelve", "12:30", "00:30"),
        ("quarter to one", "12:45", "00:45"),
        ("twenty to six", "05:40", "17:40"),
        ("4:16", "04:16", "16:16"),
    ],
)
def test_a_time_that_may_be_before_or_after_noon_has_an_alternative(text: str, value: str, other: str):
    assert meaning("time", text) == {"value": value, "kind": "time", "alternative": other}


@pytest.mark.parametrize(
    "text", ["25:00", "12:75", "from five to six", "sunrise", "half 7", "half to midnight", "nine to eleven am", "x 5"]
)
def test_no_times(text: str):
    assert meaning("time", text) is None


@pytest.mark.parametrize(
    "kind, text, found",
    [
        ("datetime", "tomorrow at five pm", {"value": "2026-11-23T17:00", "kind": "datetime"}),
        ("datetime", "5 pm tomorrow", {"value": "2026-11-23T17:00", "kind": "datetime"}),
        ("time", "tomorrow at 5 pm", {"value": "2026-11-23T17:00", "kind": "datetime"}),
        ("datetime", "tonight at eight", {"value": "2026-11-22T20:00", "kind": "datetime"}),
        ("datetime", "friday at noon", {"value": "2026-11-27T12:00", "kind": "datetime"}),
        ("datetime", "2026-11-23T17:30", {"value": "2026-11-23T17:30", "kind": "datetime"}),
        ("datetime", "in an hour and a half", {"value": "2026-11-22T11:30", "kind": "datetime"}),
        ("time", "in ten minutes", {"value": "2026-11-22T10:10", "kind": "datetime"}),
        ("datetime", "five seconds ago", {"value": "2026-11-22T09:59:55", "kind": "datetime"}),
        ("datetime", "in two weeks", {"value": "2026-12-06", "kind": "date"}),
        ("datetime", "half past nine am", {"value": "09:30", "kind": "time"}),
        ("datetime", "for ten minutes", {"value": "PT10M", "kind": "duration"}),
        ("time", "twenty second", {"value": "PT20S", "kind": "duration"}),
        ("datetime", "the twenty second", {"value": "2026-11-22", "kind": "date"}),
        ("datetime", "now", {"value": "2026-11-22T10:00", "kind": "datetime"}),
        ("date", "monday morning", {"value": "2026-11-23", "kind": "date", "part_of_day": "morning"}),
        ("date", "tonight", {"value": "2026-11-22", "kind": "date", "part_of_day": "night"}),
        ("date", "last night", {"value": "2026-11-21", "kind": "date", "part_of_day": "night"}),
        ("time", "this evening", {"value": "evening", "kind": "part_of_day"}),
        ("timeofday", "in the afternoon", {"value": "afternoon", "kind": "part_of_day"}),
        ("datetime", "next week at five pm", None),
    ],
)
def test_dates_with_times(kind: str, text: str, found: dict | None):
    assert meaning(kind, text) == found


@pytest.mark.parametrize(
    "text, value",
    [
        ("an hour", "PT1H"),
        ("half an hour", "PT30M"),
        ("an hour and a half", "PT1H30M"),
        ("two and a half hours", "PT2H30M"),
        ("1.5 hours", "PT1H30M"),
        ("three quarters of an hour", "PT45M"),
        ("a quarter of an hour", "PT15M"),
        ("ninety seconds", "PT90S"),
        ("a second", "PT1S"),
        ("2.5 seconds", "PT2.5S"),
        ("90 mins", "PT90M"),
        ("1h 30m", "PT1H30M"),
        ("six hours and thirty minutes", "PT6H30M"),
        ("one hour ten minutes", "PT1H10M"),
        ("a couple of minutes", "PT2M"),
        ("three days", "P3D"),
        ("two weeks", "P2W"),
        ("a fortnight", "P2W"),
        ("a week and two days", "P9D"),
        ("a year and a half", "P1Y6M"),
        ("one and a half days", "P1DT12H"),
        ("for ten minutes", "PT10M"),
        ("for the next hour", "PT1H"),
        ("five more minutes", "PT5M"),
    ],
)
def test_durations(text: str, value: str):
    assert meaning("AMAZON.DURATION", text) == {"value": value, "kind": "duration"}


@pytest.mark.parametrize(
    "text", ["five", "a few hours", "half a month", "minutes", "ten minutes ten minutes", "", "all"]
)
def test_no_durations(text: str):
    assert meaning("AMAZON.DURATION", text) is None


@pytest.mark.parametrize(
    "language, kind, text, value",
    [
        ("de", "number", "zweiundzwanzig", 22),
        ("de", "number", "1.250,5", 1250.5),
        ("fr", "ordinal", "vingt-deuxi\u00e8me", 22),
        ("de", "date", "morgen", "2026-11-23"),
        ("de", "date", "3. oktober", "2027-10-03"),
        ("fr", "date", "vendredi", "2026-11-27"),
        ("en-GB", "date", "5/6/2027", "2027-06-05"),
        ("en-US", "date", "5/6/2027", "2027-05-06"),
        ("en-GB", "date", "mother's day", None),
        ("en-GB", "date", "thanksgiving", None),
        ("en-GB", "date", "boxing day", "2026-12-26"),
        ("en-GB", "date", "easter monday", "2027-03-29"),
        ("en-CA", "date", "thanksgiving", "2027-10-11"),
        ("en-IN", "date", "christmas", "2026-12-25"),
        ("de", "duration", "zwei stunden", None),
        ("de", "time", "noon", None),
        ("ru", "number", "22", 22),
    ],
)
def test_other_languages(language: str, kind: str, text: str, value: object):
    found = meaning(kind, text, language)
    assert found is None if value is None else found is not None and found["value"] == value


def test_an_unknown_language_is_refused():
    check_language("en-GB")
    with pytest.raises(ValueError, match="xx"):
        check_language("xx")
    for kind in ("number", "date", "time", "duration"):
        with pytest.raises(ValueError, match="xx"):
            meaning(kind, "5", "xx")


@pytest.mark.parametrize(
    "type_name, kind",
    [
        ("AMAZON.NUMBER", "number"),
        ("AMAZON.Ordinal", "ordinal"),
        ("AMAZON.FOUR_DIGIT_NUMBER", "digits"),
        ("AMAZON.DATE", "date"),
        ("AMAZON.Date", "date"),
        ("AMAZON.TIME", "time"),
        ("AMAZON.DURATION", "duration"),
        ("@sys.date-time", "datetime"),
        ("@sys.number-integer", "number"),
        ("@sys.date-period", "date"),
        ("datetimeV2", "datetime"),
        ("builtin.ordinalV2", "ordinal"),
        ("duckling:time", "time"),
        ("SL:DATE_TIME", "datetime"),
        ("timeRange", "datetime"),
        ("departure_date", "date"),
        ("showTime", "time"),
        ("number_of_seats", "number"),
        ("phone_number", None),
        ("update", None),
        ("runtime", None),
        ("genre", None),
        ("", None),
        ("\u4e2d", None),
    ],
)
def test_the_name_of_a_type_tells_the_kind(type_name: str, kind: str | None):
    assert value_kind(type_name) == kind


#: Built-in forms that have no meaning of their own, or one that depends on place and country.
VAGUE = re.compile("a few|all day|sunrise|sunset|lunch|dinner|breakfast|end of|season|spring|summer|fall|winter")


@pytest.mark.parametrize(
    "type_name", [f"AMAZON.{name}" for name in ("NUMBER", "Ordinal", "FOUR_DIGIT_NUMBER", "DATE", "TIME", "DURATION")]
)
def test_what_the_package_fills_into_slots_is_understood(type_name: str):
    forms = [form for form in builtin_forms(type_name) if not VAGUE.search(form)]
    unread = [form for form in forms if meaning(type_name, form) is None]
    assert len(forms) > 40 and len(unread) <= len(forms) // 100, unread


def test_the_same_moment_gives_the_same_answer():
    texts = ["tomorrow", "in two hours", "monday", "the 5th"]
    first = [meaning("datetime", text) for text in texts]
    assert [meaning("datetime", text) for text in texts] == first
    later = [normalise_value("datetime", text, now=datetime(2028, 2, 28, 23, 59)) for text in texts]
    assert [found and found["value"] for found in later] == [
        "2028-02-29",
        "2028-02-29T01:59",
        "2028-03-06",
        "2028-03-05",
    ]


def test_the_time_zone_of_now_is_that_of_the_answer():
    now = datetime(2026, 11, 22, 10, 0, tzinfo=timezone.utc)
    assert normalise_value("datetime", "in two hours", now=now) == {"value": "2026-11-22T12:00", "kind": "datetime"}
    assert normalise_value("date", "tomorrow", now=now) == {"value": "2026-11-23", "kind": "date"}


def test_without_a_moment_it_is_now():
    assert normalise_value("date", "today") == {"value": datetime.now().date().isoformat(), "kind": "date"}


WORDS = (
    "a an and half past to quarter one five twenty first second of the next last week monday may 5 31 9999 : - / pm"
)


@given(
    st.one_of(
        st.text(st.characters(codec=None), max_size=30),
        st.lists(st.sampled_from([*WORDS.split(), "january", "hours", "ago", "in", "\u00bd", "\u0664"])).map(" ".join),
    ),
    st.sampled_from(["number", "ordinal", "fourdigitnumber", "date", "time", "datetime", "duration"]),
    st.sampled_from([NOW, datetime.min, datetime.max, datetime(2024, 2, 29)]),
    st.sampled_from(["en", "en-GB", "de"]),
    st.sampled_from(DIRECTIONS),
)
def test_any_text_has_a_meaning_or_none(text: str, kind: str, now: datetime, language: str, prefer: str):
    options: dict[str, Any] = {"now": now, "language": language, "prefer": prefer}
    assert steps_of(normalise_value, kind, text, **options) < 2_000_000  # what dateparser tries
    found = normalise_value(kind, text, **options)
    if found is not None:
        assert found["kind"] in KINDS and set(found) <= {"value", "kind", "part_of_day", "alternative"}
        assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("kind", ["number", "ordinal", "fourdigitnumber", "date", "time", "datetime", "duration"])
@pytest.mark.parametrize("text", ["one and " * 5_000, "9" * 20_000, "half past " * 5_000, "5:" * 5_000])
def test_a_text_that_is_too_long_for_a_value_is_not_read(kind: str, text: str):
    assert normalise_value(kind, text, now=NOW) is None
    assert steps_of(normalise_value, kind, text, now=NOW) < 1_000


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(normalisation, "_LIBRARIES", ("dateparser", "no_such_library"))
    assert not normalisation.is_installed()
    assert normalise_value("genre", "jazz") is None
    with pytest.raises(NluError, match=r'pip install "bilstm-nlu\[normalise\]"'):
        normalise_value("date", "today")
