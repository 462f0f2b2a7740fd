"""The named studies: which cells each measures, with which methods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domix.study.cells import Cell


@dataclass(frozen=True)
class Study:
    """A named list of cells.

    Attributes
    ----------
    purpose : str
        What it measures, for the help of the command line.
    cells : tuple of Cell
    methods : tuple of str
        Default methods; the oracle always runs.
    instances : int
        Default number of instances per cell.
    bisect : bool
        Whether to find the number of rows needed by bisection, instead of measuring all cells.
    """

    purpose: str
    cells: tuple[Cell, ...]
    methods: tuple[str, ...] = ("domix", "plug-in", "oracle")
    instances: int = 20
    bisect: bool = False


def _grid(sizes: Iterable[int], powers: Iterable[int]) -> tuple[Cell, ...]:
    powers = tuple(powers)
    return tuple(Cell(n, 2**power) for n in sizes for power in powers)


ACCURACY = (*_grid((4, 8, 12, 32), (12, 14, 16)), *_grid((64, 128), (14,)))
WITH_ORACLE = ("domix", "oracle")
PAPER_POWERS = range(4, 21, 2)
PAPER_SIZES = (4, 8, 12, 16, 20, 24, 28, 32)
GROWTH_TARGETS = (8, 8)


def _paper() -> tuple[Cell, ...]:
    cells = dict.fromkeys((*_grid((4, 8, 12), PAPER_POWERS), *_grid(PAPER_SIZES, (20,))))
    return (*cells, *(replace(cell, graph="erdos-renyi") for cell in cells))


def _growth() -> tuple[Cell, ...]:
    by_rows = _grid((12,), range(12, 21))
    by_size = _grid((8, 16, 32, 64, 128, 256), (14,))
    return tuple(replace(cell, targets=GROWTH_TARGETS) for cell in (*by_rows, *by_size))


STUDIES = {
    "paper": Study(
        "the simulation study of Kumar and Sinha, with domix added",
        _paper(),
        ("domix", "plug-in", "oracle", "all-targets"),
    ),
    "accuracy": Study("recall, precision and weights, 4 to 128 variables", ACCURACY, WITH_ORACLE),
    "erdos-renyi": Study(
        "accuracy on Erdős-Rényi graphs",
        tuple(replace(cell, graph="erdos-renyi") for cell in ACCURACY),
        WITH_ORACLE,
    ),
    "mixed": Study(
        "accuracy with 2 to 5 states per variable",
        tuple(replace(cell, cards=(2, 5)) for cell in ACCURACY),
        WITH_ORACLE,
    ),
    "zeros": Study(
        "accuracy with a fifth of the table entries 0",
        tuple(replace(cell, zeros=0.2) for cell in ACCURACY),
        WITH_ORACLE,
    ),
    "known": Study(
        "accuracy with the true tables given",
        tuple(replace(cell, known=True) for cell in ACCURACY),
        WITH_ORACLE,
    ),
    "family-wise": Study(
        "how often any false target is reported",
        (
            Cell(12, 2**12, targets=(1, 1), largest=0),
            Cell(8, 2**14, shown=True),
            Cell(12, 2**14, shown=True),
        ),
        WITH_ORACLE,
        instances=200,
    ),
    "growth": Study(
        "time against rows and against variables, with eight targets",
        _growth(),
        WITH_ORACLE,
        instances=5,
    ),
    "large": Study(
        "a million rows of 32 variables: time and memory, compared with Algorithm 2",
        _grid((32,), (20,)),
        instances=5,
    ),
    "rows-needed": Study(
        "rows needed for recall and precision of at least .95, by bisection",
        _grid((4, 8, 12, 16, 32, 64), range(6, 21)),
        ("domix", "plug-in"),
        bisect=True,
    ),
    "plug-in": Study(
        "Algorithm 2 compared with results of a re-implementation of it",
        (*_grid((4, 8, 12), (10, 13, 16, 20)), *_grid((16, 32), (20,))),
        ("plug-in",),
        instances=100,
    ),
}
