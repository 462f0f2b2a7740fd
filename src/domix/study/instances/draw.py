"""The instances of a cell: the same for every method and number of rows, and in every process.

A draw depends on the root of its block of seeds, the instance's number and the design, and on no
earlier draw. Rows are drawn in pieces of 16, 16, 32, 64, ..., each with its own seed, so that the
rows of a smaller cell are the first rows of a larger one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from domix.errors import DataError
from domix.model.network import Network
from domix.study.cells import Cell
from domix.study.instances.generator import Instance, random_instance
from domix.study.instances.misfit import draw_misfit_sample
from domix.study.instances.sample import Sample
from domix.study.instances.seeds import Entropy, Use, derive_rng, draw_pieces, root_of
from domix.study.scoring.oracle import detectable
from domix.study.settings import Source

MAX_ATTEMPTS = 500
"""How often an instance is drawn until every target is detectable."""

SOURCES = ("scale-free", "erdos-renyi", *(source.name for source in Source))
"""Numbered together, so that cells with a setting have seeds of their own."""


def draw(cell: Cell, block: str, number: int) -> Sample:
    """Draw an instance of a cell by its number, counted from 0.

    Raises
    ------
    DataError
        The block is unknown, no drawn instance had only detectable targets, or a published network
        is missing.

    Examples
    --------
    >>> few, many = (draw(Cell(4, rows), "development", 0) for rows in (50, 4096))
    >>> few.truth.targets == many.truth.targets, (few.rows == many.rows[:50]).all().item()
    (True, True)
    """
    root = root_of(block)
    for attempt in range(MAX_ATTEMPTS):
        entropy = (root, number, attempt, *_encode_design(cell))
        if cell.setting is None:
            sample = _draw_sample(cell, entropy)
        else:
            sample = draw_misfit_sample(cell, cell.setting, entropy)
        if not cell.shown:
            return sample
        net = sample.net
        if sample.controls is not None:
            net = Network.fit(sample.truth.network.parents, sample.controls, net.states)
        shown = detectable(net, sample.rows, sample.truth)
        if all(shown):
            return replace(sample, shown=shown)
    raise DataError(f"{cell}: no instance with only detectable targets in {MAX_ATTEMPTS} draws")


def _encode_design(cell: Cell) -> tuple[int, ...]:
    """Encode everything in the design that network and mixture depend on as integers."""
    largest = 0 if cell.largest is None else cell.largest + 1
    zeros = round(1000 * cell.zeros)
    source = cell.graph if cell.setting is None else cell.setting.source.name
    return (cell.n, SOURCES.index(source), *cell.cards, zeros, *cell.targets, largest)


def _draw_sample(cell: Cell, entropy: Entropy) -> Sample:
    instance = _draw_instance(cell, derive_rng(entropy, Use.INSTANCE))
    truth, net = instance.mixture, instance.network
    rows, origin = draw_pieces(
        entropy,
        Use.MIXTURE,
        cell.rows,
        lambda size, rng: truth.sample(size, rng, return_components=True),
    )
    if cell.known:
        return Sample(truth, net, rows, origin)
    number = cell.rows if cell.controls is None else cell.controls
    (controls,) = draw_pieces(
        entropy, Use.OBSERVATIONAL, number, lambda size, rng: (net.sample(size, rng=rng),)
    )
    learnt = Network.fit(net.parents, controls, net.states)
    return Sample(truth, learnt, rows, origin, controls=controls)


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
