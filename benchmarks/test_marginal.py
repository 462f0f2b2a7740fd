"""Marginals of three variables, compared with other libraries.

Every engine answers the same questions, drawn with the seed stated below. *Fresh*: nothing is kept
from an earlier question except the network itself, and for opt_einsum its path. *Repeated*: an
engine keeps everything that it can. *Other evidence*: the same variables are given at each call,
with other values.
"""

from __future__ import annotations

import functools
import itertools
import logging

import numpy as np
import pytest

import domix.query.plan as plans
from conftest import data_dir  # noqa: F401 (a fixture)
from domix import read_network
from domix.query import marginal as marginals
from domix.query.plan import plan
from reference import marginal as reference

pytestmark = pytest.mark.filterwarnings("ignore::domix.errors.DomixWarning")

QUESTIONS, SEED = 10, 1
NETWORKS = ["sachs", "alarm", "andes", "pigs", "munin1"]


@functools.cache
def networks(path):
    gum = pytest.importorskip("pyagrum")
    return read_network(path), gum.loadBN(str(path))


@functools.cache
def questions(path):
    """Three variables each, and a fourth to be given."""
    net, _ = networks(path)
    rng = np.random.default_rng(SEED)
    drawn = [rng.choice(len(net.variables), 4, replace=False) for _ in range(QUESTIONS)]
    return [[net.variables[i] for i in four] for four in drawn]


def forget():
    plan.cache_clear()
    marginals._cached_answer.cache_clear()


def domix(net, bn, asked):
    for names in asked:
        forget()
        net.marginal(names)


def numpy(net, bn, asked):
    """The same plan, contracted by NumPy."""
    for names in asked:
        forget()
        at = tuple(net.variables.index(name) for name in names)
        marginals.contract(plan(net.tables.layout, at, (), ()), net.tables, {})


def opt_einsum(net, bn, asked):
    for names in asked:
        _contract(net, tuple(names))


def pyagrum_lazy(net, bn, asked):
    _pyagrum("LazyPropagation", bn, asked)


def pyagrum_elimination(net, bn, asked):
    _pyagrum("VariableElimination", bn, asked)


def pyagrum_shafer_shenoy(net, bn, asked):
    _pyagrum("ShaferShenoyInference", bn, asked)


def pgmpy(net, bn, asked):
    logging.getLogger("pgmpy").setLevel(logging.ERROR)
    from pgmpy.inference import VariableElimination

    engine = VariableElimination(_pgmpy_model(net))
    for names in asked:
        engine.query(names, show_progress=False)


@functools.cache
def _pgmpy_model(net):
    pytest.importorskip("pgmpy")
    return net.to_pgmpy()


def _pyagrum(engine, bn, asked):
    for names in asked:
        _inferred(engine, bn, names).jointPosterior(set(names))


def _inferred(engine, bn, names):
    inference = getattr(pytest.importorskip("pyagrum"), engine)(bn)
    inference.addJointTarget(set(names))
    inference.makeInference()
    return inference


def _operands(net, names):
    """The tables that matter with their axes, and the axes of the answer."""
    place = {name: i for i, name in enumerate(net.variables)}
    found, stack = set(), list(names)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(net.parents[name])
    tables = [net.tables.node(place[name]) for name in found]
    axes = [[*(place[p] for p in net.parents[name]), place[name]] for name in found]
    return tables, axes, [place[name] for name in names]


def _contract(net, names):
    oe = pytest.importorskip("opt_einsum")
    tables, axes, out = _operands(net, names)
    mixed = itertools.chain.from_iterable(zip(tables, axes, strict=True))
    return oe.contract(*mixed, out, optimize=_path(net, names))


@functools.cache
def _path(net, names):
    oe = pytest.importorskip("opt_einsum")
    tables, axes, out = _operands(net, names)
    return oe.contract_path(*itertools.chain.from_iterable(zip(tables, axes, strict=True)), out)[0]


FRESH = [
    domix,
    numpy,
    opt_einsum,
    pyagrum_elimination,
    pyagrum_lazy,
    pyagrum_shafer_shenoy,
    pgmpy,
]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("answer", FRESH)
def test_fresh(benchmark, data_dir, name, answer):  # noqa: F811
    benchmark.group = f"{name}: {QUESTIONS} marginals of 3 variables, fresh"
    path = data_dir / "networks" / f"{name}.bif"
    net, bn = networks(path)
    asked = [four[:3] for four in questions(path)]
    answer(net, bn, asked)  # paths are found and modules loaded before the clock runs
    benchmark(answer, net, bn, asked)


PLANNERS = {
    "kernel": lambda layout, names: plans._find_order(layout, names, (), (), by_fill=False),
    "plain Python": reference.elimination_order,
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("way", PLANNERS)
def test_order(benchmark, data_dir, name, way):  # noqa: F811
    """The order of elimination alone."""
    benchmark.group = f"{name}: order of elimination of {QUESTIONS} marginals"
    path = data_dir / "networks" / f"{name}.bif"
    net, _ = networks(path)
    asked = [tuple(net.variables.index(v) for v in four[:3]) for four in questions(path)]
    benchmark(lambda: [PLANNERS[way](net.tables.layout, names) for names in asked])


def domix_again(net, bn, asked):
    def read():
        for names in asked:
            net.marginal(names)

    return read


def pyagrum_tree(net, bn, asked):
    trees = [(_inferred("LazyPropagation", bn, names), set(names)) for names in asked]

    def read():
        for tree, names in trees:
            tree.jointPosterior(names)

    return read


def opt_einsum_expression(net, bn, asked):
    oe = pytest.importorskip("opt_einsum")
    ready = []
    for names in asked:
        tables, axes, out = _operands(net, names)
        shapes = [table.shape for table in tables]
        mixed = itertools.chain.from_iterable(zip(shapes, axes, strict=True))
        ready.append((oe.contract_expression(*mixed, out), tables))

    def read():
        for expression, tables in ready:
            expression(*tables)

    return read


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("prepare", [domix_again, pyagrum_tree, opt_einsum_expression])
def test_repeated(benchmark, data_dir, name, prepare):  # noqa: F811
    benchmark.group = f"{name}: {QUESTIONS} marginals of 3 variables, repeated"
    path = data_dir / "networks" / f"{name}.bif"
    read = prepare(*networks(path), [four[:3] for four in questions(path)])
    read()
    benchmark(read)


def domix_given(net, bn, asked):
    rows = itertools.cycle(_possible(net))

    def read():
        row = next(rows)
        marginals._cached_answer.cache_clear()
        for *names, seen in asked:
            net.marginal(names, given={seen: net.states[seen][row[seen]]})

    return read


def pyagrum_given(net, bn, asked):
    rows = itertools.cycle(_possible(net))
    engine = pytest.importorskip("pyagrum").LazyPropagation
    trees = []
    for *names, seen in asked:
        tree = engine(bn)
        tree.addJointTarget(set(names))
        tree.addEvidence(seen, 0)
        trees.append((tree, seen, set(names)))

    def read():
        row = next(rows)
        for tree, seen, names in trees:
            tree.chgEvidence(seen, row[seen])
            tree.makeInference()
            tree.jointPosterior(names)

    return read


def _possible(net):
    """Two rows, so that what is given has a chance above zero."""
    rows = net.sample(2, rng=SEED).tolist()
    return [dict(zip(net.variables, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("prepare", [domix_given, pyagrum_given])
def test_other_evidence(benchmark, data_dir, name, prepare):  # noqa: F811
    benchmark.group = f"{name}: {QUESTIONS} marginals of 3 variables, other evidence"
    path = data_dir / "networks" / f"{name}.bif"
    read = prepare(*networks(path), questions(path))
    read()
    benchmark(read)
