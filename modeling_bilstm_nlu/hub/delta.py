"""Save a fine-tuned checkpoint as a delta: its difference from the checkpoint that it was trained from."""

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor

from bilstm_nlu.errors import Cure, NluError
from bilstm_nlu.files import read_json, read_text, write_text
from bilstm_nlu.runtime.delta_file import (
    CHANGED,
    DELTA_WEIGHTS,
    DIFFERENCE,
    ROW_TABLES,
    ROWS,
    SCALE,
    STEP,
    Reference,
    is_delta,
)
from bilstm_nlu.runtime.finding import find_checkpoint
from bilstm_nlu.runtime.nlu import load
from bilstm_nlu.runtime.tensors import StoredTensor
from bilstm_nlu.staging import staged

from ..exact_bilstm_nlu import EXACT_FILE, ExactPhrases
from ..packing_bilstm_nlu import is_packed_file, pack, rows_in_use, with_all_rows
from .card_data_file import CARD_DATA_FILE, read_card_data
from .delta_folder import size_of, with_note, write_reference, write_stub, write_tensors
from .embedded import EMBEDDED
from .integrity import sha256_of
from .origin import origin_of
from .publish import texts_to_check
from .repository import allowed_files, check_complete, check_replaceable

__all__ = ["SavedDelta", "save_delta", "stored", "tensors_of_delta"]

logger = logging.getLogger(__name__)

_WEIGHTS = "model.safetensors"
_MOST = 127  # the largest difference, in steps
_MOST_TEXTS = 200  # of the checkpoint's own texts that frames are compared on
_MOST_ROWS = 0.75  # of a table: with more changed rows, the whole table is stored
_KINDS = {
    torch.bfloat16: "BF16",
    torch.bool: "BOOL",
    torch.float16: "F16",
    torch.float32: "F32",
    torch.float64: "F64",
    torch.int64: "I64",
    torch.int8: "I8",
    torch.uint8: "U8",
}


@dataclass(frozen=True)
class SavedDelta:
    """A delta that was saved.

    Attributes:
        folder: its folder.
        num_bytes: bytes of its files.
        whole_bytes: bytes of the files of the whole checkpoint.
        num_texts: number of texts that it gives the same frames for.
        is_exact: whether its LSTM weights are stored whole, because differences in 8 bits changed a frame.
    """

    folder: Path
    num_bytes: int
    whole_bytes: int
    num_texts: int
    is_exact: bool

    @property
    def share(self) -> float:
        """Its size as a share of the whole checkpoint's."""
        return self.num_bytes / self.whole_bytes


def save_delta(
    checkpoint: str | Path, out: str | Path, *, base: str | Path | None = None, texts: Sequence[str] = ()
) -> SavedDelta:
    """Save a fine-tuned checkpoint as its difference from the one that it was trained from.

    The weights of the LSTMs become differences in 8 bits. If a frame of the texts differs from that of the whole
    checkpoint, they are stored whole. The delta appears complete or not at all.

    Args:
        checkpoint: the folder of the fine-tuned checkpoint.
        out: the folder of the delta; missing, empty, or an older repository.
        base: the checkpoint that it was trained from: a folder, the name of a checkpoint in the package, or the id of
            a repository; by default, the one that its card names.
        texts: more texts to compare frames on; the checkpoint's own phrases are always compared.

    Raises:
        NluError: the checkpoint or the base is not a whole checkpoint, or damaged; the card names no base; or packed
            weights change a frame.
    """
    folder, out = Path(checkpoint).expanduser().resolve(), Path(out).expanduser().resolve()
    if is_delta(folder):
        raise NluError(f"{str(folder)!r} is a delta already; give the folder of the whole checkpoint")
    check_complete(folder)
    check_replaceable(out)
    found = _find_base(folder, base)
    reference = Reference(found.name, found.revision, sha256_of(found.folder / _WEIGHTS), "")
    every = [*dict.fromkeys([*_own_texts(folder), *texts])]
    with staged(out) as build:
        for is_exact in (False, True):
            shutil.rmtree(build, ignore_errors=True)
            _fill(build, folder, found.folder, reference, is_exact=is_exact)
            unequal = _unequal(folder, build, found.folder, every)
            if not unequal:
                break
            logger.info("%s: %d of %d frames differ (exact: %s)", folder, len(unequal), len(every), is_exact)
        else:
            raise NluError(
                f"{folder}: {len(unequal)} of {len(every)} texts have another frame with packed weights, first "
                f"{unequal[0]!r:.80}; train with `packed: true`, or keep the whole checkpoint"
            )
    return SavedDelta(out, size_of(out), size_of(folder), len(every), is_exact)


class _Found(NamedTuple):
    """The base of a delta, and how the delta names it."""

    folder: Path
    name: str
    revision: str | None


def _find_base(folder: Path, base: str | Path | None) -> _Found:
    name, revision = ("" if base is None else str(base)), None
    if base is None:
        card_data = read_card_data(folder / CARD_DATA_FILE)
        name = (card_data and card_data.base_model) or ""
        revision = card_data.base_model_revision if card_data is not None else None
        if not name:
            cure = Cure("name it with {}", option="base")
            raise NluError(f"{folder}: its card does not name the checkpoint that it was trained from", cure=cure)
    digest = (revision or "").removeprefix("sha256:") if (revision or "").startswith("sha256:") else None
    place = find_checkpoint(base if base is not None else name, None if digest else revision)
    if not (place / _WEIGHTS).is_file() or is_delta(place):
        raise NluError(f"{name!r} is not a whole checkpoint; give the folder or the id of one as the base")
    if digest not in (None, sha256_of(place / _WEIGHTS)):
        cure = Cure("give the right one with {}", option="base")
        raise NluError(f"{folder}: the checkpoint {name!r} here is not the one that it was trained from", cure=cure)
    if place.parent == EMBEDDED:
        return _Found(place, place.name, None)
    if (origin := origin_of(place)) is not None:
        return _Found(place, origin.repo_id, origin.commit)
    if Path(name).expanduser().is_dir():
        return _Found(place, place.resolve().name, None)
    return _Found(place, name, place.name)  # the folder of a commit in the local cache


def _own_texts(folder: Path) -> list[str]:
    """The examples of the card, and phrases of the checkpoint, evenly spread."""
    card_data = read_card_data(folder / CARD_DATA_FILE)
    found = texts_to_check(card_data)
    if (folder / EXACT_FILE).is_file():
        try:
            phrases = ExactPhrases.load(folder / EXACT_FILE).to_dict().get("intents", {})
        except ValueError as error:
            raise NluError(str(error)) from error
        whole = [phrase for own in phrases.values() for phrase in own if isinstance(phrase, str)]
        found += whole[:: max(1, -(-len(whole) // _MOST_TEXTS))]
    return found


def _fill(build: Path, folder: Path, base: Path, reference: Reference, *, is_exact: bool) -> None:
    """Write all files of a delta into a new folder."""
    build.mkdir()
    for name in allowed_files(folder):
        if not name.endswith((".safetensors", "_bilstm_nlu.py", ".onnx")):
            shutil.copyfile(folder / name, build / name)
    weights = load_file(folder / _WEIGHTS)
    if not is_packed_file(folder / _WEIGHTS):
        weights = pack(weights)
    tensors = tensors_of_delta(weights, load_file(base / _WEIGHTS), is_exact=is_exact)
    write_tensors(build / DELTA_WEIGHTS, {name: stored(tensor) for name, tensor in tensors})
    reference = reference._replace(weights=sha256_of(build / DELTA_WEIGHTS))
    write_reference(build, reference)
    write_stub(build, read_json(folder / "config.json"))
    write_text(build / "README.md", with_note(read_text(folder / "README.md"), reference))


def tensors_of_delta(
    weights: Mapping[str, Tensor], base: Mapping[str, Tensor], *, is_exact: bool = False
) -> Iterator[tuple[str, Tensor]]:
    """Yield what weights have that a base does not have, see `bilstm_nlu.runtime.delta_file`.

    Args:
        weights: packed weights.
        base: the weights of the base.
        is_exact: whether the weights of LSTMs are stored whole, not as differences in 8 bits.
    """
    done: set[str] = set()
    whole, whole_base = with_all_rows(weights), with_all_rows(base)
    for name in ROW_TABLES:
        parts = [part for part in (name, name + SCALE) if part in weights or part in base]
        if parts and all(
            part in weights and part in base and _is_alike(whole[part], whole_base[part]) for part in parts
        ):
            done |= {name, name + SCALE}
            changed = _changed_rows(parts, whole, whole_base)
            if changed.sum() > _MOST_ROWS * len(weights[name]):
                yield from ((part, weights[part]) for part in parts)
            elif changed.any():
                yield name + CHANGED, _as_bits(changed)
                yield from ((part + ROWS, whole[part][changed]) for part in parts)
    for name, tensor in weights.items():
        of_base = base.get(name)
        if name in done or (of_base is not None and _is_equal(tensor, of_base)):
            continue
        is_lstm = "_lstm.weight_" in name and of_base is not None and of_base.shape == tensor.shape
        if is_lstm and not is_exact and of_base is not None:
            yield from _difference(name, tensor, of_base)
        else:
            yield name, tensor


def _changed_rows(parts: Sequence[str], weights: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> Tensor:
    """Return which rows of a table are not those of the base: (rows,) bool. Free rows of a word table are left out.

    Args:
        parts: name of the table, and that of its scales, if it is packed.
        weights: packed weights with all rows.
        base: those of the base.
    """
    table = parts[0]
    changed = torch.zeros(len(weights[table]), dtype=torch.bool)
    for part in parts:
        differs = weights[part] != base[part]
        changed |= differs if differs.dim() == 1 else differs.any(1)
    used, used_by_base = rows_in_use(weights, table), rows_in_use(base, table)
    if used is not None and used_by_base is not None:
        changed = used & (changed | ~used_by_base)
    return changed


def _as_bits(rows: Tensor) -> Tensor:
    """One bit for each row, in whole numbers of 64 bits."""
    bits = torch.zeros(-(-len(rows) // 64) * 64, dtype=torch.int64)
    bits[: len(rows)] = rows
    return (bits.view(-1, 8) << torch.arange(8)).sum(1).to(torch.uint8)


def _difference(name: str, weights: Tensor, base: Tensor) -> Iterator[tuple[str, Tensor]]:
    """The differences of weights from those of a base, and the step of each row."""
    difference = weights.float() - base.half().float()
    most = difference.abs().amax(1, keepdim=True)
    step = (most / _MOST).half()
    bits = step.view(torch.int16)
    step = torch.where(step.float() * _MOST < most, bits + 1, bits).to(torch.int16).view(torch.float16)
    integers = (difference / step.float()).nan_to_num(0).round().clamp(-_MOST, _MOST)  # a step of 0: no difference
    yield name + DIFFERENCE, integers.to(torch.int8)
    yield name + STEP, step


def _is_alike(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape


def _is_equal(one: Tensor, other: Tensor) -> bool:
    return _is_alike(one, other) and torch.equal(one, other)


def stored(tensor: Tensor) -> StoredTensor:
    content = tensor.contiguous().view(torch.uint8).flatten().numpy().tobytes()
    return StoredTensor(_KINDS[tensor.dtype], tuple(tensor.shape), memoryview(content))


def _unequal(folder: Path, delta: Path, base: Path, texts: Sequence[str]) -> list[str]:
    """The texts whose frames differ in more than the score. The exact layer is not used."""
    options: dict[str, Any] = {"exact": False, "normalise": None, "threshold": 0.0}  # also slots of rejected frames
    whole, found = load(folder), set()
    threshold, expected = whole.settings.threshold, whole(texts, **options)
    for weights in ("float16", "shared"):
        for text, one, two in zip(
            texts, expected, load(delta, base=base, weights=weights)(texts, **options), strict=True
        ):
            is_same = {**one, "score": 0} == {**two, "score": 0}
            if not is_same or (one["score"] >= threshold) != (two["score"] >= threshold):
                found.add(text)
    return [text for text in texts if text in found]
