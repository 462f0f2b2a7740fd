"""Seeds of all random draws: blocks, uses, and pieces of rows."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from enum import IntEnum
from functools import cache
from importlib.resources import files

import numpy as np

from domix.core.space import listing
from domix.errors import DataError

FIRST_PIECE = 16


class Use(IntEnum):
    """The use of a seed, in its spawn key."""

    INSTANCE = 0
    """Network and mixture."""
    MIXTURE = 1
    OBSERVATIONAL = 2
    NULL = 3
    WORLD = 4
    GIVEN = 5


Entropy = tuple[int, ...]


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


def derive_rng(entropy: Entropy, *use: int) -> np.random.Generator:
    """Return the generator of one use, and of a piece of it."""
    return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=use))


def draw_pieces(
    entropy: Entropy,
    use: Use,
    rows: int,
    draw: Callable[[int, np.random.Generator], tuple[np.ndarray, ...]],
) -> tuple[np.ndarray, ...]:
    """Draw arrays of rows in pieces of 16, 16, 32, 64, ..., each with its own seed.

    ``draw`` gets a number of rows and a generator, and returns arrays with that many rows.
    """
    sizes = [FIRST_PIECE]
    while sum(sizes) < rows:
        sizes.append(sum(sizes))
    pieces = [draw(size, derive_rng(entropy, use, piece)) for piece, size in enumerate(sizes)]
    return tuple(np.concatenate(parts)[:rows] for parts in zip(*pieces, strict=True))
