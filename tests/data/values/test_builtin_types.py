"""Values of built-in slot types, and of types that only their name describes."""

import json
import re
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling_bilstm_nlu.data.values.builtin_types import (
    builtin_forms,
    forms_by_name,
    is_builtin,
    is_open_type,
    open_phrases,
    spell_number,
    spell_ordinal,
)

#: The built-in types in the public skills (counted in their manifests and raw files).
IN_PUBLIC_SKILLS = """
    AMAZON.City AMAZON.Color AMAZON.Country AMAZON.DATE AMAZON.DE_FIRST_NAME AMAZON.DURATION AMAZON.Date
    AMAZON.FOUR_DIGIT_NUMBER AMAZON.FictionalCharacter AMAZON.FirstName AMAZON.Food AMAZON.GB_FIRST_NAME AMAZON.Genre
    AMAZON.LITERAL AMAZON.Movie AMAZON.MusicAlbum AMAZON.MusicGroup AMAZON.MusicPlaylist AMAZON.MusicRecording
    AMAZON.NUMBER AMAZON.Ordinal AMAZON.Person AMAZON.PhoneNumber AMAZON.PostalAddress AMAZON.Room AMAZON.SearchQuery
    AMAZON.StreetAddress AMAZON.TIME AMAZON.TVSeries AMAZON.Time AMAZON.US_CITY AMAZON.US_FIRST_NAME AMAZON.VideoGame
    @sys.address @sys.any @sys.currency-name @sys.date @sys.date-period @sys.date-time @sys.duration @sys.geo-city
    @sys.geo-country @sys.geo-state-us @sys.given-name @sys.language @sys.last-name @sys.location @sys.number
    @sys.percentage @sys.person @sys.place-attraction @sys.place-attraction-us @sys.time @sys.time-period
    @sys.unit-area-name @sys.unit-information-name @sys.unit-length-name @sys.unit-speed-name @sys.unit-volume-name
    @sys.unit-weight-name prebuilt.age prebuilt.datetimeV2 prebuilt.number prebuilt.personName
""".split()

#: The references of the Alexa Skills Kit, Lex, Dialogflow, LUIS and Duckling.
IN_REFERENCES = """
    AMAZON.AT_CITY AMAZON.AT_REGION AMAZON.Actor AMAZON.AdministrativeArea AMAZON.AggregateRating AMAZON.Airline
    AMAZON.Airport AMAZON.AlphaNumeric AMAZON.Anaphor AMAZON.Animal AMAZON.Artist AMAZON.Athlete AMAZON.Author
    AMAZON.Book AMAZON.BookSeries AMAZON.BroadcastChannel AMAZON.CivicStructure AMAZON.Comic AMAZON.Confirmation
    AMAZON.Corporation AMAZON.CreativeWorkType AMAZON.Currency AMAZON.DE_CITY AMAZON.DE_REGION AMAZON.DayOfWeek
    AMAZON.Dessert AMAZON.DeviceType AMAZON.Director AMAZON.Drink AMAZON.EUROPE_CITY AMAZON.EducationalOrganization
    AMAZON.EmailAddress AMAZON.EventType AMAZON.Festival AMAZON.FinancialService AMAZON.FoodEstablishment
    AMAZON.FreeFormInput AMAZON.GB_CITY AMAZON.GB_REGION AMAZON.Game AMAZON.Landform
    AMAZON.LandmarksOrHistoricalBuildings AMAZON.Language AMAZON.LastName AMAZON.LocalBusiness AMAZON.LocalBusinessType
    AMAZON.MedicalOrganization AMAZON.Month AMAZON.MovieSeries AMAZON.MovieTheater AMAZON.MusicCreativeWorkType
    AMAZON.MusicEvent AMAZON.MusicVenue AMAZON.MusicVideo AMAZON.Musician AMAZON.Organization AMAZON.Percentage
    AMAZON.Professional AMAZON.ProfessionalType AMAZON.RadioChannel AMAZON.Region AMAZON.RelativePosition
    AMAZON.Residence AMAZON.ScreeningEvent AMAZON.Service AMAZON.SocialMediaPlatform AMAZON.SoftwareApplication
    AMAZON.SoftwareGame AMAZON.SoftwareGenre AMAZON.Sport AMAZON.SportsEvent AMAZON.SportsTeam AMAZON.State
    AMAZON.StreetName AMAZON.TVEpisode AMAZON.TVSeason AMAZON.TelevisionChannel AMAZON.US_LAST_NAME AMAZON.US_STATE
    AMAZON.VisualModeTrigger AMAZON.WeatherCondition AMAZON.WrittenCreativeWorkType @sys.age @sys.airport @sys.cardinal
    @sys.color @sys.email @sys.flight-number @sys.geo-capital @sys.geo-city-us @sys.geo-country-code @sys.geo-state
    @sys.music-artist @sys.music-genre @sys.number-integer @sys.number-sequence @sys.ordinal @sys.phone-number
    @sys.street-address @sys.temperature @sys.unit-area @sys.unit-currency @sys.unit-information @sys.unit-length
    @sys.unit-speed @sys.unit-volume @sys.unit-weight @sys.url @sys.zip-code builtin.datetimeV2.date
    builtin.datetimeV2.daterange builtin.datetimeV2.duration builtin.datetimeV2.set builtin.datetimeV2.timerange
    builtin.geographyV2 builtin.geographyV2.city builtin.geographyV2.poi builtin.ordinalV2 dimension email geographyV2
    keyPhrase money phonenumber temperature url amount-of-money credit-card-number distance numeral quantity time-grain
    volume
""".split()


@pytest.mark.parametrize("name", [*IN_PUBLIC_SKILLS, *IN_REFERENCES])
def test_every_type_has_values(name):
    forms = builtin_forms(name)
    assert len(forms) >= 7 and len(set(forms)) == len(forms)
    for form in forms:
        assert form and form == " ".join(form.lower().split()) and form.isascii()


def test_the_public_skills_have_no_other_types(shared_dir):
    skills = shared_dir / "skills"
    known = {name.lower() for name in IN_PUBLIC_SKILLS}
    for manifest in (skills / "ask" / "manifest.jsonl", skills / "ask-small" / "manifest.jsonl"):
        for line in manifest.read_text(encoding="utf-8").splitlines():
            assert {name.lower() for name in json.loads(line)["builtin_slot_types"]} <= known
    found = set()
    for path in chain(skills.glob("ask*/**/*.*"), skills.glob("dialogflow/**/*.json"), skills.glob("luis/**/*.lu")):
        text = path.read_text(encoding="utf-8", errors="replace")
        found |= {name.lower() for name in re.findall(r'"type"\s*:\s*"(AMAZON\.\w+)"', text)}
        found |= {name.lower() for name in re.findall(r"@sys\.[a-z]+(?:-[a-z]+)*", text)}
        found |= {f"prebuilt.{name.lower()}" for name in re.findall(r"@ *prebuilt +(\w+)", text)}
    assert len(found) > 55 and found - {"@sys.ignore"} <= known


@pytest.mark.parametrize("name", ["DATE", "US_FIRST_NAME", "FOUR_DIGIT_NUMBER", "PostalAddress", "MusicGroup", "City"])
def test_names_in_any_case(name):
    assert builtin_forms(f"AMAZON.{name}") == builtin_forms(f"amazon.{name.lower()}") == builtin_forms(name)


def test_regions_have_their_own_cities_states_and_names():
    assert {"chicago", "boston"} <= set(builtin_forms("AMAZON.US_CITY"))
    assert "leeds" in builtin_forms("AMAZON.GB_CITY") and "leeds" not in builtin_forms("AMAZON.US_CITY")
    assert {"madrid", "berlin"} <= set(builtin_forms("AMAZON.EUROPE_CITY")) and "hamburg" in builtin_forms("DE_CITY")
    assert {"chicago", "leeds", "tokyo", "nairobi"} <= set(builtin_forms("AMAZON.City"))
    assert builtin_forms("AMAZON.US_STATE") == builtin_forms("@sys.geo-state-us") and "kent" in builtin_forms(
        "GB_REGION"
    )
    assert "jennifer" in builtin_forms("AMAZON.US_FIRST_NAME") and "wolfgang" in builtin_forms("AMAZON.DE_FIRST_NAME")


@pytest.mark.parametrize(
    "name, words, digits",
    [
        ("AMAZON.NUMBER", ["zero", "forty two", "one hundred", "a dozen"], "14"),
        ("AMAZON.FOUR_DIGIT_NUMBER", ["nineteen eighty four", "two thousand five", "twenty twenty four"], None),
        ("AMAZON.Ordinal", ["first", "twenty second", "last"], "3rd"),
        ("AMAZON.DATE", ["tomorrow", "next friday", "august", "christmas", "in two weeks"], None),
        ("AMAZON.TIME", ["noon", "half past three", "seven thirty", "five o'clock", "eight p. m."], "4 pm"),
        ("AMAZON.DURATION", ["half an hour", "ten minutes", "three weeks", "two nights"], "8 minutes"),
        ("AMAZON.DayOfWeek", ["monday", "sunday"], None),
        ("@sys.unit-currency", ["five dollars", "twenty dollars"], "$20"),
        ("@sys.currency-name", ["euros", "swiss franc", "japanese yen"], None),
        (
            "AMAZON.Country",
            ["the united states", "ivory coast", "germany", "south korea", "sao tome and principe"],
            None,
        ),
        ("AMAZON.Language", ["german", "mandarin", "swahili"], None),
        ("@sys.unit-length", ["one mile", "two feet", "ten kilometers"], "5 inches"),
        ("AMAZON.Color", ["red", "navy blue", "dark slate blue"], None),
    ],
)
def test_values_are_as_people_say_them_with_some_digits(name, words, digits):
    forms = builtin_forms(name)
    assert set(words) <= set(forms) and (digits is None or digits in forms)
    assert sum(any(char.isdigit() for char in form) for form in forms) < len(forms) / 2


def test_what_is_not_known():
    assert builtin_forms("AMAZON.Spaceship") == () == builtin_forms("PLANET") == builtin_forms("")
    assert is_builtin("amazon.Spaceship") and is_builtin("@sys.any") and not is_builtin("PLANET")
    assert is_open_type("AMAZON.SearchQuery") and is_open_type("@sys.any") and not is_open_type("AMAZON.DATE")
    assert len(open_phrases()) > 300


@pytest.mark.parametrize(
    "name, same_as",
    [
        ("LIST_OF_CITIES", "City"),
        ("US_STATE_ABBR", "US_STATE"),
        ("US_STATE", "US_STATE"),
        ("departureCity", "City"),
        ("firstName", "FirstName"),
        ("first_name", "FirstName"),
        ("arrival-date", "DATE"),
        ("number_of_people", "NUMBER"),
        ("numberOne", "NUMBER"),
        ("amount-of-money", "@sys.unit-currency"),
        ("ROOM_TYPE", "Room"),
        ("songName", "MusicRecording"),
        ("CountryList", "Country"),
        ("HERO", "FictionalCharacter"),
        ("name", "Person"),
        ("phone2", "PhoneNumber"),
        # tells nothing, or too little
        ("LIGHT_STATE", None),
        ("GAME_MODE", None),
        ("dogName", None),
        ("LIST_OF_BOTTOM_HEIGHT", None),
        ("query", None),
        ("xyzzy", None),
        ("of", None),
        ("ציפור", None),
        ("", None),
    ],
)
def test_values_by_the_name_of_a_type(name, same_as):
    assert forms_by_name(name) == (builtin_forms(same_as) if same_as else ())


@given(
    st.text("aA_ -.@1éof", max_size=20)
    | st.lists(st.sampled_from(["city", "List", "_", "of", "V2", "us"])).map("".join)
)
def test_no_name_breaks_the_look_up(name):
    assert isinstance(forms_by_name(name), tuple) and isinstance(builtin_forms(name), tuple)
    assert isinstance(is_open_type(name), bool)


@pytest.mark.parametrize(
    "number, words, ordinal",
    [
        (0, "zero", "zeroth"),
        (2, "two", "second"),
        (12, "twelve", "twelfth"),
        (19, "nineteen", "nineteenth"),
        (20, "twenty", "twentieth"),
        (45, "forty five", "forty fifth"),
        (100, "one hundred", "one hundredth"),
        (342, "three hundred forty two", "three hundred forty second"),
        (12_003, "twelve thousand three", "twelve thousand third"),
        (-7, "minus seven", "minus seventh"),
        (2_000_000, "two million", "two millionth"),
    ],
)
def test_spelling(number, words, ordinal):
    assert (spell_number(number), spell_ordinal(number)) == (words, ordinal)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(-(10**15) + 1, 10**15 - 1))
def test_two_numbers_are_never_spelled_alike(one, other):
    assert (spell_number(one) == spell_number(other)) == (one == other)


@pytest.mark.parametrize("number", [10**15, -(10**15), 10**400])
def test_numbers_out_of_range(number):
    with pytest.raises(ValueError, match="15 digits"):
        spell_number(number)
