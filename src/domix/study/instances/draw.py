"""The instances of a cell: the same for every method and number of rows, and in every process.

A draw depends on the root of its block of seeds, the instance's number and the design, and on no
earlier draw. Rows are drawn in pieces of 16, 16, 32, 64, ..., each with its own seed, so that the
rows of a smaller cell are the first rows of a larger one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from domix.core.space import listing
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.study.cells import Cell
from domix.study.instances.generator import Instance, random_instance
from domix.study.scoring.oracle import detectable
from domix.util.arrays import Codes, Ints

FIRST_PIECE = 16
MAX_ATTEMPTS = 500
"""How often an instance is drawn until every target is detectable."""

INSTANCE, MIXTURE, OBSERVATIONAL = 0, 1, 2
"""The use of a seed, in its spawn key: network and mixture, rows, observational rows."""
GRAPHS = ("scale-free", "erdos-renyi")


@dataclass(frozen=True)
class Sample:
    """One instance with its rows.

    Attributes
    ----------
    truth : Mixture
        The true mixture, with the true tables.
    net : Network
        The network that estimators get, with true or learnt tables.
    rows : ndarray of uint8, shape (rows, n)
        Rows of the mixture.
    origin : ndarray of int64, shape (rows,)
        The component of ``truth`` that each row came from.
    shown : tuple of bool or None
        For each true target, whether it is detectable; None if the cell does not require it.
    """

    truth: Mixture
    net: Network
    rows: Codes
    origin: Ints
    shown: tuple[bool, ...] | None = None


@cache
def blocks() -> dict[str, int]:
    """Read the blocks of seeds: name to root."""
    text = (files("domix.study.instances") / "seeds.toml").read_text(encoding="utf-8")
    return {name: int(root) for name, root in tomllib.loads(text)["blocks"].items()}


def root_of(block: str) -> int:
    """Return the root of a block of seeds.

    Raises
    ------
    DataError
        The block is unknown.
    """
    if block not in blocks():
        raise DataError(f"block: unknown block {block!r}; choose from {listing(blocks())}")
    return blocks()[block]


def draw(cell: Cell, block: str, number: int) -> Sample:
    """Draw an instance of a cell by its number, counted from 0.

    Raises
    ------
    DataError
        The block is unknown, or no drawn instance had only detectable targets.

    Examples
    --------
    >>> few, many = (draw(Cell(4, rows), "development", 0) for rows in (50, 4096))
    >>> few.truth.targets == many.truth.targets, (few.rows == many.rows[:50]).all().item()
    (True, True)
    """
    root = root_of(block)
    for attempt in range(MAX_ATTEMPTS):
        entropy = (root, number, attempt, *_encode_design(cell))
        sample = _draw_sample(cell, entropy)
        if not cell.shown:
            return sample
        shown = detectable(sample.net, sample.rows, sample.truth)
        if all(shown):
            return Sample(sample.truth, sample.net, sample.rows, sample.origin, shown)
    raise DataError(f"{cell}: no instance with only detectable targets in {MAX_ATTEMPTS} draws")


def _encode_design(cell: Cell) -> tuple[int, ...]:
    """Encode everything in the design that network and mixture depend on as integers."""
    largest = 0 if cell.largest is None else cell.largest + 1
    zeros = round(1000 * cell.zeros)
    return (cell.n, GRAPHS.index(cell.graph), *cell.cards, zeros, *cell.targets, largest)


def _rng(entropy: tuple[int, ...], *use: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=use))


def _draw_sample(cell: Cell, entropy: tuple[int, ...]) -> Sample:
    instance = _draw_instance(cell, _rng(entropy, INSTANCE))
    truth, net = instance.mixture, instance.network
    pieces = [
        truth.sample(size, _rng(entropy, MIXTURE, piece), return_components=True)
        for piece, size in enumerate(_piece_sizes(cell.rows))
    ]
    rows, origin = (np.concatenate(parts)[: cell.rows] for parts in zip(*pieces, strict=True))
    if not cell.known:
        observational = np.concatenate(
            [
                net.sample(size, rng=_rng(entropy, OBSERVATIONAL, piece))
                for piece, size in enumerate(_piece_sizes(cell.rows))
            ]
        )
        net = Network.fit(net.parents, observational[: cell.rows], net.states)
    return Sample(truth, net, rows, origin)


def _draw_instance(cell: Cell, rng: np.random.Generator) -> Instance:
    least, most = cell.cards
    return random_instance(
        cell.n,
        rng,
        graph=cell.graph,
        cards=least if least == most else range(least, most + 1),
        # The generator never sets one entry of each row to 0.
        zeros=cell.zeros / (1 - 1 / least),
        targets=cell.targets,
        max_size=cell.largest,
    )


def _piece_sizes(rows: int) -> list[int]:
    sizes = [FIRST_PIECE]
    while sum(sizes) < rows:
        sizes.append(sum(sizes))
    return sizes
