"""Figures of a study: Figures 1 to 3 of the paper with domix added, rows needed, and time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from domix.study.cells import Cell
from domix.study.reporting.growth import exponent, list_series
from domix.study.reporting.rows_needed import CRITERIA, Need
from domix.study.reporting.table import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Style = str | tuple[int, tuple[float, ...]]

COLOURS = {
    "domix": "#1f4e79",
    "plug-in": "#c44e1c",
    "oracle": "#8a8a8a",
    "all-targets": "#4f8a3c",
}
NAMES = {"plug-in": "Algorithm 2", "all-targets": "EM over all targets"}
GRAPHS: dict[str, tuple[str, Style]] = {
    "scale-free": ("solid: scale-free", "-"),
    "erdos-renyi": ("dotted: Erdős-Rényi", (0, (1.5, 1.5))),
}
MARKS = {"domix": "o", "plug-in": "s", "oracle": None, "all-targets": "^"}
DASHES: dict[str, Style] = {"oracle": (0, (4, 2))}
GRID = "#e4e4e4"

PANEL = (3.3, 2.3)  # inches
METRICS = {
    "recall": "recall",
    "precision": "precision",
    "rmse": "RMSE",
    "fp_rmse": "FP-RMSE",
    "fn_rmse": "FN-RMSE",
}
ERRORS = ("rmse", "fp_rmse", "fn_rmse")
BY_SIZE = ("recall", "precision", "rmse")


def by_rows(lines: Sequence[Line]) -> Figure | None:
    """Plot recall, precision and the three errors against rows, a column per number of variables.

    Returns None if no number of variables was measured at two numbers of rows.
    """
    paper = _select_paper_design(lines)
    sizes = [n for n in _sort_unique(line.cell.n for line in paper) if _has_curve(paper, n)]
    if not sizes:
        return None
    figure, grid = _make_panels(len(METRICS), len(sizes), sharey="row")
    for row, metric in zip(grid, METRICS, strict=True):
        for axes, n in zip(row, sizes, strict=True):
            own = [line for line in paper if line.cell.n == n]
            _draw_curves(axes, own, metric, "rows")
            _set_rows_axis(axes, last=row is grid[-1])
    for axes, n in zip(grid[0], sizes, strict=True):
        axes.set_title(f"{n} variables", fontsize=10)
    _label_rows(grid, METRICS)
    return _add_legend(figure, paper)


def by_variables(lines: Sequence[Line]) -> Figure | None:
    """Plot recall, precision and RMSE against variables, at the largest number of rows.

    Returns None if fewer than two numbers of variables were measured there.
    """
    paper = _select_paper_design(lines)
    most = max((line.cell.rows for line in paper), default=0)
    largest = [line for line in paper if line.cell.rows == most]
    if len({line.cell.n for line in largest}) < 2:
        return None
    figure, grid = _make_panels(1, len(BY_SIZE))
    for axes, metric in zip(grid[0], BY_SIZE, strict=True):
        _draw_curves(axes, largest, metric, "n")
        axes.set_title(METRICS[metric], fontsize=10)
        axes.set_xlabel(f"variables, at {_format_rows(most)} rows")
        axes.set_xticks(_sort_unique(line.cell.n for line in largest))
    return _add_legend(figure, largest)


def by_graph(lines: Sequence[Line]) -> Figure | None:
    """Plot recall and RMSE against rows for both kinds of graph; None if one is missing."""
    own = [line for line in lines if line.method != "oracle" and _has_paper_design(line.cell)]
    by_kind = {kind: [line for line in own if line.cell.graph == kind] for kind in GRAPHS}
    sizes = [
        n
        for n in _sort_unique(line.cell.n for line in own)
        if all(_has_curve(lines_of, n) for lines_of in by_kind.values())
    ]
    if not sizes:
        return None
    metrics = ("recall", "rmse")
    figure, grid = _make_panels(len(metrics), len(sizes), sharey="row")
    for row, metric in zip(grid, metrics, strict=True):
        for axes, n in zip(row, sizes, strict=True):
            for kind, (_, style) in GRAPHS.items():
                here = [line for line in by_kind[kind] if line.cell.n == n]
                _draw_curves(axes, here, metric, "rows", style=style)
            _set_rows_axis(axes, last=row is grid[-1])
    for axes, n in zip(grid[0], sizes, strict=True):
        axes.set_title(f"{n} variables", fontsize=10)
    _label_rows(grid, {metric: METRICS[metric] for metric in metrics})
    return _add_legend(figure, own, ", ".join(words for words, _ in GRAPHS.values()))


def rows_needed(needs: Sequence[Need]) -> Figure:
    """Plot the rows that each method needs against variables; an arrow if no cell had enough."""
    words = {"recall_detectable": "over detectable targets", "recall": "over all targets"}
    figure, grid = _make_panels(1, len(CRITERIA))
    for axes, criterion in zip(grid[0], CRITERIA, strict=True):
        for method in dict.fromkeys(need.method for need in needs):
            own = [n for n in needs if n.method == method and n.criterion == criterion]
            colour = COLOURS[method]
            enough = [(n.n, n.rows) for n in own if n.rows is not None]
            if enough:
                axes.plot(*zip(*enough, strict=True), color=colour, marker=MARKS[method])
            for need in own:
                if need.rows is None:
                    most = need.ladder[-1].rows
                    axes.plot([need.n], [most], color=colour, marker=MARKS[method])
                    axes.annotate(
                        "",
                        (need.n, most * 4),
                        (need.n, most * 1.2),
                        arrowprops={"arrowstyle": "->", "color": colour},
                    )
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        sizes = _sort_unique(need.n for need in needs)
        axes.set_xticks(sizes, [str(n) for n in sizes])
        axes.set_xlabel("variables")
        axes.set_title(f"recall {words[criterion]}", fontsize=10)
        axes.set_ylim(top=needs[0].ladder[-1].rows * 8)
    grid[0][0].set_ylabel("rows for recall\nand precision of .95")
    return _add_legend(figure, [], methods=dict.fromkeys(need.method for need in needs))


def growth(lines: Sequence[Line], metric: str = "cpu_seconds") -> Figure:
    """Plot time against rows and against variables, with the fitted exponents."""
    figure, grid = _make_panels(1, 2)
    sides = (("rows", "n", "variables"), ("n", "rows", "rows"))
    for axes, (size, fixed, fixed_name) in zip(grid[0], sides, strict=True):
        fixed_value = 0
        for method in dict.fromkeys(line.method for line in lines):
            own = [line for line in lines if line.method == method and metric in line.figures]
            series = max(list_series(own, fixed, 2), key=len, default=[])
            if not series:
                continue
            points = sorted((getattr(s.cell, size), s.figures[metric].mean) for s in series)
            sizes, times = zip(*points, strict=True)
            label = f"{NAMES.get(method, method)}: exponent {exponent(sizes, times):.2f}"
            axes.plot(sizes, times, color=COLOURS[method], marker=MARKS[method], label=label)
            fixed_value = getattr(series[0].cell, fixed)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xlabel(
            f"{'variables' if size == 'n' else 'rows'}, at {fixed_value:,} {fixed_name}"
        )
        if axes.get_lines():
            axes.legend(frameon=False, fontsize=8)
    grid[0][0].set_ylabel("seconds of processor time")
    return _add_legend(figure, [])


def _select_paper_design(lines: Sequence[Line]) -> list[Line]:
    """Select the lines of the paper's design with scale-free graphs."""
    return [line for line in lines if line.cell == Cell(line.cell.n, line.cell.rows)]


def _has_paper_design(cell: Cell) -> bool:
    """Check whether a cell has the paper's design, with either kind of graph."""
    return cell == Cell(cell.n, cell.rows, cell.graph)


def _has_curve(lines: Sequence[Line], n: int) -> bool:
    """Check whether ``n`` variables were measured at two numbers of rows."""
    return len({line.cell.rows for line in lines if line.cell.n == n}) > 1


def _sort_unique(values: Iterable[int]) -> list[int]:
    return sorted(set(values))


def _format_rows(rows: int) -> str:
    power = rows.bit_length() - 1
    return f"$2^{{{power}}}$" if rows == 1 << power else f"{rows:,}"


def _make_panels(
    rows: int, columns: int, sharey: Literal["row", "none"] = "none"
) -> tuple[Figure, list[list[Axes]]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(PANEL[0] * columns, PANEL[1] * rows + 0.5), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=sharey)
    for axes in grid.flat:
        axes.grid(color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(which="both", labelsize=8)
    return figure, [list(row) for row in grid]


def _draw_curves(
    axes: Axes, lines: Sequence[Line], metric: str, against: str, style: Style | None = None
) -> None:
    """Draw a curve per method, with a band of one standard error on each side."""
    for method in dict.fromkeys(line.method for line in lines):
        own = sorted(
            (line for line in lines if line.method == method and metric in line.figures),
            key=lambda line: getattr(line.cell, against),
        )
        if not own:
            continue
        at = [getattr(line.cell, against) for line in own]
        means = [line.figures[metric].mean for line in own]
        errors = [line.figures[metric].std_error or 0.0 for line in own]
        bottom = [m - e for m, e in zip(means, errors, strict=True)]
        top = [m + e for m, e in zip(means, errors, strict=True)]
        colour = COLOURS[method]
        axes.plot(
            at,
            means,
            color=colour,
            linestyle=style or DASHES.get(method, "-"),
            marker=MARKS[method],
            markersize=3.5,
            linewidth=1.4,
        )
        axes.fill_between(at, bottom, top, color=colour, alpha=0.15, linewidth=0)
    if metric in ERRORS:
        axes.set_yscale("log")
    else:
        axes.set_ylim(-0.03, 1.05)


def _set_rows_axis(axes: Axes, last: bool) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xlabel("rows" if last else "")


def _label_rows(grid: Sequence[Sequence[Axes]], titles: dict[str, str]) -> None:
    for row, title in zip(grid, titles.values(), strict=True):
        row[0].set_ylabel(title)


def _add_legend(
    figure: Figure, lines: Sequence[Line], note: str = "", methods: Iterable[str] = ()
) -> Figure:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=COLOURS[method],
            marker=MARKS[method],
            linestyle=DASHES.get(method, "-"),
            label=NAMES.get(method, method),
        )
        for method in dict.fromkeys([*(line.method for line in lines), *methods])
    ]
    if note:
        handles.append(Line2D([], [], linestyle="none", label=note))
    if handles:
        figure.legend(
            handles=handles, loc="outside upper center", ncols=len(handles), frameon=False
        )
    return figure
