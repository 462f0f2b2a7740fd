"""Draw the figures of limits.md, and write its tables: python docs/figures/draw_limits.py."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from domix.plots import ESTIMATE, LINE, TRUTH

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

from limits import LIMITS, NOTHING, Run, read_runs, write_between  # noqa: E402

PAGE = FOLDER.parent / "explanation" / "limits.md"

Measure = Callable[[Run], float | None]
"""One number of a run; None where it was not measured."""


def _covered(run: Run) -> float | None:
    found = round(run.recall * TARGETS)
    return run.covered / found if found else None


def _covered_here(run: Run) -> float | None:
    found = round(run.recall * TARGETS)
    return run.covered_here / found if found else None


TARGETS = 5
RECALL, PRECISION = "true targets found (recall)", "found targets that are true (precision)"
NULL, WARNED = "false target where nothing was done", "warning"
LONG_RUN, HERE = "interval holds the long-run weight", "interval holds the share of these rows"

MEASURES: dict[str, Measure] = {
    RECALL: lambda run: run.recall,
    PRECISION: lambda run: run.precision,
    NULL: lambda run: None if run.null is None else float(run.null > 0),
    WARNED: lambda run: float("w" in run.notes),
    LONG_RUN: _covered,
    HERE: _covered_here,
}

STYLES = {
    RECALL: {"color": ESTIMATE, "marker": "o", "linestyle": "-"},
    PRECISION: {"color": "black", "marker": "s", "linestyle": "--"},
    NULL: {"color": TRUTH, "marker": "^", "linestyle": ":"},
    WARNED: {"color": "#5a5a5a", "marker": "x", "linestyle": "-."},
    LONG_RUN: {"color": TRUTH, "marker": "v", "linestyle": ":"},
    HERE: {"color": "#5a5a5a", "marker": "D", "linestyle": "-."},
}
"""Readable without colour."""

SERIES = {"runs": (RECALL, PRECISION, HERE, LONG_RUN)}
"""What a figure shows, where that is not the usual four."""

STEP = 0.1
"""By which the points of two series are apart, so that their bars do not cover each other."""


def select(runs: Sequence[Run], name: str, way: str) -> dict[float, list[Run]]:
    """Return the runs of a limit by level; where the model is right, those of ``nothing``."""
    limit = LIMITS[name]
    found: dict[float, list[Run]] = {}
    if limit.zero is not None:
        found[limit.zero] = [run for run in runs if (run.limit, run.way) == (NOTHING, way)]
    for level in limit.levels:
        found[level] = [r for r in runs if (r.limit, r.level, r.way) == (name, level, way)]
    return found


def summarize(runs: Sequence[Run], measure: Measure) -> tuple[float, float]:
    """Return the mean and its standard error; nan where nothing was measured."""
    values = [value for run in runs if (value := measure(run)) is not None]
    if not values:
        return np.nan, np.nan
    return float(np.mean(values)), float(np.std(values) / np.sqrt(len(values)))


def draw(folder: Path = FOLDER) -> None:
    """Draw a figure for each limit."""
    runs = read_runs()
    for name in LIMITS:
        plot_limit(runs, name).savefig(folder / f"limits-{name}.png", dpi=80)


def plot_limit(runs: Sequence[Run], name: str) -> Figure:
    """Plot means and standard errors against the level, one panel for each way."""
    limit = LIMITS[name]
    figure = Figure(figsize=(3.6 * len(limit.ways) + 0.4, 4.2), layout="constrained")
    panels = figure.subplots(1, len(limit.ways), sharey=True, squeeze=False)[0]
    for ax, way in zip(panels, limit.ways, strict=True):
        _draw_way(ax, select(runs, name, way), SERIES.get(name, tuple(MEASURES)[:4]))
        if len(limit.ways) > 1:
            ax.set_title(way, fontsize=12)
        ax.set_xlabel(limit.axis, fontsize=11)
    panels[0].set_ylabel("share of runs, or mean", fontsize=11)
    handles, labels = panels[0].get_legend_handles_labels()
    columns = 2 if len(limit.ways) > 1 else 1
    figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=10.5
    )
    return figure


def _draw_way(ax: Axes, by_level: dict[float, list[Run]], series: Sequence[str]) -> None:
    places = np.arange(len(by_level))
    for number, label in enumerate(series):
        points = [summarize(runs, MEASURES[label]) for runs in by_level.values()]
        means, errors = (np.array(column) for column in zip(*points, strict=True))
        if np.isnan(means).all():
            continue
        shift = STEP * (number - (len(series) - 1) / 2)
        ax.errorbar(
            places + shift, means, errors, label=label, markersize=7, capsize=3, **STYLES[label]
        )
    ax.set_xticks(places, [f"{level:g}" for level in by_level], fontsize=11)
    ax.set_ylim(-0.05, 1.08)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.tick_params(labelsize=11)
    ax.grid(axis="y", color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


COLUMNS: dict[str, Measure] = {
    "recall": MEASURES[RECALL],
    "with look-alikes": lambda run: run.within,
    "precision": MEASURES[PRECISION],
    "TV": lambda run: run.tv,
    "false and exact": lambda run: float(run.false_exact > 0),
    "null": MEASURES[NULL],
    "warning": MEASURES[WARNED],
    "check": lambda run: float(run.rejected),
    "contrast": lambda run: float("x" in run.notes),
    "soft": lambda run: float("s" in run.notes),
    "fact": lambda run: float("f" in run.notes),
}
RUN_COLUMNS = {
    "recall": MEASURES[RECALL],
    "precision": MEASURES[PRECISION],
    "TV": lambda run: run.tv,
    "interval: share of these rows": _covered_here,
    "interval: long-run weight": _covered,
    "warning": MEASURES[WARNED],
}
WITH_ERRORS = ("recall", "precision")


def tabulate(runs: Sequence[Run], name: str) -> str:
    """Return the table of a limit: means, with standard errors of recall and precision."""
    limit = LIMITS[name]
    columns = RUN_COLUMNS if name == "runs" else COLUMNS
    first = [limit.axis] if len(limit.ways) == 1 else [limit.axis, "way"]
    head = [*first, *columns]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for way in limit.ways:
        for level, own in select(runs, name, way).items():
            cells = [_cell(own, label, measure) for label, measure in columns.items()]
            place = [f"{level:g}"] if len(limit.ways) == 1 else [f"{level:g}", way]
            lines.append(f"| {' | '.join([*place, *cells])} |")
    return "\n".join(lines)


def _cell(runs: Sequence[Run], label: str, measure: Measure) -> str:
    mean, error = summarize(runs, measure)
    if np.isnan(mean):
        return ""
    return f"{mean:.2f} ± {error:.2f}" if label in WITH_ERRORS else f"{mean:.2f}"


if __name__ == "__main__":
    draw()
    for limit_name in LIMITS:
        write_between(PAGE, limit_name, tabulate(read_runs(), limit_name))
