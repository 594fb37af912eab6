"""The files of the Space, a checkpoint that has learnt something, and one whose every name is an attack."""

import sys
from pathlib import Path

import pytest
import torch
from toy_domain import SMALL, toy_domain

from modeling_bilstm_nlu import BiLstmNluConfig, BiLstmNluForIntentAndSlots, build_tokenizer
from modeling_bilstm_nlu.catalogs_bilstm_nlu import SlotCatalogs
from modeling_bilstm_nlu.hub import write_repository
from modeling_bilstm_nlu.training import NluTrainer, NluTrainingArguments, build_model

SPACE = Path(__file__).resolve().parents[2] / "scripts" / "space"
sys.path.insert(0, str(SPACE))  # as for a script, which finds the modules beside it

HOSTILE = (
    "<img src=x onerror=\"window.owned='label'\">",
    "</script><script>window.owned='script'</script>",
    "${window.owned='template'}{{constructor.constructor('window.owned=1')()}}",
    "[click](javascript:window.owned=1) ![x](http://198.51.100.1/x.png) <b>bold</b>",
    "\u202eright to left\u202c \x00 \ud800 \u2028 end",
)


@pytest.fixture(scope="session")
def space() -> Path:
    """The folder of the Space."""
    return SPACE


@pytest.fixture(scope="session")
def toy_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository folder that parses the toy domain and resolves its values."""
    folder = tmp_path_factory.mktemp("toy")
    domain = toy_domain()
    arguments = NluTrainingArguments(
        output_dir=str(folder / "run"),
        max_steps=150,
        learning_rate=2e-2,
        per_device_train_batch_size=16,
        use_cpu=True,
        disable_tqdm=True,
        logging_strategy="no",
    )
    trainer = NluTrainer(build_model(domain, **SMALL), arguments, domain)
    trainer.train()
    return trainer.write_repository(folder / "toy-checkpoint")


@pytest.fixture(scope="session")
def hostile_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository folder whose labels, values and ids attack the page; it marks every word of a text as a slot."""
    sizes = dict.fromkeys(("vocabulary_size", "ngram_buckets"), 64) | dict.fromkeys(("word_dim", "ngram_dim"), 4)
    sizes |= dict.fromkeys(("shared_hidden", "slot_hidden", "intent_hidden"), 4)
    torch.manual_seed(0)
    model = BiLstmNluForIntentAndSlots(BiLstmNluConfig(HOSTILE, HOSTILE, crf=False, **sizes)).eval()
    with torch.no_grad():
        model.slot_head.weight.uniform_(-5, 5)
        model.slot_head.bias[0] = -100  # no word is outside
        model.slot_head.bias[2::2] = -100  # every word begins a slot of its own
    values = {"values": {HOSTILE[0]: {"id": HOSTILE[1], "synonyms": ["attack"]}}}
    model.slot_catalogs = SlotCatalogs({slot_type: values for slot_type in HOSTILE[:4]})
    return write_repository(tmp_path_factory.mktemp("hostile") / "hostile", model, build_tokenizer())
