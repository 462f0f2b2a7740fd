"""Reference results of Algorithm 2, from a re-implementation that follows the paper's text."""

from __future__ import annotations

from collections.abc import Sequence

from domix.study.cells import Cell, format_count
from domix.study.reporting.table import Line
from domix.util.text_tables import aligned

REFERENCE = {
    (4, 10): (0.78, 0.27),
    (4, 13): (0.93, 0.34),
    (4, 16): (0.985, 0.43),
    (4, 20): (1.00, 0.68),
    (8, 10): (0.38, 0.04),
    (8, 13): (0.58, 0.06),
    (8, 16): (0.79, 0.10),
    (8, 20): (0.92, 0.22),
    (12, 10): (0.20, 0.01),
    (12, 13): (0.34, 0.02),
    (12, 16): (0.50, 0.04),
    (12, 20): (0.69, 0.08),
    (16, 20): (0.43, 0.03),
    (32, 20): (0.22, 0.01),
}
"""(recall, precision) by (variables, log2 of rows), on scale-free graphs with epsilon .001.

Means of 100 instances, with a standard error of recall of about .02; from 16 variables on, of 24
instances, with one of about .05.
"""


def compare_with_reference(lines: Sequence[Line]) -> str:
    """Format recall (over all targets) and precision of Algorithm 2 with the reference results."""
    body = []
    for line in lines:
        cell = line.cell
        reference = REFERENCE.get((cell.n, cell.rows.bit_length() - 1))
        if line.method != "plug-in" or reference is None or cell != Cell(cell.n, cell.rows):
            continue
        if "recall" not in line.figures:
            continue  # the method refused every instance
        recall, precision = line.figures["recall"], line.figures["precision"]
        error = "" if recall.std_error is None else f"{recall.std_error:.3f}"
        place = [str(cell.n), format_count(cell.rows)]
        ours = [
            f"{recall.mean:.3f}",
            error,
            f"{reference[0]:.3f}",
            f"{recall.mean - reference[0]:+.3f}",
        ]
        body.append([*place, *ours, f"{precision.mean:.3f}", f"{reference[1]:.3f}"])
    if not body:
        return ""
    head = ["N", "rows", "recall", "s.e.", "reference", "difference", "precision", "reference"]
    return "Algorithm 2 compared with a re-implementation of it:\n" + aligned(
        head, body, ">" * len(head)
    )
