"""Small lists of what English-speaking people have at home and say about it, for lists that only a real home fills."""

from ....values.builtin_types import builtin_forms
from ....values.word_lists import WORDS

__all__ = ["ALL_NAMES", "LISTS", "NAMES"]


def _split_values(table: dict[str, str]) -> dict[str, list[str]]:
    return {key: [" ".join(value.split()) for value in text.split(",")] for key, text in table.items()}


#: Entity domain that a template requires -> typical names of such devices and things.
NAMES = _split_values(
    {
        "light": "bedside lamp, ceiling light, desk lamp, floor lamp, reading light, porch light, night light",
        "switch": "coffee maker, kettle, christmas tree, air purifier, water pump, power strip, heated blanket",
        "fan": "ceiling fan, tower fan, exhaust fan, desk fan, bathroom fan",
        "cover": "front blinds, left curtain, patio awning, window shade, skylight, driveway gate, shutter",
        "valve": "main water valve, sprinkler valve, gas valve, garden tap, radiator valve",
        "lock": "front door, back door, garage door, side gate, cellar door, shed lock",
        "climate": "thermostat, heat pump, air conditioner, radiator, floor heating",
        "media_player": "tv, living room speaker, soundbar, kitchen radio, record player, projector, smart speaker",
        "sensor": "outdoor temperature, humidity, power meter, battery level, water usage, air quality",
        "binary_sensor": "motion sensor, window sensor, smoke detector, leak sensor, doorbell, mailbox",
        "person": "emma, lucas, grandma, david, sophie, dad, mum, alex",
        "weather": "london, home, the cottage, paris, new york",
        "todo": "groceries, chores, packing, homework, garden, birthday, work",
        "scene": "movie night, good morning, dinner, party, relax, bedtime, away",
        "script": "bedtime routine, leaving home, morning routine, watering, wake up",
        "button": "doorbell chime, router restart, garage remote, printer reset",
        "input_boolean": "vacation mode, guest mode, quiet hours, sleep mode",
        "vacuum": "robot, rover, dusty, robot vacuum, upstairs vacuum",
        "lawn_mower": "lawn mower, mower, front mower, robot mower",
    }
)
LISTS = _split_values(
    {
        "floor": "ground, first, second, third, top, upper, lower, basement, attic, upstairs, downstairs, main",
        "zone": "work, school, the gym, the office, home, the park, grandma's house",
        "timer_name": "pizza, pasta, laundry, tea, egg, workout, nap, bread, homework, chicken, oven, meditation",
        "timer_command": """
            turn off the lights, open the blinds, lock the front door, turn on the heating, pause the music,
            close the garage door, start the vacuum, turn up the volume""",
        "message": """
            dinner is ready, we are leaving in five minutes, good morning everyone, please come downstairs,
            the taxi is here, bedtime, lunch is on the table, the movie starts now, someone is at the door""",
    }
)
LISTS["area"] = list(builtin_forms("AMAZON.Room"))
LISTS["shopping_list_item"] = list(builtin_forms("AMAZON.Food"))
LISTS["todo_list_item"] = [*WORDS["note"], *WORDS["food"]]
ALL_NAMES = [name for names in NAMES.values() for name in names]
