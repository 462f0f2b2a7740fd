"""Metrics of an estimated mixture: recall, precision and errors of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domix.core.intervention import Intervention
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.results.result import Disentanglement


@dataclass(frozen=True)
class Scores:
    """Metrics of an estimate, with T the true and R the reported targets.

    Targets are equal if they set the same variables to the same states, soft ones by their modes;
    ``do()`` is a target.
    The error of a target's weight is e_t, the estimated minus the true weight, where a target
    that is absent has weight 0.

    Attributes
    ----------
    recall : float
        ``|T ∩ R| / |T|``.
    precision : float
        ``|T ∩ R| / |R|``.
    f1 : float
        Harmonic mean of recall and precision; 0 if both are 0.
    rmse : float
        Root mean square of e_t over T ∪ R. Many false targets of small weight lower it.
    fp_rmse : float or None
        Root mean square of e_t over the false targets, in R only; None if there are none.
    fn_rmse : float or None
        Root mean square of e_t over the missed targets, in T only; None if there are none.
    total_variation : float
        Half the sum of the absolute values of e_t.

    See Also
    --------
    compare : Compute these metrics.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> truth, estimate = Mixture(net, {do(): 1.0}), Mixture(net, {do(): 0.5, do(A="low"): 0.5})
    >>> scores = compare(truth, estimate)
    >>> scores.recall, scores.precision, scores.total_variation
    (1.0, 0.5, 0.5)
    """

    recall: float
    precision: float
    f1: float
    rmse: float
    fp_rmse: float | None
    fn_rmse: float | None
    total_variation: float


def compare(truth: Mixture, estimate: Mixture | Disentanglement) -> Scores:
    """Compare an estimate with the true mixture.

    Parameters
    ----------
    truth : Mixture
        The true targets and weights. Targets of weight 0 count as absent.
    estimate : Mixture or Disentanglement
        The reported targets and weights, likewise.

    Returns
    -------
    Scores

    References
    ----------
    Kumar and Sinha, "Disentangling mixtures of unknown causal interventions", UAI 2021, Section 5:
    recall and the three root mean square errors.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> scores = compare(Mixture(net, {do(): 0.75, do(A="low"): 0.25}), Mixture(net, {do(): 1.0}))
    >>> scores.recall, scores.precision, scores.fp_rmse, scores.fn_rmse
    (0.5, 1.0, None, 0.25)
    """
    true, reported = _positive_weights(truth), _positive_weights(estimate)
    errors = {t: reported.get(t, 0.0) - true.get(t, 0.0) for t in {**true, **reported}}
    hits = sum(t in true for t in reported)
    return Scores(
        recall=hits / len(true),
        precision=hits / len(reported),
        f1=2 * hits / (len(true) + len(reported)),
        rmse=math.sqrt(math.fsum(e * e for e in errors.values()) / len(errors)),
        fp_rmse=_root_mean_square(errors[t] for t in reported if t not in true),
        fn_rmse=_root_mean_square(errors[t] for t in true if t not in reported),
        total_variation=math.fsum(map(abs, errors.values())) / 2,
    )


def recall_of(
    truth: Mixture, estimate: Mixture | Disentanglement, counted: Sequence[bool]
) -> float | None:
    """Compute the recall over some of the true targets, such as the detectable ones.

    Parameters
    ----------
    truth : Mixture
        The true targets.
    estimate : Mixture or Disentanglement
        The reported targets.
    counted : sequence of bool
        For each of ``truth.interventions``, whether it counts.

    Returns
    -------
    float or None
        None if none counts.

    Raises
    ------
    DataError
        ``counted`` does not have one value for each true target.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> truth = Mixture(net, {do(): 0.9, do(A="low"): 0.1})
    >>> recall_of(truth, Mixture(net, {do(): 1.0}), [True, False])
    1.0
    """
    if len(counted) != len(truth.interventions):
        raise DataError(
            f"counted must have one value for each of {len(truth.interventions)} targets, "
            f"not {len(counted)}"
        )
    wanted = [t for t, counts in zip(truth.interventions, counted, strict=True) if counts]
    reported = _positive_weights(estimate)
    return sum(t in reported for t in wanted) / len(wanted) if wanted else None


def _positive_weights(estimate: Mixture | Disentanglement) -> Mapping[Intervention, float]:
    if isinstance(estimate, Disentanglement):
        pairs = [(c.intervention, c.weight) for c in estimate.components]
    else:
        pairs = list(zip(estimate.interventions, estimate.weights, strict=True))
    return {intervention.mode: float(weight) for intervention, weight in pairs if weight > 0}


def _root_mean_square(errors: Iterable[float]) -> float | None:
    squares = [e * e for e in errors]
    return math.sqrt(math.fsum(squares) / len(squares)) if squares else None
