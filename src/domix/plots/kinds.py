"""Figures of a result, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from domix.core.space import listing
from domix.errors import DataError
from domix.plots.targets import plot_targets
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS: Mapping[str, Callable[..., Figure]] = {"targets": plot_targets}
"""Functions that plot a result, by the name that :meth:`Disentanglement.plot` takes."""


def plot_result(result: Disentanglement, kind: str = "targets", **options: Any) -> Figure:
    """Plot a result.

    Parameters
    ----------
    result : Disentanglement
        The result to plot.
    kind : {"targets"}
        - ``"targets"``: weights, and what each target sets (:func:`plot_targets`).
    **options
        Those of the function.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    DataError
        The kind is unknown.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix import Component, do
    >>> from domix.example import network
    >>> result = Disentanglement(network(), (Component(do(), 1.0),), "likelihood")
    >>> len(plot_result(result, "targets").axes)
    2
    """
    if kind not in KINDS:
        raise DataError(f"unknown kind {kind!r}; choose from {listing(KINDS)}", argument="kind")
    return KINDS[kind](result, **options)
