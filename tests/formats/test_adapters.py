"""Networks of other libraries: orders, labels and numbers survive both ways."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from domix.errors import DomixWarning, MissingExtraError, NetworkError
from domix.formats import adapters
from domix.formats.bif import read_bif
from domix.formats.record import NetworkRecord
from records import assert_same, records


@pytest.fixture
def record():
    """D <- (C, A): parents against the order of the variables, cards all different."""
    states: dict[str, tuple] = {
        "D": ("d0", "d1"),
        "A": ("a0", "a1", "a2"),
        "C": ("c0", "c1", "c2", "c3"),
    }
    rng = np.random.default_rng(1)
    tables = {
        "D": rng.dirichlet(np.ones(2), size=(4, 3)),
        "A": rng.dirichlet(np.ones(3)),
        "C": rng.dirichlet(np.ones(4), size=3),
    }
    return NetworkRecord(states, {"D": ("C", "A"), "A": (), "C": ("A",)}, tables)


@given(records(typed=True))
def test_networkx_round_trip(record):
    networkx = pytest.importorskip("networkx")
    plain = NetworkRecord(record.states, record.parents, record.tables)
    graph = adapters.to_networkx(record)
    assert_same(adapters.from_networkx(graph, None), plain)
    assert_same(adapters.from_networkx(networkx.DiGraph(graph), record.tables), plain)


@given(records())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_pgmpy_round_trip(record):
    pytest.importorskip("pgmpy")
    assert_same(adapters.from_pgmpy(adapters.to_pgmpy(record)), record)


@given(records())
def test_pyagrum_round_trip(record):
    pytest.importorskip("pyagrum")
    assert_same(adapters.from_pyagrum(adapters.to_pyagrum(record)), record)


def test_networkx_parents_are_in_edge_order_by_default():
    networkx = pytest.importorskip("networkx")
    graph = networkx.DiGraph()
    graph.add_nodes_from("ABC")
    graph.add_edges_from([("C", "B"), ("A", "B")])
    tables = {"A": np.ones(1), "B": np.full((3, 1, 2), 0.5), "C": np.full(3, 1 / 3)}
    record = adapters.from_networkx(graph, tables)
    assert record.parents == {"A": (), "B": ("C", "A"), "C": ()}
    assert record.states == {"A": (0,), "B": (0, 1), "C": (0, 1, 2)}


def test_invalid_networkx_graphs_are_refused():
    networkx = pytest.importorskip("networkx")
    graph = networkx.DiGraph([("A", "B")])
    one = np.ones(1)
    with pytest.raises(NetworkError, match="node 'B' has no table; there are tables for 'A'"):
        adapters.from_networkx(graph, {"A": one})
    with pytest.raises(NetworkError, match="a table for 'Z', which is not a node"):
        adapters.from_networkx(graph, {"A": one, "B": one, "Z": one})
    with pytest.raises(NetworkError, match="node 'B': the rows of its table differ in length"):
        adapters.from_networkx(graph, {"A": one, "B": [[1.0], [0.5, 0.5]]})
    with pytest.raises(NetworkError, match=r"no node has a table.* with Network\.fit"):
        adapters.from_networkx(graph, None)
    graph.nodes["B"]["parents"] = ["Z"]
    with pytest.raises(NetworkError, match="names the parents 'Z', but its edges come from 'A'"):
        adapters.from_networkx(graph, {"A": one, "B": one})
    with pytest.raises(NetworkError, match=r"takes a networkx\.DiGraph, not Graph"):
        adapters.from_networkx(networkx.Graph(), {})


def test_pgmpy_answers_alike(record):
    inference = pytest.importorskip("pgmpy.inference")
    answer = inference.VariableElimination(adapters.to_pgmpy(record)).query(["D"])
    assert np.allclose(answer.values, marginal_of_d(record))
    assert answer.state_names["D"] == ["d0", "d1"]


def test_pyagrum_answers_alike(record):
    gum = pytest.importorskip("pyagrum")
    inference = gum.LazyPropagation(adapters.to_pyagrum(record))
    inference.makeInference()
    assert np.allclose(inference.posterior("D").toarray(), marginal_of_d(record))


def marginal_of_d(record):
    a, c, d = (record.tables[name] for name in "ACD")
    return np.einsum("a,ac,cad->d", a, c, d)


def test_pgmpy_state_orders_are_aligned(record):
    tabular = pytest.importorskip("pgmpy.factors.discrete").TabularCPD
    model = adapters.to_pgmpy(record)
    old = model.get_cpds("D")
    turned = {"D": ["d0", "d1"], "C": ["c3", "c2", "c1", "c0"], "A": ["a0", "a1", "a2"]}
    columns = old.values[:, ::-1].reshape(2, -1)
    model.remove_cpds(old)
    model.add_cpds(tabular("D", 2, columns, ["C", "A"], [4, 3], state_names=turned))
    assert_same(adapters.from_pgmpy(model), record)


def test_intervals_of_pgmpy_are_states_by_their_text():
    tabular = pytest.importorskip("pgmpy.factors.discrete").TabularCPD
    pd = pytest.importorskip("pandas")
    bins = list(pd.interval_range(0, 2))
    model = adapters.load_module("pgmpy.models", "test").DiscreteBayesianNetwork([("A", "B")])
    names = {"A": bins, "B": [0.0, 1.0]}
    model.add_cpds(
        tabular("A", 2, [[0.25], [0.75]], state_names={"A": bins}),
        tabular("B", 2, [[0.5, 0.1], [0.5, 0.9]], ["A"], [2], state_names=names),
    )
    record = adapters.from_pgmpy(model)
    assert record.states == {"A": ("(0, 1]", "(1, 2]"), "B": (0.0, 1.0)}
    assert record.tables["B"].tolist() == [[0.5, 0.5], [0.1, 0.9]]


def test_pgmpy_refuses_what_does_not_fit(record):
    tabular = pytest.importorskip("pgmpy.factors.discrete").TabularCPD
    model = adapters.to_pgmpy(record)
    model.remove_cpds(model.get_cpds("A"))
    with pytest.raises(NetworkError, match="node 'A' has no table"):
        adapters.from_pgmpy(model)
    model.add_cpds(tabular("A", 3, [[1.0], [0.0], [0.0]]))
    with pytest.raises(NetworkError, match="gives 'A' the states 'a0', 'a1', 'a2', but"):
        adapters.from_pgmpy(model)
    with pytest.raises(NetworkError, match="DiscreteBayesianNetwork, not int"):
        adapters.from_pgmpy(3)


def test_pyagrum_labels_become_text_with_a_note():
    pytest.importorskip("pyagrum")
    record = NetworkRecord({"A": (0, 1.5)}, {"A": ()}, {"A": np.array([0.25, 0.75])})
    with pytest.warns(DomixWarning, match="become text"):
        bn = adapters.to_pyagrum(record)
    assert adapters.from_pyagrum(bn).states == {"A": ("0", "1.5")}


def test_pyagrum_refuses_what_is_no_network():
    pytest.importorskip("pyagrum")
    with pytest.raises(NetworkError, match="BayesNet, not str"):
        adapters.from_pyagrum("A->B")


@pytest.mark.parametrize("name", ["asia", "survey", "sachs", "alarm", "hailfinder", "munin1"])
def test_pyagrum_reads_equal_tables_in_single_precision(data_dir, name):
    gum = pytest.importorskip("pyagrum")
    path = data_dir / "networks" / f"{name}.bif"
    ours = read_bif(path.read_text(), name, exact=False)
    theirs = adapters.from_pyagrum(gum.loadBN(str(path)))
    assert list(ours.states.items()) == list(theirs.states.items())
    assert ours.parents == theirs.parents
    for variable, table in ours.tables.items():
        assert np.allclose(table, theirs.tables[variable], rtol=0, atol=1e-6)


@pytest.mark.parametrize("package", ["networkx", "pgmpy", "pyagrum"])
def test_a_missing_package_is_named_with_its_extra(record, package, monkeypatch):
    for module in (package, f"{package}.models"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        MissingExtraError, match=rf"to_{package} needs the package {package}: .*convert"
    ):
        getattr(adapters, f"to_{package}")(record)
