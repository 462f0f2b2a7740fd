"""The figure: one strip for each target, over rows or over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from domix.data.frame import RowsLike
from domix.data.indices import check_index
from domix.data.missing import RowOptions
from domix.data.rows import check_counts
from domix.errors import DataError
from domix.plots.posterior.times import Scale, Times, read_times, take_column
from domix.plots.posterior.windows import Windows, cut_times, sort_rows
from domix.plots.style import ESTIMATE, FAINT, LINE, clip, name_target, new_figure, text_width
from domix.results.assignment import LabelsLike
from domix.results.result import Disentanglement
from domix.util.arrays import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_STRIPS = 24
"""Targets that have a strip; the others share one."""

STRIP, PANEL_WIDTH, SIZE = 0.42, 6.0, 8
"""Inches: from strip to strip, and of their length. Points: of the text."""

TALL = 0.8
"""Part of the space of a strip that a probability of 1 fills."""

CLOCK = {1 / 24: "%H:%M\n%Y-%m-%d", 1 / 1440: "%H:%M\n%Y-%m-%d", 1 / 86400: "%H:%M:%S\n%Y-%m-%d"}
"""How times within days are written where ticks are hours, minutes or seconds apart."""

MOST_CATEGORIES, LONGEST_CATEGORY, MOST_CHARACTERS = 30, 16, 60
"""Texts below the axis, characters of each, and of all, beyond which they are turned."""


def plot_posterior(
    result: Disentanglement,
    data: RowsLike,
    time: Any = None,
    labels: LabelsLike | None = None,
    counts: npt.ArrayLike | None = None,
    **options: Unpack[RowOptions],
) -> Figure:
    """Plot the posterior probability of each target in a strip of its own.

    Without ``time``, the strips run over the rows, which are sorted by their most probable target
    and its falling probability; thin lines part the blocks. With ``time``, they run over time, and
    show the mean in each window: that of each time, or one hundred windows at most of equal widths.
    The numbers at the right are expected counts of rows, and shares of them. The 24 heaviest
    targets have a strip; the others share one.

    Parameters
    ----------
    result : Disentanglement
        The result to plot.
    data : data frame or array_like of int, shape (rows, variables)
        Rows, as labels or as codes.
    time : str or array_like, shape (rows,), optional
        The time of each row, or the column of ``data`` that has it, which need not be a variable:
        numbers, dates, durations, or texts in the order in which they sort, or in that of an Enum
        or ordered categorical column. Texts that all are numbers, ISO dates or times of day are
        read as these.
    labels : iterable, optional
        Known interventions of the rows, as in :meth:`Disentanglement.posterior`.
    counts : array_like of float, shape (rows,), optional
        How often each row occurred; once by default.
    **options
        How rows are read, as in :meth:`Disentanglement.posterior`.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    DataError
        The rows, labels, times or counts do not fit, or no row has a posterior.
    MissingExtraError
        matplotlib is not installed.

    Warns
    -----
    DomixWarning
        No component can produce some rows.

    Examples
    --------
    >>> from domix import Component, Disentanglement, do
    >>> from domix.example import network
    >>> net = network()
    >>> found = (Component(do(Tarn="low"), 0.75), Component(do(), 0.25))
    >>> result = Disentanglement(net, found, "likelihood")
    >>> figure = plot_posterior(result, net.sample(50, rng=0), time=range(50))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['do(Tarn=low)', 'do()', 'rows']
    """
    times: Times | None = None
    values, name, zone = time, "time", None
    if isinstance(time, str):
        values, zone, data = take_column(data, time, result.network.variables)
        name = time
    posterior = np.asarray(result.posterior(data, labels, **options), dtype=np.float64)
    shown = np.isfinite(posterior).all(axis=1)
    if values is not None:
        check_index(data, values, name)
        times = read_times(values, len(posterior), name, zone)
        shown &= np.isfinite(times.numbers)
    check_index(data, counts, "counts")
    weights = np.ones(len(posterior)) if counts is None else check_counts(counts, len(posterior))
    left_out = float(weights[~shown].sum())
    shown &= weights > 0
    if not shown.any():
        raise DataError("no row has a posterior", argument="data")
    weights = weights[shown]
    names, posterior = _name_strips(result, posterior[shown])
    expected = weights @ posterior
    remarks = [f"{number:,.0f} ({number / weights.sum():.1%})" for number in expected]
    if times is None:
        windows, ends = sort_rows(posterior, weights)
        title, name = "Posterior probability", "rows, sorted by most probable target"
    else:
        windows, ends = cut_times(posterior, _place(times)[shown], weights), []
        names, remarks = [*names, "rows"], [*remarks, f"up to {windows.rows.max():,.0f}"]
        title, name = "Mean posterior probability", times.name
        name += f" ({times.zone})" if times.zone else ""
    if left_out:
        rows = "1 row" if left_out == 1 else f"{left_out:,.0f} rows"
        name += f" ({rows} without posterior{' or time' * bool(times)} left out)"
    sides = [part for text in [*names, *remarks] for part in text.split("\n")]
    width = PANEL_WIDTH + 2 * max(text_width(part, SIZE) for part in sides)
    figure = new_figure(width, 1.2 + STRIP * len(names))
    ax = figure.subplots()
    _draw_strips(ax, windows, names, remarks, ends)
    ax.set_title(f"{title}, from 0 to 1 in each strip", fontsize=10, loc="left")
    ax.text(1.01, 1.01, "expected rows", fontsize=SIZE, va="bottom", transform=ax.transAxes)
    ax.set_xlabel(name, fontsize=SIZE, parse_math=False)
    if times is None:
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    else:
        _format_times(ax, times)
    return figure


def _name_strips(result: Disentanglement, posterior: Floats) -> tuple[list[str], Floats]:
    """Name the strips, and add up the columns of targets that share the last."""
    targets = [c.intervention for c in result.components]
    if len(targets) <= MOST_STRIPS:
        return [name_target(target) for target in targets], posterior
    own = MOST_STRIPS - 1
    names = [name_target(target) for target in targets[:own]]
    others = posterior[:, own:].sum(axis=1, keepdims=True)
    return [*names, f"{len(targets) - own} more targets"], np.hstack([posterior[:, :own], others])


def _draw_strips(
    ax: Axes,
    windows: Windows,
    names: Sequence[str],
    remarks: Sequence[str],
    ends: Sequence[float],
) -> None:
    """Draw one strip below the other, with its name at the left and its remark at the right."""
    strips = list(windows.means.T)
    colours = [ESTIMATE] * len(strips)
    if len(names) > len(strips):
        strips.append(windows.rows / windows.rows.max())
        colours.append(FAINT)
    for y, (heights, colour) in enumerate(zip(strips, colours, strict=True)):
        ax.axhline(y + 0.5, color=LINE, linewidth=0.8)
        ax.axhline(y + 0.5 - TALL, color=LINE, linewidth=0.8, linestyle=":")
        tops = y + 0.5 - TALL * heights
        ax.stairs(tops, windows.edges, baseline=y + 0.5, fill=True, color=colour)
        ax.text(
            1.01,
            y + (1 - TALL) / 2,
            remarks[y],
            va="center",
            fontsize=SIZE,
            transform=ax.get_yaxis_transform(),
        )
    for end in ends[:-1]:
        ax.axvline(end, color=FAINT, linewidth=0.6)
    ax.set_xlim(windows.edges[0], windows.edges[-1])
    ax.set_ylim(len(names) - 0.4, -0.5)
    places = [y + (1 - TALL) / 2 for y in range(len(names))]
    ax.set_yticks(places, names, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(labelsize=SIZE)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _place(times: Times) -> Floats:
    """Return where times are on the axis; of dates, matplotlib sets the origin."""
    from matplotlib.dates import date2num

    is_date = times.scale is Scale.DATE
    return times.numbers + date2num(np.datetime64("1970-01-01")) if is_date else times.numbers


def _format_times(ax: Axes, times: Times) -> None:
    """Write dates and texts at the axis as such."""
    from matplotlib.dates import AutoDateFormatter, AutoDateLocator, date2num

    if times.scale is Scale.DATE:
        start, end = ax.get_xlim()
        # One day is left for time zones.
        if start < date2num(datetime.min) + 1 or end > date2num(datetime.max) - 1:
            raise DataError(
                "the axis of these dates would leave the years 1 to 9999; is a missing time "
                "written as a date such as 0001-01-01? Write None instead",
                argument="time",
            )
        locator = AutoDateLocator(tz=times.zone, minticks=3, maxticks=7)
        ax.xaxis.set_major_locator(locator)
        formatter = AutoDateFormatter(locator, tz=times.zone)
        formatter.scaled |= CLOCK
        ax.xaxis.set_major_formatter(formatter)
    elif times.scale is Scale.CATEGORY:
        step = math.ceil(len(times.categories) / MOST_CATEGORIES)
        places = range(0, len(times.categories), step)
        labels = [clip(times.categories[place], LONGEST_CATEGORY) for place in places]
        rotation = 0 if sum(map(len, labels)) < MOST_CHARACTERS else 90
        ax.set_xticks(places, labels, rotation=rotation, parse_math=False)
    else:
        ax.ticklabel_format(axis="x", style="plain", useOffset=False)
