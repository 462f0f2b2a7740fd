"""The table of a study: one line per cell and method, one figure per metric."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from domix.study.cells import Cell, format_count
from domix.study.methods import SUSPECTED
from domix.study.records import Key, Record
from domix.util.text_tables import aligned


@dataclass(frozen=True)
class Figure:
    """One metric, over those instances of a cell in which it is defined.

    Attributes
    ----------
    mean, median : float
    std_error : float or None
        Of the mean; None for a single instance.
    instances : int
        Number of instances in which the metric is defined.
    most : float or None
        The largest value, if the metric is a number of each instance.
    """

    mean: float
    median: float
    std_error: float | None
    instances: int
    most: float | None = None


@dataclass(frozen=True)
class Line:
    """The results of a method on a cell.

    Attributes
    ----------
    cell : Cell
    method : str
    instances : int
        Number of instances with a record.
    failures : int
        Number of instances that the method refused; they are in no figure.
    figures : mapping of str to Figure
        By metric, without metrics that are defined in no instance.
    """

    cell: Cell
    method: str
    instances: int
    failures: int
    figures: Mapping[str, Figure]


SCORED = (
    "recall_detectable",
    "undetectable",
    "recall",
    "precision",
    "recall_alike",
    "precision_alike",
    "f1",
    "tv",
    "tv_ratio",
    "rmse",
    "fp_rmse",
    "fn_rmse",
    "assigned",
    "assigned_best",
    "assignable",
    "false_target",
    "exact",
    "targets",
    "found",
)
Figures = Callable[[Sequence[Record], Mapping[Key, Record]], dict[str, Figure | None]]
COSTS = ("seconds", "cpu_seconds", "memory_mb", "passes")


def compute_figures(records: Sequence[Record], _: Mapping[Key, Record]) -> dict[str, Figure | None]:
    """Compute the figures of records with an :class:`InstanceScore`."""
    scores = [record.score for record in records if record.score is not None]
    figures = {name: average([getattr(score, name) for score in scores]) for name in SCORED}
    figures["coverage"] = pool([(s.covered, s.matched) for s in scores])
    figures["coverage_exact"] = pool([(s.covered, s.matched) for s in scores if s.exact])
    figures.update(_compute_claims(records))
    costs = [record.cost for record in records]
    figures.update({name: average([getattr(cost, name) for cost in costs]) for name in COSTS})
    return figures


def _compute_claims(records: Sequence[Record]) -> dict[str, Figure | None]:
    pairs = [(r.score, r.claims) for r in records if r.score is not None and r.claims is not None]
    claims = [c for _, c in pairs]
    suspecting = [r.claims for r in records if r.claims and r.key.method.startswith(SUSPECTED)]
    return {
        "flagged": pool([(c.flagged, s.matched) for s, c in pairs]),
        "coverage_flagged": pool([(c.flagged_covered, c.flagged) for c in claims]),
        "coverage_hull": pool([(c.hull_covered, s.matched) for s, c in pairs]),
        "unseen_share": average([c.unseen for c in claims]),
        "suspected_false": average([c.suspected_false for c in suspecting]),
        "stopped_short": average([c.stopped_short for c in claims]),
    }


def summarise(
    records: Mapping[Key, Record],
    cells: Sequence[Cell],
    methods: Iterable[str],
    block: str,
    instances: int,
    compute: Figures = compute_figures,
) -> list[Line]:
    """Summarise the records of each cell and method that has any, in that order.

    Parameters
    ----------
    records : mapping of Key to Record
    cells : sequence of Cell
    methods : iterable of str
    block : str
        Name of the block of seeds.
    instances : int
        Only instances with a smaller number count.
    compute : callable
        From the records of a method on a cell, and all records, to figures by metric.
    """
    lines = []
    methods = tuple(methods)
    for cell in cells:
        for method in methods:
            keys = [Key(str(cell), block, i, method) for i in range(instances)]
            available = [records[key] for key in keys if key in records]
            scored = [record for record in available if not record.failed]
            if available:
                computed = compute(scored, records)
                defined = {name: f for name, f in computed.items() if f is not None}
                failures = len(available) - len(scored)
                lines.append(Line(cell, method, len(available), failures, defined))
    return lines


def average(values: Iterable[float | None]) -> Figure | None:
    """Average the values that are defined; None if none is."""
    numbers = [float(value) for value in values if value is not None]
    if not numbers:
        return None
    error = None
    if len(numbers) > 1:
        error = statistics.stdev(numbers) / math.sqrt(len(numbers))
    mean, median = statistics.fmean(numbers), statistics.median(numbers)
    return Figure(mean, median, error, len(numbers), max(numbers))


def pool(counts: Sequence[tuple[float, float]]) -> Figure | None:
    """Pool shares over all instances: the sum of parts by the sum of wholes.

    The standard error is that of a ratio estimator with instances as clusters.
    """
    counts = [(part, whole) for part, whole in counts if whole]
    if not counts:
        return None
    whole = sum(w for _, w in counts)
    mean = sum(part for part, _ in counts) / whole
    error = None
    if len(counts) > 1:
        squares = math.fsum((part - mean * w) ** 2 for part, w in counts)
        error = math.sqrt(squares * len(counts) / (len(counts) - 1)) / whole
    median = statistics.median(part / w for part, w in counts)
    return Figure(mean, median, error, len(counts))


Columns = tuple[tuple[str, str, Callable[[Figure], str]], ...]
"""Title, metric and text of each column."""

SHOWN: Columns = (
    ("recall", "recall_detectable", lambda f: f"{f.mean:.3f}"),
    ("unseen", "undetectable", lambda f: f"{f.mean:.3f}"),
    ("recall of all", "recall", lambda f: f"{f.mean:.3f}"),
    ("precision", "precision", lambda f: f"{f.mean:.3f}"),
    ("look-alike recall", "recall_alike", lambda f: f"{f.mean:.3f}"),
    ("look-alike precision", "precision_alike", lambda f: f"{f.mean:.3f}"),
    ("F1", "f1", lambda f: f"{f.mean:.3f}"),
    ("TV / oracle's", "tv_ratio", lambda f: f"{f.mean:.2f} ({f.median:.2f})"),
    ("RMSE", "rmse", lambda f: f"{f.mean:.4f}"),
    ("FP-RMSE", "fp_rmse", lambda f: f"{f.mean:.4f}"),
    ("FN-RMSE", "fn_rmse", lambda f: f"{f.mean:.4f}"),
    ("rows right", "assigned", lambda f: f"{f.mean:.3f}"),
    ("as the best", "assigned_best", lambda f: f"{f.mean:.3f}"),
    ("coverage", "coverage", lambda f: f"{f.mean:.3f}"),
    ("of exact", "coverage_exact", lambda f: f"{f.mean:.3f}"),
    ("hulls", "coverage_hull", lambda f: f"{f.mean:.3f}"),
    ("suspected false", "suspected_false", lambda f: f"{f.mean:.3f}"),
    ("any false", "false_target", lambda f: f"{f.mean:.3f}"),
    ("s", "seconds", lambda f: f"{f.mean:.3g}"),
    ("passes", "passes", lambda f: f"{f.mean:.0f}"),
    ("MB", "memory_mb", lambda f: f"{f.mean:.0f}"),
)
KEY_COLUMNS = 4
"""Columns before the metrics: variables, rows, method, instances; the design is the last."""


def _format_lines(lines: Sequence[Line], columns: Columns) -> tuple[list[str], list[list[str]]]:
    head = ["N", "rows", "method", "inst.", *(title for title, _, _ in columns), "design"]
    body = []
    for line in lines:
        figures = [
            text(line.figures[name]) if name in line.figures else "" for _, name, text in columns
        ]
        failed = f"-{line.failures}" if line.failures else ""
        start = [str(line.cell.n), format_count(line.cell.rows), line.method]
        body.append([*start, f"{line.instances}{failed}", *figures, line.cell.design])
    # Empty columns are left out.
    kept = [i for i in range(len(head)) if i < KEY_COLUMNS or any(row[i] for row in body)]
    return [head[i] for i in kept], [[row[i] for i in kept] for row in body]


def as_text(lines: Sequence[Line], columns: Columns = SHOWN) -> str:
    """Format the main metrics as text: means, and for the weights the median in parentheses."""
    head, body = _format_lines(lines, columns)
    left_aligned = {"method", "design"}
    sides = "".join("<" if title in left_aligned else ">" for title in head)
    return aligned(head, body, sides)


def as_markdown(lines: Sequence[Line], columns: Columns = SHOWN) -> str:
    """Format the main metrics as a Markdown table."""
    head, body = _format_lines(lines, columns)
    rows = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def as_csv(lines: Sequence[Line]) -> str:
    """Format all metrics as CSV: one row per cell, method and metric."""
    head = "variables,rows,design,method,metric,mean,median,std_error,instances,failures"
    out = [head]
    for line in lines:
        cell = line.cell
        for metric, f in line.figures.items():
            error = "" if f.std_error is None else repr(f.std_error)
            numbers = f"{f.mean!r},{f.median!r},{error},{f.instances},{line.failures}"
            out.append(f'{cell.n},{cell.rows},"{cell.design}",{line.method},{metric},{numbers}')
    return "\n".join(out) + "\n"


def as_json(lines: Sequence[Line]) -> str:
    """Format all metrics as JSON: a list with one object per line of the table."""
    return json.dumps([asdict(line) for line in lines], indent=1) + "\n"
