"""The table of a study whose graph or model may be wrong: figures and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domix.study.cells import Cell
from domix.study.methods import TRUE_GRAPH
from domix.study.records import Key, Record
from domix.study.reporting.table import (
    Columns,
    Figure,
    Line,
    average,
    pool,
    select_records,
)

AVERAGED = ("recall", "precision", "near", "roots", "tv", "null_targets", "shd", "reported")
DIRECTED = ("by_controls", "by_interventions")


def summarise_misfit(
    records: Mapping[Key, Record],
    cells: Sequence[Cell],
    methods: Iterable[str],
    block: str,
    instances: int,
) -> list[Line]:
    """Summarise the records of each cell and method that has any; see :func:`table.summarise`."""
    lines = []
    methods = tuple(methods)
    for cell in cells:
        yardstick = {
            record.key.instance: record
            for record in select_records(records, cell, TRUE_GRAPH, block, instances)
        }
        for method in methods:
            available = select_records(records, cell, method, block, instances)
            if available:
                scored = [record for record in available if record.misfit is not None]
                figures = _compute_figures(scored, yardstick)
                failures = len(available) - len(scored)
                lines.append(Line(cell, method, len(available), failures, figures))
    return lines


def _compute_figures(
    records: Sequence[Record], yardstick: Mapping[int, Record]
) -> dict[str, Figure]:
    scores = [record.misfit for record in records if record.misfit is not None]
    figures = {name: average([getattr(score, name) for score in scores]) for name in AVERAGED}
    figures["null_false"] = average([score.null_targets > 0 for score in scores])
    for name in DIRECTED:
        counts = [(getattr(s, f"{name}_right"), getattr(s, name)) for s in scores]
        figures[f"{name}_right"] = pool(counts)
    figures["cpu_seconds"] = average([record.cost.cpu_seconds for record in records])
    pairs = [
        (record, yardstick[record.key.instance])
        for record in records
        if record.key.instance in yardstick
    ]
    figures["time_ratio"] = average(
        [
            record.cost.cpu_seconds / other.cost.cpu_seconds
            for record, other in pairs
            if other.cost.cpu_seconds > 0
        ]
    )
    figures["tv_ratio"] = pool(
        [
            (record.misfit.tv, other.misfit.tv)
            for record, other in pairs
            if record.misfit is not None and other.misfit is not None
        ]
    )
    return {name: figure for name, figure in figures.items() if figure is not None}


def _with_error(figure: Figure) -> str:
    error = "" if figure.std_error is None else f" ± {figure.std_error:.3f}"
    return f"{figure.mean:.3f}{error}"


def _median_and_most(figure: Figure) -> str:
    return f"{figure.median:.3g} ({figure.most:.3g})"


MISFIT_COLUMNS: Columns = (
    ("recall", "recall", _with_error),
    ("precision", "precision", _with_error),
    ("roots", "roots", _with_error),
    ("near", "near", lambda f: f"{f.mean:.2f}"),
    ("TV", "tv", _with_error),
    ("TV / true graph's", "tv_ratio", lambda f: f"{f.mean:.2f}"),
    ("null: any false", "null_false", _with_error),
    ("null: false", "null_targets", lambda f: f"{f.mean:.2f}"),
    ("SHD", "shd", lambda f: f"{f.mean:.2f}"),
    ("right by controls", "by_controls_right", _with_error),
    ("by interventions", "by_interventions_right", _with_error),
    ("cpu s", "cpu_seconds", _median_and_most),
    ("x true graph's", "time_ratio", _median_and_most),
)
