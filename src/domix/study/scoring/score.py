"""One estimate of one instance in numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.errors import DomixWarning
from domix.model.mixture import Mixture
from domix.results.result import Disentanglement
from domix.study.instances.draw import Sample
from domix.study.scoring.alike import recall_and_precision
from domix.study.scoring.metrics import compare, recall_of

__all__ = ["Score", "score"]

ASSIGNED = 2**14
"""Rows whose assignment is looked at: the first ones. Algorithm 2 reports hundreds of targets, and
a posterior of a million rows over them would not fit in memory."""

IMPOSSIBLE, UNKNOWN = -2, -1


@dataclass(frozen=True)
class Score:
    """How near an estimate is to the truth; see also :class:`Scores`.

    Attributes
    ----------
    recall_detectable : float or None
        Recall over the targets that the rows show; None if they show none.
    undetectable : float
        Share of the true targets that they do not show.
    recall_alike, precision_alike : float or None
        Recall over the targets that the rows show, and precision, with targets that are the same to
        all rows taken for one; None if there are no such targets.
    tv, tv_ratio : float, and float or None
        Total variation of the weights, and as a multiple of the oracle's; None if that is 0.
    assigned : float
        Share of rows whose most probable component is the one they came from.
    assigned_best : float
        Share of rows whose most probable component is the one that the truth would give them.
    assignable : float
        Share of rows that the truth gives to the component they came from: the most there is.
    matched, covered : int
        Found components that are true and have an interval; how many of these hold the weight.
    exact : bool
        Whether the targets found are the true ones, all and no other.
    false_target : bool
        Whether any target found is false.
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


def score(
    sample: Sample,
    estimate: Mixture | Disentanglement,
    shown: Sequence[bool],
    oracle_tv: float,
) -> Score:
    """Hold an estimate against the truth.

    Parameters
    ----------
    shown
        For each true target, whether the rows show it.
    oracle_tv
        Total variation of the oracle's weights.
    """
    truth = sample.truth
    scores = compare(truth, estimate)
    mixture = estimate.mixture if isinstance(estimate, Disentanglement) else estimate
    assigned, assigned_best, assignable = _assignment(sample, mixture)
    matched, covered = _coverage(truth, estimate)
    alike = recall_and_precision(
        truth.network.tables,
        [t for t, seen in zip(truth.targets, shown, strict=True) if seen],
        truth.targets,
        [t for t, weight in zip(mixture.targets, mixture.weights, strict=True) if weight > 0],
    )
    return Score(
        targets=len(truth.targets),
        found=int((mixture.weights > 0).sum()),
        recall=scores.recall,
        recall_detectable=recall_of(truth, estimate, shown),
        undetectable=1 - sum(shown) / len(shown),
        precision=scores.precision,
        recall_alike=None if alike is None else alike[0],
        precision_alike=None if alike is None else alike[1],
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


def _assignment(sample: Sample, mixture: Mixture) -> tuple[float, float, float]:
    """Shares: estimate agrees with the origin, estimate with the truth, truth with the origin."""
    rows, origin = sample.rows[:ASSIGNED], sample.origin[:ASSIGNED]
    true = {target: i for i, target in enumerate(sample.truth.interventions)}
    here, ideal = _most_probable(mixture, rows, true), _most_probable(sample.truth, rows, true)
    pairs = ((here, origin), (here, ideal), (ideal, origin))
    agreed, best, possible = (float(np.mean(one == other)) for one, other in pairs)
    return agreed, best, possible


def _most_probable(
    mixture: Mixture, rows: npt.NDArray[np.uint8], numbers: dict[Intervention, int]
) -> npt.NDArray[np.int64]:
    """Each row's most probable target by its number among the true ones."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        posterior = mixture.posterior(rows)
    impossible: npt.NDArray[np.bool_] = np.asarray(np.isnan(posterior).any(axis=1))
    names = np.array([numbers.get(target, UNKNOWN) for target in mixture.interventions])
    best = names[np.where(impossible[:, None], 0.0, posterior).argmax(axis=1)]
    return np.where(impossible, IMPOSSIBLE, best)


def _coverage(truth: Mixture, estimate: Mixture | Disentanglement) -> tuple[int, int]:
    if not isinstance(estimate, Disentanglement):
        return 0, 0
    weights = dict(zip(truth.interventions, truth.weights.tolist(), strict=True))
    pairs = [
        (weights[c.intervention], c.interval)
        for c in estimate.components
        if c.interval is not None and c.intervention in weights
    ]
    # The only component there is has the weight 1 without any doubt, but for rounding.
    inside = [
        low <= w <= high or math.isclose(w, low) or math.isclose(w, high)
        for w, (low, high) in pairs
    ]
    return len(pairs), sum(inside)
