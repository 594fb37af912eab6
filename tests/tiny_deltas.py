"""Tiny deltas: a base, a skill that was fine-tuned from it, and the difference of the two, next to each other."""

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file
from tiny_models import CONFIGS, save

from bilstm_nlu.runtime.delta_file import DELTA_WEIGHTS, Reference
from modeling_bilstm_nlu import BiLstmNluForIntentAndSlots
from modeling_bilstm_nlu.hub.delta import stored, tensors_of_delta
from modeling_bilstm_nlu.hub.delta_folder import write_reference, write_tensors
from modeling_bilstm_nlu.hub.integrity import sha256_of


def fine_tuned(name: str, folder: Path) -> None:
    """Write a skill: the model of a base with other heads, and with weights and rows that moved."""
    model = BiLstmNluForIntentAndSlots.from_pretrained(folder.with_name("base"))
    torch.manual_seed(3)
    with torch.no_grad():
        for part in (model.encoder.shared, model.intent_stack, model.slot_stack):
            for weight in part.parameters():
                weight += 0.2 * torch.randn_like(weight) * weight.abs().mean()
        for table in (model.encoder.embeddings.words, model.encoder.embeddings.ngrams):
            if table is not None:
                table.weight[5:9] += 0.5
                table.weight[-1] *= 2
        model.intent_head.weight.uniform_(-1, 1)
    model.save_pretrained(folder, packed=CONFIGS[name].get("packed", False))
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(folder.with_name("base") / file, folder / file)


def write_delta(folder: Path, base: Path, out: Path, *, is_exact: bool = False) -> Path:
    """What `save_delta` writes, without a card."""
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns("model.safetensors"))
    weights, of_base = load_file(folder / "model.safetensors"), load_file(base / "model.safetensors")
    tensors = {name: stored(one) for name, one in tensors_of_delta(weights, of_base, is_exact=is_exact)}
    write_tensors(out / DELTA_WEIGHTS, tensors)
    refer(out, base)
    return out


def refer(delta: Path, base: Path) -> None:
    """Write the `delta.json`."""
    digests = sha256_of(base / "model.safetensors"), sha256_of(delta / DELTA_WEIGHTS)
    write_reference(delta, Reference(base.name, None, *digests))


def made(name: str, folder: Path) -> Path:
    """Write `base`, `skill` and `delta` into a folder, and return the folder of the skill."""
    save(name, folder / "base")
    fine_tuned(name, folder / "skill")
    write_delta(folder / "skill", folder / "base", folder / "delta")
    return folder / "skill"
