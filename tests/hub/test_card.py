"""The model card: the whole text for fixed facts, metadata that the hub accepts, and nothing that text can break."""

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
import yaml
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bilstm_nlu.escaping import as_code_literal, one_line
from modeling_bilstm_nlu import NluError
from modeling_bilstm_nlu.hub import CardData, DatasetFacts, render_card, source_of
from modeling_bilstm_nlu.hub.card_data import parse_with
from modeling_bilstm_nlu.hub.card_data_file import CARD_DATA_FILE, read_card_data, write_card_data
from modeling_bilstm_nlu.hub.card_scores import METRICS
from modeling_bilstm_nlu.hub.latency import Latency, measure_latency

EXPECTED = Path(__file__).with_name("expected_card.md")
FACTS = CardData(
    "acme/bilstm-nlu-home",
    intents=("play_music", "set_alarm"),
    slot_types=("genre",),
    config={"shared_hidden": 128, "dropout": 0.4, "use_crf": True},
    num_parameters=1_234_567,
    size_in_bytes=4_938_268,
    num_words=321,
    max_bytes=4096,
    metrics={
        "validation": {"intent_accuracy": 0.975, "num_utterances": 40, "runtime": 0.1},
        "test": {
            "intent_accuracy": 0.98,
            "slot_precision": 0.96,
            "slot_recall": 0.94,
            "slot_f1": 0.9499,
            "frame_accuracy": 0.875,
            "combined_error": 0.03505,
            "semantic_error_rate": 0.05,
            "num_utterances": 1200,
            "num_intent_annotated": 1200,
            "num_slot_annotated": 1100,
        },
    },
    intervals={"test": {"slot_f1": (0.941, 0.958), "combined_error": (0.03, 0.041)}},
    datasets=(
        DatasetFacts("Home", "CC-BY-4.0", {"train": 11514, "test": 1200}, "acme/home-utterances", "A. Author, 2020"),
        DatasetFacts(
            "Spoken", "cc-by-3.0", {"train": 514}, None, "B. Author, 2021", "https://b.example", is_part=True
        ),
    ),
    intent_counts={"play_music": 11000, "set_alarm": 514},
    hyper_parameters={"learning_rate": 0.002, "seed": 0},
    learning_curve=[
        {"step": 100, "examples": 3200, "seconds": 12.34, "combined_error": 0.25},
        {"step": 200, "examples": 6400, "seconds": 24.5, "combined_error": 0.03505, "loss": 1.0},
    ],
    base_model="acme/bilstm-nlu-generic",
    base_model_revision="0123456789abcdef0123456789abcdef01234567",
    language="en",
    licence="cc-by-4.0",
    versions={"bilstm-nlu": "0.1.0", "torch": "2.13.0"},
    examples=(
        {
            "text": "play some jazz",
            "intent": "play_music",
            "score": 0.98765,
            "slots": [{"slot_type": "genre", "value": "jazz", "start": 10, "end": 14}],
        },
        {"text": "!", "intent": "set_alarm", "score": 0.5, "slots": []},
    ),
    gazetteers=("genre",),
    limits=("Far-field speech was not tested.",),
    data_terms="All of it is under cc-by-4.0.",
    latency=Latency(1.234, 2.5, 100, 20, 1, "A Processor @ 3 GHz"),
    code_hashes={"modeling_bilstm_nlu.py": "ab" * 32},
    has_picture=True,
    intent_scores={
        "validation": {"play_music": (1.0, 40)},
        "test": {"play_music": (0.98765, 1000), "set_alarm": (0.75, 200)},
    },
)
HOSTILE = [
    "<script>alert(1)</script>",
    "a | b | c",
    "`code` ``` \n```\n# not a heading",
    "\n---\nlicense: mit\n---\n",
    "[click](javascript:alert(1)) ![x](y)",
    "{{ facts }} {% raw %} {# #}",
    "back\\slash \\| &lt;b&gt; &#60;",
    "*a* _b_ __c__ ~~d~~ <!-- e",
    "'\": !!python/object/apply:os.system [ls] &a *a",
    "half \ud83d pair \u202e reversed \x00 \x1b[31m \u2028 \x85 end",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 אבג حب",
    "0",
]
METADATA = {
    "base_model",
    "base_model_name",
    "base_model_relation",
    "base_model_revision",
    "datasets",
    "language",
    "library_name",
    "license",
    "license_name",
    "metrics",
}
METADATA |= {"model-index", "pipeline_tag", "tags"}
PARSER = MarkdownIt("commonmark").enable("table")


def load(card: str, tmp_path: Path) -> ModelCard:
    path = tmp_path / "README.md"
    path.write_text(card, encoding="utf-8")
    return ModelCard.load(path)


def cells_of(card: str) -> list[list[str]]:
    """The text of every table cell of a card, row by row, as a browser would show it."""
    rows: list[list[str]] = []
    for token in PARSER.parse(ModelCard(card).text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level >= 4 and rows:
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def test_the_whole_card():
    assert render_card(FACTS) == EXPECTED.read_text(encoding="utf-8")


def test_metadata_is_what_the_hub_reads(tmp_path: Path):
    data = load(render_card(FACTS), tmp_path).data
    assert (data.language, data.license, data.library_name) == (["en"], "cc-by-4.0", "transformers")
    assert (data.pipeline_tag, data.base_model) == ("text-classification", "acme/bilstm-nlu-generic")
    assert data.datasets == ["acme/home-utterances"]
    assert data.model_name == "acme/bilstm-nlu-home"
    results = {(result.dataset_split, result.metric_name): result for result in data.eval_results}
    assert set(results) == {
        ("validation", "intent_accuracy"),
        *(("test", name) for name in ("intent_accuracy", "slot_f1", "frame_accuracy", "combined_error")),
    }
    for (split, name), result in results.items():
        assert result.metric_value == FACTS.metrics[split][name]
        assert (result.metric_type, result.dataset_type) == (METRICS[name][1], "acme/home-utterances")


def test_missing_facts_are_left_out(tmp_path: Path):
    card = render_card(CardData("tiny"))
    headings = re.findall(r"^## (.*)$", card, flags=re.MULTILINE)
    assert headings == ["Use", "Limits", "Details"]
    assert re.findall("<summary>(.*)</summary>", card) == ["What is in a frame", "Other ways to open it", "Citation"]
    assert not re.search(r"None|\bnan\b|\{[{%]|^\|", card, flags=re.MULTILINE)
    data = load(card, tmp_path).data.to_dict()
    assert set(data) == {"library_name", "pipeline_tag", "tags"}


@pytest.mark.parametrize(
    "fact, heading",
    [
        ("base_model", "Fine-tuned from"),
        ("learning_curve", "<summary>Learning curve<"),
        ("metrics", "## Scores"),
        ("metrics", "<summary>All scores<"),
        ("datasets", "<summary>Data and citations<"),
        ("config", "<summary>Network<"),
        ("code_hashes", "<summary>Code in this repository<"),
    ],
)
def test_each_section_goes_with_its_fact(fact: str, heading: str):
    assert f"\n{heading}" in render_card(FACTS)
    without = None if fact == "base_model" else type(getattr(FACTS, fact))()
    assert f"\n{heading}" not in render_card(replace(FACTS, **{fact: without}))


@pytest.mark.parametrize("direction, is_said", [("past", True), ("future", False), (None, False)])
def test_dates_in_the_past_are_said(direction: str | None, is_said: bool, model, tokenizer):
    config = {} if direction is None else {"prefer_dates": direction}
    assert ("march third" in render_card(replace(FACTS, config=config))) == is_said
    if direction is not None:
        before, model.config.prefer_dates = model.config.prefer_dates, direction
        card_data = CardData.from_model("a", model, tokenizer)
        model.config.prefer_dates = before
        assert ("march third" in render_card(card_data)) == is_said


def test_scores_that_are_no_numbers_are_left_out(tmp_path: Path):
    metrics = {"test": {"intent_accuracy": float("nan"), "slot_f1": 0.5}, "validation": {"slot_f1": float("inf")}}
    curve = [{"step": 1, "combined_error": float("nan")}]
    card = render_card(replace(FACTS, metrics=metrics, learning_curve=curve))
    assert not re.search(r"\bnan\b|\binf\b", card)
    assert [result.metric_name for result in load(card, tmp_path).data.eval_results] == ["slot_f1"]


def test_a_folder_is_no_link_on_the_hub(tmp_path: Path):
    for name in ("generic", "../runs/generic/last", "/tmp/generic"):
        data = load(render_card(replace(FACTS, base_model=name)), tmp_path).data
        assert data.base_model is None


def test_several_datasets_share_one_entry(tmp_path: Path):
    datasets = (DatasetFacts("MASSIVE", hub_id="AmazonScience/massive"), DatasetFacts("own data"))
    data = load(render_card(replace(FACTS, datasets=datasets)), tmp_path).data
    assert data.datasets == ["AmazonScience/massive"]
    assert {(result.dataset_name, result.dataset_type) for result in data.eval_results} == {
        ("MASSIVE + own data", "MASSIVE-own-data")
    }


def test_a_long_curve_is_thinned_and_says_so():
    curve = [{"step": step, "combined_error": 1 / step} for step in range(1, 101)]
    bare = replace(FACTS, code_hashes={}, config={}, hyper_parameters={})
    card = render_card(replace(bare, learning_curve=curve))
    assert "20 of 100 evaluations" in card and "`learning_curve.json`" in card
    steps = [row[0] for row in cells_of(card)[-20:]]
    assert steps[0] == "1" and steps[-1] == "100" and len(set(steps)) == 20


def test_scores_have_intervals_and_few_utterances_are_said():
    card = render_card(FACTS)
    assert ["intent and all slots right", "", "87.5% (85.4 to 89.3)"] in cells_of(card), "Wilson, of 1,100 utterances"
    assert ["slot F1", "", "95.0% (94.1 to 95.8)"] in cells_of(card), "from the card data"
    (warning,) = [line for line in card.splitlines() if "far off" in line]
    assert "`validation`" in warning and " 40 utterances" in warning
    bare = replace(FACTS, intervals={}, metrics={"test": {"slot_f1": 0.5, "intent_accuracy": 0.5}})
    assert ["slot F1", "50.0%"] in cells_of(render_card(bare)), "a card from before intervals were kept"
    assert ["intent right", "50.0%"] in cells_of(render_card(bare))


def test_what_is_rejected_is_said():
    section = render_card(FACTS).partition("## What it rejects\n")[2].partition("\n## ")[0]
    assert "2 intents" in section
    scores = {"num_intent_annotated": 1200, "num_wrongly_rejected": 12, "frame_accuracy": 0.9}
    deciding = replace(FACTS, config={"decision_dims": 4, "threshold": 0.5125}, metrics={"test": scores})
    section = render_card(deciding).partition("## What it rejects\n")[2].partition("\n## ")[0]
    assert "0.512" in section and re.search("`test`.* 12 of 1,200 ", section) and "not measured" in section
    out_of_scope = {"out_of_scope_recall": 0.95, "num_out_of_scope": 200}
    section = render_card(replace(deciding, metrics={"test": scores | out_of_scope}))
    assert "95.0% (91.0 to 97.3) of the 200 " in section and "not measured" not in section


def test_many_labels_are_folded_by_corpus():
    intents = tuple(f"{corpus}.intent_{i}" for corpus in ("home", "bank") for i in range(12))
    card = render_card(CardData("x", intents=(*intents, "alone.here", "none"), slot_types=("home.room",)))
    before, _, folded = card.partition("<summary>Intents: 26</summary>")
    assert "26 intents" in before and "intent_1" not in before
    assert re.findall(r"^- (.*?): `(.*?)`", folded, flags=re.MULTILINE) == [
        ("`home` (12)", "intent_0"),
        ("`bank` (12)", "intent_0"),
        ("others (2)", "alone.here"),
    ]
    assert "1 slot type: `home.room`" in before, "few labels are named in the first lines"


def test_a_generic_checkpoint_says_how_to_start_from_it():
    parts = tuple(DatasetFacts(name, is_part=name != "whole") for name in ("whole", "a", "b"))
    generic = CardData("acme/generic", datasets=parts)
    assert "\nbilstm-nlu train SKILL --base acme/generic\n" in render_card(generic)
    assert "--base NAME\n" in render_card(replace(generic, model_name="$(reboot)/`x`"))
    assert "--base" not in render_card(replace(generic, base_model="acme/other")), "made for a skill"


def hostile_facts(text: str) -> CardData:
    frame = {"text": text, "intent": text, "score": 0.5, "slots": []}
    frame["slots"] = [{"slot_type": text, "value": text, "start": 0, "end": len(text)}]
    return replace(
        FACTS,
        model_name=text,
        intents=(text, "other"),
        slot_types=(text,),
        gazetteers=(text,),
        examples=(frame,),
        datasets=(DatasetFacts(text, text, {text: 3}, text, text, text),),
        metrics={text: FACTS.metrics["test"]},
        intent_counts={text: 3, "other": 5},
        hyper_parameters={text: text},
        config={text: text},
        versions={text: text},
        base_model=text,
        base_model_revision=text,
        language=[text],
        licence=text,
        limits=(text,),
        data_terms=text,
        latency=Latency(1.0, 2.0, 3, 2, 1, text),
        code_hashes={text: text},
        intent_scores={text: {text: (0.5, 2), "other": (0.25, 1)}},
        intervals={text: {"slot_f1": (0.9, 1.0)}},
    )


@cache
def structure_of_a_plain_card() -> list[str]:
    return [token.type for token in PARSER.parse(ModelCard(render_card(hostile_facts("plain"))).text)]


def assert_unbroken(text: str) -> None:
    card = render_card(hostile_facts(text))
    card.encode("utf-8")
    assert card.isprintable() or all(char == "\n" or char.isprintable() or char in "\u200c\u200d" for char in card)
    metadata, body = re.fullmatch(r"---\n(.*?)\n---\n\n(.*)", card, flags=re.DOTALL).groups()
    values = yaml.safe_load(metadata)
    assert set(values) <= METADATA
    assert values["license"] == one_line(text) and values["library_name"] == "transformers"
    assert values["model-index"][0]["results"][0]["dataset"]["name"] == one_line(text)
    tokens = PARSER.parse(body)
    assert [token.type for token in tokens] == structure_of_a_plain_card(), "the text changed the card's structure"
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"image", "text", "code_inline", "softbreak", "link_open", "link_close", "text_special"}
    links = [child.attrs["href"] for token in tokens for child in token.children or () if child.type == "link_open"]
    assert links == ["https://arxiv.org/abs/1805.01542"]
    images = [child.attrs["src"] for token in tokens for child in token.children or () if child.type == "image"]
    assert images == ["learning_curve.png"]
    shown = one_line(text)
    (example,) = [row for row in cells_of(card) if row[2:3] == ["0.500"]]
    assert example == [shown, shown, "0.500", f"{shown}: {shown}"]
    assert [shown, "0.5000", "2"] in cells_of(card)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_cannot_break_the_card(text: str):
    assert_unbroken(text)


SPECIAL = "`|<>&\\*_-#[]()!{}%:'\"\n\r\t $~=+.1aé\u2028\u202e\ud800"


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from(SPECIAL), min_size=1, max_size=12).filter(one_line))
def test_no_text_at_all_breaks_the_card(text: str):
    assert_unbroken(text)


@pytest.mark.parametrize("text", ["", "  \n"])
def test_blank_text_counts_as_missing(text: str, tmp_path: Path):
    card = render_card(hostile_facts(text))
    data = load(card, tmp_path).data
    assert data.license is None and data.language is None and data.base_model is None
    assert "| (empty) | (empty) | 0.500 | (empty): (empty) |" in card


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.text())
def test_a_literal_in_the_code_means_the_text(text: str):
    literal = as_code_literal(text)
    assert ast.literal_eval(literal) == text
    assert literal.isascii() and not set("<>&`\n") & set(literal)


def test_facts_of_a_model(model, tokenizer):
    card_data = CardData.from_model("acme/odd", model, tokenizer, texts=["play jazz"], language="en")
    assert card_data.intents == ("ask", "play_music", "none") and card_data.gazetteers == ("genre", "room")
    assert card_data.num_parameters == sum(weight.numel() for weight in model.parameters())
    assert card_data.num_words == 7 and card_data.max_bytes == 4096 and card_data.language == "en"
    assert card_data.config["shared_hidden"] == 5 and "intents" not in card_data.config
    assert list(card_data.examples) == parse_with(model, tokenizer, ["play jazz"])
    assert "`shared_hidden` | `5`" in render_card(card_data)


def test_parsing_leaves_the_mode_of_the_model(model, tokenizer):
    model.train()
    try:
        first, second = parse_with(model, tokenizer, ["play jazz"] * 2)
        assert first == second and model.training
    finally:
        model.eval()


def test_the_lineage_names_a_folder_and_its_weights(model, checkpoint: Path):
    assert source_of(model) == (None, None)
    loaded = type(model).from_pretrained(checkpoint)
    name, revision = source_of(loaded)
    assert name == checkpoint.name and re.fullmatch(r"sha256:[0-9a-f]{64}", revision or "")


@pytest.mark.parametrize("card_data", [FACTS, CardData("tiny"), hostile_facts("half \ud83d pair\n---")])
def test_a_card_is_written_again_from_its_data(card_data: CardData, tmp_path: Path):
    write_card_data(tmp_path / CARD_DATA_FILE, card_data)
    read = read_card_data(tmp_path / CARD_DATA_FILE)
    assert read is not None and render_card(read) == render_card(card_data)
    assert read_card_data(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"model_name": "x", "new": 1}', '{"model_name": "x", "latency": {"ms": 1}}']
)
def test_damaged_facts_say_so(text: str, tmp_path: Path):
    (tmp_path / CARD_DATA_FILE).write_text(text)
    with pytest.raises(NluError, match=CARD_DATA_FILE) as raised:
        read_card_data(tmp_path / CARD_DATA_FILE)
    assert "\n" not in str(raised.value)


def test_the_metadata_pass_the_hub_s_own_checks(tmp_path: Path):
    data = load(render_card(FACTS), tmp_path).data
    model_index = data.to_dict()["model-index"]
    name, results = model_index_to_eval_results(model_index)
    assert name == FACTS.model_name and len(results) == 5
    assert eval_results_to_model_index(name, results) == model_index
    assert ModelCard.load(tmp_path / "README.md").data.to_dict() == data.to_dict()


def test_latency_is_measured_with_one_thread_and_leaves_the_model_alone(model, tokenizer):
    model.train()
    threads = torch.get_num_threads()
    try:
        latency = measure_latency(model, tokenizer, ["play jazz", " ", "what's up"], max_calls=6)
        assert model.training and torch.get_num_threads() == threads
    finally:
        model.eval()
    assert (latency.num_calls, latency.num_texts, latency.num_threads) == (6, 2, 1)
    assert 0 < latency.median_ms <= latency.p90_ms and latency.processor
    card = render_card(CardData("x", latency=latency))
    assert f"{latency.median_ms:.2f} ms" in card and "6 calls on 2 texts" in card


def test_rare_and_hard_intents_are_named():
    counts = {f"rare {i}": i % 9 for i in range(12)} | {"common": 500}
    scores = {"test": {"common": (0.99, 100), "rare 1": (0.25, 4), "rare 2": (1.0, 3), "rare 3": (0.0, 0)}}
    card = render_card(CardData("x", intents=tuple(counts), intent_counts=counts, intent_scores=scores))
    assert re.search("12 intents.* 10 ", card) and "`rare 7` and 2 more." in card
    assert re.search(r"`test`.*: `rare 1` \(0\.25 .* 4\), `common` \(0\.99 .* 100\)", card)
    assert cells_of(card)[-3:] == [["rare 1", "0.2500", "4"], ["common", "0.9900", "100"], ["rare 2", "1.0000", "3"]]


def test_of_hundreds_of_intents_the_weakest_are_shown():
    scores = {f"intent {i:03}": (i / 399, i + 1) for i in range(400)}
    card_data = CardData(
        "x", intents=tuple(scores), intent_scores={"validation": scores}, metrics={"validation": {"slot_f1": 1}}
    )
    card = render_card(card_data)
    assert re.search("`validation`.*0.5000.*400 intents", card)
    assert "20 of 400 intents" in card and "`card.json`" in card
    assert [row[0] for row in cells_of(card)[-20:]] == [f"intent {i:03}" for i in range(20)]


def test_data_under_several_licences_has_a_name_for_them(tmp_path: Path):
    data = load(render_card(replace(FACTS, licence="other")), tmp_path).data
    assert (data.license, data.license_name) == ("other", "of-the-training-data")
