"""What the posterior probabilities say of each row: the most probable component, as a frame too."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from domix.core.intervention import Intervention
from domix.core.notation import InterventionLike
from domix.data.alike import frame_alike
from domix.data.frame import RowsLike, encode
from domix.data.indices import check_index
from domix.data.missing import RowOptions
from domix.errors import DataError, DomixWarning
from domix.model.mixture import Mixture
from domix.model.row_labels import read_labels
from domix.util.arrays import Bools, Floats, Objects

LabelsLike: TypeAlias = Iterable[InterventionLike | None]
"""Known interventions of rows as users give them: one for each row, None where it is unknown."""

TIE_TOLERANCE = 1e-9
"""Relative difference below which two posterior probabilities are equal, but for rounding."""

INTERVENTION, PROBABILITY, ENTROPY = "intervention", "probability", "entropy"
"""Columns of the frame of an assignment."""

SET_PREFIX = "set_"
"""Begins the columns of the variables; no other column begins so."""


class Assignment(NamedTuple):
    """The most probable component of every row.

    It counts the best guess only: where rows are ambiguous, the shares of its labels are not those
    of the components; see :meth:`Disentanglement.expected_counts`.

    Attributes
    ----------
    interventions : ndarray of object, shape (rows,)
        Its ``Intervention``, or None where no component can produce the row, or it was dropped.
    probabilities : ndarray of float64, shape (rows,)
        Its posterior probability; NaN where there is none.

    Examples
    --------
    >>> from domix import Mixture, Network, disentangle, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> rows = Mixture(net, {do(): 0.2, do(A="low"): 0.8}).sample(2000, rng=0)
    >>> interventions, probabilities = disentangle(net, rows).assign([[0], [1]])
    >>> interventions
    array([do(A='low'), do()], dtype=object)
    """

    interventions: Objects
    probabilities: Floats


def set_known(
    posterior: Objects,
    mixture: Mixture,
    data: RowsLike,
    labels: LabelsLike,
    options: RowOptions,
) -> None:
    """Make the component of each labelled row certain, in place.

    Raises
    ------
    DataError
        The labels do not fit the rows, or that of a row is not a component.
    """
    check_index(data, labels, "labels")
    net = mixture.network
    with warnings.catch_warnings():
        # Rows that were dropped have been named, with the posterior.
        warnings.simplefilter("ignore", DomixWarning)
        rows = encode(net.space, data, summed=True, **options)
    known = read_labels(net, rows, labels, learnt=True)
    columns = {target: a for a, target in enumerate(mixture.any_targets)}
    for target, indices in known.by_target():
        numbers = known.row_numbers[indices]
        if target not in columns:
            intervention = Intervention(net.space.assignment(target))
            raise DataError(
                f"row {numbers[0]} (counting from 0): {intervention} is not a component of this "
                "result",
                argument="labels",
            )
        posterior[numbers] = 0.0
        posterior[numbers, columns[target]] = 1.0


def assign_rows(interventions: Sequence[Intervention], posterior: Floats) -> Assignment:
    """Find the most probable intervention of each row; of equally probable ones, the first.

    Parameters
    ----------
    interventions : sequence of Intervention
    posterior : ndarray of float64, shape (rows, interventions)
        NaN in rows that none can produce, or that were dropped.
    """
    possible: Bools = np.asarray(np.isfinite(posterior).all(axis=1))
    finite = np.where(possible[:, None], posterior, 0.0)
    ties = finite >= (1 - TIE_TOLERANCE) * finite.max(axis=1, keepdims=True)
    best = ties.argmax(axis=1)
    choices = np.empty(len(interventions) + 1, dtype=object)
    choices[:-1] = interventions
    return Assignment(
        choices[np.where(possible, best, len(interventions))],
        posterior[np.arange(len(best)), best],
    )


def assignment_columns(variables: Sequence[str]) -> list[str]:
    """Return the columns of the frame of :func:`tabulate_rows`."""
    return [INTERVENTION, PROBABILITY, ENTROPY, *(f"{SET_PREFIX}{name}" for name in variables)]


def tabulate_rows(
    data: RowsLike,
    variables: Sequence[str],
    interventions: Sequence[Intervention],
    posterior: Floats,
) -> Any:
    """Return a data frame with the columns that :meth:`Disentanglement.assign` describes.

    Parameters
    ----------
    data : data frame or array_like of int, shape (rows, variables)
        The rows, from which the frame takes its kind and index.
    variables : sequence of str
    interventions : sequence of Intervention
    posterior : ndarray of float64, shape (rows, interventions)
        NaN in rows that none can produce, or that were dropped.
    """
    best = assign_rows(interventions, posterior)
    text = {t: str(t) for t in interventions}
    logs = np.log(np.where(posterior > 0, posterior, 1.0))
    numbers = {
        PROBABILITY: best.probabilities,
        ENTROPY: 0.0 - (posterior * logs).sum(axis=1),
        **{
            f"{SET_PREFIX}{name}": _sum_columns(posterior, [name in t for t in interventions])
            for name in variables
        },
    }
    return frame_alike(data, {INTERVENTION: [text.get(t) for t in best.interventions]}, numbers)


def _sum_columns(posterior: Floats, chosen: Sequence[bool]) -> Floats:
    """Sum the columns of disjoint events to a probability; it is NaN in rows that have none."""
    # Also for no column, so that NaN is kept.
    return np.asarray(np.minimum(posterior @ np.array(chosen, dtype=np.float64), 1.0))
