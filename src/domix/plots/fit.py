"""Figure of goodness of fit: observed and fitted frequencies, the worst on top."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from domix.plots.style import (
    ESTIMATE,
    FAINT,
    LINE,
    LONGEST_NAME,
    LONGEST_STATE,
    TRUTH,
    clip,
    new_figure,
    text_width,
)
from domix.results.goodness import FamilyFit, GoodnessOfFit
from domix.util.text_tables import p_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

MOST_LINES = 36
"""States that are shown in all: about a page."""

MOST_STATES = 6
"""States of a configuration that are shown, those that depart most from the fit."""

LINE_HEIGHT = 0.17
"""Inches of a state, and of the space between configurations."""

LONGEST_GIVEN = 40
"""Characters of a configuration that are shown."""


def plot_fit(goodness: GoodnessOfFit) -> Figure:
    """Plot observed and fitted frequencies of the states, by variable and parents' states.

    The configurations that fit worst are shown, those of a variable together. An empty circle is a
    fitted frequency, a dot an observed one. Where the model does not fit the states of a
    configuration, taken together, the dots are diamonds, and the text at the right says so, with
    the p-value after Holm's correction.

    Parameters
    ----------
    goodness : GoodnessOfFit
        The comparison to plot.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.

    See Also
    --------
    domix.Disentanglement.goodness_of_fit : Make the comparison.

    Examples
    --------
    >>> from domix import Mixture, Network, disentangle, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> rows = Mixture(net, {do(): 0.7, do(A="low"): 0.3}).sample(500, rng=0)
    >>> figure = plot_fit(disentangle(net, rows).goodness_of_fit(rows))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['low', 'high']
    """
    rows = _select_rows(goodness)
    lines = max(sum(map(_count_lines, rows)), 2)
    names = max((text_width(_row_text(row), 8) for row in rows), default=1.0)
    figure = new_figure(names + _states_width(rows) + 6.2, 1.3 + LINE_HEIGHT * lines)
    ax = figure.subplots()
    _draw_rows(ax, rows)
    ax.set_title(_title(goodness, len(rows)), fontsize=10, loc="left")
    handles = _list_marks(rows)
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _draw_rows(ax: Axes, rows: list[FamilyFit]) -> None:
    starts = [0, *accumulate(_count_lines(row) for row in rows)]
    ticks: list[tuple[int, str]] = []
    # A column of configurations, and one of their states.
    ax.yaxis.remove_overlapping_locs = False
    ax.set_yticks(starts[:-1], [_row_text(row) for row in rows], minor=True, parse_math=False)
    ax.tick_params(axis="y", which="minor", length=0, pad=72 * _states_width(rows), labelsize=8)
    for start, row, previous in zip(starts, rows, [None, *rows], strict=False):
        ticks += _draw_row(ax, start, row)
        if previous is not None and previous.variable != row.variable:
            ax.axhline(start - 1, color=FAINT, linewidth=0.6)
    ax.set_xlim(0, 1)
    ax.set_ylim(max(starts[-1], 2) - 1.2, -0.8)
    ax.set_yticks([y for y, _ in ticks], [text for _, text in ticks], parse_math=False)
    ax.tick_params(length=0, labelsize=8)
    ax.grid(color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel("frequency of the state", fontsize=9)


def _select_rows(goodness: GoodnessOfFit) -> list[FamilyFit]:
    """Select the worst rows that are tested, those of a variable together, the worst one first."""
    worst = [row for row in goodness.by_misfit() if row.p_value is not None]
    lines = accumulate(min(len(row.states), MOST_STATES) for row in worst)
    worst = [row for row, end in zip(worst, lines, strict=True) if end <= MOST_LINES]
    first = {row.variable: place for place, row in reversed(list(enumerate(worst)))}
    return sorted(worst, key=lambda row: first[row.variable])


def _count_lines(row: FamilyFit) -> int:
    """Count the lines of a row, with the space below it."""
    return min(len(row.states), MOST_STATES) + 1


def _draw_row(ax: Axes, start: int, row: FamilyFit) -> list[tuple[int, str]]:
    """Draw a row from the line ``start`` on; return the places and texts of its labels."""
    total, colour = sum(row.observed), TRUTH if row.flagged else ESTIMATE
    labels = []
    for y, at in enumerate(sorted(row.by_residual[:MOST_STATES]), start):
        observed, fitted = row.observed[at] / total, row.fitted[at] / total
        ax.plot((observed, fitted), (y, y), color=colour, linewidth=1.4)
        ax.plot(fitted, y, "o", color=colour, mfc="white", ms=5, clip_on=False, zorder=3)
        shape, size = ("D", 4.5) if row.flagged else ("o", 3.0)
        ax.plot(observed, y, shape, color=colour, ms=size, clip_on=False, zorder=4)
        labels.append((y, clip(str(row.states[at]), LONGEST_STATE)))
    p = p_text(row.adjusted or 0.0)
    notes = [f"{total:,.0f} rows", f"p {p}" if p.startswith("<") else f"p = {p}"]
    if len(row.states) > MOST_STATES:
        notes.append(f"{MOST_STATES} of {len(row.states)} states")
    ax.annotate(
        f"{'does not fit: ' if row.flagged else ''}{', '.join(notes)}",
        (1, start),
        (14, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=8,
        fontweight="bold" if row.flagged else "normal",
        color=colour,
        annotation_clip=False,
    )
    return labels


def _states_width(rows: list[FamilyFit]) -> float:
    """Return the inches of the column of states, with the space beside it."""
    states = {clip(str(state), LONGEST_STATE) for row in rows for state in row.states}
    return 0.25 + max((text_width(state, 8) for state in states), default=0.0)


def _row_text(row: FamilyFit) -> str:
    given = f" | {clip(row.given_text, LONGEST_GIVEN)}" if row.given else ""
    return f"{clip(row.variable, LONGEST_NAME)}{given}"


def _list_marks(rows: list[FamilyFit]) -> list[Line2D]:
    """Return the marks that are drawn, with what they mean."""
    from matplotlib.lines import Line2D

    marks = [("o", "white", 5.0, "black", "fitted")] * bool(rows)
    marks += [("o", ESTIMATE, 3.0, ESTIMATE, "observed")] * any(not r.flagged for r in rows)
    misfit = "observed; the configuration as a whole does not fit"
    marks += [("D", TRUTH, 4.5, TRUTH, misfit)] * any(r.flagged for r in rows)
    return [
        Line2D([], [], marker=m, mfc=face, ms=size, color=colour, linestyle="none", label=label)
        for m, face, size, colour, label in marks
    ]


def _title(goodness: GoodnessOfFit, shown: int) -> str:
    """State how many configurations do not fit, and how many are not shown."""
    tested = sum(row.p_value is not None for row in goodness.rows)
    if not tested:
        return "No configuration has enough rows to test"
    text = f"{len(goodness.flagged)} of {tested} configurations do not fit"
    hidden = tested - shown
    return f"{text}; the {shown} worst, {hidden} more not shown" if hidden else text
