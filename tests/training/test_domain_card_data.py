"""What a card says of its data comes from the data: languages, licences, attributions and counts, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from toy_domain import toy_domain

from modeling_bilstm_nlu.data import Domain, Utterance, load_domain
from modeling_bilstm_nlu.data.corpus_info import CorpusInfo
from modeling_bilstm_nlu.data.formats.registry import available_corpora
from modeling_bilstm_nlu.data.mixtures.corpus_tables import open_corpus
from modeling_bilstm_nlu.data.mixtures.mixture import Mixture
from modeling_bilstm_nlu.hub import CardData, DatasetFacts, render_card
from modeling_bilstm_nlu.training.domain_card_data import domain_card_data

CORPORA = available_corpora()


def mixed(**languages: str | None) -> Domain:
    """A domain as `mature` makes them: rows that name their corpus, of two corpora with different licences."""
    rows = [Utterance(f"text {i}", "slurp.ask", (), domain="massive/alarm") for i in range(3)]
    rows += [Utterance(f"other text {i}", "topv2.ask", (), domain="topv2/weather") for i in range(2)]
    corpora = [replace(CORPORA[name], language=language) for name, language in languages.items()]
    return Domain.from_utterances("mature", {"train": rows, "validation": rows[2:4]}, corpora=corpora)


def test_a_mixture_names_every_corpus_with_its_licence_and_its_share():
    card_data = CardData("acme/generic", **domain_card_data(mixed(massive="en-US", topv2="en")))
    massive, topv2 = CORPORA["massive"], CORPORA["topv2"]
    assert card_data.datasets == (
        DatasetFacts("mature", "cc-by-sa-4.0", {"train": 5, "validation": 2}),
        DatasetFacts(
            "MASSIVE 1.1",
            "cc-by-4.0",
            {"train": 3, "validation": 1},
            "AmazonScience/massive",
            massive.citation,
            massive.url,
            is_part=True,
        ),
        DatasetFacts(
            topv2.title,
            "cc-by-sa-4.0",
            {"train": 2, "validation": 1},
            "WillHeld/top_v2",
            topv2.citation,
            topv2.url,
            is_part=True,
        ),
    )
    card = ModelCard(render_card(replace(card_data, metrics={"validation": {"slot_f1": 0.5}})))
    assert (card.data.license, card.data.language) == ("cc-by-sa-4.0", ["en"])
    assert card.data.datasets == ["AmazonScience/massive", "WillHeld/top_v2"]
    assert [result.dataset_name for result in card.data.eval_results or ()] == ["mature"]
    assert "| part: `MASSIVE 1.1` | `cc-by-4.0` | `train`: 3, `validation`: 1 |" in card.text
    assert "cc-by-sa-4.0 requires the same licence" in card.text
    assert f"`{topv2.url}`" in card.text and f"`{massive.citation}`" in card.text


def test_a_sample_of_a_mixture_is_counted_as_it_was_drawn():
    domain = mixed(massive="en", topv2="en")
    mixture = Mixture(domain.name, domain.splits, domain.spec, corpora=domain.corpora)
    mixture.parts = {"train": {"massive": 3, "topv2": 2}}
    card_data = domain_card_data(mixture.sampled(40))
    whole, *parts = (dataset.utterances["train"] for dataset in card_data["datasets"])
    assert whole == sum(parts) == 40 and all(parts)


@pytest.mark.parametrize(
    "languages, expected",
    [
        ({"massive": "de-DE", "topv2": "en"}, ("de", "en")),
        ({"massive": None, "topv2": "en"}, ()),  # of one of them it is not known: nothing is claimed
        ({}, ()),
    ],
)
def test_languages_are_those_of_all_corpora_or_not_told(languages: dict, expected: tuple):
    assert domain_card_data(mixed(**languages))["language"] == expected


def test_a_single_corpus_is_named_as_itself():
    domain = toy_domain()
    domain.corpora = (CorpusInfo("ATIS", "other", "Price 1990", "https://a.example", language="en"),)
    card_data = domain_card_data(domain)
    counts = {"train": 60, "validation": 20, "test": 20}
    assert card_data["datasets"] == (DatasetFacts("toy", "other", counts, None, "Price 1990", "https://a.example"),)
    domain.hub_id = "acme/atis"
    whole, part = domain_card_data(domain)["datasets"]
    assert (whole.hub_id, part.name, part.is_part) == ("acme/atis", "ATIS", True)


def test_what_is_not_known_is_not_told():
    card_data = domain_card_data(toy_domain())
    assert (card_data["licence"], card_data["language"]) == (None, ())
    assert card_data["datasets"] == (DatasetFacts("toy", None, {"train": 60, "validation": 20, "test": 20}),)
    assert "is not known here" in card_data["data_terms"]


def test_embedded_data_knows_its_language():
    assert load_domain("smart_garden", max_per_carrier=1).languages == ("en",)


@pytest.mark.parametrize(
    "locales, language", [(("de-DE", "de-DE"), "de-DE"), (("de-DE", "en-US"), None), ((None, 3), None)]
)
def test_a_corpus_of_many_languages_is_known_by_its_rows(locales: tuple, language: str | None, tmp_path: Path):
    rows = [
        {"partition": "train", "scenario": "alarm", "intent": "ask", "annot_utt": f"hallo {i}", "locale": locale}
        for i, locale in enumerate(locales)
    ]
    (tmp_path / "massive").mkdir()
    (tmp_path / "massive" / "en-US.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for _ in range(2):  # read, and from the cache
        info = open_corpus("massive", data_dir=tmp_path, cache_dir=tmp_path / "cache").info
        assert info is not None and info.language == language
    (corpus,) = load_domain("massive", data_dir=tmp_path, validation_size=0, test_size=0).corpora
    assert corpus.language == language
