"""How many rows a method needs, by bisection over the cells of each number of variables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domix.study.cells import Cell, count_text
from domix.study.reporting.table import Line
from domix.util.text_tables import aligned

__all__ = ["BAR", "CRITERIA", "Need", "needs_as_text", "rows_needed"]

BAR = 0.95
"""What recall and precision must both reach, as means over the instances of a cell."""

CRITERIA = ("recall_detectable", "recall")
"""Recall over the targets that the rows show, and over all."""

Measure = Callable[[Sequence[Cell], str], Sequence[Line]]
"""Measures one method on cells, and returns their lines."""


@dataclass(frozen=True)
class Need:
    """What is known of the rows that a method needs for one number of variables.

    Attributes
    ----------
    n : int
    method : str
    criterion : str
        One of :data:`CRITERIA`.
    ladder : tuple of Cell
        By rising rows.
    fails, passes : int
        Positions on the ladder: the highest known not to do, -1 at first, and the lowest known to
        do, one past the end at first. That more rows are no worse is taken for granted.
    """

    n: int
    method: str
    criterion: str
    ladder: tuple[Cell, ...]
    fails: int
    passes: int

    @property
    def settled(self) -> bool:
        return self.passes - self.fails == 1

    @property
    def middle(self) -> Cell:
        """The cell to measure next."""
        return self.ladder[(self.fails + self.passes) // 2]

    @property
    def rows(self) -> int | None:
        """The fewest rows that do; None if none of the ladder do."""
        return self.ladder[self.passes].rows if self.passes < len(self.ladder) else None

    def told(self, line: Line | None) -> Need:
        """With what the middle cell has shown."""
        at = self.ladder.index(self.middle)
        does = line is not None and _does(line, self.criterion)
        return replace(self, passes=at) if does else replace(self, fails=at)


def _does(line: Line, criterion: str) -> bool:
    needed = (criterion, "precision")
    return not line.failures and all(
        name in line.figures and line.figures[name].mean >= BAR for name in needed
    )


def rows_needed(cells: Sequence[Cell], methods: Sequence[str], measure: Measure) -> list[Need]:
    """Bisect for every number of variables, method and criterion at once."""
    ladders: dict[int, list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.rows):
        ladders.setdefault(cell.n, []).append(cell)
    needs = [
        Need(n, method, criterion, tuple(ladder), -1, len(ladder))
        for n, ladder in sorted(ladders.items())
        for method in methods
        for criterion in CRITERIA
    ]
    while not all(need.settled for need in needs):
        lines: dict[tuple[Cell, str], Line] = {}
        for method in methods:
            open_needs = [need for need in needs if need.method == method and not need.settled]
            asked = list(dict.fromkeys(need.middle for need in open_needs))
            if asked:
                lines.update(((line.cell, method), line) for line in measure(asked, method))
        needs = [
            need if need.settled else need.told(lines.get((need.middle, need.method)))
            for need in needs
        ]
    return needs


def needs_as_text(needs: Sequence[Need]) -> str:
    """One line per number of variables, and how many times more the others need than the first."""
    methods = list(dict.fromkeys(need.method for need in needs))
    found = {(need.n, need.criterion, need.method): need for need in needs}
    parts = []
    for criterion, words in zip(CRITERIA, ("detectable targets", "all targets"), strict=True):
        head = ["N", *methods, *(f"{method} / {methods[0]}" for method in methods[1:])]
        body = []
        for n in dict.fromkeys(need.n for need in needs):
            first, *others = (found[n, criterion, method] for method in methods)
            ratios = [_ratio(first, other) for other in others]
            body.append([str(n), *(_rows(need) for need in (first, *others)), *ratios])
        title = f"Rows for recall (over {words}) and precision of {BAR} both:"
        parts.append(f"{title}\n{aligned(head, body, '>' * len(head))}")
    return "\n\n".join(parts)


def _rows(need: Need) -> str:
    return f"> {count_text(need.ladder[-1].rows)}" if need.rows is None else count_text(need.rows)


def _ratio(first: Need, other: Need) -> str:
    if first.rows is None:
        return ""
    if other.rows is None:
        return f"> {other.ladder[-1].rows / first.rows:,.0f}"
    return f"{other.rows / first.rows:,.4g}"
