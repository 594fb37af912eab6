"""Places: the tables that come with the package give the values that seeded draws were made from."""

import hashlib
import json

import pytest

from modeling_bilstm_nlu.data.values import geonames, places
from modeling_bilstm_nlu.data.values.builtin_types import REGIONS


def _digest(values) -> str:
    return hashlib.sha256(json.dumps(list(values)).encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    "region, count, digest",
    [
        (None, 1174, "8f8a754c0427"),
        ("us", 477, "93b0a7327f10"),
        ("gb", 499, "59c7ee7be941"),
        ("de", 498, "e186697e815d"),
        ("at", 65, "d9100b2f3bb5"),
        ("ca", 499, "d78224ecf944"),
        ("in", 498, "a695c48f5804"),
        ("au", 311, "0fbd2d89e812"),
        ("fr", 500, "f07c35c5ed7d"),
        ("europe", 500, "d4f632cb4a12"),
    ],
)
def test_cities_and_their_order_are_those_that_draws_were_made_from(region, count, digest):
    assert (len(places.cities(region)), _digest(places.cities(region))) == (count, digest)


@pytest.mark.parametrize(
    "values, count, digest",
    [
        (places.capitals, 243, "43e6a990e3e2"),
        (places.country_codes, 243, "2aa3914f9998"),
        (places.states, 51, "b9cb53ce40fe"),
    ],
)
def test_countries_and_states_too(values, count, digest):
    found = list(values())
    assert (len(found), _digest(found)) == (count, digest)


@pytest.mark.parametrize("region", sorted(set(REGIONS.values()) - {"europe"}))
def test_every_region_that_a_type_can_name_has_a_long_list(region):
    assert len(places.cities(region)) >= 60


def test_every_city_lies_in_a_known_country_and_has_a_state_in_the_united_states_only():
    for city in geonames.cities_by_population():
        assert city.country in geonames.countries() and bool(city.state) == (city.country == "US")


def test_the_notice_comes_with_the_tables():
    notice = (geonames.TABLES / "NOTICE.txt").read_text(encoding="utf-8")
    for table in geonames.TABLES.glob("*.tsv"):
        assert table.name in notice
    assert all(word in notice for word in ("GeoNames", "CC BY 4.0", "What was changed"))
