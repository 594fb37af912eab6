"""A domain on a hub and back: utterances, catalogs, and the corpora with their licences."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import DatasetCard, HfApi
from running_hub import RunningHub
from told import files_that_tell, secret_home
from toy_domain import toy_domain
from typer.testing import CliRunner

from bilstm_nlu.cli.main import app
from bilstm_nlu.errors import DataError
from modeling_bilstm_nlu.data import Domain, SlotCatalog, load_domain, read
from modeling_bilstm_nlu.data.corpus_info import CorpusInfo, HubSource
from modeling_bilstm_nlu.data.formats.writing import write_domain
from modeling_bilstm_nlu.hub.publish_data import publish_dataset
from modeling_bilstm_nlu.training.domain_card_data import domain_card_data

SAMPLES = Path(__file__).parents[1] / "samples"
SKILL = SAMPLES / "tea_shop.json"

CORPORA = (
    CorpusInfo("Corpus A", "cc-by-4.0", "A. Author, 2020", "https://a.example", ("x",), hub=HubSource("a/a", "en")),
    CorpusInfo("Corpus B", "cc-by-sa-4.0", "B. Author, 2021", "https://b.example", is_for_evaluation_only=True),
)

#: Reads a dataset repository back with the package, in a process whose HF_ENDPOINT is the hub.
READ = """
import json, sys
from modeling_bilstm_nlu.data import load_domain
domain = load_domain(sys.argv[1])
catalogs = {name: [catalog.values, catalog.ids, catalog.type_name] for name, catalog in domain.catalogs.items()}
print(json.dumps({
    "rows": {split: rows.to_list() for split, rows in domain.splits.items()},
    "catalogs": catalogs,
    "corpora": [repr(corpus) for corpus in domain.corpora],
    "hub_id": domain.hub_id,
    "language": domain.language,
}))
"""


def mixed() -> Domain:
    """A domain out of two corpora, with an id and a synonym in a catalog."""
    domain = toy_domain("mixed")
    domain.catalogs["room"] = SlotCatalog("room", {"kitchen": ("cook room",)}, {"kitchen": "K1"}, "ROOM")
    domain.corpora, domain.language = CORPORA, "en-GB"
    return domain


def test_a_domain_goes_to_a_hub_and_comes_back(at_hub: RunningHub):
    domain = mixed()
    first = publish_dataset(domain, "ann/mixed", tag="v1", private=True)
    assert publish_dataset(mixed(), "ann/mixed").commit == first.commit, "equal data, and no new commit"
    card = DatasetCard.load("ann/mixed")
    assert card.data.license == "cc-by-sa-4.0" and "Corpus A" in card.text and "A. Author, 2020" in card.text
    back = json.loads(at_hub.python(READ, "ann/mixed").splitlines()[-1])
    assert back["rows"] == {split: rows.to_list() for split, rows in domain.splits.items()}
    assert back["catalogs"]["room"] == [{"kitchen": ["cook room"]}, {"kitchen": "K1"}, "ROOM"]
    assert set(back["catalogs"]) == set(domain.catalogs)
    assert back["corpora"] == [repr(corpus) for corpus in CORPORA]
    assert card.data.language == ["en"]
    card_data = domain_card_data(replace(domain, hub_id=back["hub_id"], language=back["language"]))
    assert [(dataset.name, dataset.licence, dataset.hub_id) for dataset in card_data["datasets"]] == [
        ("mixed", "cc-by-sa-4.0", "ann/mixed"),
        ("Corpus A", "cc-by-4.0", "a/a"),
        ("Corpus B", "cc-by-sa-4.0", None),
    ]
    assert "cc-by-sa-4.0 requires the same licence" in card_data["data_terms"]
    assert card_data["language"] == ("en",)


def test_no_dataset_that_is_pushed_tells_about_this_machine(
    at_hub: RunningHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    skill = secret_home(tmp_path, monkeypatch) / "skills" / SKILL.name
    skill.parent.mkdir(parents=True)
    shutil.copy(SKILL, skill)
    answer = CliRunner().invoke(app, ["push-data", str(skill), "ann/told"])
    assert answer.exit_code == 0, answer.output
    pulled = Path(HfApi().snapshot_download("ann/told", repo_type="dataset"))
    assert (pulled / "README.md").is_file() and files_that_tell(pulled, tmp_path) == []


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_data_of_no_format_tells_where_it_was(sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = secret_home(tmp_path, monkeypatch) / "work"
    place.mkdir()
    (shutil.copytree if (SAMPLES / sample).is_dir() else shutil.copy)(SAMPLES / sample, place / sample)
    if sample in ("custom_sentences_tiny", "hassil_tiny.json"):
        pytest.importorskip("hassil", reason="needs the extra 'demo'")
    raw = read(place / sample)
    domain = Domain.from_utterances(raw.name, raw.splits, catalogs=raw.catalogs, dropped=raw.dropped)
    write_domain(domain, tmp_path / "data", "dataset")
    assert files_that_tell(tmp_path / "data", tmp_path) == []


def test_what_a_smaller_domain_lacks_goes(at_hub: RunningHub):
    publish_dataset(mixed(), "ann/smaller")
    domain = toy_domain("smaller")
    bare = Domain.from_utterances("smaller", {"train": domain.utterances("train")})
    done = publish_dataset(bare, "ann/smaller")
    assert set(done.changes.removed) == {
        "catalogs.json",
        "corpora.json",
        "data/test-00000-of-00001.parquet",
        "data/validation-00000-of-00001.parquet",
    }
    assert HfApi().dataset_info("ann/smaller").card_data.license is None


def test_a_folder_keeps_the_corpora(tmp_path: Path):
    write_domain(mixed(), tmp_path / "mixed", "dataset")
    again = load_domain(tmp_path / "mixed")
    assert again.corpora == CORPORA and again.languages == ("en",)
    write_domain(toy_domain(), tmp_path / "toy", "dataset")
    toy = load_domain(tmp_path / "toy")
    assert toy.corpora == toy.languages == () and not (tmp_path / "toy" / "corpora.json").exists()
    for card in ("no card", "---\nlanguage: [en, de]\n---\n", "---\nlanguage: 3\n---\n", "---\n: [\n---\n"):
        (tmp_path / "toy" / "README.md").write_text(card)
        assert load_domain(tmp_path / "toy").languages == ()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[1]",
        '[{"title": 1}]',
        '[{"new": "x"}]',
        '[{"family": []}]',
        '[{"domains": "x"}]',
        '[{"hub": {}}]',
        '[{"hub": {"path": "a/b", "new": 1}}]',
        '[{"is_for_evaluation_only": 1}]',
    ],
)
def test_damaged_corpora_say_so(text: str, tmp_path: Path):
    write_domain(mixed(), tmp_path / "mixed", "dataset")
    (tmp_path / "mixed" / "corpora.json").write_text(text)
    with pytest.raises(DataError, match="corpora.json"):
        load_domain(tmp_path / "mixed")


def test_the_command_pushes_data(at_hub: RunningHub, tmp_path: Path):
    write_domain(toy_domain(), tmp_path / "toy", "jsonl")
    run = CliRunner().invoke(app, ["push-data", str(tmp_path / "toy"), "ann/typed-data", "-m", "Typed"])
    assert run.exit_code == 0, run.output
    assert "ann/typed-data: " in run.output and "licence" in run.output
    assert HfApi().list_repo_commits("ann/typed-data", repo_type="dataset")[0].title == "Typed"
    again = CliRunner().invoke(app, ["push-data", str(tmp_path / "toy"), "ann/typed-data", "--dry-run"])
    assert "ann/typed-data" in again.output and "already" in again.output
