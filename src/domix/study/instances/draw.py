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
from domix.study.instances.generator import (
    CONCENTRATION,
    Instance,
    draw_mixture,
    random_instance,
)
from domix.study.instances.misfit import draw_misfit_sample
from domix.study.instances.planted import plant
from domix.study.instances.published import read_published
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
    if isinstance(source, Source):
        source = source.name
    more = () if cell.concentration == CONCENTRATION else (round(1000 * cell.concentration),)
    return (cell.n, SOURCES.index(source), *cell.cards, zeros, *cell.targets, largest, *more)


def _draw_sample(cell: Cell, entropy: Entropy) -> Sample:
    instance = _draw_instance(cell, derive_rng(entropy, Use.INSTANCE))
    truth, net = instance.mixture, instance.network
    rows, origin = draw_pieces(
        entropy,
        Use.MIXTURE,
        cell.rows,
        lambda size, rng: truth.sample(size, rng, return_components=True),
    )
    given, controls = net, None
    if not cell.known:
        number = cell.rows if cell.controls is None else cell.controls
        (controls,) = draw_pieces(
            entropy, Use.OBSERVATIONAL, number, lambda size, rng: (net.sample(size, rng=rng),)
        )
        given = Network.fit(net.parents, controls, net.states)
    sample = Sample(truth, given, rows, origin, controls=controls)
    others = tuple(_draw_group(cell, sample, (*entropy, g)) for g in range(1, cell.groups))
    return replace(sample, others=others)


def _draw_group(cell: Cell, first: Sample, entropy: Entropy) -> Sample:
    """Draw another mixture over the network of the first one, and its rows."""
    net = first.truth.network
    sizes = (0, cell.n if cell.largest is None else cell.largest)
    truth = draw_mixture(net, cell.targets, sizes, derive_rng(entropy, Use.INSTANCE))
    rows, origin = draw_pieces(
        entropy,
        Use.MIXTURE,
        cell.rows,
        lambda size, rng: truth.sample(size, rng, return_components=True),
    )
    return replace(first, truth=truth, rows=rows, origin=origin)


def _draw_instance(cell: Cell, rng: np.random.Generator) -> Instance:
    if isinstance(cell.graph, Source):
        net = read_published(cell.graph)
        largest = cell.n if cell.largest is None else cell.largest
        count = int(rng.integers(*cell.targets, endpoint=True)) - 1
        return Instance(net, plant(net, rng, targets=count, sizes=(1, largest)))
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
        concentration=cell.concentration,
    )
