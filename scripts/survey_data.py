"""Read every public corpus, every skill and the mixture, and write the page about data and its numbers.

python scripts/survey_data.py --data DATA --skills SKILLS
"""

import argparse
import csv
import io
import logging
from pathlib import Path

import checkout  # noqa: F401

from bilstm_nlu.files import write_json, write_text
from modeling_bilstm_nlu.data.formats.writing import available_writers
from research.data_page import render_page
from research.data_survey import measure_mixture, survey_corpora, survey_skills

COLUMNS = "collection skill format intents carriers slots catalogs catalog_values utterances seconds error".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that has one folder for each public corpus")
    parser.add_argument("--skills", type=Path, required=True, help="folder with folders of skills")
    parser.add_argument(
        "--docs", type=Path, default=Path("docs"), help="where reference/formats.md and results/ are written"
    )
    arguments = parser.parse_args()

    logging.disable(logging.WARNING)
    results = {
        "mixture": measure_mixture(arguments.data),
        "corpora": survey_corpora(arguments.data),
        "skills": survey_skills(arguments.skills),
    }
    write_json(arguments.docs / "results" / "data.json", results)
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(results["skills"])
    write_text(arguments.docs / "results" / "skills.csv", table.getvalue())
    writers = {name: writer.summary for name, writer in available_writers().items()}
    write_text(arguments.docs / "reference" / "formats.md", render_page(results, writers))


if __name__ == "__main__":
    main()
