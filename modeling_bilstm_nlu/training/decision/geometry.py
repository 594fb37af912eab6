"""The geometry of a decision: the small space of a skill's texts, and the words that are the skill's own."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ...hashing_bilstm_nlu import claim_rows
from .measuring import Measured
from .regression import fit_logistic

__all__ = ["geometry", "shrunk_covariance", "typical_distances", "word_table"]

_DIMS = 64
#: Share of the background's variance that the skill's texts have at least: equal texts would be infinitely near.
_LEAST_VARIANCE = 1e-3
_MOST_CATALOG_WORDS = 20_000
_DECAY = 1e-3  # of the weights of the classifier, per text


def shrunk_covariance(rows: Tensor, least: float = 0.0) -> Tensor:
    """Estimate the covariance of centred rows (texts, size): Ledoit and Wolf 2004, "A well-conditioned estimator".

    Few rows say little about many dimensions. The estimate is between the covariance of the rows and a multiple of the
    identity; how much of each is computed from the rows.

    Args:
        rows: (texts, size) numbers whose mean is zero.
        least: variance that is added in all directions.
    """
    num, size = rows.shape
    covariance = rows.T @ rows / num
    mean = covariance.diagonal().mean()
    target = mean * torch.eye(size, dtype=rows.dtype)
    distance = (covariance - target).square().sum()
    noise = (rows.square().sum(1).square().sum() / num - covariance.square().sum()) / num
    share = float((noise / distance).clamp(0, 1)) if distance > 0 else 1.0
    return (1 - share) * covariance + share * target + least * torch.eye(size, dtype=rows.dtype)


def _least_variance(rows: Tensor) -> float:
    return _LEAST_VARIANCE * float(rows.var(0, correction=0).mean()) + 1e-9


def typical_distances(skill: Measured, others: Sequence[Measured]) -> list[Tensor]:
    """Return the squared Mahalanobis distances of other texts from the texts of a skill, one class for all.

    Args:
        skill: texts of the skill.
        others: other texts, first those of the background.
    """
    rows = skill.pooled.double()
    center = rows.mean(0)
    background, *_ = others
    least = _least_variance(background.pooled.double())
    factor = torch.linalg.cholesky(shrunk_covariance(rows - center, least))
    return [
        torch.linalg.solve_triangular(factor, (other.pooled.double() - center).T, upper=False).square().sum(0)
        for other in others
    ]


def geometry(skill: Measured, intents: Tensor, background: Measured, num_intents: int) -> dict[str, Tensor]:
    """Compute the small space: the buffers of a `Decision` that turn `x` into distances and a direction.

    The space has the directions in which the background differs most from the skill, measured in standard deviations
    of the skill's texts around the means of their intents. In it, a classifier tells the two apart.

    Args:
        skill: texts of the skill.
        intents: (texts,) their intents.
        background: texts of the background.
        num_intents: number of intents of the network.
    """
    x, elsewhere = skill.pooled.double(), background.pooled.double()
    center = x.mean(0)
    one_hot = torch.nn.functional.one_hot(intents, num_intents).double()  # (texts, intents)
    counts = one_hot.sum(0)[:, None]
    means = torch.where(counts > 0, one_hot.T @ x / counts.clamp(min=1), center)  # (intents, size)
    least = _least_variance(elsewhere)
    values, vectors = torch.linalg.eigh(shrunk_covariance(x - means[intents], least))
    whitening = vectors / values.sqrt()
    near, far = (x - center) @ whitening, (elsewhere - center) @ whitening
    spread = near.T @ near / len(near) + far.T @ far / len(far)
    dims = min(_DIMS, x.shape[1])
    axes = torch.linalg.eigh(spread).eigenvectors[:, -dims:]
    z, z_elsewhere = near @ axes, far @ axes
    # so that the covariance of all texts is diagonal; whitened texts have the variance 1 around their intents
    variances, turn = torch.linalg.eigh(shrunk_covariance(z, _LEAST_VARIANCE))
    z, z_elsewhere = z @ turn, z_elsewhere @ turn
    projection = whitening @ axes @ turn
    sizes = torch.cat([z, z_elsewhere]).std(0).clamp(min=1e-6)
    rows = torch.cat([z, z_elsewhere]) / sizes
    is_far = torch.cat([torch.zeros(len(z)), torch.ones(len(z_elsewhere))]).double()
    shares = torch.cat([torch.full((len(part),), 0.5 / len(part)) for part in (z, z_elsewhere)]).double()
    weights, _ = fit_logistic(rows, is_far, shares * len(rows), decay=_DECAY * len(rows))
    return {
        "center": center,
        "projection": projection,
        "class_means": (means - center) @ projection,
        "mean": z.mean(0),
        "precisions": 1 / variances,
        "direction": weights / sizes,
    }


def word_table(skill: Measured, background: Measured, catalog_words: Iterable[int] = ()) -> dict[str, Tensor]:
    """Compute the buffers of a `Decision` about words: the table of keys, and the scores of the words.

    Args:
        skill: texts of the skill.
        background: texts of the background; a word that occurs in them once counts as a word of no text.
        catalog_words: keys of words in the catalogs of the skill; only the first of many are used.
    """
    here, there = (Counter(part.word_keys[part.word_keys != 0].tolist()) for part in (skill, background))
    known = dict.fromkeys([*here, *list(dict.fromkeys(catalog_words))[:_MOST_CATALOG_WORDS]])
    words = list(dict.fromkeys([*known, *(word for word, count in there.items() if count > 1)]))
    rows = max(16, 2 * len(words))
    keys = torch.zeros(rows, dtype=torch.long)
    places = claim_rows(keys, words)
    num_here, num_there = here.total() + 100, there.total() + 100
    scores = torch.zeros(rows, 2)
    scores[0] = torch.tensor([1.0, math.log(0.5 / num_there) - math.log(0.5 / num_here)])
    for word, place in zip(words, places, strict=True):
        if place:
            times = here[word] + (word in known and word not in here)
            ratio = math.log((there[word] + 0.5) / num_there) - math.log((times + 0.5) / num_here)
            scores[place] = torch.tensor([float(word not in known), ratio])
    return {"word_keys": keys, "word_scores": scores}
