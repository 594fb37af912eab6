"""Parse texts into frames without torch: `load` a checkpoint, then call it with a text."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Sized
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, Protocol, cast

from ..hubfiles.calls_bilstm_nlu import possible_intents
from ..hubfiles.catalogs_bilstm_nlu import Resolved, SlotCatalogs
from ..hubfiles.exact_bilstm_nlu import ExactPhrases
from ..hubfiles.frames_bilstm_nlu import Frame, FrameMaker, Normaliser, Reading
from ..hubfiles.hearing_bilstm_nlu import better_reading
from ..hubfiles.own_words_bilstm_nlu import OwnWords
from ..normalisation import DIRECTIONS, is_installed, normalise_value
from .engines import make_net
from .finding import find_checkpoint
from .outputs import NetOutput, WordMatches
from .packed_file import read_checkpoint
from .settings import NetSettings

__all__ = ["Net", "Nlu", "load"]

#: Default number of texts in a batch.
BATCH_SIZE = 32

#: Number of slot values whose meaning is remembered.
_REMEMBERED = 4096

#: The value of an argument that was not given, where `None` means something else.
_OWN: Any = object()


class Net(Protocol):
    """What computes the network: the kernel, or NumPy."""

    #: What it is called in messages.
    engine: str

    def run(
        self,
        texts: Sequence[str],
        *,
        allowed: Sequence[int] | None = None,
        matches: Sequence[WordMatches] | None = None,
        with_states: bool = False,
        with_slot_logits: bool = False,
    ) -> list[NetOutput]:
        """Compute the network for texts."""
        ...


def load(
    name_or_path: str | Path, *, revision: str | None = None, weights: str = "float16", engine: str | None = None
) -> "Nlu":
    """Open a checkpoint to parse texts with it. Neither torch nor transformers is loaded.

    Args:
        name_or_path: the folder of a checkpoint, a file that `bilstm-nlu export` wrote, the name of a checkpoint in
            the package, or the id `owner/name` of a repository on the hub.
        revision: branch, tag or commit of the repository.
        weights: `float16` gives the frames of the pipeline in torch; `int8` is faster and takes half the memory, and a
            few frames in a thousand differ.
        engine: `kernel` or `numpy`; by default, the kernel if it is installed.

    Raises:
        NluError: the checkpoint does not exist, is damaged or newer than this program, or the engine is not
            installed.
        ValueError: `weights` or `engine` is unknown.
    """
    path = find_checkpoint(name_or_path, revision)
    checkpoint = read_checkpoint(path, str(name_or_path))
    net = make_net(checkpoint, weights=weights, engine=engine)
    return Nlu(net, checkpoint.settings, checkpoint.catalogs, checkpoint.phrases, checkpoint.own_words)


class Nlu:
    """Parses texts into frames; `load` makes one.

    Call it with a text to get a `Frame`, or with a series of texts to get their frames in the same order: a list, a
    tuple or another sized series gives a list; a generator or another iterator gives an iterator, which reads
    `batch_size` texts ahead. It can be called from several threads at a time.

    Args:
        net: computes the network.
        settings: sizes and labels of the network.
        catalogs: the known values of slots.
        phrases: the skill's own sentences; none by default.
        own_words: the words of the skill's texts; none by default.
    """

    def __init__(
        self,
        net: Net,
        settings: NetSettings,
        catalogs: SlotCatalogs,
        phrases: ExactPhrases | None = None,
        own_words: OwnWords | None = None,
    ):
        self.net, self.settings, self.catalogs = net, settings, catalogs
        self.phrases = ExactPhrases() if phrases is None else phrases
        self.own_words = OwnWords() if own_words is None else own_words

    def _maker(self, threshold: float | None) -> FrameMaker:
        s = self.settings
        least = s.threshold if threshold is None else threshold
        return FrameMaker(s.intents, self._tags, self._catalogs, threshold=least, fallback_intent=s.fallback_intent)

    @cached_property
    def _own_maker(self) -> FrameMaker:
        return self._maker(None)

    @cached_property
    def _tags(self) -> list[str]:
        return self.settings.slot_tags

    @cached_property
    def _catalogs(self) -> SlotCatalogs:
        return cast(SlotCatalogs, _RememberingCatalogs(self.catalogs))

    @cached_property
    def _normalise(self) -> Callable[..., Any] | None:
        return normalise_value if is_installed() else None

    def __call__(
        self,
        inputs: Any,
        *,
        top_k: int | None = 1,
        normalise: Normaliser | None = _OWN,
        prefer: str | None = None,
        threshold: float | None = None,
        exact: bool = True,
        hear_again: bool = True,
        intents: Collection[str] | None = None,
        batch_size: int = BATCH_SIZE,
    ) -> Any:
        """Return a frame for a text, a list of frames for a series of texts, an iterator of frames for an iterator.

        Args:
            inputs: a text, a series of texts, or an iterator of texts.
            top_k: with more than 1, each frame also lists this number of `intents` with their scores, best first; with
                `None`, all of them.
            normalise: function that gives `resolved` to slots that are not in the catalogs. Its arguments are the type
                name of the slot, such as `AMAZON.DATE`, and the slot's text; it returns a dict or `None`. `None` turns
                this off. By default, numbers, dates, times and durations are normalised if the libraries of the extra
                `normalise` are installed.
            prefer: whether a date without a year ("march third") is the next such day, with `future`, or the last one,
                with `past`; the default is that of the checkpoint.
            threshold: the smallest score that is accepted, from 0 to 1; by default that of the checkpoint.
            exact: whether a text that is one of the skill's own sentences gets the frame of that sentence, with the
                score 1; with `False`, the network reads it, too.
            hear_again: whether a text with words that the skill does not know, but that sound or look like its own, is
                read a second time with those, and the better of the two readings counts.
            intents: the intents that are possible in this call, at least one; `None` allows all.
            batch_size: number of texts that are computed at a time.

        Raises:
            TypeError: the input is not a text or a series of texts, or `normalise` is not a function.
            ValueError: `top_k` or `batch_size` is below 1, `prefer` is unknown or given with a function `normalise`,
                `threshold` is not a number from 0 to 1, `intents` has a name that the model does not know, or scores
                are not finite.
        """
        possible = possible_intents(intents, self.settings.intents)
        given = {"top_k": top_k, "normalise": self._normaliser(normalise, prefer), "intents": possible}
        maker = self._own_maker if threshold is None else self._maker(threshold)
        make = partial(self._frames, maker, given, exact=exact, hear_again=hear_again)
        if (top_k is not None and top_k < 1) or batch_size < 1:
            raise ValueError(f"top_k and batch_size must be at least 1, got {top_k} and {batch_size}")
        if isinstance(inputs, str):
            return make([inputs])[0]
        if isinstance(inputs, Iterator):
            return self._frames_of(inputs, batch_size, make)
        if not _is_series(inputs):
            raise TypeError(f"an utterance must be a str, got {type(inputs).__name__}: {inputs!r:.80}")
        return list(self._frames_of(iter(inputs), batch_size, make))

    @staticmethod
    def _frames_of(texts: Iterator[Any], size: int, make: Callable[[list[Any]], list[Frame]]) -> Iterator[Frame]:
        while batch := list(itertools.islice(texts, size)):
            yield from make(batch)

    def _frames(
        self, maker: FrameMaker, given: dict[str, Any], texts: list[Any], *, exact: bool, hear_again: bool
    ) -> list[Frame]:
        """The frames of a batch: of the skill's own sentences, and of what the network reads."""
        texts = [_as_text(text) for text in texts]
        possible = given["intents"]
        answers: list[Any] = [None] * len(texts)
        if exact and self.phrases:
            answers = [self.phrases.find(text, self.catalogs, intents=possible) for text in texts]
        unknown = [text for text, answer in zip(texts, answers, strict=True) if answer is None]
        found = self.read(unknown, intents=possible)
        readings = iter(self._hear(found, possible) if hear_again and self.own_words else found)
        return [
            maker.frame(next(readings), **given) if answer is None else maker.exact_frame(text, answer, **given)
            for text, answer in zip(texts, answers, strict=True)
        ]

    def _hear(self, readings: list[Reading], possible: Collection[str] | None) -> list[Reading]:
        """Read again what the texts may have been, if they seem to be misheard, and choose."""
        heard = [self.own_words.hear(reading.text) for reading in readings]
        again = iter(self.read([one.text for one in heard if one], intents=possible))
        return [
            reading if one is None else better_reading(reading, next(again), one)
            for reading, one in zip(readings, heard, strict=True)
        ]

    def read(self, texts: Sequence[str], *, intents: Collection[str] | None = None) -> list[Reading]:
        """Run the network on texts.

        Args:
            texts: the texts.
            intents: the intents that are possible; `None` allows all.

        Raises:
            TypeError: one of them is not a text.
        """
        allowed = None if intents is None else [i for i, name in enumerate(self.settings.intents) if name in intents]
        readings = []
        outputs = self.net.run([_as_text(text) for text in texts], allowed=allowed)
        for text, output in zip(texts, outputs, strict=True):
            spans, end = output.spans, output.end
            readings.append(Reading(text, spans, output.probabilities, output.tags, output.decision, end))
        return readings

    def _normaliser(self, normalise: Any, prefer: str | None) -> Normaliser | None:
        if prefer is not None and prefer not in DIRECTIONS:
            raise ValueError(f"prefer must be one of {', '.join(DIRECTIONS)}, got {prefer!r:.80}")
        if normalise is _OWN:
            own = self._normalise
            return None if own is None else partial(own, prefer=prefer or self.settings.prefer_dates)
        if normalise is not None and not callable(normalise):
            raise TypeError(f"normalise must be a function or None, got {normalise!r:.80}")
        if normalise is not None and prefer is not None:
            raise ValueError("prefer is not passed to your function normalise; leave one of the two out")
        return cast(Normaliser | None, normalise)


class _RememberingCatalogs:
    """The slot catalogs of a checkpoint. They remember what the last values meant, because users say them often."""

    def __init__(self, catalogs: SlotCatalogs):
        self.type_name = catalogs.type_name
        self._find = lru_cache(maxsize=_REMEMBERED)(catalogs.resolve)

    def resolve(self, slot_type: str, text: str) -> Resolved | None:
        """As `SlotCatalogs.resolve`."""
        found = self._find(slot_type, text)
        return None if found is None else found.copy()  # the caller may change its frame


def _as_text(thing: Any) -> str:
    if not isinstance(thing, str):
        raise TypeError(f"an utterance must be a str, got {type(thing).__name__}: {thing!r:.80}")
    return str(thing)  # NumPy has its own strings


def _is_series(inputs: Any) -> bool:
    """Whether the input is a series of texts. A table is not, because iteration gives the names of its columns."""
    if isinstance(inputs, str | bytes | Mapping | set | frozenset):
        return False
    return isinstance(inputs, Iterable) and isinstance(inputs, Sized) and getattr(inputs, "ndim", 1) == 1
