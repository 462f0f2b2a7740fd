"""What a study measures: cells of one design each, and named lists of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from domix.core.space import listing
from domix.errors import DataError
from domix.study.instances.generator import Graph

__all__ = ["STUDIES", "Cell", "Study", "count_text", "only"]


@dataclass(frozen=True)
class Cell:
    """A design: instances of one cell differ in nothing but their random draws.

    Attributes
    ----------
    n : int
        Variables.
    rows : int
        Rows of the mixture, and as many without interventions.
    graph : str
        ``"scale-free"`` or ``"erdos-renyi"``.
    cards : tuple of int
        Least and largest number of states.
    zeros : float
        Share of the table entries that are 0, as expected; where cards differ, for the least.
    known : bool
        Whether the estimators are given the true tables; else tables learnt from the rows without
        interventions.
    targets : tuple of int
        Least and largest number of targets.
    largest : int or None
        Most variables of a target; None is all.
    shown : bool
        Only instances in which the rows show every true target: one that does not is drawn again.

    Examples
    --------
    >>> str(Cell(8, 2**14)), str(Cell(4, 1000, "erdos-renyi", (2, 5), known=True))
    ('8x2^14', '4x1000 erdos-renyi, 2-5 states, known tables')
    """

    n: int
    rows: int
    graph: Graph = "scale-free"
    cards: tuple[int, int] = (3, 3)
    zeros: float = 0.0
    known: bool = False
    targets: tuple[int, int] = (4, 16)
    largest: int | None = None
    shown: bool = False

    @property
    def design(self) -> str:
        """In words, what is not as in the paper's study; empty if all is."""
        usual = Cell(self.n, self.rows)
        parts: list[str] = []
        if self.graph != usual.graph:
            parts.append(self.graph)
        if self.cards != usual.cards:
            parts.append(f"{_span(self.cards)} states")
        if self.zeros:
            parts.append(f"{self.zeros:.0%} zeros")
        if self.known:
            parts.append("known tables")
        if self.largest == 0:
            parts.append("do() alone")
        elif self.targets != usual.targets:
            parts.append(f"{_span(self.targets)} targets")
        if self.largest:
            parts.append(f"targets of at most {self.largest}")
        if self.shown:
            parts.append("all shown")
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.n}x{count_text(self.rows)} {self.design}".rstrip()


def _span(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}-{pair[1]}"


def count_text(rows: int) -> str:
    """A number of rows as it is written: a power of two as such.

    Examples
    --------
    >>> count_text(4096), count_text(1000)
    ('2^12', '1000')
    """
    power = rows.bit_length() - 1
    return f"2^{power}" if rows == 1 << power and power >= 4 else str(rows)


@dataclass(frozen=True)
class Study:
    """A named list of cells.

    Attributes
    ----------
    says : str
        What it is for, as the help of the command line has it.
    cells : tuple of Cell
    methods : tuple of str
        Side by side unless others are asked for; the oracle always runs.
    instances : int
        Per cell, unless another number is asked for.
    bisect : bool
        Measure only the cells that lead to the number of rows that is needed, not all.
    """

    says: str
    cells: tuple[Cell, ...]
    methods: tuple[str, ...] = ("domix", "plug-in", "oracle")
    instances: int = 20
    bisect: bool = False


def only(cells: Iterable[Cell], patterns: Sequence[str]) -> tuple[Cell, ...]:
    """The cells that match one of the patterns: ``8``, ``8x2^14``, ``x2^14``, ``8x16384``.

    Raises
    ------
    DataError
        A pattern that cannot be read, or that no cell matches.

    Examples
    --------
    >>> cells = [Cell(4, 1024), Cell(8, 1024), Cell(8, 4096)]
    >>> [str(cell) for cell in only(cells, ["8x2^12", "4"])]
    ['4x2^10', '8x2^12']
    """
    cells = tuple(cells)
    wanted = set()
    for pattern in patterns:
        read = re.fullmatch(r"(\d*)(?:x(?:2\^(\d+)|(\d+)))?", pattern)
        if not pattern or read is None:
            raise DataError(f"cells: {pattern!r} is not of the form 8, 8x2^14 or x2^14")
        n, power, number = read.groups()
        rows = 2 ** int(power) if power else int(number) if number else None
        found = {
            cell
            for cell in cells
            if (not n or cell.n == int(n)) and (rows is None or cell.rows == rows)
        }
        if not found:
            have = listing(dict.fromkeys(f"{c.n}x{count_text(c.rows)}" for c in cells))
            raise DataError(f"cells: {pattern!r} matches no cell of the study; it has {have}")
        wanted |= found
    return tuple(cell for cell in cells if cell in wanted)


def _grid(sizes: Iterable[int], powers: Iterable[int]) -> tuple[Cell, ...]:
    powers = tuple(powers)
    return tuple(Cell(n, 2**power) for n in sizes for power in powers)


ACCURACY = (*_grid((4, 8, 12, 32), (12, 14, 16)), *_grid((64, 128), (14,)))
LEARNT = ("domix", "oracle")
PAPER_ROWS = range(4, 21, 2)
PAPER_SIZES = (4, 8, 12, 16, 20, 24, 28, 32)
GROWTH_TARGETS = (8, 8)


def _paper() -> tuple[Cell, ...]:
    cells = dict.fromkeys((*_grid((4, 8, 12), PAPER_ROWS), *_grid(PAPER_SIZES, (20,))))
    return (*cells, *(replace(cell, graph="erdos-renyi") for cell in cells))


def _growth() -> tuple[Cell, ...]:
    by_rows = _grid((12,), range(12, 21))
    by_size = _grid((8, 16, 32, 64, 128, 256), (14,))
    return tuple(replace(cell, targets=GROWTH_TARGETS) for cell in (*by_rows, *by_size))


STUDIES = {
    "paper": Study(
        "the simulation study of Kumar and Sinha, with domix beside",
        _paper(),
        ("domix", "plug-in", "oracle", "all-targets"),
    ),
    "accuracy": Study("recall, precision and weights, 4 to 128 variables", ACCURACY, LEARNT),
    "erdos-renyi": Study(
        "accuracy on Erdős-Rényi graphs",
        tuple(replace(cell, graph="erdos-renyi") for cell in ACCURACY),
        LEARNT,
    ),
    "mixed": Study(
        "accuracy with 2 to 5 states per variable",
        tuple(replace(cell, cards=(2, 5)) for cell in ACCURACY),
        LEARNT,
    ),
    "zeros": Study(
        "accuracy with a fifth of the table entries 0",
        tuple(replace(cell, zeros=0.2) for cell in ACCURACY),
        LEARNT,
    ),
    "known": Study(
        "accuracy with the true tables given",
        tuple(replace(cell, known=True) for cell in ACCURACY),
        LEARNT,
    ),
    "family-wise": Study(
        "how often any false target is reported",
        (
            Cell(12, 2**12, targets=(1, 1), largest=0),
            Cell(8, 2**14, shown=True),
            Cell(12, 2**14, shown=True),
        ),
        LEARNT,
        instances=200,
    ),
    "growth": Study(
        "time against rows and against variables, with eight targets",
        _growth(),
        LEARNT,
        instances=5,
    ),
    "large": Study(
        "a million rows of 32 variables: time and memory, Algorithm 2 beside",
        _grid((32,), (20,)),
        instances=5,
    ),
    "rows-needed": Study(
        "the rows for recall and precision of .95 both, by bisection",
        _grid((4, 8, 12, 16, 32, 64), range(6, 21)),
        ("domix", "plug-in"),
        bisect=True,
    ),
    "plug-in": Study(
        "Algorithm 2 beside the figures of a re-implementation of it",
        (*_grid((4, 8, 12), (10, 13, 16, 20)), *_grid((16, 32), (20,))),
        ("plug-in",),
        instances=100,
    ),
}
