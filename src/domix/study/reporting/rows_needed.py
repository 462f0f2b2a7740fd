"""The number of rows that a method needs, by bisection over the cells of a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domix.study.cells import Cell, format_count
from domix.study.reporting.table import Line
from domix.util.text_tables import aligned

THRESHOLD = 0.95
"""Both recall and precision must reach it, as means over the instances of a cell."""

CRITERIA = ("recall_detectable", "recall")
"""Recall over the detectable targets, and over all."""

Measure = Callable[[Sequence[Cell], str], Sequence[Line]]
"""Measures a method on cells, and returns their lines of the table."""


@dataclass(frozen=True)
class Need:
    """A bisection for the rows that a method needs at one number of variables.

    More rows are assumed to be at least as good.

    Attributes
    ----------
    n : int
    method : str
    criterion : str
        One of :data:`CRITERIA`.
    ladder : tuple of Cell
        In the order of their rows.
    fails, passes : int
        Positions on the ladder: the highest cell known to have too few rows (-1 at first), and the
        lowest known to have enough (the length of the ladder at first).
    """

    n: int
    method: str
    criterion: str
    ladder: tuple[Cell, ...]
    fails: int
    passes: int

    @property
    def is_done(self) -> bool:
        """Whether no cell is left to measure."""
        return self.passes - self.fails == 1

    @property
    def middle(self) -> Cell:
        """The cell to measure next."""
        return self.ladder[(self.fails + self.passes) // 2]

    @property
    def rows(self) -> int | None:
        """The fewest rows that are enough; None if no cell of the ladder has enough."""
        return self.ladder[self.passes].rows if self.passes < len(self.ladder) else None

    def halve(self, line: Line | None) -> Need:
        """Continue in the half that the line of the middle cell points to."""
        at = self.ladder.index(self.middle)
        enough = line is not None and _is_enough(line, self.criterion)
        return replace(self, passes=at) if enough else replace(self, fails=at)


def _is_enough(line: Line, criterion: str) -> bool:
    needed = (criterion, "precision")
    return not line.failures and all(
        name in line.figures and line.figures[name].mean >= THRESHOLD for name in needed
    )


def find_rows_needed(cells: Sequence[Cell], methods: Sequence[str], measure: Measure) -> list[Need]:
    """Bisect for every number of variables, method and criterion."""
    ladders: dict[int, list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.rows):
        ladders.setdefault(cell.n, []).append(cell)
    needs = [
        Need(n, method, criterion, tuple(ladder), -1, len(ladder))
        for n, ladder in sorted(ladders.items())
        for method in methods
        for criterion in CRITERIA
    ]
    while not all(need.is_done for need in needs):
        lines: dict[tuple[Cell, str], Line] = {}
        for method in methods:
            open_needs = [need for need in needs if need.method == method and not need.is_done]
            middle_cells = list(dict.fromkeys(need.middle for need in open_needs))
            if middle_cells:
                lines.update(((line.cell, method), line) for line in measure(middle_cells, method))
        needs = [
            need if need.is_done else need.halve(lines.get((need.middle, need.method)))
            for need in needs
        ]
    return needs


def format_needs(needs: Sequence[Need]) -> str:
    """Format a table per criterion: rows by number of variables, and ratios to the first method."""
    methods = list(dict.fromkeys(need.method for need in needs))
    by_key = {(need.n, need.criterion, need.method): need for need in needs}
    parts = []
    for criterion, words in zip(CRITERIA, ("detectable targets", "all targets"), strict=True):
        head = ["N", *methods, *(f"{method} / {methods[0]}" for method in methods[1:])]
        body = []
        for n in dict.fromkeys(need.n for need in needs):
            first, *others = (by_key[n, criterion, method] for method in methods)
            ratios = [_format_ratio(first, other) for other in others]
            body.append([str(n), *(_format_rows(need) for need in (first, *others)), *ratios])
        title = f"Rows for recall (over {words}) and precision of {THRESHOLD} both:"
        parts.append(f"{title}\n{aligned(head, body, '>' * len(head))}")
    return "\n\n".join(parts)


def _format_rows(need: Need) -> str:
    return (
        f"> {format_count(need.ladder[-1].rows)}" if need.rows is None else format_count(need.rows)
    )


def _format_ratio(first: Need, other: Need) -> str:
    if first.rows is None:
        return ""
    if other.rows is None:
        return f"> {other.ladder[-1].rows / first.rows:,.0f}"
    return f"{other.rows / first.rows:,.4g}"
