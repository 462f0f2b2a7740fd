"""Figures of a result, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Unpack

from domix.core.space import listing
from domix.data.frame import RowsLike
from domix.data.missing import RowOptions
from domix.errors import DataError
from domix.model.network import Network
from domix.plots.fit import plot_fit
from domix.plots.graphs.graph import plot_graph
from domix.plots.graphs.network import plot_network
from domix.plots.independences import plot_model_check
from domix.plots.lifting import plot_lifting
from domix.plots.posterior.posterior import plot_posterior
from domix.plots.targets import plot_targets
from domix.plots.weights import plot_weights
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike


def _plot_check(result: Disentanglement) -> Figure:
    if result.check is None:
        raise DataError(
            "this result has no check of the model; disentangle with observational=rows, or plot "
            "check_model(...) with domix.plots.plot_model_check",
            argument="kind",
        )
    return plot_model_check(result.check)


def _plot_graph(result: Disentanglement) -> Figure:
    if result.graph is None:
        raise DataError(
            "the graph of this result was given and not changed; call domix.plots.plot_graph "
            "with its network",
            argument="kind",
        )
    return plot_graph(result.network, result.graph)


def _plot_fit(
    result: Disentanglement,
    data: RowsLike,
    counts: ArrayLike | None = None,
    observational: RowsLike | Network | None = None,
    **options: Unpack[RowOptions],
) -> Figure:
    return plot_fit(result.goodness_of_fit(data, counts, observational, **options))


KINDS: Mapping[str, Callable[..., Figure]] = {
    "targets": plot_targets,
    "network": plot_network,
    "weights": plot_weights,
    "posterior": plot_posterior,
    "lifting": plot_lifting,
    "fit": _plot_fit,
    "check": _plot_check,
    "graph": _plot_graph,
}
"""Functions that plot a result, by the name that :meth:`Disentanglement.plot` takes."""


def plot_result(result: Disentanglement, kind: str = "targets", **options: Any) -> Figure:
    """Plot a result.

    Parameters
    ----------
    result : Disentanglement
        The result to plot.
    kind : {"targets", "network", "weights", "posterior", "lifting", "fit", "check", "graph"}
        - ``"targets"``: weights, and what each target sets (:func:`plot_targets`).
        - ``"network"``: the network, with the variables of each target (:func:`plot_network`).
        - ``"weights"``: weights, intervals and look-alikes (:func:`plot_weights`).
        - ``"posterior"``: which rows, or times, each target explains (:func:`plot_posterior`);
          takes ``data``.
        - ``"lifting"``: how the prefixes of targets split (:func:`plot_lifting`).
        - ``"fit"``: whether the rows fit the result, by variable (:func:`plot_fit` of
          :meth:`Disentanglement.goodness_of_fit`); takes ``data``.
        - ``"check"``: whether control rows fit the model (:func:`plot_model_check`).
        - ``"graph"``: what was changed of the graph (:func:`plot_graph`).
    **options
        Those of the function: ``truth`` of targets and weights; ``data``, ``time``, ``labels`` and
        ``counts`` of the posterior; ``data``, ``counts`` and ``observational`` of the fit;
        ``missing``, ``extra`` and ``missing_values`` of both.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    DataError
        The kind is unknown, it does not take an option or lacks one, or the result does not have
        what it shows.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix import Component, do
    >>> from domix.example import network
    >>> result = Disentanglement(network(), (Component(do(), 1.0),), "likelihood")
    >>> len(plot_result(result, "targets").axes)
    2
    >>> plot_result(result, "graph")
    Traceback (most recent call last):
        ...
    domix.errors.DataError: kind: the graph of this result was given and not changed; call \
domix.plots.plot_graph with its network
    """
    if kind not in KINDS:
        raise DataError(f"unknown kind {kind!r}; choose from {listing(KINDS)}", argument="kind")
    _check_options(kind, options)
    return KINDS[kind](result, **options)


def _check_options(kind: str, options: Mapping[str, Any]) -> None:
    """Refuse options that the figure does not take, and demand those that it needs."""
    _, *parameters = signature(KINDS[kind]).parameters.values()
    own = {p.name: p.default for p in parameters if p.kind is not Parameter.VAR_KEYWORD}
    known = [*own, *(RowOptions.__annotations__ if len(own) < len(parameters) else ())]
    takes = f"it takes {listing(known)}" if known else "it takes no options"
    for name in options:
        if name not in known:
            raise DataError(f"the figure {kind!r} has no such option; {takes}", argument=name)
    for name, default in own.items():
        if default is Parameter.empty and name not in options:
            raise DataError(f"missing; call plot({kind!r}, {name}=...)", argument=name)
