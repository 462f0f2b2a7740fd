"""The figures of a report: what each shows, and how to read it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from domix import plots
from domix.report.blocks import Figure
from domix.report.material import Material
from domix.results.checks.check import ModelCheck

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure


class Kind(NamedTuple):
    """A figure that every result can have."""

    title: str
    caption: str
    draw: Callable[[Material], MatplotlibFigure]


TARGETS = Kind(
    "Targets and their weights",
    "A row is a target. Left: its weight, the share of the rows, with the 95 % interval as a line; "
    "an empty circle is a target that may be a look-alike. Right: the state to which it sets each "
    "variable; variables that no target sets are left out.",
    lambda material: plots.plot_targets(material.result),
)

KINDS = (TARGETS,)
"""The figures of one result, in the order of the report."""


def draw_result(material: Material) -> list[Figure]:
    """Return every figure of a result."""
    return [Figure(kind.title, kind.caption, partial(kind.draw, material)) for kind in KINDS]


def draw_targets(material: Material) -> Figure:
    """Return the figure that shows most of a result: the one of a group among many."""
    return Figure(TARGETS.title, TARGETS.caption, partial(TARGETS.draw, material))


def draw_checks(check: ModelCheck) -> Figure:
    """Return the figure of the independences that control rows test."""
    return Figure(
        "Independences of the graph, tested on control rows",
        "A row is an independence that the graph implies: two variables, and after the bar the "
        "parents that are given. Points to the left of the line have p-values so small that the "
        "control rows reject the independence.",
        partial(plots.plot_model_check, check),
    )
