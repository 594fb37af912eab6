"""What a teacher made of texts, stored on disk: training does not run the teacher, and each text is read once.

Several mixtures share what was read, for example a mixture and the mixture without a domain.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from bilstm_nlu.staging import staged

from ...data.mixtures.corpus_tables import default_cache
from .teacher import BATCH_SIZE, load_teacher, states_of

__all__ = ["TeacherStates", "read_with_teacher"]

_TEXTS_PER_PART = 50 * BATCH_SIZE
_FITTED_ON = 4096  # number of texts that the projection of word states is fitted on


class _Part(NamedTuple):
    """Some texts that the teacher has read, memory-mapped.

    Attributes:
        keys: (texts,) uint64, see `_keys`.
        sentences: (texts, size) float16, unit vectors.
        words: (words, size) float16, of all texts one after the other.
        edges: (texts + 1,) index of the first word of each text in `words`.
    """

    keys: np.ndarray
    sentences: np.ndarray
    words: np.ndarray
    edges: np.ndarray


class TeacherStates:
    """The teacher's states of texts; word states are reduced to their first principal components, standardised.

    Args:
        parts: what the teacher has read.
        places: (texts, 2) the part of each text, and its row in the part.
        word_size: size of the reduced word states.
    """

    def __init__(self, parts: Sequence[_Part], places: np.ndarray, word_size: int):
        self._parts, self._places = parts, places
        rows = np.sort(np.random.default_rng(0).permutation(len(places))[:_FITTED_ON])
        self._mean, self._axes = _principal_axes(torch.cat([self._words(i) for i in rows]), word_size)

    @property
    def sentence_size(self) -> int:
        """Size of the state of a text."""
        return self._parts[0].sentences.shape[1]

    @property
    def word_size(self) -> int:
        """Size of the reduced state of a word."""
        return self._axes.shape[1]

    def of(self, row: int) -> tuple[Tensor, Tensor]:
        """Return the states of one text: (sentence size,), a unit vector, and (words, word size), float32."""
        part, place = self._places[row]
        sentence = torch.from_numpy(self._parts[part].sentences[place].astype(np.float32))
        return sentence, (self._words(row) - self._mean) @ self._axes

    def _words(self, row: int) -> Tensor:
        number, place = self._places[row]
        part = self._parts[number]
        return torch.from_numpy(part.words[part.edges[place] : part.edges[place + 1]].astype(np.float32))


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

    Word states are means over the encoder's word pieces. Texts that the cache has are not read again; an interrupted
    reading continues where it stopped.

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
    reader, encoder = load_teacher(teacher)
    folder = Path(cache_dir or default_cache()) / "teacher" / _digest(encoder)
    parts, known = _open_parts(folder)
    keys = _keys(texts, lengths)
    missing = [int(row) for row in np.unique(keys, return_index=True)[1] if int(keys[row]) not in known]
    missing.sort(key=lambda row: len(texts[row]))  # similar lengths in a batch: less padding
    with tqdm(total=len(missing), desc="teacher", unit="text", disable=None) as progress:
        for start in range(0, len(missing), _TEXTS_PER_PART):
            rows = missing[start : start + _TEXTS_PER_PART]
            states = []
            for batch in _batches(rows):
                states += list(zip(*states_of([texts[i] for i in batch], reader, encoder, tokenizer), strict=True))
                progress.update(len(batch))
            _write_part(folder, keys[rows], states)
    if missing:
        parts, known = _open_parts(folder)
    return TeacherStates(parts, np.array([known[int(key)] for key in keys]).reshape(-1, 2), word_size)


def _batches(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    return (rows[start : start + BATCH_SIZE] for start in range(0, len(rows), BATCH_SIZE))


def _digest(encoder: PreTrainedModel) -> str:
    digest = hashlib.sha256()
    for weight in encoder.parameters():
        digest.update(weight.detach().float().cpu().numpy().tobytes())
    return digest.hexdigest()[:32]


def _keys(texts: Sequence[str], lengths: Sequence[int]) -> np.ndarray:
    """Return (texts,) uint64, keys of the texts and of how many words the student makes of them."""
    hashes = (
        hashlib.blake2b(f"{length} {text}".encode(), digest_size=8).digest()
        for text, length in zip(texts, lengths, strict=True)
    )
    return np.frombuffer(b"".join(hashes), "<u8")


def _open_parts(folder: Path) -> tuple[list[_Part], dict[int, tuple[int, int]]]:
    """Return the parts in a folder, and the part and row of each key."""
    found = sorted(path for path in folder.glob("part-*") if path.is_dir())
    parts = [_Part(*(np.load(path / f"{name}.npy", mmap_mode="r") for name in _Part._fields)) for path in found]
    known = {int(key): (number, row) for number, part in enumerate(parts) for row, key in enumerate(part.keys)}
    return parts, known


def _write_part(folder: Path, keys: np.ndarray, states: Sequence[tuple[Tensor, Tensor]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(keys.tobytes()).hexdigest()[:16]
    with staged(folder / f"part-{name}") as build:
        build.mkdir()
        np.save(build / "keys.npy", keys)
        np.save(build / "sentences.npy", torch.stack([sentence for sentence, _ in states]).half().numpy())
        np.save(build / "words.npy", torch.cat([words for _, words in states]).half().numpy())
        np.save(build / "edges.npy", np.cumsum([0, *(len(words) for _, words in states)]))


def _principal_axes(states: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return the mean of word states, (size,), and (size, reduced size) axes that scale the reduced to variance 1."""
    mean = states.mean(0)
    axes = torch.linalg.eigh((states - mean).T @ (states - mean)).eigenvectors.flip(1)[:, :size]
    largest = axes.gather(0, axes.abs().argmax(0, keepdim=True))
    axes = axes * largest.sign()  # the sign of an axis would be that of the machine
    return mean, axes / ((states - mean) @ axes).std()
