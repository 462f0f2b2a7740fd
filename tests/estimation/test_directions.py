"""Interventions direct an edge only where rows say so."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import domix
from dags import labelled_dags
from domix import Disentanglement, DomixWarning, Mixture, Network, do
from domix.estimation.directions import direction_support, favored_graph
from domix.estimation.trials.likelihood import ClassLikelihood, WeightedRows
from domix.options.graph import GraphOptions
from domix.results.graph import EdgeDirection
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag
from domix.structure.essential import essential_graph

FREE, OPTIONS = EdgeConstraints(), GraphOptions()
STATES = ["x", "y", "z"]


def strong(parents):
    """A network in which each variable is mostly the sum of its parents, modulo 3."""
    tables = {}
    for i, (name, above) in enumerate(parents.items()):
        cells = np.indices((3,) * len(above)).sum(axis=0) + i
        tables[name] = 0.1 + 0.7 * np.eye(3)[cells % 3]
    return Network(parents, dict.fromkeys(parents, STATES), tables)


def likelihood(net, targets, rows=3000, under=None):
    """Rows of a mixture and as many controls, under the network's graph or another."""
    mixture = Mixture(net, {do(dict(target)): weight for target, weight in targets.items()})
    codes = {name: i for i, name in enumerate(net.variables)}
    coded = {
        tuple((codes[name], STATES.index(value)) for name, value in target): weight
        for target, weight in targets.items()
    }
    parts = [
        WeightedRows(net.sample(rows, rng=1), np.ones(rows), {(): 1.0}),
        WeightedRows(mixture.sample(rows, rng=2), np.ones(rows), coded),
    ]
    return ClassLikelihood(parts, (under or net).tables)


def support(*args, constraints=FREE, **options):
    return direction_support(likelihood(*args, **options), constraints, OPTIONS)


PAIR = {"A": [], "B": ["A"]}


@pytest.mark.parametrize("target", [(("A", "y"),), (("B", "x"),)])
def test_targets_with_many_rows_direct_an_edge(target):
    assert support(strong(PAIR), {(): 0.7, target: 0.3})[0, 1] > 40


def test_a_target_of_little_weight_directs_no_edge():
    found = support(strong(PAIR), {(): 0.998, (("A", "x"),): 0.002})
    assert abs(found[0, 1]) < OPTIONS.direction_nats


def test_a_target_without_effect_directs_no_edge():
    net = Network(
        PAIR, dict.fromkeys(PAIR, STATES), {"A": [0.2, 0.3, 0.5], "B": [[0.3, 0.3, 0.4]] * 3}
    )
    found = support(net, {(): 0.7, (("A", "x"),): 0.3})
    assert abs(found[0, 1]) < OPTIONS.direction_nats


@pytest.mark.parametrize("target", [(("A", "x"), ("B", "x")), (("C", "x"),)])
def test_edges_that_no_target_splits_have_no_support(target):
    assert support(strong(PAIR | {"C": []}), {(): 0.7, target: 0.3}) == {}


def test_a_known_direction_has_no_support():
    known = EdgeConstraints(required=frozenset({(0, 1)}))
    assert support(strong(PAIR), {(): 0.7, (("A", "x"),): 0.3}, constraints=known) == {}


def test_a_consequence_is_as_weak_as_its_reason():
    chain = {"A": [], "B": ["A"], "C": ["B"]}
    weak = support(strong(chain), {(): 0.998, (("A", "x"),): 0.002})
    assert set(weak) == {(0, 1), (1, 2)}
    assert max(map(abs, weak.values())) < OPTIONS.direction_nats


@settings(max_examples=25, deadline=None)
@given(parents=st.sampled_from(labelled_dags(3)), rows=st.integers(2000, 4000))
def test_strong_targets_direct_all_edges_that_they_split(parents, rows):
    targets = {(): 0.4} | {((name, "x"),): 0.2 for name in parents}
    net = strong(parents)
    found = support(net, targets, rows)
    dag = Dag.build(net.tables.layout.parents)
    assert set(found) == set(dag.edges - essential_graph(dag).directed)
    assert all(nats > OPTIONS.direction_nats for nats in found.values())


@settings(max_examples=25, deadline=None)
@given(parents=st.sampled_from(labelled_dags(3)), heaviest=st.floats(0.01, 0.2))
def test_support_does_not_depend_on_the_direction_given(parents, heaviest):
    net = strong(parents)
    targets = {(): 1 - heaviest, (("A", "x"),): heaviest}
    dag = Dag.build(net.tables.layout.parents)
    there = support(net, targets)
    for a, b in dag.covered():
        turned = zip(parents, dag.reversed(a, b).parents, strict=True)
        other = strong({name: [net.variables[p] for p in sorted(ps)] for name, ps in turned})
        back = support(net, targets, under=other)
        if (a, b) in there and (b, a) in back:
            assert there[a, b] == pytest.approx(-back[b, a], abs=1.0)


@settings(max_examples=15)
@given(st.sampled_from(labelled_dags(4)), st.sampled_from("ABCD"))
def test_the_favored_graph_is_one_that_rows_support(parents, heaviest):
    net = strong(parents)
    targets = {((v, "y"),): 0.15 + 0.4 * (v == heaviest) for v in "ABCD"}
    dag = Dag.build(net.tables.layout.parents)
    assert favored_graph(likelihood(net, targets), FREE, OPTIONS) is None
    for a, b in dag.covered():
        other = dag.reversed(a, b)
        under = strong(
            {v: ["ABCD"[p] for p in sorted(other.parents[i])] for i, v in enumerate("ABCD")}
        )
        there = likelihood(net, targets, under=under)
        favored = favored_graph(there, FREE, OPTIONS)
        lowest = min(direction_support(there, FREE, OPTIONS).values(), default=0.0)
        if favored is None:
            assert lowest >= -OPTIONS.direction_nats
        else:
            assert there.loss(favored) <= min(lowest, -OPTIONS.direction_nats)
        known = EdgeConstraints(required=other.edges)
        assert favored_graph(there, known, OPTIONS) is None


def world(seed):
    """Rows and controls of a random network, its graph, and that with a covered edge reversed."""
    rng = np.random.default_rng(seed)
    n, names = 6, "ABCDEF"
    pairs = [(i, j) for j in range(n) for i in range(j)]
    chosen = [pairs[k] for k in rng.choice(len(pairs), 8, replace=False)]
    true = Dag.build([[i for i, j in chosen if j == v] for v in range(n)])
    states = dict.fromkeys(names, STATES)

    def network(dag, draw):
        parents = {names[v]: [names[p] for p in sorted(dag.parents[v])] for v in range(n)}
        return Network(parents, states, {v: draw((3,) * len(ps)) for v, ps in parents.items()})

    net = network(true, lambda shape: rng.dirichlet(np.ones(3), size=shape))
    targets = {do(): 0.5}
    while len(targets) < 6:
        settings = {
            names[v]: STATES[rng.integers(3)] for v in rng.choice(n, rng.integers(1, 3), False)
        }
        targets[do(settings)] = 0.1
    covered = list(true.covered())
    start = true.reversed(*covered[rng.integers(len(covered))]) if covered else true
    start = network(start, lambda shape: np.full((*shape, 3), 1 / 3))
    rows = Mixture(net, targets).sample(3000, rng=seed + 1)
    return start, rows, net.sample(3000, rng=seed + 2), net.parents


@pytest.fixture(scope="module")
def repairs():
    """Repairs of graphs with a covered edge reversed, and the true parents."""
    found = []
    for seed in range(12):
        start, rows, control, parents = world(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DomixWarning)
            result = domix.disentangle(start, rows, control, graph="repair", contrast=False)
        found.append((result, parents))
    return found


def test_wrong_directions_are_not_called_interventional(repairs):
    edges = [(e, parents) for result, parents in repairs for e in result.graph.edges]
    split = [(e, parents) for e, parents in edges if e.direction_support is not None]
    right = [e for e, parents in split if e.cause in parents[e.effect]]
    wrong = [e for e, parents in split if e.effect in parents[e.cause]]
    directed = [
        sum(e.direction is EdgeDirection.INTERVENTIONS for e in es) for es in (right, wrong)
    ]
    assert directed[0] >= 0.85 * len(right)
    assert directed[1] <= 0.04 * sum(directed)
    # Edges that rows clearly favor the other way were turned.
    assert all(e.direction_support > -OPTIONS.direction_nats for e, _ in split)


def test_json_keeps_direction_support_and_reads_without(repairs):
    result = next(r for r, _ in repairs if any(e.direction_support for e in r.graph.edges))
    text = result.to_json()
    assert Disentanglement.from_json(text).graph == result.graph
    document = json.loads(text)
    for edge in document["graph"]["edges"]:
        del edge["direction_support"]
    old = Disentanglement.from_json(json.dumps(document)).graph
    assert {edge.direction_support for edge in old.edges} == {None}
    assert [edge.direction for edge in old.edges] == [e.direction for e in result.graph.edges]
