"""The named studies: which cells each measures, with which methods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domix.study.cells import Cell
from domix.study.instances.published import path_of
from domix.study.settings import Given, Setting, Source, WorldKind


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
    sets : bool
        Whether to report the sets of alternatives, and which targets are exact.
    """

    purpose: str
    cells: tuple[Cell, ...]
    methods: tuple[str, ...] = ("domix", "plug-in", "oracle")
    instances: int = 20
    bisect: bool = False
    sets: bool = False


def _grid(sizes: Iterable[int], powers: Iterable[int]) -> tuple[Cell, ...]:
    powers = tuple(powers)
    return tuple(Cell(n, 2**power) for n in sizes for power in powers)


ACCURACY = (*_grid((4, 8, 12, 32), (12, 14, 16)), *_grid((64, 128), (14,)))
WITH_ORACLE = ("domix", "oracle")
PAPER_POWERS = range(4, 21)
PAPER_SIZES = (4, 8, 12, 16, 20, 24, 28, 32)
GROWTH_TARGETS = (8, 8)


def _paper() -> tuple[Cell, ...]:
    cells = dict.fromkeys((*_grid((4, 8, 12), PAPER_POWERS), *_grid(PAPER_SIZES, (20,))))
    return (*cells, *(replace(cell, graph="erdos-renyi") for cell in cells))


def _growth() -> tuple[Cell, ...]:
    by_rows = _grid((12, 20), range(12, 23))
    by_size = _grid((8, 16, 32, 64, 128, 256, 512, 1024), (14,))
    return tuple(replace(cell, targets=GROWTH_TARGETS) for cell in (*by_rows, *by_size))


PUBLISHED = {
    Source.SACHS: 11,
    Source.CHILD: 20,
    Source.ALARM: 37,
    Source.INSURANCE: 27,
    Source.HAILFINDER: 56,
    Source.HEPAR2: 70,
}
"""Published networks and their numbers of variables."""

UNKNOWN_GRAPH = (Source.SACHS, Source.CHILD, Source.ALARM, Source.INSURANCE)
"""Those that are measured with an unknown graph."""


def _set_cell(n: int, rows: int, setting: Setting, states: int = 3) -> Cell:
    """Return a cell with a setting, and with the usual targets of such cells."""
    cards = (states, states)
    return Cell(n, rows, cards=cards, targets=(6, 6), largest=3, setting=setting)


def _graph() -> tuple[Cell, ...]:
    unknown = Setting(Source.RANDOM, given=Given.UNKNOWN)
    wrong = (Given.THREE_MISSING, Given.THREE_REVERSED, Given.TWO_SPURIOUS, Given.UNKNOWN)
    by_size = [
        _set_cell(n, 2**13, Setting(Source.RANDOM, given=given))
        for n in (6, 10, 20)
        for given in wrong
    ]
    return (
        *by_size,
        _set_cell(10, 2**13, unknown, states=2),
        _set_cell(10, 2**13, replace(unknown, controls=1024)),
        *(_set_cell(n, 2**13, unknown) for n in (40, 100)),
        # Setting a value that has probability .99 anyway is a target that no rows show.
        *(
            replace(_set_cell(PUBLISHED[s], 2**13, Setting(s, given=Given.UNKNOWN)), shown=True)
            for s in UNKNOWN_GRAPH
        ),
    )


SOFT_WORLDS = (WorldKind.SOFT, WorldKind.SOFT_ZERO, WorldKind.SOFT_FULL, WorldKind.SOFT_MIXED)


def _misfit() -> tuple[Cell, ...]:
    settings = (
        *(Setting(world=world) for world in WorldKind if world not in SOFT_WORLDS),
        Setting(world=WorldKind.BINNED_LINEAR, given=Given.TWO_MISSING),
        *(Setting(flips=rate) for rate in (0.01, 0.02, 0.05)),
        Setting(world=WorldKind.SOFT),
        Setting(controls=300),
        *(Setting(given=given) for given in (Given.TWO_MISSING, Given.TWO_REVERSED)),
    )
    return tuple(_set_cell(9, 2**p, setting) for p in (12, 14, 16) for setting in settings)


def _claims() -> tuple[Cell, ...]:
    coverage = [
        Cell(8, rows, targets=(5, 5), largest=3, controls=rows // part)
        for rows in (1000, 4096)
        for part in (1, 4, 10)
    ]
    nothing = [
        Cell(8, rows, targets=(1, 1), largest=0, known=known)
        for rows in (256, 1024, 4096)
        for known in (True, False)
    ]
    return (*coverage, *nothing)


def _sets() -> tuple[Cell, ...]:
    """List the designs whose misses are mostly look-alikes; published networks that exist."""
    small = Cell(12, 2**12)
    sources = (Source.INSURANCE, Source.HAILFINDER, Source.HEPAR2)
    published = [
        Cell(PUBLISHED[source], 20_000, source, known=True, targets=(7, 7), largest=3)
        for source in sources
        if path_of(source).is_file()
    ]
    return (
        *(replace(small, n=n, zeros=0.2, known=known) for n in (8, 12) for known in (False, True)),
        *(replace(small, n=n, graph="erdos-renyi") for n in (12, 32)),
        *(replace(small, n=n, cards=(2, 5)) for n in (4, 8)),
        replace(small, n=4, rows=2**14, cards=(2, 5)),
        *published,
        Cell(70, 20_000, cards=(2, 2), known=True, targets=(7, 7), largest=3, concentration=0.1),
    )


def _exact() -> tuple[Cell, ...]:
    one = [
        Cell(8, rows, known=known, targets=(max(count, 1),) * 2, concentration=concentration)
        for rows in (256, 1000, 4096)
        for count in (0, 3, 6)
        for concentration in (2.0, 0.5)
        for known in (True, False)
    ]
    one = [replace(cell, largest=0) if cell.targets == (1, 1) else cell for cell in one]
    together = [cell for cell in one if cell.rows == 1000 and cell.largest is None]
    return (*one, *(replace(cell, groups=groups) for groups in (2, 4) for cell in together))


def _soft() -> tuple[Cell, ...]:
    soft = Setting(world=WorldKind.SOFT)
    shapes = (
        *(Setting(world=world) for world in SOFT_WORLDS),
        *(Setting(flips=rate) for rate in (0.02, 0.05)),
        replace(soft, flips=0.02),
    )
    hard = _set_cell(9, 2**12, Setting())
    return (
        *(_set_cell(9, 2**p, setting) for p in (12, 14) for setting in shapes),
        *(_set_cell(9, 2**13, soft, states) for states in (2, 5)),
        _set_cell(9, 2**13, replace(soft, controls=300)),
        _set_cell(9, 2**13, replace(soft, given=Given.TWO_MISSING)),
        hard,
        replace(hard, largest=1),
        replace(hard, targets=(10, 10), largest=2),
    )


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
    "claims": Study(
        "intervals with few control rows; suspected targets, and bounds, where nothing was done",
        _claims(),
        ("domix", "suspected-1", "suspected-5"),
        instances=100,
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
    "sets": Study(
        "whether sets of alternatives hold the true targets", _sets(), ("domix",), sets=True
    ),
    "family-wise-exact": Study(
        "how often any false target is called exact",
        _exact(),
        ("domix",),
        instances=200,
        sets=True,
    ),
    "graph": Study(
        "graphs that are wrong or unknown, with control rows",
        _graph(),
        ("true-graph", "given", "repair", "defaults"),
    ),
    "soft": Study(
        "soft targets and misread values, and hard targets that must stay so",
        _soft(),
        ("true-graph", "given", "soft", "true-sets", "defaults"),
    ),
    "misfit": Study(
        "worlds in which the model is not exactly right",
        _misfit(),
        ("true-graph", "given", "contrast", "repair", "defaults"),
    ),
}
