"""Parse texts into frames without torch: `load` a checkpoint, then call it with a text."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sized
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..hubfiles.call_phrases_bilstm_nlu import CallPhrases, call_phrases
from ..hubfiles.calls_bilstm_nlu import MAX_LENGTH, CallValues, CatalogsOfCall, call_values, possible_intents
from ..hubfiles.catalogs_bilstm_nlu import SlotCatalogs
from ..hubfiles.exact_bilstm_nlu import ExactPhrases
from ..hubfiles.frames_bilstm_nlu import Frame, FrameMaker, Normaliser, Reading, frame_in_text
from ..hubfiles.hearing_bilstm_nlu import better_reading
from ..hubfiles.own_words_bilstm_nlu import OwnWords
from ..hubfiles.segments_bilstm_nlu import CANNOT_SPLIT, SpacedText, split_texts
from ..normalisation import DIRECTIONS, is_installed, normalise_value
from .engines import make_net
from .finding import find_checkpoint
from .outputs import Net, NetOutput
from .packed_file import read_checkpoint
from .remembering import RememberingCatalogs
from .settings import NetSettings
from .words import split_words

__all__ = ["Nlu", "load"]

#: Default number of texts in a batch.
BATCH_SIZE = 32

#: Number of lists of values of calls whose phrases are remembered.
_REMEMBERED_LISTS = 32

#: Bytes in memory for a byte of the JSON files next to the weights, from a measurement.
_IN_MEMORY = 12

#: The value of an argument that was not given, where `None` means something else.
_OWN: Any = object()


def load(
    name_or_path: str | Path,
    *,
    revision: str | None = None,
    weights: str = "float16",
    engine: str | None = None,
    base: str | Path | None = None,
) -> "Nlu":
    """Open a checkpoint to parse texts with it. Neither torch nor transformers is loaded.

    Args:
        name_or_path: the folder of a checkpoint or of a delta, a file that `bilstm-nlu export` wrote, the name of a
            checkpoint in the package, or the id `owner/name` of a repository on the hub.
        revision: branch, tag or commit of the repository.
        weights: `float16` gives the frames of the pipeline in torch; `int8` is faster and takes half the memory, and a
            few frames in a thousand differ; `shared` is for many deltas of one base in a process: the weights of the
            base are in memory once, and a delta adds its difference to them while it computes, which is slower.
        engine: `kernel` or `numpy`; by default, the kernel if it is installed.
        base: the base of a delta: a folder, the name of a checkpoint in the package, or the id of a repository; by
            default, it is looked for next to the delta, in the package, in the local cache, and on the hub.

    Raises:
        NluError: the checkpoint does not exist, is damaged or newer than this program, the base of a delta is not
            found or has other weights, or the engine is not installed.
        ValueError: `weights` or `engine` is unknown.
    """
    path = find_checkpoint(name_or_path, revision)
    checkpoint = read_checkpoint(path, str(name_or_path), base=base)
    net = make_net(checkpoint, weights=weights, engine=engine)
    companions = checkpoint.catalogs, checkpoint.phrases, checkpoint.own_words
    return Nlu(net, checkpoint.settings, *companions, companion_bytes=_IN_MEMORY * checkpoint.companion_bytes)


class _Call(NamedTuple):
    """What a call asks for.

    Attributes:
        maker: makes the frames.
        given: the arguments of its methods.
        allowed: numbers of the possible intents; `None` allows all.
        values: more values of slot types, if there are some.
        catalogs: the slot catalogs with the values of the call; `None` if the exact layer is not used.
        hears: whether texts that seem to be misheard are read again.
    """

    maker: FrameMaker
    given: dict[str, Any]
    allowed: list[int] | None
    values: CallValues | None
    catalogs: Any
    hears: bool


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
        companion_bytes: about how many bytes the catalogs, phrases and words have in memory.
    """

    def __init__(
        self,
        net: Net,
        settings: NetSettings,
        catalogs: SlotCatalogs,
        phrases: ExactPhrases | None = None,
        own_words: OwnWords | None = None,
        companion_bytes: int = 0,
    ):
        self.net, self.settings, self.catalogs = net, settings, catalogs
        self.phrases = ExactPhrases() if phrases is None else phrases
        self.own_words = OwnWords() if own_words is None else own_words
        self._companion_bytes = companion_bytes

    @property
    def num_bytes(self) -> int:
        """About how many bytes this checkpoint alone has in memory: its network, phrases, catalogs and words.

        What is shared is not counted: the base of a delta (`base.num_bytes`, once for all deltas of it), and the
        memory of calls, which the networks of a process share.
        """
        return self.net.num_bytes + self._companion_bytes

    @property
    def base(self) -> Any:
        """What this checkpoint shares with other deltas, with `sha256` and `num_bytes`; `None` without a base."""
        return self.net.base

    def _maker(self, threshold: float | None, catalogs: Any) -> FrameMaker:
        s = self.settings
        least = s.threshold if threshold is None else threshold
        return FrameMaker(s.intents, self._tags, catalogs, threshold=least, fallback_intent=s.fallback_intent)

    @cached_property
    def _own_maker(self) -> FrameMaker:
        return self._maker(None, self._catalogs)

    @cached_property
    def _tags(self) -> list[str]:
        return self.settings.slot_tags

    @cached_property
    def _catalogs(self) -> SlotCatalogs:
        return cast(SlotCatalogs, RememberingCatalogs(self.catalogs))

    @cached_property
    def _phrases_of(self) -> Callable[[CallValues], CallPhrases]:
        """The values of a call as phrases; those of the last calls are remembered."""
        s = self.settings

        def find(values: CallValues) -> CallPhrases:
            return call_phrases(values, _spell, s.gazetteers, s.gazetteer_max_words)

        return lru_cache(maxsize=_REMEMBERED_LISTS)(find)

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
        catalogs: Mapping[str, Any] | None = None,
        multi: bool = False,
        batch_size: int = BATCH_SIZE,
    ) -> Any:
        """Return a frame for a text, a list of frames for a series of texts, an iterator of frames for an iterator.

        With `multi=True`, a text may have several intents ("turn off the lamp and set an alarm"). Then there is a list
        of frames for each text, in the order of the text, usually only one. Each frame is that of its part alone,
        `text[start:end]`; the offsets of its slots are those in the whole text.

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
            catalogs: more values of slot types, for this call alone: slot type -> a list of values, or a dict with the
                synonyms of each value. They count as values of the slot catalogs.
            multi: split texts with several intents, and give a list of frames for each text.
            batch_size: number of texts that are computed at a time.

        Raises:
            TypeError: the input is not a text or a series of texts, `normalise` is not a function, or `multi` is not a
                truth value.
            ValueError: `top_k` or `batch_size` is below 1, `prefer` is unknown or given with a function `normalise`,
                `threshold` is not a number from 0 to 1, `intents` or `catalogs` have a name that the model does not
                know, or another layout, `multi` is true and the checkpoint has no heads that split texts, or scores
                are not finite.
        """
        possible = possible_intents(intents, self.settings.intents)
        given = {"top_k": top_k, "normalise": self._normaliser(normalise, prefer), "intents": possible}
        values, maker, known = call_values(catalogs, self.settings.slot_types), self._own_maker, self._catalogs
        if values is not None:
            known = CatalogsOfCall(known, values)
        if values is not None or threshold is not None:
            maker = self._maker(threshold, known)
        exactly, hears = known if exact and self.phrases else None, hear_again and bool(self.own_words)
        call = _Call(maker, given, self._places(possible), values, exactly, hears)
        if (top_k is not None and top_k < 1) or batch_size < 1:
            raise ValueError(f"top_k and batch_size must be at least 1, got {top_k} and {batch_size}")
        make = partial(self._splits if self._is_multi(multi) else self._frames, call)
        if isinstance(inputs, str):
            return make([inputs])[0]
        if isinstance(inputs, Iterator):
            return self._frames_of(inputs, batch_size, make)
        if not _is_series(inputs):
            raise TypeError(f"an utterance must be a str, got {type(inputs).__name__}: {inputs!r:.80}")
        return list(self._frames_of(iter(inputs), batch_size, make))

    def _is_multi(self, multi: Any) -> bool:
        if not isinstance(multi, bool):
            raise TypeError(f"multi must be True or False, got {multi!r:.80}")
        if multi and not self.settings.segment_hidden:
            raise ValueError(CANNOT_SPLIT)
        return multi

    @staticmethod
    def _frames_of(texts: Iterator[Any], size: int, make: Callable[[list[Any]], list[Any]]) -> Iterator[Any]:
        while batch := list(itertools.islice(texts, size)):
            yield from make(batch)

    def _frames(self, call: _Call, texts: list[Any]) -> list[Frame]:
        """The frames of a batch: of the skill's own sentences, and of what the network reads."""
        texts = [_as_text(text) for text in texts]
        answers = self._answers(call, texts)
        unknown = [text for text, answer in zip(texts, answers, strict=True) if answer is None]
        readings = iter(self._readings(call, unknown, self._run(call, unknown)))
        return [
            call.maker.frame(next(readings), **call.given)
            if answer is None
            else call.maker.exact_frame(text, answer, **call.given)
            for text, answer in zip(texts, answers, strict=True)
        ]

    def _splits(self, call: _Call, texts: list[Any]) -> list[list[Frame]]:
        """The frames of each text of a batch. The skill's own sentences are not split."""
        texts = [_as_text(text) for text in texts]
        answers = self._answers(call, texts)
        unknown = [text for text, answer in zip(texts, answers, strict=True) if answer is None]
        outputs = self._run(call, unknown, with_starts=True)
        spaced = [SpacedText(text, one.spans, one.starts or ()) for text, one in zip(unknown, outputs, strict=True)]
        splits = iter(zip(outputs, split_texts(spaced, self._wholes), strict=True))
        found = []
        for text, answer in zip(texts, answers, strict=True):
            if answer is not None:
                frame = call.maker.exact_frame(text, answer, **call.given)
                found.append([frame_in_text(frame, text, 0, len(text))])
                continue
            output, segments = next(splits)
            if len(segments) == 1:  # the network has read it already
                frames = [call.maker.frame(one, **call.given) for one in self._readings(call, [text], [output])]
            else:
                frames = self._frames(call, [text[start:end] for start, end in segments])
            found.append([frame_in_text(frame, text, *place) for frame, place in zip(frames, segments, strict=True)])
        return found

    def _readings(self, call: _Call, texts: list[str], outputs: list[NetOutput]) -> list[Reading]:
        """What the network reads in texts, or in what they may have been, if they seem to be misheard."""
        readings = list(map(_reading, texts, outputs))
        if not call.hears:
            return readings
        heard = [self.own_words.hear(text) for text in texts]
        likely = [one.text for one in heard if one]
        again = map(_reading, likely, self._run(call, likely))
        return [
            reading if one is None else better_reading(reading, next(again), one)
            for reading, one in zip(readings, heard, strict=True)
        ]

    def _answers(self, call: _Call, texts: list[str]) -> list[Any]:
        """What the exact layer says about each text; `None` where the network must read it."""
        if call.catalogs is None:
            return [None] * len(texts)
        return [self.phrases.find(text, call.catalogs, intents=call.given["intents"]) for text in texts]

    def _run(self, call: _Call, texts: list[str], *, with_starts: bool = False) -> list[NetOutput]:
        """Run the network on texts."""
        phrases = None if call.values is None else self._phrases_of(call.values)
        return self.net.run(texts, allowed=call.allowed, phrases=phrases, with_starts=with_starts)

    def _wholes(self, texts: list[str]) -> list[float]:
        """The log-odds that each text is one whole utterance."""
        parts = iter(texts)
        return [
            odds
            for batch in iter(lambda: list(itertools.islice(parts, BATCH_SIZE)), [])
            for odds in self.net.wholes(batch)
        ]

    def _places(self, intents: Collection[str] | None) -> list[int] | None:
        """The numbers of intents; `None` for all."""
        return None if intents is None else [i for i, name in enumerate(self.settings.intents) if name in intents]

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


def _reading(text: str, output: NetOutput) -> Reading:
    return Reading(text, output.spans, output.probabilities, output.tags, output.decision, output.end)


def _spell(text: str) -> list[int]:
    """The ids of the bytes of a value, in words."""
    return split_words(text, 4 * MAX_LENGTH).ids  # a character has at most four bytes


def _as_text(thing: Any) -> str:
    if not isinstance(thing, str):
        raise TypeError(f"an utterance must be a str, got {type(thing).__name__}: {thing!r:.80}")
    return str(thing)  # NumPy has its own strings


def _is_series(inputs: Any) -> bool:
    """Whether the input is a series of texts. A table is not, because iteration gives the names of its columns."""
    if isinstance(inputs, str | bytes | Mapping | set | frozenset):
        return False
    return isinstance(inputs, Iterable) and isinstance(inputs, Sized) and getattr(inputs, "ndim", 1) == 1
