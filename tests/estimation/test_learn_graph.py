"""The graph of control rows alone: a member of the right class, with what is open."""

from __future__ import annotations

import pickle

import numpy as np
import polars
import pytest

import domix
from domix import DataError, DomixWarning, Mixture, Network, NetworkError, do
from domix.estimation.learn_graph import learn_with_report
from domix.structure.dag import Dag
from domix.structure.essential import essential_graph

NAMES = ["E", "A", "C", "B", "D"]
STATES = dict.fromkeys(NAMES, ("lo", "mid", "hi"))
CHAIN = {"E": ["D"], "A": [], "C": ["B"], "B": ["A"], "D": ["C"]}
COLLIDER = {"E": [], "A": [], "C": ["B", "A"], "B": [], "D": ["C"]}
DIAMOND = {"E": ["D"], "A": [], "C": ["A"], "B": ["A"], "D": ["B", "C"]}


def network(parents, seed):
    rng = np.random.default_rng(seed)
    tables = {
        name: rng.dirichlet(np.full(3, 0.5), size=(3,) * len(parents[name])) for name in NAMES
    }
    return Network(parents, STATES, tables)


def essential(net):
    parents = net.tables.layout.parents
    return essential_graph(Dag.build(parents))


@pytest.mark.parametrize(
    "parents", [CHAIN, COLLIDER, DIAMOND], ids=["chain", "collider", "diamond"]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_member_of_the_true_class_is_learnt(parents, seed):
    true = network(parents, seed)
    net = domix.learn_graph(true.sample(20_000, rng=seed), STATES)
    assert essential(net) == essential(true)
    ends = {frozenset(map(net.variables.index, edge)) for edge in net.open_edges}
    assert ends == essential(true).undirected
    assert all(cause in net.parents[effect] for cause, effect in net.open_edges)


def test_labels_and_codes_give_the_same_network():
    true = network(DIAMOND, 1)
    rows = true.sample(3000, rng=1)
    by_label = domix.learn_graph(true.decode(rows), STATES)
    by_code = domix.learn_graph(rows, STATES)
    assert by_label == by_code
    assert by_label.open_edges == by_code.open_edges
    occurring = domix.learn_graph(true.decode(rows))
    assert occurring.states == dict.fromkeys(NAMES, ("hi", "lo", "mid"))
    assert essential(occurring) == essential(by_code)


@pytest.mark.parametrize("pseudocount", [1.0, 0.25])
def test_tables_and_counts_are_those_of_fit(pseudocount):
    rows = network(DIAMOND, 2).sample(2000, rng=2)
    net = domix.learn_graph(rows, STATES, pseudocount=pseudocount)
    fitted = Network.fit(dict(net.parents), rows, STATES, pseudocount)
    assert net == fitted
    assert net.pseudocount == pseudocount
    assert all((net.counts[name] == fitted.counts[name]).all() for name in NAMES)


def test_background_knowledge_holds_and_directs():
    rows = network(CHAIN, 0).sample(20_000, rng=0)
    tiers = [["E"], ["D"], ["A", "B", "C"]]
    learnt = learn_with_report(rows, STATES, tiers=tiers)
    assert learnt.network.parents == {"E": (), "A": ("B",), "C": ("D",), "B": ("C",), "D": ("E",)}
    assert {edge.direction for edge in learnt.report.edges} == {"background knowledge"}
    assert learnt.network.open_edges == ()
    net = domix.learn_graph(rows, STATES, required_edges=[("E", "A")], forbidden_edges=[("A", "B")])
    assert "E" in net.parents["A"]
    assert "A" not in net.parents["B"]
    # The tail of the chain stays open where its head is known.
    net = domix.learn_graph(rows, STATES, required_edges=[("B", "A")])
    assert {frozenset(edge) for edge in net.open_edges} == {
        frozenset("BC"),
        frozenset("CD"),
        frozenset("DE"),
    }


def test_support_is_what_an_edge_explains():
    report = learn_with_report(network(CHAIN, 0).sample(5000, rng=0), STATES).report
    assert all(edge.support > 3 for edge in report.edges)
    required = learn_with_report(
        network(CHAIN, 0).sample(5000, rng=0), STATES, required_edges=[("A", "E")]
    ).report
    assert [(e.cause, e.effect) for e in required.edges if e.support < 0] == [("A", "E")]


def test_a_learnt_network_is_disentangled_and_written(tmp_path):
    true = network(COLLIDER, 4)
    net = domix.learn_graph(true.sample(8000, rng=1), STATES)
    rows = Mixture(true, {do(): 0.6, do(C="hi"): 0.4}).sample(4000, rng=2)
    result = domix.disentangle(net, rows)
    assert {c.intervention for c in result.components} == {do(), do(C="hi")}
    domix.write_network(net, tmp_path / "net.json")
    again = domix.read_network(tmp_path / "net.json")
    assert again == net
    assert again.pseudocount == net.pseudocount


def test_open_edges_stay_where_the_graph_stays():
    rows = network(CHAIN, 3).sample(4000, rng=3)
    net = domix.learn_graph(rows, STATES)
    assert len(net.open_edges) == 4
    for other in (net.to_exact(), net.with_observations(rows), pickle.loads(pickle.dumps(net))):
        assert other.open_edges == net.open_edges
    assert net.with_tables(net.tables).open_edges == ()
    assert network(CHAIN, 3).open_edges == Network.fit(CHAIN, rows, STATES).open_edges == ()


def test_one_variable_and_constant_variables_are_learnt():
    assert domix.learn_graph([[0], [1]], {"A": ["x", "y"]}).cpt("A").tolist() == [0.5, 0.5]
    net = domix.learn_graph(polars.DataFrame({"A": [1, 1, 1], "B": [0, 1, 0]}))
    assert net.parents == {"A": (), "B": ()}


def test_rows_with_missing_values_can_be_dropped():
    frame = polars.DataFrame({"A": ["x", None, "y"], "B": ["u", "v", "v"]})
    with pytest.warns(DomixWarning, match="dropped 1 of 3 rows") as caught:
        net = domix.learn_graph(frame, missing="drop")
    assert caught[0].filename == __file__
    assert net.counts["B"].sum() == 2


FRAME = polars.DataFrame({"A": ["x", "y"], "B": ["u", None]})


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (([[0, 1]],), {}, DataError, "control: codes need names: pass states"),
        (([[0, 1]], ["A", "B"]), {}, NetworkError, "states: must map each variable"),
        (([[0, 2]], {"A": [0, 1], "B": [0, 1]}), {}, DataError, "control: row 0 .* code 2"),
        ((FRAME,), {}, DataError, "control: missing values, by column: 'B' 1"),
        ((FRAME, {"A": ["x", "y"]}), {}, DataError, "control: columns that .* 'B'"),
        ((FRAME[:0],), {}, DataError, "control: there are no rows"),
        ((FRAME[1:],), {}, DataError, "control: no row has a value of 'B'"),
        ((FRAME[:0], {"A": ["x"], "B": ["u"]}), {}, DataError, "control: there are no rows"),
        ((FRAME[:1],), {"pseudocount": -1}, NetworkError, "pseudocount: must be a number"),
        ((FRAME[:1],), {"required_edges": [("A", "Q")]}, NetworkError, "unknown variable 'Q'"),
        ((FRAME[:1],), {"tiers": [["A"]]}, NetworkError, "tiers: 'B' is in no tier"),
    ],
)
def test_invalid_arguments_are_refused(arguments, options, error, message):
    with pytest.raises(error, match=message):
        domix.learn_graph(*arguments, **options)
