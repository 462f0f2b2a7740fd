"""The table of a study of answers as sets: figures, columns, and whether shares are calibrated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from domix.study.records import Key, Record
from domix.study.reporting.table import Columns, Figure, average, pool
from domix.study.scoring.set_score import BINS
from domix.util.text_tables import aligned

SHARES = ("found", "within", "exact")
"""Counts among the detectable targets."""


def compute_set_figures(
    records: Sequence[Record], _: Mapping[Key, Record]
) -> dict[str, Figure | None]:
    """Compute the figures of records with a :class:`SetScore`."""
    scores = [record.sets for record in records if record.sets is not None]
    figures = {name: pool([(getattr(s, name), s.detectable) for s in scores]) for name in SHARES}
    return {
        **figures,
        "size": pool([(s.members, s.reported) for s in scores]),
        "largest": average([s.largest for s in scores]),
        "any_false": average([s.any_false for s in scores]),
        "any_false_exact": average([s.any_false_exact for s in scores]),
        "cpu_seconds": average([record.cost.cpu_seconds for record in records]),
    }


def _with_error(figure: Figure) -> str:
    error = "" if figure.std_error is None else f" ± {figure.std_error:.3f}"
    return f"{figure.mean:.3f}{error}"


SET_COLUMNS: Columns = (
    ("recall", "found", _with_error),
    ("in sets", "within", _with_error),
    ("exact", "exact", _with_error),
    ("any false", "any_false", _with_error),
    ("any false exact", "any_false_exact", _with_error),
    ("size", "size", lambda f: f"{f.mean:.2f}"),
    ("largest", "largest", lambda f: f"{f.most:.0f}"),
    ("cpu s", "cpu_seconds", lambda f: f"{f.mean:.2g}"),
)


def describe_calibration(records: Iterable[Record]) -> str:
    """Tabulate how often members of sets are true targets, by their share."""
    marks: Counter[str] = Counter()
    for record in records:
        if record.sets is not None:
            marks.update(re.findall(r"\d[+-]", record.sets.shares))
    body = []
    for number, (low, high) in enumerate(zip(BINS, (*BINS[1:], 1.0), strict=True)):
        right, wrong = marks[f"{number}+"], marks[f"{number}-"]
        if right + wrong:
            share = f"{right / (right + wrong):.3f}"
            body.append([f"{low:g} to {high:g}", str(right + wrong), share])
    return aligned(["share", "members", "true"], body, "<>>")
