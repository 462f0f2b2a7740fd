"""The instances of cells with a setting: rows of a world, and a graph that may be wrong.

Graph, targets, weights and CPTs depend on the source, the numbers of variables, states and targets,
and the instance's number; not on the world, the given graph, or rows. So cells of a study differ in
what they are meant to compare, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from domix.core.space import Label
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.study.cells import Cell
from domix.study.instances.generator import draw_cards, draw_targets
from domix.study.instances.published import read_published
from domix.study.instances.sample import Sample
from domix.study.instances.seeds import Entropy, Use, derive_rng, draw_pieces
from domix.study.settings import RANDOM_SOURCES, Given, Setting, Source, WorldKind
from domix.util.arrays import Codes
from domix.worlds.binned import build_binned_world, draw_linear, draw_tanh_sum
from domix.worlds.confounder import draw_confounder_world
from domix.worlds.design import Design, Parents, World, draw_weights, no_settings
from domix.worlds.drift import drift_cpt
from domix.worlds.exact import CPTs, ExactWorld, draw_cpts
from domix.worlds.flips import FlippedWorld
from domix.worlds.graphs import add_edges, draw_graph, remove_edges, reverse_edges
from domix.worlds.soft import SUCCESS, Form, SoftWorld, soften

CHANGES: Mapping[Given, tuple[Callable[[Parents, int, np.random.Generator], Parents], int]] = {
    Given.TWO_MISSING: (remove_edges, 2),
    Given.THREE_MISSING: (remove_edges, 3),
    Given.TWO_REVERSED: (reverse_edges, 2),
    Given.THREE_REVERSED: (reverse_edges, 3),
    Given.TWO_SPURIOUS: (add_edges, 2),
}

FORMS: Mapping[WorldKind, Form] = {
    WorldKind.SOFT_ZERO: Form.ZERO,
    WorldKind.SOFT_FULL: Form.FULL,
    WorldKind.SOFT_MIXED: Form.MIXED,
}


def draw_misfit_sample(cell: Cell, setting: Setting, entropy: Entropy) -> Sample:
    """Draw an instance of a cell with a setting.

    Raises
    ------
    DataError
        A published network is missing, or the true graph cannot be changed as the setting says.
    """
    states, design, cpts = _draw_design(cell, setting.source, derive_rng(entropy, Use.INSTANCE))
    rng = derive_rng(entropy, Use.WORLD, list(WorldKind).index(setting.world))
    control_world, world = _build_worlds(setting, design, cpts, rng)
    soft = soften(design, FORMS[setting.world], rng) if setting.world in FORMS else None
    design = design if soft is None else soft

    def draw_mixture(size: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        origin = rng.choice(len(design.weights), p=design.weights, size=size)
        settings = design.settings(origin) if soft is None else soft.draw_settings(origin, rng)
        return world.draw(settings, rng), origin

    def draw_untouched(use: Use, rows: int, world: World) -> Codes:
        def draw(size: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
            return (world.draw(no_settings(size, len(design.cards)), rng),)

        return draw_pieces(entropy, use, rows, draw)[0]

    rows, origin = draw_pieces(entropy, Use.MIXTURE, cell.rows, draw_mixture)
    net = _build_network(states, design.parents)
    pairs = zip(map(net.space.assignment, design.targets), design.weights.tolist(), strict=True)
    controls = cell.rows if setting.controls is None else setting.controls
    return Sample(
        truth=Mixture(net, list(pairs)),
        net=_build_network(states, _change_graph(design.parents, setting.given, entropy)),
        rows=rows,
        origin=origin,
        controls=draw_untouched(Use.OBSERVATIONAL, controls, control_world),
        null=draw_untouched(Use.NULL, cell.rows, world),
        graph_known=setting.given is not Given.UNKNOWN,
    )


States = Mapping[str, Sequence[Label]]


def _draw_design(
    cell: Cell, source: Source, rng: np.random.Generator
) -> tuple[States, Design, CPTs]:
    """Draw or read variables, graph and CPTs, and draw targets and weights."""
    if source in RANDOM_SOURCES:
        n = cell.n
        least, most = cell.cards
        cards = draw_cards(n, range(least, most + 1), rng)
        states: States = {f"V{i}": range(k) for i, k in enumerate(cards)}
        scale_free = source is Source.SCALE_FREE
        edges = 2 * n if scale_free else round(1.5 * n)
        parents = draw_graph(n, edges, rng, by_degree=scale_free)
        cpts = draw_cpts(parents, cards, rng)
    else:
        net = read_published(source)
        cards, states = net.space.cards.tolist(), net.states
        parents = net.tables.layout.parents
        cpts = tuple(net.cpt(name) for name in net.variables)
    count = int(rng.integers(*cell.targets, endpoint=True))
    largest = len(cards) if cell.largest is None else cell.largest
    touching = draw_targets(cards, count - 1, (1, largest), rng) if count > 1 else []
    targets = ((), *touching)
    return states, Design(parents, tuple(cards), targets, draw_weights(len(targets), rng)), cpts


def _build_worlds(
    setting: Setting, design: Design, cpts: CPTs, rng: np.random.Generator
) -> tuple[World, World]:
    """Return the world of control rows, and that of all others."""
    parents, cards = design.parents, design.cards
    world: World = ExactWorld(parents, cpts)
    mixture: World | None = None
    match setting.world:
        case WorldKind.DRIFT:
            mixture = ExactWorld(parents, tuple(drift_cpt(cpt, rng) for cpt in cpts))
        case WorldKind.CONFOUNDER:
            world = draw_confounder_world(parents, cpts, cards, rng)
        case WorldKind.BINNED_LINEAR:
            linear = [draw_linear(len(own), rng) for own in parents]
            world = build_binned_world(parents, linear, cards, rng)
        case WorldKind.BINNED_NONLINEAR:
            nonlinear = [draw_tanh_sum(len(own), rng) for own in parents]
            world = build_binned_world(parents, nonlinear, cards, rng)
        case WorldKind.SOFT:
            world = SoftWorld(world, cards, float(rng.uniform(*SUCCESS)))
    mixture = world if mixture is None else mixture
    if setting.flips:
        world, mixture = (FlippedWorld(w, cards, setting.flips) for w in (world, mixture))
    return world, mixture


def _change_graph(parents: Parents, given: Given, entropy: Entropy) -> Parents:
    if given is Given.UNKNOWN:
        return tuple(() for _ in parents)
    if given is Given.TRUE:
        return parents
    change, count = CHANGES[given]
    return change(parents, count, derive_rng(entropy, Use.GIVEN, list(Given).index(given)))


def _build_network(states: States, parents: Parents) -> Network:
    """Return a network with uniform tables."""
    names = list(states)
    cards = [len(own) for own in states.values()]
    return Network(
        {name: [names[p] for p in own] for name, own in zip(names, parents, strict=True)},
        states,
        {
            name: np.full((*(cards[p] for p in own), k), 1 / k)
            for name, own, k in zip(names, parents, cards, strict=True)
        },
    )
