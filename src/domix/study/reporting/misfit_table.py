"""The table of a study whose graph or model may be wrong: figures and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domix.study.methods import TRUE_GRAPH
from domix.study.records import Key, Record
from domix.study.reporting.table import Columns, Figure, average, pool

AVERAGED = ("recall", "precision", "near", "roots", "tv", "null_targets", "shd", "reported")
DIRECTED = ("by_controls", "by_interventions")


def compute_misfit_figures(
    records: Sequence[Record], every: Mapping[Key, Record]
) -> dict[str, Figure | None]:
    """Compute the figures of records of a cell with a setting."""
    scores = [record.misfit for record in records if record.misfit is not None]
    figures = {name: average([getattr(score, name) for score in scores]) for name in AVERAGED}
    figures["null_false"] = average([score.null_targets > 0 for score in scores])
    for name in DIRECTED:
        counts = [(getattr(s, f"{name}_right"), getattr(s, name)) for s in scores]
        figures[f"{name}_right"] = pool(counts)
    figures["cpu_seconds"] = average([record.cost.cpu_seconds for record in records])
    # Each record beside that of the true graph for the same instance.
    beside = [(record, every.get(replace(record.key, method=TRUE_GRAPH))) for record in records]
    pairs = [(r, o) for r, o in beside if o is not None]
    figures["time_ratio"] = average(
        [r.cost.cpu_seconds / o.cost.cpu_seconds for r, o in pairs if o.cost.cpu_seconds]
    )
    figures["tv_ratio"] = pool(
        [(r.misfit.tv, o.misfit.tv) for r, o in pairs if r.misfit and o.misfit]
    )
    return figures


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
