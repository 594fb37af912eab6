"""The states of a sentence encoder (the teacher), which a generic network is distilled from (Hinton et al. 2015).

The teacher reads every text once, and its states are stored on disk. So training does not run the teacher, and an
interrupted reading continues where it stopped.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from bilstm_nlu.errors import NluError
from bilstm_nlu.files import write_json
from bilstm_nlu.hub_errors import first_line
from bilstm_nlu.staging import staged

from ...data.encoding import word_offsets
from ...data.mixtures.corpus_tables import default_cache
from ..precision import prefers_bf16

__all__ = ["TeacherStates", "load_reader", "read_with_teacher", "vectors_of_words"]

_BATCH_SIZE = 128
_SAVED_EVERY = 50  # batches
_FITTED_ON = 4096  # number of texts that the projection of word states is fitted on


class TeacherStates:
    """The teacher's states of texts, in the order of the texts, memory-mapped.

    Args:
        folder: folder that `read_with_teacher` has written.
        lengths: number of words of every text.

    Attributes:
        sentences: (texts, size) float16, unit vectors.
        words: (words, word_size) float16, standardised, the words of all texts one after the other.
        edges: (texts + 1,) index of the first word of each text in `words`.
    """

    def __init__(self, folder: Path, lengths: Sequence[int]):
        self.edges = np.concatenate([[0], np.cumsum(lengths)])
        self.sentences = np.load(folder / "sentences.npy", mmap_mode="r")
        self.words = np.load(folder / "words.npy", mmap_mode="r")

    def of(self, row: int) -> tuple[Tensor, Tensor]:
        """Return the states of one text: (size,) and (words, word_size), float32."""
        words = self.words[self.edges[row] : self.edges[row + 1]]
        return torch.from_numpy(self.sentences[row].astype(np.float32)), torch.from_numpy(words.astype(np.float32))


def read_with_teacher(
    texts: Sequence[str],
    lengths: Sequence[int],
    teacher: str,
    tokenizer: PreTrainedTokenizerFast,
    *,
    word_size: int = 128,
    cache_dir: str | Path | None = None,
) -> TeacherStates:
    """Return the states of a sentence encoder for texts: the mean over each text, and the states of its words.

    Word states are means over the encoder's word pieces, reduced to their first principal components. States are read
    from the cache if it has them.

    Args:
        texts: texts to read.
        lengths: number of words of every text, for the student's tokenizer.
        teacher: a folder or a hub id of an encoder with mean pooling and weights as safetensors, such as
            `sentence-transformers/all-MiniLM-L6-v2`.
        tokenizer: tokenizer of the student.
        word_size: size of the reduced word states.
        cache_dir: folder of the states; `None` takes the folder `bilstm-nlu` of the Hugging Face cache.

    Raises:
        NluError: the teacher cannot be loaded.
    """
    reader, encoder = _load(teacher)
    digest = _digest(texts, lengths, encoder, word_size)
    folder = Path(cache_dir or default_cache()) / "teacher" / digest
    if not (folder / "done.json").exists():
        _read(texts, lengths, reader, encoder, tokenizer, word_size, folder)
    return TeacherStates(folder, lengths)


@torch.inference_mode()
def vectors_of_words(words: Sequence[str], teacher: str, tokenizer: PreTrainedTokenizerFast) -> Tensor:
    """Return the vectors of single words from a sentence encoder: (words, size) float32, means over word pieces.

    Args:
        words: texts that are one word for the student's tokenizer.
        teacher: a folder or a hub id, see `read_with_teacher`.
        tokenizer: tokenizer of the student.

    Raises:
        NluError: the teacher cannot be loaded.
    """
    reader, encoder = _load(teacher)
    vectors = torch.zeros(len(words), encoder.config.hidden_size)
    order = sorted(range(len(words)), key=lambda i: len(words[i]))  # similar lengths in a batch: less padding
    for start in tqdm(range(0, len(words), _BATCH_SIZE), desc="words", unit="batch", disable=None):
        rows = order[start : start + _BATCH_SIZE]
        _, states = _states([words[i] for i in rows], reader, encoder, tokenizer)
        vectors[rows] = torch.stack([of_word[0] for of_word in states])
    return vectors


def load_reader(teacher: str) -> PreTrainedTokenizerBase:
    """Load the tokenizer of a teacher.

    Raises:
        NluError: it cannot be loaded.
    """
    try:
        return AutoTokenizer.from_pretrained(teacher)
    except (OSError, ValueError) as error:
        raise _not_loaded(teacher, error) from error


def _load(teacher: str) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    reader = load_reader(teacher)
    try:
        encoder = AutoModel.from_pretrained(teacher, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise _not_loaded(teacher, error) from error
    return reader, encoder.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def _not_loaded(teacher: str, error: Exception) -> NluError:
    return NluError(
        f"the teacher {teacher!r} cannot be loaded ({first_line(error)}); set teacher to the folder or the hub "
        "id of a sentence encoder, or train without a teacher"
    )


def _digest(texts: Sequence[str], lengths: Sequence[int], encoder: PreTrainedModel, word_size: int) -> str:
    digest = hashlib.sha256(json.dumps([word_size, list(lengths)]).encode())
    for weight in encoder.parameters():
        digest.update(weight.detach().float().cpu().numpy().tobytes())
    for text in texts:
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()[:32]


def _read(
    texts: Sequence[str],
    lengths: Sequence[int],
    reader: PreTrainedTokenizerBase,
    encoder: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    word_size: int,
    folder: Path,
) -> None:
    """Fill the arrays of a folder; continue where an earlier reading stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.argsort([len(text) for text in texts], kind="stable")  # similar lengths in a batch: less padding
    edges = np.concatenate([[0], np.cumsum(lengths)])
    projection = folder / "projection.npz"
    if not projection.exists():
        rows = np.sort(np.random.default_rng(0).permutation(len(texts))[:_FITTED_ON])
        sampled: list[Tensor] = []
        for start in range(0, len(rows), _BATCH_SIZE):
            _, words = _states([texts[i] for i in rows[start : start + _BATCH_SIZE]], reader, encoder, tokenizer)
            sampled += words
        _fit_projection(torch.cat(sampled), word_size, projection)
    fitted = {name: torch.from_numpy(array) for name, array in np.load(projection).items()}
    shapes = {"sentences": (len(texts), encoder.config.hidden_size), "words": (int(edges[-1]), len(fitted["axes"]))}
    progress = folder / "progress.json"
    done = json.loads(progress.read_text("utf-8"))["done"] if progress.exists() else 0
    arrays = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", "r+" if done else "w+", np.float16, shape)
        for name, shape in shapes.items()
    }
    starts = range(done, len(texts), _BATCH_SIZE)
    for number, start in enumerate(tqdm(starts, desc="teacher", unit="batch", disable=None), 1):
        rows = order[start : start + _BATCH_SIZE]
        sentences, words = _states([texts[i] for i in rows], reader, encoder, tokenizer)
        arrays["sentences"][rows] = sentences.half().numpy()
        for row, states in zip(rows, words, strict=True):
            reduced = (states - fitted["mean"]) @ fitted["axes"].T / fitted["scale"]
            arrays["words"][edges[row] : edges[row + 1]] = reduced.half().numpy()
        if number % _SAVED_EVERY == 0:
            for array in arrays.values():
                array.flush()
            write_json(progress, {"done": start + len(rows)})
    for array in arrays.values():
        array.flush()
    write_json(folder / "done.json", {"texts": len(texts)})


@torch.inference_mode()
def _states(
    texts: list[str],
    reader: PreTrainedTokenizerBase,
    encoder: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
) -> tuple[Tensor, list[Tensor]]:
    """Return (texts, size) means as unit vectors, and (words, size) for each text; a word without a piece is zero."""
    batch = reader(texts, padding=True, truncation=True, return_tensors="pt", return_offsets_mapping=True)
    pieces = batch.pop("offset_mapping")  # (texts, pieces, 2)
    with torch.autocast(encoder.device.type, torch.bfloat16, enabled=prefers_bf16()):
        states = encoder(**batch.to(encoder.device)).last_hidden_state.float().cpu()
    mask = batch["attention_mask"].cpu()[..., None]
    sentences = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
    encoded = tokenizer(texts, truncation=True, return_offsets_mapping=True)
    words = []
    for i in range(len(texts)):
        word = torch.tensor(word_offsets(encoded.word_ids(i), encoded["offset_mapping"][i]))  # (words, 2)
        start, end = pieces[i].unbind(-1)
        overlaps = (word[:, :1] < end) & (word[:, 1:] > start) & (end > start)  # (words, pieces)
        share = overlaps.float() / overlaps.sum(1, keepdim=True).clamp(min=1)
        words.append(share @ states[i])
    return sentences, words


def _fit_projection(states: Tensor, size: int, path: Path) -> None:
    """Write the principal axes of word states, and the scale that gives the reduced states variance 1."""
    mean = states.mean(0)
    axes = torch.linalg.svd(states - mean, full_matrices=False).Vh[:size]
    scale = ((states - mean) @ axes.T).std()
    with staged(path) as build:
        np.savez(build, mean=mean.numpy(), axes=axes.numpy(), scale=scale.numpy())
