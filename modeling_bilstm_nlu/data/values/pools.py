"""The values of each kind of value ("notion"), and the names that platforms and developers use for the notions."""

from collections.abc import Callable, Iterable

from . import media, names, numbers, phrases, places, times
from .word_lists import WORDS

__all__ = ["ALIASES", "NEED_CONTEXT", "OPEN", "PLAIN", "POOLS", "REGIONAL_POOLS"]

_Pool = Callable[[], Iterable[str]]


def _words(*lists: str) -> _Pool:
    return lambda: [word for name in lists for word in WORDS[name]]


def _measures(kind: str) -> _Pool:
    return lambda: numbers.measures(kind)


def _units(kind: str) -> _Pool:
    return lambda: numbers.unit_names(kind)


#: Notions that take any words.
OPEN = frozenset({"any", "freeformstring", "keyphrase", "literal", "message", "searchquery"})

#: Notions whose values mean nothing else: "ten minutes" is a duration wherever it is said, but "river" is a title only
#: if titles are asked for.
PLAIN = frozenset(
    """
    age color confirmation continent country currencyname date dateperiod datetime dayofweek duration fourdigitnumber
    language money month number ordinal percentage season state temperature time timeperiod timeunit
    """.split()
) | {f"unit{kind}{name}" for kind in numbers.UNIT_KINDS for name in ("", "name")}

#: Notion -> its values.
POOLS: dict[str, _Pool] = {
    "address": places.postal_addresses,
    "age": numbers.ages,
    "airport": places.airports,
    "alphanumeric": numbers.alphanumerics,
    "anaphor": _words("anaphor"),
    "animal": _words("animal"),
    "band": lambda: media.bands(),
    "airline": _words("airline"),
    "business": lambda: [*media.restaurants(), *names.companies()],
    "businesstype": _words("business type"),
    "capital": places.capitals,
    "channel": media.channels,
    "color": names.colors,
    "company": names.companies,
    "confirmation": _words("confirmation"),
    "continent": _words("continent"),
    "country": places.countries,
    "countrycode": places.country_codes,
    "currencyname": places.currency_names,
    "date": times.dates,
    "dateperiod": times.date_periods,
    "datetime": times.dates_and_times,
    "dayofweek": times.weekdays,
    "dessert": _words("dessert"),
    "device": _words("device"),
    "drink": _words("drink"),
    "duration": times.durations,
    "email": names.email_addresses,
    "event": media.events,
    "eventtype": _words("event type"),
    "festival": _words("festival"),
    "fictionalcharacter": _words("hero"),
    "financialservice": _words("financial service"),
    "flightnumber": numbers.flight_numbers,
    "food": _words("food"),
    "fourdigitnumber": numbers.four_digit_numbers,
    "game": _words("game"),
    "genre": _words("genre"),
    "hospital": places.hospitals,
    "job": names.jobs,
    "landform": _words("landform"),
    "landmark": places.landmarks,
    "language": places.languages,
    "location": places.locations,
    "money": numbers.amounts_of_money,
    "month": times.months,
    "musicworktype": _words("music work type"),
    "number": numbers.numbers,
    "ordinal": numbers.ordinals,
    "percentage": numbers.percentages,
    "phonenumber": numbers.phone_numbers,
    "playlist": media.playlists,
    "position": _words("position"),
    "postcode": numbers.postcodes,
    "rating": _words("rating"),
    "residence": _words("residence"),
    "restaurant": media.restaurants,
    "room": _words("room"),
    "school": places.schools,
    "season": _words("season"),
    "service": _words("service"),
    "socialmedia": _words("social media"),
    "softwareapplication": _words("application"),
    "softwaregenre": _words("software genre"),
    "sport": _words("sport"),
    "sportsteam": places.teams,
    "station": media.stations,
    "streetaddress": places.street_addresses,
    "streetname": places.street_names,
    "temperature": numbers.temperatures,
    "time": times.times,
    "timeperiod": times.time_periods,
    "timeunit": _words("time unit"),
    "title": media.titles,
    "tvepisode": media.tv_episodes,
    "tvseason": media.tv_seasons,
    "url": names.web_addresses,
    "venue": places.venues,
    "visualmode": _words("visual mode"),
    "weather": _words("weather"),
    "worktype": _words("work type"),
    "writtenworktype": _words("written work type"),
    **{f"unit{kind}": _measures(kind) for kind in numbers.UNIT_KINDS},
    **{f"unit{kind}name": _units(kind) for kind in numbers.UNIT_KINDS},
    **dict.fromkeys(OPEN, phrases.open_phrases),
}

#: Notions whose values differ between regions; without a region (``None``) the values are general.
REGIONAL_POOLS: dict[str, Callable[[str | None], Iterable[str]]] = {
    "city": places.cities,
    "firstname": names.first_names,
    "lastname": names.last_names,
    "person": names.people,
    "state": places.states,
}

_ALSO_CALLED = {
    "address": "postaladdress, fulladdress, homeaddress",
    "alphanumeric": "licenseplate, confirmationcode, bookingcode, serialnumber, code",
    "band": "musicgroup, musicartist, artist, singer",
    "business": "localbusiness, organization, organisation, org, store, shop",
    "businesstype": "localbusinesstype, placetype",
    "channel": "televisionchannel, broadcastchannel, tvchannel",
    "city": "geocity, town, geographycity",
    "color": "colour",
    "company": "corporation, brand, employer",
    "country": "geocountry, countryregion, geographycountryregion, nation",
    "countrycode": "geocountrycode",
    "capital": "geocapital",
    "currencyname": "currencyunit",
    "date": "day, datetimedate, birthday, deadline",
    "dateperiod": "daterange, datetimedaterange",
    "datetime": "datetimedatetime, datetimedatetimerange, datetimeset, when",
    "dayofweek": "weekday",
    "device": "devicetype, appliance",
    "duration": "datetimeduration, timespan",
    "email": "emailaddress, mail",
    "event": "musicevent, sportsevent, screeningevent",
    "fictionalcharacter": "hero, character",
    "firstname": "givenname, forename",
    "food": "dish, ingredient, meal, groceryitem",
    "game": "boardgame, cardgame",
    "genre": "musicgenre, moviegenre",
    "hospital": "medicalorganization",
    "job": "professionaltype, profession, occupation, jobtitle",
    "landmark": "landmarksorhistoricalbuildings, civicstructure, placeattraction, attraction, poi, geographypoi",
    "lastname": "surname, familyname",
    "location": "place, geography, gpe, loc, destination, origin",
    "money": "unitcurrency, currency, amountofmoney, price, cost, budget",
    "musicworktype": "musiccreativeworktype",
    "number": "cardinal, numeral, numberinteger, integer, numbersequence, quantity, count, amount, digit",
    "ordinal": "ordinalv, rank",
    "percentage": "percent",
    "person": """
        personname, actor, author, director, athlete, musician, professional, contact, contactname, fullname, username,
        customername, name""",
    "phonenumber": "phone, telephone, telephonenumber, mobilenumber, creditcardnumber",
    "playlist": "musicplaylist",
    "position": "relativeposition, direction",
    "postcode": "zipcode, zip, postalcode",
    "rating": "aggregaterating",
    "restaurant": "foodestablishment, cafe",
    "school": "educationalorganization, university, college",
    "socialmedia": "socialmediaplatform, socialnetwork",
    "softwareapplication": "app, application, software",
    "sportsteam": "team, club",
    "state": "region, administrativearea, province, geostate, geographystate, county, geocounty",
    "station": "radiochannel, radiostation",
    "streetname": "street, road",
    "timeperiod": "timerange, datetimetimerange",
    "time": "datetimetime, hour, starttime, endtime",
    "timeunit": "timegrain",
    "title": """
        album, book, bookseries, comic, film, movie, movieseries, musicalbum, musicrecording, musicvideo, recording,
        show, softwaregame, song, track, tvseries, tvshow, videogame""",
    "unitlength": "distance, dimension, length, height",
    "unitspeed": "speed",
    "unitvolume": "volume",
    "unitweight": "weight",
    "url": "website, link, webaddress",
    "venue": "movietheater, musicvenue, theater, cinema, stadium",
    "visualmode": "visualmodetrigger",
    "weather": "weathercondition",
    "worktype": "creativeworktype, mediatype",
    "writtenworktype": "writtencreativeworktype",
    "searchquery": """
        query, text, phrase, question, answer, note, topic, subject, reason, freetext, freeforminput, sentence, word,
        utterance""",
}  # fmt: skip

#: Another name -> notion; both without spaces, hyphens and underscores.
ALIASES = {"".join(name.split()): notion for notion, others in _ALSO_CALLED.items() for name in others.split(",")}

#: Names that say nothing at the end of a longer name: a light has a state, and an order has a name.
NEED_CONTEXT = frozenset(
    "anaphor any channel character code confirmation county device event game height length literal mail name origin "
    "position professional rank region season service state station title volume weight worktype".split()
)
