"""What is known of Algorithm 2: the figures of a re-implementation from the paper's text."""

from __future__ import annotations

from collections.abc import Sequence

from domix.study.cells import Cell, count_text
from domix.study.reporting.table import Line
from domix.util.text_tables import aligned

__all__ = ["REFERENCE", "beside_reference"]

# Recall and precision by variables and log2 of rows, epsilon 1e-3, on scale-free graphs: 100
# instances, 24 from 16 variables on. The standard error of recall is about .02, .05 of the latter.
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


def beside_reference(lines: Sequence[Line]) -> str:
    """The plug-in method's recall (over all true targets) and precision beside the reference."""
    body = []
    for line in lines:
        cell = line.cell
        known = REFERENCE.get((cell.n, cell.rows.bit_length() - 1))
        if line.method != "plug-in" or known is None or cell != Cell(cell.n, cell.rows):
            continue
        if "recall" not in line.figures:
            continue  # it refused every instance
        recall, precision = line.figures["recall"], line.figures["precision"]
        error = "" if recall.std_error is None else f"{recall.std_error:.3f}"
        where = [str(cell.n), count_text(cell.rows)]
        ours = [f"{recall.mean:.3f}", error, f"{known[0]:.3f}", f"{recall.mean - known[0]:+.3f}"]
        body.append([*where, *ours, f"{precision.mean:.3f}", f"{known[1]:.3f}"])
    if not body:
        return ""
    head = ["N", "rows", "recall", "s.e.", "reference", "difference", "precision", "reference"]
    return "Algorithm 2 beside a re-implementation of it:\n" + aligned(head, body, ">" * len(head))
