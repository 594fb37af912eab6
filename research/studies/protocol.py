"""What a comparison holds fast: its arms, and what every one of them is given."""

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
        name: what tables and files call it.
        method: a key of `METHODS`: `network`, `maxent_crf` for the baseline of the paper, `sentence_encoder` for a
            pretrained encoder that is tuned.
        base: of a network: the generic checkpoint to start from; `None` starts from random weights. `{generic}` in it
            stands for the checkpoint that the target domain names.
        model: of a network: arguments of `BiLstmNluConfig`; with a base those that leave its layers' sizes alone.
        training: of a network: fields of `RecipeArguments`.
        options: of any other method, see `METHODS`.
        note: a line for the page about the study.
        against: name of the arm that it is compared with; the baseline of the study by default.
        needs_catalogs: domains without slot catalogs are passed over, because the arm makes no difference to them.
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


@dataclass(frozen=True)
class Protocol:
    """What every arm has in common.

    Args:
        sizes: training utterances in all, one of each intent first.
        seeds: of the draw of utterances, the new layers and the batches.
        steps: optimisation steps of a run; nothing is chosen by validation, the last weights are tested.
        min_epochs: more steps where that many would see the training utterances less often than this; `None` never
            takes more.
        eval_steps: steps between two points of the learning curve.
        batch_size: utterances in a batch, or all there are.
        per_intent: sizes count the utterances of each intent instead, and exactly that many are drawn.
        up_to: sizes are upper limits: a domain with fewer utterances gives all that it has.
        max_validation: validate on that many utterances at most, always the same; `None` takes all.
        max_test: test on that many utterances at most, always the same; `None` takes all.
        measure_cost: also time single utterances, and weigh the saved model.
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
        """The optimisation steps of a run on that many training utterances."""
        steps_of_epoch = math.ceil(num_utterances / self.batch_size)
        return max(self.steps, (self.min_epochs or 0) * steps_of_epoch)


def why_too_small(domain: Domain, size: int, protocol: Protocol) -> str | None:
    """Why a domain cannot be drawn from at a size; `None` if it can."""
    if protocol.up_to:
        return None
    train = domain.splits["train"]
    if protocol.per_intent:
        counts = Counter(train["intent"])
        intent, fewest = min(((name, counts[name]) for name in domain.spec.intents), key=lambda pair: pair[1])
        return None if fewest >= size else f"{fewest} training utterances of {intent}, fewer than {size}"
    return None if len(train) >= size else f"{len(train)} training utterances, fewer than {size}"


def draw(domain: Domain, size: int, seed: int, protocol: Protocol) -> Domain:
    """The domain as an arm is given it: the training utterances of a run, and what it is validated and tested on.

    The label lists stay the whole domain's, so a slot type that the draw missed counts against every arm alike.

    Args:
        domain: with `train`, `validation` and `test`.
        size: as in `Protocol.sizes`.
        seed: of the draw.
        protocol: how to draw, and how much to evaluate on.

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
    """That many utterances of each intent, or all there are of it; nested, as `sample_utterances`."""
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
