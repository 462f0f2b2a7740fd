"""Figure of the weights: intervals, and the look-alikes of targets that are not exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from domix.core.intervention import Intervention
from domix.model.mixture import Mixture
from domix.plots.style import (
    ESTIMATE,
    LINE,
    LONGEST_NAME,
    TRUTH,
    clip,
    name_target,
    new_figure,
    setting_text,
    text_width,
    weight_text,
)
from domix.results.component import (
    MOST_ALTERNATIVES,
    Alternative,
    Component,
    list_doubtful,
    share_text,
)
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_HEIGHT, WEIGHTS_WIDTH = 0.32, 3.6
"""Inches: of a target's row, of the panel of weights."""

THIN = 0.7
"""Height of the row of a look-alike, in rows of targets."""

SIZE = 8
"""Of names and numbers, in points."""

NAME_WIDTH = 30
"""Characters of a target's name beside its weight, where another panel shows all that it sets."""

LEAST_EXCESS = 0.1
"""Part of the width of an interval by which a hull that is drawn must exceed it."""


@dataclass(frozen=True)
class TargetRow:
    """One row of the figure: a target that is reported, true, or both."""

    intervention: Intervention
    component: Component | None
    true_weight: float | None


def list_rows(result: Disentanglement, truth: Mixture | None) -> list[TargetRow]:
    """List the components in their order, then the missed true targets by falling weight."""
    missed: dict[Intervention, float] = {}
    if truth is not None:
        missed = dict(zip(truth.interventions, map(float, truth.weights), strict=True))
    rows = [
        TargetRow(c.intervention, c, missed.pop(c.intervention, None)) for c in result.components
    ]
    by_weight = sorted(missed.items(), key=lambda item: -item[1])
    return [*rows, *(TargetRow(target, None, weight) for target, weight in by_weight)]


def plot_weights(result: Disentanglement, truth: Mixture | None = None) -> Figure:
    """Plot the weights, each with its interval and the look-alikes of its target.

    Below a target that is not exact are those that could stand in its place, with their shares:
    the posterior probabilities of each.

    Parameters
    ----------
    result : Disentanglement
        The result to plot.
    truth : Mixture, optional
        The mixture from which the data rows were drawn, if it is known: its weights are marked, and
        each of its targets that was missed gets a row.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix import Alternative, Component, Disentanglement, do
    >>> from domix.example import network
    >>> look_alikes = (Alternative(do(Tarn="low"), 0.7), Alternative(do(Quen="low"), 0.28))
    >>> found = Component(do(Tarn="low"), 1.0, alternatives=look_alikes, exact=False)
    >>> figure = plot_weights(Disentanglement(network(), (found,), "likelihood"))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['do(Tarn=low)', 'or do(Quen=low)']
    """
    rows = list_rows(result, truth)
    lines = _lay_out(rows, list_doubtful(result.components))
    places = [line.y for line in lines if line.joined_to is None]
    height = lines[-1].y + 1
    names = [part for line in lines for part in line.label.split("\n")]
    sides = max(text_width(name, SIZE) for name in names)
    sides += max(text_width(line.number, SIZE) for line in lines)
    figure = new_figure(WEIGHTS_WIDTH + sides + 0.4, 1.2 + ROW_HEIGHT * height)
    ax = figure.subplots()
    draw_weights(ax, result, truth, places)
    _draw_look_alikes(ax, lines)
    labels = [line.label for line in lines]
    ax.set_yticks([line.y for line in lines], labels, parse_math=False)
    ax.set_ylim(height - 0.5, -0.5)
    for line in lines:
        where = ax.get_yaxis_transform()
        ax.text(1.02, line.y, line.number, va="center", fontsize=SIZE, transform=where)
    _add_legend(ax, height)
    return figure


@dataclass(frozen=True)
class _Line:
    """A line of the figure: a target, or a look-alike, which is joined to the target's mark."""

    y: float
    label: str
    number: str
    joined_to: tuple[float, float] | None = None


def _lay_out(rows: Sequence[TargetRow], doubtful: Sequence[Component]) -> list[_Line]:
    """List the lines from the top, the look-alikes of a target close below it."""
    lines, y = [], 0.0
    for row in rows:
        found, others = row.component, list[Alternative]()
        number = "missed" if found is None else weight_with_interval(found)
        if found is not None and found in doubtful:
            others = [a for a in found.alternatives if a.intervention != found.intervention]
            own = [a.share for a in found.alternatives if a.intervention == found.intervention]
            number += "".join(f", share {share_text(share)}" for share in own)
        lines.append(_Line(y, name_target(row.intervention), number))
        for place, other in enumerate(others[:MOST_ALTERNATIVES]):
            label = _name_other(other.intervention, row.intervention)
            if place == MOST_ALTERNATIVES - 1 and len(others) > MOST_ALTERNATIVES:
                label += f", or {len(others) - MOST_ALTERNATIVES} more"
            below = y + 1 + THIN * (place - 0.25)
            at = (float(found.weight) if found else 0.0, y)
            lines.append(_Line(below, label, f"share {share_text(other.share)}", at))
        y += 1 + THIN * len(others[:MOST_ALTERNATIVES])
    return lines


def _name_other(target: Intervention, reported: Intervention) -> str:
    """Name a look-alike by what it sets otherwise than the reported target, or all that it sets.

    Examples
    --------
    >>> from domix import do
    >>> _name_other(do(A=1, B=0), do(A=1, C=1)), _name_other(do(B=0), do(A=1))
    ('or with B=0, without C', 'or do(B=0)')
    >>> _name_other(do(), do(A=1))
    'or do()'
    """
    if not target.items() & reported.items():
        return f"or {name_target(target, lines=1)}"
    added = [name for name, value in target.items() if reported.get(name) != value]
    parts = ["with " + " and ".join(setting_text(target, name) for name in added)] * bool(added)
    dropped = [clip(name, LONGEST_NAME) for name in reported if name not in target]
    parts += ["without " + " and ".join(dropped)] * bool(dropped)
    return "or " + ", ".join(parts)


def weight_with_interval(component: Component) -> str:
    """Return the weight of a component, and its interval where there is one.

    Examples
    --------
    >>> from domix import do
    >>> weight_with_interval(Component(do(), 0.25, interval=(0.2, 0.3)))
    '0.250 (0.200 to 0.300)'
    """
    text = weight_text(component.weight)
    if component.interval is None:
        return text
    low, high = component.interval
    return f"{text} ({low:.3f} to {high:.3f})"


def draw_weights(
    ax: Axes,
    result: Disentanglement,
    truth: Mixture | None = None,
    places: Sequence[float] | None = None,
) -> None:
    """Draw the weights on ``ax``, one row per target, with the 95 % intervals that are known.

    The circle of a target that may be a look-alike is empty. A thin line with ends is the hull of
    the intervals of fits with one more target.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    result : Disentanglement
    truth : Mixture, optional
    places : sequence of float, optional
        The y of each row; 0, 1, ... by default.
    """
    rows = list_rows(result, truth)
    ys = range(len(rows)) if places is None else places
    hull_label = "interval with one more target"
    for y, row in zip(ys, rows, strict=True):
        interval = None if row.component is None else row.component.interval
        hull = None if row.component is None else row.component.hull
        if interval is not None:
            ax.plot(interval, (y, y), color=ESTIMATE, linewidth=2.5, alpha=0.5)
        if interval is not None and hull is not None and _exceeds(hull, interval):
            ax.plot(hull, (y, y), "|-", color=ESTIMATE, linewidth=0.8, label=hull_label)
            hull_label = ""
    doubtful = list_doubtful(result.components)
    for filled, label in ((True, "estimate"), (False, "this or a look-alike")):
        estimates = [
            (float(row.component.weight), y)
            for y, row in zip(ys, rows, strict=True)
            if row.component and (row.component not in doubtful) is filled
        ]
        if estimates:
            ax.plot(
                *zip(*estimates, strict=True),
                "o",
                color=ESTIMATE,
                markerfacecolor=ESTIMATE if filled else "white",
                markersize=6,
                label=label,
            )
    true = [
        (row.true_weight, y) for y, row in zip(ys, rows, strict=True) if row.true_weight is not None
    ]
    if truth is not None:
        ax.plot(
            *zip(*true, strict=True),
            "D",
            markerfacecolor="none",
            markeredgecolor=TRUTH,
            markersize=8,
            label="truth",
        )
    ax.set_xlim(left=0)
    ax.grid(axis="x", color=LINE)
    format_rows(ax, rows)
    _add_legend(ax, len(rows))
    has_intervals = any(c.interval is not None for c in result.components)
    title = "Weight, with its 95 % interval" if has_intervals else "Weight"
    ax.set_title(title, fontsize=10, loc="left")


def _exceeds(hull: tuple[float, float], interval: tuple[float, float]) -> bool:
    """Whether a hull is visibly wider than its interval."""
    excess = max(interval[0] - hull[0], hull[1] - interval[1])
    return excess > LEAST_EXCESS * (interval[1] - interval[0])


def _draw_look_alikes(ax: Axes, lines: Sequence[_Line]) -> None:
    """Mark look-alikes below the mark of their target, each joined to the one above it."""
    label = "look-alike"
    for above, line in pairwise(lines):
        if line.joined_to is None:
            continue
        x = line.joined_to[0]
        ax.plot((x, x), (above.y, line.y), ":", color=ESTIMATE, linewidth=1.2, zorder=1)
        ax.plot(
            x,
            line.y,
            "s",
            color=ESTIMATE,
            markerfacecolor="white",
            markersize=4.5,
            label=label,
        )
        label = ""


def _add_legend(ax: Axes, height: float) -> None:
    """Explain the marks below the panel, if there are others than estimates."""
    handles, labels = ax.get_legend_handles_labels()
    if set(labels) <= {"estimate"}:
        return
    ax.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0, -0.3 / height),
        ncols=2,
        fontsize=SIZE,
        frameon=False,
    )


def name_row(row: TargetRow) -> str:
    r"""Return the name of a target, cut where it is long, with its weight.

    Examples
    --------
    >>> from domix import do
    >>> name_row(TargetRow(do(A=1), Component(do(A=1), 0.25), None))
    'do(A=1)\u20030.250'
    """
    weight = f"{float(row.component.weight):.3f}" if row.component else "missed"
    # Browsers draw several usual blanks of an SVG file as one.
    return f"{name_target(row.intervention, NAME_WIDTH, lines=1)}\N{EM SPACE}{weight}"


def format_rows(ax: Axes, rows: Sequence[TargetRow]) -> None:
    """Format the y axis that both panels share: one row per target, the first on top."""
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks(range(len(rows)), list(map(name_row, rows)), parse_math=False)
    ax.tick_params(length=0, labelsize=SIZE)
    ax.grid(axis="y", color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
