"""The cells of a study: one design each, and how a user chooses some of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domix.core.space import listing
from domix.errors import DataError
from domix.study.instances.generator import CONCENTRATION, Graph
from domix.study.settings import Setting, Source


@dataclass(frozen=True)
class Cell:
    """One design: the instances of a cell differ only in their random draws.

    Attributes
    ----------
    n : int
        Number of variables.
    rows : int
        Number of rows of the mixture.
    graph : {"scale-free", "erdos-renyi"} or Source
        Kind of random graph, or a published network, of which only the targets are random then.
    cards : tuple of int
        Least and largest number of states of a variable.
    zeros : float
        Expected share of CPT entries that are 0. Where numbers of states differ, this holds for
        variables with the least number.
    known : bool
        Whether the estimators get the true tables. If not, they get tables learnt from the
        observational rows.
    targets : tuple of int
        Least and largest number of targets.
    largest : int or None
        Largest number of variables in a target; None is all.
    concentration : float
        Of the Dirichlet distributions of CPT rows: a small one makes states nearly certain.
    groups : int
        Number of mixtures of ``rows`` rows each, over one network, that are estimated together.
    shown : bool
        Whether instances are drawn again until every true target is detectable in the rows.
    controls : int or None
        Number of observational rows; None is as many as rows of the mixture. A cell with a setting
        has those of the setting.
    setting : Setting or None
        Graph, world and control rows of a cell in which the model may be wrong; ``graph``,
        ``zeros`` and ``known`` do not apply to it, and ``shown`` only if the world is exact.

    Examples
    --------
    >>> str(Cell(8, 2**14)), str(Cell(4, 1000, "erdos-renyi", (2, 5), known=True))
    ('8x2^14', '4x1000 erdos-renyi, 2-5 states, known tables')
    >>> str(Cell(9, 2**12, targets=(6, 6), largest=3, setting=Setting(flips=0.02)))
    '9x2^12 scale-free, exact, flips 2%'
    """

    n: int
    rows: int
    graph: Graph | Source = "scale-free"
    cards: tuple[int, int] = (3, 3)
    zeros: float = 0.0
    known: bool = False
    targets: tuple[int, int] = (4, 16)
    largest: int | None = None
    concentration: float = CONCENTRATION
    groups: int = 1
    shown: bool = False
    controls: int | None = None
    setting: Setting | None = None

    @property
    def design(self) -> str:
        """What differs from the design of the paper's study, in words; empty if nothing does.

        Cells with a setting are compared with cells of six targets of at most three variables.
        """
        paper = Cell(self.n, self.rows)
        if self.setting is not None:
            paper = Cell(self.n, self.rows, targets=(6, 6), largest=3)
        parts: list[str] = []
        if self.graph != paper.graph:
            parts.append(self.graph)
        if self.cards != paper.cards:
            parts.append(f"{_format_range(self.cards)} states")
        if self.zeros:
            parts.append(f"{self.zeros:.0%} zeros")
        if self.concentration != paper.concentration:
            parts.append(f"Dirichlet({self.concentration:g})")
        if self.known:
            parts.append("known tables")
        if self.largest == 0:
            parts.append("do() alone")
        elif self.targets != paper.targets:
            parts.append(f"{_format_range(self.targets)} targets")
        if self.largest and self.largest != paper.largest:
            parts.append(f"targets of at most {self.largest}")
        if self.groups > 1:
            parts.append(f"{self.groups} groups")
        if self.shown:
            parts.append("all shown")
        if self.controls is not None:
            parts.append(f"{self.controls} controls")
        if self.setting is not None:
            parts.append(str(self.setting))
        return ", ".join(parts)

    def __str__(self) -> str:
        return f"{self.n}x{format_count(self.rows)} {self.design}".rstrip()


def _format_range(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}-{pair[1]}"


def format_count(rows: int) -> str:
    """Format a number of rows: powers of two from 2^4 on as such.

    Examples
    --------
    >>> format_count(4096), format_count(1000)
    ('2^12', '1000')
    """
    power = rows.bit_length() - 1
    return f"2^{power}" if rows == 1 << power and power >= 4 else str(rows)


def select_cells(cells: Iterable[Cell], patterns: Sequence[str]) -> tuple[Cell, ...]:
    """Select the cells that match a pattern such as ``8``, ``8x2^14``, ``x2^14`` or ``8x16384``.

    After a colon, a pattern has words of the design, such as ``9x2^12:drift``.

    Raises
    ------
    DataError
        A pattern is invalid, or matches no cell.

    Examples
    --------
    >>> cells = [Cell(4, 1024), Cell(8, 1024), Cell(8, 4096)]
    >>> [str(cell) for cell in select_cells(cells, ["8x2^12", "4"])]
    ['4x2^10', '8x2^12']
    """
    cells = tuple(cells)
    selected: set[Cell] = set()
    for pattern in patterns:
        match = re.fullmatch(r"(\d*)(?:x(?:2\^(\d+)|(\d+)))?(?::(.+))?", pattern)
        if not pattern or match is None:
            raise DataError(f"cells: {pattern!r} is not of the form 8, 8x2^14, x2^14 or 8:words")
        n, power, number, words = match.groups()
        rows = 2 ** int(power) if power else int(number) if number else None
        matching = {
            cell
            for cell in cells
            if (not n or cell.n == int(n))
            and (rows is None or cell.rows == rows)
            and (words is None or words in cell.design)
        }
        if not matching:
            names = listing(dict.fromkeys(f"{c.n}x{format_count(c.rows)}" for c in cells))
            raise DataError(f"cells: {pattern!r} matches no cell of the study; it has {names}")
        selected |= matching
    return tuple(cell for cell in cells if cell in selected)
