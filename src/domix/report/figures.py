"""The figures of a report: what each shows, and how to read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from domix.plots import (
    plot_fit,
    plot_graph,
    plot_groups,
    plot_lifting,
    plot_model_check,
    plot_network,
    plot_posterior,
    plot_targets,
    plot_weights,
)
from domix.plots.groups import has_texts
from domix.report.blocks import Figure
from domix.report.material import Material
from domix.results.checks.check import ModelCheck
from domix.results.component import list_doubtful
from domix.results.goodness import GoodnessOfFit
from domix.results.groups import GroupResults
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure


INTERVAL = ", with the 95 % interval as a thick line"

HULL = (
    " A thin line with ends, where there is one, is the interval with one more target: it allows "
    "for an undetected target that differs in one variable."
)
"""How to read the wider interval of figures of weights, where a weight has one."""


class Kind(NamedTuple):
    """A figure of a result: its title, how to read it, what draws it, and which results need it.

    The caption has places for ``interval`` and ``hull``, which not all results have.
    """

    title: str
    caption: str
    draw: Callable[[Disentanglement], MatplotlibFigure]
    is_needed: Callable[[Disentanglement], bool] | None = None


TARGETS = Kind(
    "Targets and their weights",
    "A row is a target. Left: its weight{interval}. Right: the state to which it sets each "
    "variable; variables that no target sets are left out. Colours are the order of the states, "
    "from the first (blue) to the last (red).{hull}",
    plot_targets,
)

KINDS = (
    TARGETS,
    Kind(
        "Weights and look-alikes",
        "A dot is the weight of a target{interval}. An empty circle is a target that is not "
        "exact: below it are those that could stand in its place.{hull}",
        plot_weights,
        lambda result: bool(list_doubtful(result.components)),
    ),
    Kind(
        "Where the targets are in the network",
        "An edge leads from a cause to its effect. Letters in a node are the targets that set the "
        "variable, with its state.",
        plot_network,
    ),
    Kind(
        "How the targets differ, variable by variable",
        "From left to right, a branch is what targets set among the variables so far; its width is "
        "their weight. A branch that leaves another sets the next variable, one that goes straight "
        "on does not.",
        plot_lifting,
    ),
)
"""The figures of one result, in the order of the report."""


def draw_result(material: Material) -> list[Figure]:
    """Return the figures of a result; none where nothing was found."""
    if not material.set_components:
        return []
    figures = [_draw(kind, material) for kind in KINDS if _is_needed(kind, material)]
    return figures if material.rows is None else [*figures, _draw_posterior(material)]


def draw_targets(material: Material) -> Figure:
    """Return the figure that shows most of a result: the one of a group among many."""
    return _draw(TARGETS, material)


def _is_needed(kind: Kind, material: Material) -> bool:
    return kind.is_needed is None or kind.is_needed(material.result)


def _draw(kind: Kind, material: Material) -> Figure:
    found = material.result.components
    caption = kind.caption.format(
        interval=INTERVAL if any(c.interval for c in found) else "",
        hull=HULL if any(c.hull for c in found) else "",
    )
    return Figure(kind.title, caption, partial(kind.draw, material.result))


def _draw_posterior(material: Material) -> Figure:
    rows = material.rows
    assert rows is not None
    if rows.time is None:
        title, along = "Which rows each target explains", "The strips run over the rows, sorted"
    else:
        title, along = "When each target explains rows", "The strips run over time"
    if rows.time is None:
        between = "in between, the rows do not decide"
    else:
        between = "in between, only some rows of that time are under it, or the rows do not decide"
    return Figure(
        title,
        f"{along}. The height of a strip is the mean probability that a row is under the target. "
        f"Where it is near 1 or 0, that is clear; {between}.",
        partial(
            plot_posterior,
            material.result,
            rows.codes,
            time=rows.time,
            labels=rows.labels,
            counts=rows.counts,
            missing="marginalize",
        ),
    )


def draw_groups(results: GroupResults, total: int) -> Figure:
    """Return the figure of groups by variables; ``total`` counts those that it leaves out, too."""
    title = "Groups and variables"
    if len(results) < total:
        title += f": the {len(results)} of {total:,} groups with most rows under a target"
    caption = (
        "A row is a group, a column a variable. The darker an entry, the larger the share of the "
        "group's rows in which the variable is set."
    )
    if has_texts(results):
        caption += (
            " The text is the state that most of these rows are set to, with their share; +.04 "
            "after it is the share set to other states."
        )
    return Figure(title, caption, partial(plot_groups, results))


def draw_checks(check: ModelCheck) -> Figure:
    """Return the figure of the independences that control rows test."""
    return Figure(
        "Independences of the graph, tested on control rows",
        "A row is an independence that the graph implies: two variables, and after the bar the "
        "parents that are given. A diamond to the left of the line is one that the control rows "
        "reject.",
        partial(plot_model_check, check),
    )


def draw_fit(fit: GoodnessOfFit) -> Figure:
    """Return the figure of observed and fitted frequencies."""
    return Figure(
        "Observed and fitted frequencies, the worst fit on top",
        "A dot is how often the rows show a state, given the states of the variable's parents; an "
        "empty circle is how often the fitted mixture does. Diamonds stand in place of dots where "
        "the states of a configuration, taken together, differ from the fit by more than chance; "
        "a single one of them can be close to it.",
        partial(plot_fit, fit),
    )


def draw_graph(result: Disentanglement) -> Figure:
    """Return the figure of the graph, with what was changed."""
    return Figure(
        "The graph of the answer",
        "An edge leads from a cause to its effect; without a head, its direction is not known. "
        "Bold edges were added, dashed ones reversed, dotted ones removed.",
        partial(plot_graph, result.network, result.graph),
    )
