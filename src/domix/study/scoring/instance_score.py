"""All scores of one estimate on one instance: a row of a study's records."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.intervention import Intervention
from domix.errors import DomixWarning
from domix.model.mixture import Mixture
from domix.results.result import Disentanglement
from domix.study.instances.sample import Sample
from domix.study.scoring.look_alikes import recall_and_precision
from domix.study.scoring.metrics import compare, recall_of
from domix.util.arrays import Bools, Codes, Ints

ASSIGNED_ROWS = 2**14
"""Number of rows, from the first, whose assignment is scored. Algorithm 2 reports hundreds of
targets, and the posterior of a million rows over them would not fit in memory."""

IMPOSSIBLE, FALSE_TARGET = -2, -1
"""Stand for the assignment of a row that the estimate calls impossible, or to a false target."""


@dataclass(frozen=True)
class InstanceScore:
    """Scores of an estimate; those without a description are defined by :class:`Scores`.

    Attributes
    ----------
    targets, found : int
        Number of true and of reported targets.
    recall_detectable : float or None
        Recall over the detectable targets; None if no target is detectable.
    undetectable : float
        Share of the true targets that are not detectable.
    recall_alike, precision_alike : float or None
        Recall over the detectable targets, and precision, with look-alikes merged; None if there
        are not look-alikes.
    tv : float
        Total variation of the weights.
    tv_ratio : float or None
        Total variation as a multiple of the oracle's; None if the oracle's is 0.
    assigned : float
        Share of rows whose most probable component under the estimate is their true one.
    assigned_best : float
        Share of rows whose most probable components under estimate and truth agree.
    assignable : float
        Share of rows whose most probable component under the truth is their true one: no estimate
        can be expected to reach more.
    matched, covered : int
        Number of correctly reported targets with a confidence interval, and how many of these
        intervals contain the true weight.
    exact : bool
        Whether the reported targets are the true ones.
    false_target : bool
        Whether any reported target is false.
    """

    targets: int
    found: int
    recall: float
    recall_detectable: float | None
    undetectable: float
    precision: float
    recall_alike: float | None
    precision_alike: float | None
    f1: float
    rmse: float
    fp_rmse: float | None
    fn_rmse: float | None
    tv: float
    tv_ratio: float | None
    assigned: float
    assigned_best: float
    assignable: float
    matched: int
    covered: int
    exact: bool
    false_target: bool


def score_instance(
    sample: Sample,
    estimate: Mixture | Disentanglement,
    shown: Sequence[bool],
    oracle_tv: float,
) -> InstanceScore:
    """Score an estimate of an instance.

    Parameters
    ----------
    sample : Sample
    estimate : Mixture or Disentanglement
    shown : sequence of bool
        For each true target, whether it is detectable.
    oracle_tv : float
        Total variation of the oracle's weights.
    """
    truth = sample.truth
    scores = compare(truth, estimate)
    mixture = estimate.mixture if isinstance(estimate, Disentanglement) else estimate
    assigned, assigned_best, assignable = _score_assignment(sample, mixture)
    matched, covered = _count_covered(truth, estimate)
    merged = recall_and_precision(
        truth.network.tables,
        [t for t, detectable in zip(truth.targets, shown, strict=True) if detectable],
        truth.targets,
        [t for t, weight in zip(mixture.targets, mixture.weights, strict=True) if weight > 0],
    )
    return InstanceScore(
        targets=len(truth.targets),
        found=int((mixture.weights > 0).sum()),
        recall=scores.recall,
        recall_detectable=recall_of(truth, estimate, shown),
        undetectable=1 - sum(shown) / len(shown),
        precision=scores.precision,
        recall_alike=None if merged is None else merged[0],
        precision_alike=None if merged is None else merged[1],
        f1=scores.f1,
        rmse=scores.rmse,
        fp_rmse=scores.fp_rmse,
        fn_rmse=scores.fn_rmse,
        tv=scores.total_variation,
        tv_ratio=scores.total_variation / oracle_tv if oracle_tv > 0 else None,
        assigned=assigned,
        assigned_best=assigned_best,
        assignable=assignable,
        matched=matched,
        covered=covered,
        exact=scores.recall == scores.precision == 1,
        false_target=scores.precision < 1,
    )


def _score_assignment(sample: Sample, mixture: Mixture) -> tuple[float, float, float]:
    """Compute ``assigned``, ``assigned_best`` and ``assignable``."""
    rows, origin = sample.rows[:ASSIGNED_ROWS], sample.origin[:ASSIGNED_ROWS]
    positions = {target: i for i, target in enumerate(sample.truth.interventions)}
    estimated = _most_probable(mixture, rows, positions)
    ideal = _most_probable(sample.truth, rows, positions)
    pairs = ((estimated, origin), (estimated, ideal), (ideal, origin))
    assigned, assigned_best, assignable = (float(np.mean(a == b)) for a, b in pairs)
    return assigned, assigned_best, assignable


def _most_probable(mixture: Mixture, rows: Codes, positions: dict[Intervention, int]) -> Ints:
    """Return each row's most probable target, by its position among the true targets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        posterior = mixture.posterior(rows)
    impossible: Bools = np.asarray(np.isnan(posterior).any(axis=1))
    numbers = np.array([positions.get(target, FALSE_TARGET) for target in mixture.interventions])
    best = numbers[np.where(impossible[:, None], 0.0, posterior).argmax(axis=1)]
    return np.where(impossible, IMPOSSIBLE, best)


def _count_covered(truth: Mixture, estimate: Mixture | Disentanglement) -> tuple[int, int]:
    """Count correct targets with an interval, and those whose interval contains the weight."""
    if not isinstance(estimate, Disentanglement):
        return 0, 0
    weights = dict(zip(truth.interventions, truth.weights.tolist(), strict=True))
    pairs = [
        (weights[c.intervention], c.interval)
        for c in estimate.components
        if c.interval is not None and c.intervention in weights
    ]
    # The interval of a single component ends at its weight, 1, except for rounding.
    inside = [
        low <= w <= high or math.isclose(w, low) or math.isclose(w, high)
        for w, (low, high) in pairs
    ]
    return len(pairs), sum(inside)
