"""What a comparison keeps fixed: its arms, and what every arm gets."""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datasets import Dataset, DatasetDict

from modeling_bilstm_nlu.data.domains import Domain, sample_utterances

__all__ = ["NETWORK", "Arm", "Protocol", "draw", "why_too_small"]

#: The method of an arm that trains the joint model.
NETWORK = "network"


@dataclass(frozen=True)
class Arm:
    """One way to get a model for a domain.

    Args:
        name: the name in tables and files.
        method: a key of `METHODS`: `network`, `maxent_crf` for the baseline of the paper, `sentence_encoder` for a
            pretrained encoder that is fine-tuned.
        base: for a network: the generic checkpoint to start from; `None` starts from random weights. `{generic}` in it
            is replaced by the checkpoint that the target domain names.
        model: for a network: arguments of `BiLstmNluConfig`; with a base, only those that keep the layers' sizes.
        training: for a network: fields of `RecipeArguments`.
        options: for any other method, see `METHODS`.
        note: a line for the page of the study.
        against: name of the arm that it is compared with; by default the baseline of the study.
        needs_catalogs: skip domains without slot catalogs, because the arm changes nothing on them.
        domains: run it on this many domains, evenly spread; `None` runs it on all. For arms that take long.
        seeds: the seeds to run; `None` takes those of the protocol.
        up_to: run it on sizes up to this one; `None` takes all.
    """

    name: str
    method: str = NETWORK
    base: str | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    against: str | None = None
    needs_catalogs: bool = False
    domains: int | None = None
    seeds: Sequence[int] | None = None
    up_to: int | None = None


@dataclass(frozen=True)
class Protocol:
    """What all arms have in common.

    Args:
        sizes: total number of training utterances, one of each intent first.
        seeds: for the draw of utterances, the new layers and the batches.
        steps: optimisation steps of a run; nothing is chosen by validation, the last weights are tested.
        min_epochs: take more steps if `steps` would be fewer epochs than this; `None` never takes more.
        eval_steps: steps between two points of the learning curve.
        batch_size: utterances per batch, or all utterances if there are fewer.
        per_intent: sizes count the utterances of each intent, and exactly that many are drawn.
        up_to: sizes are upper limits: a domain with fewer utterances gives all that it has.
        max_validation: validate on at most this many utterances, always the same ones; `None` uses all.
        max_test: test on at most this many utterances, always the same ones; `None` uses all.
        measure_cost: also measure the time for single utterances and the size of the saved model.
    """

    sizes: Sequence[int] = (10, 30, 100, 300)
    seeds: Sequence[int] = (0, 1, 2)
    steps: int = 250
    eval_steps: int = 10
    batch_size: int = 16
    per_intent: bool = False
    up_to: bool = False
    max_validation: int | None = None
    max_test: int | None = None
    measure_cost: bool = False
    min_epochs: int | None = None

    def steps_for(self, num_utterances: int) -> int:
        """The number of optimisation steps of a run on this many training utterances."""
        steps_of_epoch = math.ceil(num_utterances / self.batch_size)
        return max(self.steps, (self.min_epochs or 0) * steps_of_epoch)


def why_too_small(domain: Domain, size: int, protocol: Protocol) -> str | None:
    """The reason why a domain is too small for a size; `None` if it is not."""
    if protocol.up_to:
        return None
    train = domain.splits["train"]
    if protocol.per_intent:
        counts = Counter(train["intent"])
        intent, fewest = min(((name, counts[name]) for name in domain.spec.intents), key=lambda pair: pair[1])
        return None if fewest >= size else f"{fewest} training utterances of {intent}, fewer than {size}"
    return None if len(train) >= size else f"{len(train)} training utterances, fewer than {size}"


def draw(domain: Domain, size: int, seed: int, protocol: Protocol) -> Domain:
    """The domain as an arm gets it: the training utterances of a run, and the validation and test utterances.

    The label lists are those of the whole domain, so a slot type that is not drawn counts against all arms equally.

    Args:
        domain: with `train`, `validation` and `test`.
        size: one of `Protocol.sizes`.
        seed: for the draw.
        protocol: how to draw, and how many utterances to evaluate on.

    Raises:
        DataError: the domain has too few utterances, see `why_too_small`.
    """
    splits = DatasetDict(domain.splits)
    train = splits["train"]
    if protocol.per_intent:
        splits["train"] = _sample_of_each(train, size, seed)
    else:
        splits["train"] = sample_utterances(train, min(size, len(train)) if protocol.up_to else size, seed=seed)
    for split, most in (("validation", protocol.max_validation), ("test", protocol.max_test)):
        if most is not None and len(splits[split]) > most:
            rows = random.Random(0).sample(range(len(splits[split])), most)
            splits[split] = splits[split].select(sorted(rows))
    return replace(domain, splits=splits)


def _sample_of_each(dataset: Dataset, n: int, seed: int) -> Dataset:
    """`n` utterances of each intent, or all if it has fewer; a smaller draw is part of a larger one."""
    order = list(range(len(dataset)))
    random.Random(seed).shuffle(order)
    intents = dataset["intent"]
    taken: Counter[str] = Counter()
    rows = []
    for i in order:
        if intents[i] is not None and taken[intents[i]] < n:
            taken[intents[i]] += 1
            rows.append(i)
    return dataset.select(rows)
