"""What a model takes from a domain besides its labels: the catalogs that it resolves slots with, and gazetteers."""

import random
from pathlib import Path

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots, DataError
from modeling_bilstm_nlu.catalogs_bilstm_nlu import CATALOGS_FILE, MAX_BYTES
from modeling_bilstm_nlu.data import Domain, SlotCatalog, SlotSpan, Utterance, load_skill
from modeling_bilstm_nlu.data.values.builtin_types import builtin_forms
from modeling_bilstm_nlu.hub.card_data import parse_with
from modeling_bilstm_nlu.tokenization_bilstm_nlu import build_tokenizer
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments, TransferTrainer, build_model, with_overrides
from modeling_bilstm_nlu.training.intent_slots import declared_slots, slots_of_intents
from modeling_bilstm_nlu.training.scoring import score_model
from modeling_bilstm_nlu.training.transfer.gazetteers import slot_catalogs_of

TEA_SHOP = Path(__file__).resolve().parents[1] / "samples" / "tea_shop.json"


def arguments(folder: Path, **changes: object) -> NluTrainingArguments:
    settings: dict = {"max_steps": 2, "per_device_train_batch_size": 8, "learning_rate": 1e-2, "warmup_steps": 0}
    settings |= {"use_cpu": True, "disable_tqdm": True, "logging_strategy": "no"}
    return NluTrainingArguments(output_dir=str(folder), **{**settings, **changes})


def domain_of(values: dict[str, tuple[str, ...]], ids: dict[str, str], type_name: str | None = None) -> Domain:
    rows = [Utterance(f"get {value}", "get", (SlotSpan("thing", 4, 4 + len(value)),)) for value in values]
    catalog = SlotCatalog("thing", values, ids, type_name)
    return Domain.from_utterances("things", {"train": rows, "test": rows}, catalogs={"thing": catalog})


def test_a_skill_says_which_slots_an_intent_may_have(tmp_path: Path):
    domain = load_skill(TEA_SHOP)
    allowed = declared_slots(domain)
    assert set(allowed) == set(domain.spec.intents) and any(allowed.values())
    for utterance in domain.utterances("train"):
        assert {span.slot_type for span in utterance.spans} <= set(allowed[utterance.intent])
    config = build_model(domain, **SMALL).config
    assert config.intent_slots == allowed and config.undeclared_slot_probabilities == {}
    base = build_model(toy_domain(), **SMALL)
    assert base.config.undeclared_slot_probabilities
    TransferTrainer(base, arguments(tmp_path), domain).prepare()
    assert base.config.intent_slots == allowed and base.config.undeclared_slot_probabilities == {}


def test_annotated_utterances_show_some_slots_of_an_intent(tmp_path: Path):
    def said(intent: str | None, *slot_types: str) -> Utterance:
        text = " ".join(["x"] * max(1, len(slot_types)))
        return Utterance(text, intent, tuple(SlotSpan(name, 2 * i, 2 * i + 1) for i, name in enumerate(slot_types)))

    rows = [
        said("go", "from", "to"),
        said("go", "to"),
        said("stop"),
        said(None, "by"),
        Utterance("wait", "wait", None),
    ]
    domain = Domain.from_utterances("trips", {"train": rows})
    found = slots_of_intents(domain)
    assert found["intent_slots"] == {"go": ["from", "to"], "stop": [], "wait": []}
    assert found["undeclared_slot_probabilities"] == {"go": (2 + 1) / (2 + 3 + 1), "stop": 1.0, "wait": 1.0}
    assert found["intents_by_slots"] and declared_slots(domain) == {}
    config = build_model(domain, **SMALL).config
    assert {name: getattr(config, name) for name in found} == found
    base = build_model(toy_domain(), **SMALL)
    TransferTrainer(base, arguments(tmp_path), domain).prepare()
    assert {name: getattr(base.config, name) for name in found} == found


def test_data_without_slots_says_nothing_of_them():
    domain = Domain.from_utterances("talk", {"train": [Utterance("hi", "greet"), Utterance("bye", "part")]})
    assert slots_of_intents(domain) == {
        "intent_slots": {},
        "undeclared_slot_probabilities": {},
        "intents_by_slots": True,
    }


def test_a_model_gets_the_catalogs_of_its_domain(tmp_path: Path):
    domain = domain_of({"lamp": ("light", "lantern"), "fan": ()}, {"lamp": "L1"})
    model = build_model(domain, **SMALL)
    expected = {"value": "lamp", "id": "L1"}
    assert model.slot_catalogs.resolve("thing", "Lantern") == expected
    NluTrainer(model, arguments(tmp_path), domain).save_model(str(tmp_path / "saved"))
    assert (tmp_path / "saved" / CATALOGS_FILE).is_file()
    loaded = BiLstmNluForIntentAndSlots.from_pretrained(tmp_path / "saved")
    assert loaded.slot_catalogs.resolve("thing", "Lantern") == expected


def test_the_trainer_gives_a_model_the_catalogs_of_what_it_is_trained_on(tmp_path: Path):
    model = build_model(domain_of({"lamp": ()}, {}), **SMALL)
    domain = domain_of({"lamp": ("torch",)}, {"lamp": "L2"})
    NluTrainer(model, arguments(tmp_path), domain).prepare()
    assert model.slot_catalogs.resolve("thing", "torch") == {"value": "lamp", "id": "L2"}
    without = Domain.from_utterances("things", {"train": domain.utterances("train")})
    NluTrainer(model, arguments(tmp_path), without).prepare()
    assert model.slot_catalogs.resolve("thing", "torch"), "more utterances without catalogs take none away"


def test_transfer_replaces_the_catalogs(tmp_path: Path):
    model = build_model(toy_domain(), **SMALL)
    assert model.slot_catalogs.num_values == {"room": 4, "song": 6}
    TransferTrainer(model, arguments(tmp_path), domain_of({"lamp": ("torch",)}, {})).prepare()
    assert model.slot_catalogs.num_values == {"thing": 1}
    bare = Domain.from_utterances("bare", {"train": domain_of({"lamp": ()}, {}).utterances("train")})
    TransferTrainer(model, arguments(tmp_path), bare).prepare()
    assert not model.slot_catalogs


def test_built_in_values_are_for_training_not_for_resolving():
    city = builtin_forms("AMAZON.City")[0]
    domain = domain_of(
        {city: (), "gotham": (), builtin_forms("AMAZON.City")[1]: ("home",)},
        {},
        type_name="AMAZON.City",
    )
    catalogs = slot_catalogs_of(domain)
    assert catalogs.type_name("thing") == "AMAZON.City"
    assert catalogs.resolve("thing", city) is None
    assert catalogs.resolve("thing", "Gotham") == {"value": "gotham"}
    assert catalogs.resolve("thing", "home") is not None


def test_a_skill_resolves_its_own_values_and_names_its_built_in_types():
    domain = load_skill(TEA_SHOP)
    catalogs = slot_catalogs_of(domain)
    assert domain.skill is not None
    own = {value for catalog in domain.skill.catalogs.values() for value in catalog.values}
    named = {catalogs.type_name(slot) for slot in domain.spec.slot_types}
    assert any(name.startswith("AMAZON.") for name in named)
    for slot in domain.spec.slot_types:
        for value in domain.catalogs[slot].values if slot in domain.catalogs else ():
            resolved = catalogs.resolve(slot, value)
            assert (resolved is not None and resolved.get("score") is None) == (value in own), (slot, value)


@pytest.mark.parametrize("value, message", [("x" * MAX_BYTES, "limit"), ("half \ud83d", "surrogate")])
def test_what_no_checkpoint_can_hold_is_refused_before_training(value: str, message: str):
    domain = domain_of({"lamp": (value,)}, {})
    with pytest.raises(DataError, match=message):
        build_model(domain, **SMALL)


def secret_domain(seed: int = 0) -> Domain:
    """Two slot types that nothing but the catalogs tells apart; no value of the test split occurs in training."""
    rng = random.Random(seed)
    names = [f"{a}{b}{c}" for a in ("ba", "ko", "mi", "ru", "ze") for b in ("na", "to", "li", "pe") for c in "dkmst"]
    rng.shuffle(names)
    plants, tools = names[:50], names[50:]
    rows = {}
    for split, part in (("train", slice(0, 35)), ("validation", slice(35, 40)), ("test", slice(40, 50))):
        rows[split] = [
            Utterance(
                f"{verb} the {name} now", "get", (SlotSpan(slot_type, len(verb) + 5, len(verb) + 5 + len(name)),)
            )
            for slot_type, values in (("plant", plants), ("tool", tools))
            for name in values[part]
            for verb in ("find", "show me", "bring")
        ]
    catalogs = {
        "plant": SlotCatalog("plant", dict.fromkeys(plants, ())),
        "tool": SlotCatalog("tool", dict.fromkeys(tools, ())),
    }
    return Domain.from_utterances("secret", rows, catalogs=catalogs)


@pytest.mark.slow
@pytest.mark.parametrize("is_transfer", [False, True])
def test_gazetteers_tag_values_that_only_the_catalogs_list(tmp_path: Path, is_transfer: bool):
    domain, scores = secret_domain(), {}
    for use in (False, True):
        only = {"value_substitution": 0.0, "carrier_word_deletion": 0.0, "use_gazetteers": use}
        args = arguments(tmp_path, max_steps=80, per_device_train_batch_size=16, **only)
        model = build_model(toy_domain() if is_transfer else domain, **SMALL)
        trainer = (TransferTrainer if is_transfer else NluTrainer)(model, args, domain)
        trainer.prepare()
        assert model.config.gazetteers == (["plant", "tool"] if use else [])
        trainer.train()
        scores[use] = score_model(model, build_tokenizer(), domain.splits["test"])["slot_f1"]
    assert scores[False] < 0.8 and scores[True] > 0.9, scores


def test_a_domain_without_catalogs_gets_no_gazetteers(tmp_path: Path):
    bare = Domain.from_utterances("bare", {"train": toy_domain().utterances("train")})
    model = build_model(bare, **SMALL)
    NluTrainer(model, arguments(tmp_path, use_gazetteers=True), bare).prepare()
    assert model.gazetteer is None


def test_substitution_teaches_values_that_only_the_catalogs_list(tmp_path: Path):
    domain, scores = secret_domain(), {}
    for share in (0.0, 0.7):
        only = {"value_substitution": share, "carrier_word_deletion": 0.0, "use_gazetteers": False}
        args = arguments(tmp_path, max_steps=80, per_device_train_batch_size=16, **only)
        model = build_model(domain, **SMALL)
        NluTrainer(model, args, domain).train()
        scores[share] = score_model(model, build_tokenizer(), domain.splits["test"])["slot_f1"]
    assert scores[0.7] > scores[0.0] + 0.1, scores


@pytest.mark.slow
def test_thinned_carriers_tell_values_apart_that_stand_side_by_side(tmp_path: Path):
    names = ["ada", "bo", "cy", "dee", "eve", "flo", "gus", "hal"]
    rows = {"train": [], "test": []}
    for first in names:
        for last in names:
            end = len(first)
            said = f"call {first} and then {last} please"
            spans = (SlotSpan("first", 5, 5 + end), SlotSpan("last", 15 + end, 15 + end + len(last)))
            rows["train"].append(Utterance(said, "call", spans))
            spans = (SlotSpan("first", 0, end), SlotSpan("last", end + 1, end + 1 + len(last)))
            rows["test"].append(Utterance(f"{first} {last}", "call", spans))
    catalogs = {name: SlotCatalog(name, dict.fromkeys(names, ())) for name in ("first", "last")}
    domain, scores = Domain.from_utterances("calls", rows, catalogs=catalogs), {}
    for chance in (0.0, 0.5):
        args = arguments(tmp_path, max_steps=60, per_device_train_batch_size=16, background_share=0)
        args.carrier_word_deletion = chance
        model = build_model(domain, **SMALL)
        NluTrainer(model, args, domain).train()
        scores[chance] = score_model(model, build_tokenizer(), domain.splits["test"])["slot_f1"]
    assert scores[0.0] < 0.6 and scores[0.5] > 0.9, scores


def test_a_trained_model_answers_with_ids(tmp_path: Path):
    domain = domain_of({f"lamp {word}": (f"{word} light",) for word in ("red", "blue", "old")}, {"lamp red": "R"})
    model = build_model(domain, **SMALL)
    NluTrainer(model, arguments(tmp_path, max_steps=40), domain).train()
    frame = parse_with(model, build_tokenizer(), ["get lamp red"])[0]
    assert [slot.get("resolved") for slot in frame["slots"]] == [{"value": "lamp red", "id": "R"}]


def test_a_changed_config_keeps_the_weights():
    model = build_model(toy_domain(), **SMALL)
    changed = with_overrides(model, {"use_crf": False, "dropout": 0.3})
    assert changed.crf is None and changed.config.dropout == 0.3 and model.crf is not None
    before, after = model.state_dict(), changed.state_dict()
    assert set(before) - set(after) == {"crf.transitions", "crf.start", "crf.end"}
    assert all(torch.equal(before[name], after[name]) for name in after)
    assert with_overrides(model, {}) is model
    with pytest.raises(RuntimeError, match="shared"):
        with_overrides(model, {"shared_hidden": 99})
