"""The instances of a cell: the same for every method, for all numbers of rows and all processes.

A draw depends on the root of its block of seeds, the instance's number and the design, never on
what was drawn before. Rows are drawn in pieces of 16, 16, 32, 64, ..., each with a seed of its own,
so that the rows of a smaller cell are the first of those of a larger one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from domix.core.space import listing
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.study.cells import Cell
from domix.study.instances.generator import Instance, random_instance
from domix.study.scoring.oracle import detectable

__all__ = ["Sample", "blocks", "draw"]

FIRST_PIECE = 16
MOST_ATTEMPTS = 500
"""At an instance whose every target the rows show."""

# What a seed is for: the last words of the path to it.
INSTANCE, MIXTURE, CONTROL = 0, 1, 2
GRAPHS = ("scale-free", "erdos-renyi")


@dataclass(frozen=True)
class Sample:
    """One instance with its rows.

    Attributes
    ----------
    truth : Mixture
        With the true tables.
    net : Network
        As the estimators get it: with the true tables, or with learnt ones.
    rows : array
        Shape (rows, n), uint8: of the mixture.
    origin : array
        Shape (rows,): which component of ``truth`` each row came from.
    shown : tuple of bool or None
        For each true target, whether the rows show it, if that had to be known.
    """

    truth: Mixture
    net: Network
    rows: npt.NDArray[np.uint8]
    origin: npt.NDArray[np.int64]
    shown: tuple[bool, ...] | None = None


@cache
def blocks() -> dict[str, int]:
    """The committed blocks of seeds: name to root."""
    text = (files("domix.study.instances") / "seeds.toml").read_text(encoding="utf-8")
    return {name: int(root) for name, root in tomllib.loads(text)["blocks"].items()}


def draw(cell: Cell, block: str, number: int) -> Sample:
    """Instance ``number`` of a cell, counting from 0.

    Raises
    ------
    DataError
        No such block of seeds, or a cell that asks for targets which its rows cannot show.

    Examples
    --------
    >>> few, many = (draw(Cell(4, rows), "development", 0) for rows in (50, 4096))
    >>> few.truth.targets == many.truth.targets, (few.rows == many.rows[:50]).all().item()
    (True, True)
    """
    if block not in blocks():
        raise DataError(f"block: there is no {block!r} in the seeds; there is {listing(blocks())}")
    for attempt in range(MOST_ATTEMPTS):
        path = (blocks()[block], number, attempt, *_design(cell))
        sample = _drawn(cell, path)
        if not cell.shown:
            return sample
        shown = detectable(sample.net, sample.rows, sample.truth)
        if all(shown):
            return Sample(sample.truth, sample.net, sample.rows, sample.origin, shown)
    raise DataError(f"{cell}: in {MOST_ATTEMPTS} draws, the rows never show every target")


def _design(cell: Cell) -> tuple[int, ...]:
    """What the network and the mixture depend on, in numbers."""
    largest = 0 if cell.largest is None else cell.largest + 1
    zeros = round(1000 * cell.zeros)
    return (cell.n, GRAPHS.index(cell.graph), *cell.cards, zeros, *cell.targets, largest)


def _rng(path: tuple[int, ...], *use: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(path, spawn_key=use))


def _drawn(cell: Cell, path: tuple[int, ...]) -> Sample:
    instance = _instance(cell, _rng(path, INSTANCE))
    truth, net = instance.mixture, instance.network
    pieces = [
        truth.sample(size, _rng(path, MIXTURE, piece), return_components=True)
        for piece, size in enumerate(_pieces(cell.rows))
    ]
    rows, origin = (np.concatenate(parts)[: cell.rows] for parts in zip(*pieces, strict=True))
    if not cell.known:
        control = np.concatenate(
            [
                net.sample(size, rng=_rng(path, CONTROL, piece))
                for piece, size in enumerate(_pieces(cell.rows))
            ]
        )
        net = Network.fit(net.parents, control[: cell.rows], net.states)
    return Sample(truth, net, rows, origin)


def _instance(cell: Cell, rng: np.random.Generator) -> Instance:
    least, most = cell.cards
    return random_instance(
        cell.n,
        rng,
        graph=cell.graph,
        cards=least if least == most else range(least, most + 1),
        # The generator spares one entry of each row.
        zeros=cell.zeros / (1 - 1 / least),
        targets=cell.targets,
        max_size=cell.largest,
    )


def _pieces(rows: int) -> list[int]:
    sizes = [FIRST_PIECE]
    while sum(sizes) < rows:
        sizes.append(sum(sizes))
    return sizes
