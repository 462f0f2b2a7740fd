"""How near an estimated mixture is to the true one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domix.core.intervention import Intervention
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.results.result import Disentanglement

__all__ = ["Scores", "compare", "recall_of"]


@dataclass(frozen=True)
class Scores:
    """Targets match if they set the same variables to the same states; ``do()`` is one of them.

    Attributes
    ----------
    recall : float
        Share of the true targets that were found.
    precision : float
        Share of the targets found that are true.
    f1 : float
        Harmonic mean of the two; 0 if no target was found.
    rmse : float
        Root mean square error of the weights over all targets, true or found; an absent one has
        the weight 0. Many small false targets lower it.
    fp_rmse, fn_rmse : float or None
        The same over the false targets, and over those not found; None if there are none.
    total_variation : float
        Half the sum of the weights' absolute errors.
    """

    recall: float
    precision: float
    f1: float
    rmse: float
    fp_rmse: float | None
    fn_rmse: float | None
    total_variation: float


def compare(truth: Mixture, estimate: Mixture | Disentanglement) -> Scores:
    """Score an estimate. Targets of weight 0 count as absent.

    Source
    ------
    Kumar and Sinha (UAI 2021), Section 5, for recall and the three errors.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> scores = compare(Mixture(net, {do(): 0.75, do(A="low"): 0.25}), Mixture(net, {do(): 1.0}))
    >>> scores.recall, scores.precision, scores.fp_rmse, scores.fn_rmse
    (0.5, 1.0, None, 0.25)
    """
    true, found = _weights(truth), _weights(estimate)
    errors = {t: found.get(t, 0.0) - true.get(t, 0.0) for t in {**true, **found}}
    hits = sum(t in true for t in found)
    return Scores(
        recall=hits / len(true),
        precision=hits / len(found),
        f1=2 * hits / (len(true) + len(found)),
        rmse=math.sqrt(math.fsum(e * e for e in errors.values()) / len(errors)),
        fp_rmse=_rmse(errors[t] for t in found if t not in true),
        fn_rmse=_rmse(errors[t] for t in true if t not in found),
        total_variation=math.fsum(map(abs, errors.values())) / 2,
    )


def recall_of(
    truth: Mixture, estimate: Mixture | Disentanglement, counted: Sequence[bool]
) -> float | None:
    """Recall over some of the true targets, such as those that the rows can show.

    Parameters
    ----------
    counted
        For each of ``truth.interventions``, whether it counts.

    Returns
    -------
    float or None
        None if none counts.

    Raises
    ------
    DataError
        ``counted`` has another length than the mixture.
    """
    if len(counted) != len(truth.interventions):
        raise DataError(
            f"counted must say yes or no to {len(truth.interventions)} targets, not {len(counted)}"
        )
    wanted = [t for t, counts in zip(truth.interventions, counted, strict=True) if counts]
    found = _weights(estimate)
    return sum(t in found for t in wanted) / len(wanted) if wanted else None


def _weights(estimate: Mixture | Disentanglement) -> Mapping[Intervention, float]:
    if isinstance(estimate, Disentanglement):
        pairs = [(c.intervention, c.weight) for c in estimate.components]
    else:
        pairs = list(zip(estimate.interventions, estimate.weights, strict=True))
    return {intervention: float(weight) for intervention, weight in pairs if weight > 0}


def _rmse(errors: Iterable[float]) -> float | None:
    squares = [e * e for e in errors]
    return math.sqrt(math.fsum(squares) / len(squares)) if squares else None
