"""Graphs that are wrong are repaired or learnt together with the targets."""

from __future__ import annotations

import re
import warnings
from functools import partial

import numpy as np
import pytest

import domix
from domix import DataError, Disentanglement, DomixWarning, Mixture, Network, NetworkError, do
from domix.cli import main
from domix.estimation import graphs
from domix.estimation.learn_graph import learn_with_report
from domix.options.graph import GraphOptions

STATES = ["lo", "mid", "hi"]
NAMES = ["A", "B", "C", "D", "E"]
STATES_OF = dict.fromkeys(NAMES, STATES)
TRUE = {"A": [], "B": ["A"], "C": ["B"], "D": ["B", "C"], "E": ["D"]}
TARGETS = {do(): 0.4, do(B="hi"): 0.25, do(C="lo", E="hi"): 0.2, do(D="mid"): 0.15}


def network(parents, seed=None):
    rng = np.random.default_rng(seed)
    shapes = {name: (3,) * (len(parents[name]) + 1) for name in NAMES}
    tables = {
        name: rng.dirichlet(np.full(3, 0.5), size=shape[:-1])
        if seed is not None
        else np.full(shape, 1 / 3)
        for name, shape in shapes.items()
    }
    return Network(parents, dict.fromkeys(NAMES, STATES), tables)


def draw(seed, rows=4000):
    net = network(TRUE, seed)
    mix = Mixture(net, TARGETS)
    return mix.sample(rows, rng=seed + 1), net.sample(rows, rng=seed + 2)


def estimate(start, seed=5, **options):
    rows, control = draw(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        return domix.disentangle(start, rows, control, **options)


def found(result):
    return {component.intervention for component in result.components}


@pytest.fixture(scope="module")
def missing():
    """The result of a repair, where the graph lacks an edge."""
    rows, control = draw(5)
    start = network(TRUE | {"D": ["C"]})
    text = r"repaired: added B -> D\. To keep an edge, name it in"
    with pytest.warns(DomixWarning, match=text) as caught:
        result = domix.disentangle(start, rows, control, graph="repair")
    assert caught[0].filename == __file__
    return result


def test_an_edge_that_is_missing_is_added(missing):
    assert found(missing) == set(TARGETS)
    assert [(e.cause, e.effect, e.change) for e in missing.graph.changes] == [("B", "D", "added")]
    assert set(missing.network.parents["D"]) == {"B", "C"}
    assert "graph: added B -> D" in missing.summary()


def test_a_given_graph_stays_and_costs_false_targets():
    start = network(TRUE | {"D": ["C"]})
    rows, control = draw(5)
    text = r"control rows contradict the given graph: they demand B -> D\. .*graph=\"repair\""
    with pytest.warns(DomixWarning) as caught:
        result = domix.disentangle(start, rows, control, graph="given", contrast=False, soft=False)
    assert re.search(text, str(caught[0].message))
    assert caught[0].filename == __file__
    assert result.graph is None
    assert found(result) > set(TARGETS)
    # Control rows show which: they contain what the edge would explain, too.
    assert found(estimate(start, graph="given")) == set(TARGETS)


@pytest.mark.parametrize("seed", [5, 15, 25])
def test_a_right_graph_is_not_changed(seed):
    rows, control = draw(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DomixWarning)
        given = domix.disentangle(network(TRUE), rows, control, graph="given", bootstrap=5)
        result = domix.disentangle(network(TRUE), rows, control, bootstrap=5)
    assert result.graph.mode == "repair"
    assert not result.graph.changes
    assert result.components == given.components


def test_a_network_with_counts_keeps_its_graph():
    rows, control = draw(5)
    net = Network.fit(TRUE, control[:2000], dict.fromkeys(NAMES, STATES))
    assert domix.disentangle(net, rows, control[2000:]).graph is None
    assert domix.disentangle(net, rows).graph is None


def test_rows_that_a_network_was_fitted_to_count_once():
    rows, control = draw(5)
    fitted = Network.fit(TRUE, control, dict.fromkeys(NAMES, STATES))
    result = domix.disentangle(fitted, rows, control)
    assert result.to_json() == domix.disentangle(network(TRUE), rows, control).to_json()


def test_a_graph_without_tables_is_enough():
    rows, control = draw(5)
    net = network(TRUE)
    frames = [net.decode(codes, "polars") for codes in (rows, control)]
    result = domix.disentangle(TRUE, frames[0], frames[1])
    assert found(result) == set(TARGETS)
    assert dict(result.network.parents) == {name: tuple(above) for name, above in TRUE.items()}
    with pytest.raises(DataError, match="observational: a graph without tables needs control rows"):
        domix.disentangle(TRUE, frames[0])


def test_a_generator_is_advanced_by_a_repair_too():
    rows, control = draw(5)
    states = []
    for graph in ("given", None):
        rng = np.random.default_rng(3)
        domix.disentangle(network(TRUE), rows, control, rng=rng, bootstrap=5, graph=graph)
        states.append(rng.random())
    assert states[0] == states[1]


@pytest.mark.parametrize("seed", [5, 15, 25])
def test_the_graph_is_learnt_where_nothing_is_known(seed):
    rows, control = draw(seed)
    start = network({name: [] for name in NAMES})
    result = domix.disentangle(start, rows, control, graph="learn")
    assert found(result) == set(TARGETS)
    edges = {(cause, effect) for effect, causes in TRUE.items() for cause in causes}
    for edge in result.graph.edges:
        assert (edge.cause, edge.effect) in edges or edge.direction == "not determined"
        assert edge.change == "added"
        assert edge.support > 0


def test_names_are_enough_to_learn_a_graph():
    rows, control = draw(5)
    net = network(TRUE)
    frames = [net.decode(codes, "polars") for codes in (rows, control)]
    result = domix.disentangle(NAMES, frames[0], frames[1], graph="learn")
    assert found(result) == set(TARGETS)
    assert result.network.states["A"] == tuple(sorted(STATES))
    with pytest.raises(DataError, match="data: a data frame is needed"):
        domix.disentangle(NAMES, rows, frames[1], graph="learn")
    with pytest.raises(DataError, match="data: there are no rows"):
        domix.disentangle(NAMES, frames[0][:0], frames[1][:0], graph="learn")
    for names, words in (([*NAMES, "A"], "'A' is listed more than once"), ([[0, 1]], "a text")):
        with pytest.raises(NetworkError, match=words):
            domix.disentangle(names, *frames, graph="learn")
    named = domix.disentangle(iter(NAMES), *frames, graph="learn")
    assert named.to_json() == result.to_json()
    with pytest.raises(NetworkError, match="a list of names is not a graph"):
        domix.disentangle(NAMES, *frames)


def test_a_search_that_ran_out_of_trials_says_so(monkeypatch):
    rows, control = draw(5)
    start = network(TRUE | {"D": ["B", "C", "E"], "E": []})
    monkeypatch.setattr(graphs, "GraphOptions", partial(GraphOptions, most_trials=1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DomixWarning)
        result = domix.disentangle(start, rows, control)
    assert not result.converged
    assert any("limit ended" in str(w.message) for w in caught)


def test_a_reversed_edge_is_turned_where_targets_ask_for_it():
    result = estimate(network(TRUE | {"D": ["B", "C", "E"], "E": []}), graph="repair")
    assert found(result) == set(TARGETS)
    (turned,) = result.graph.changes
    assert (turned.cause, turned.effect, turned.change) == ("D", "E", "reversed")
    assert turned.direction in ("controls", "interventions")


def test_the_same_seed_gives_the_same_graph(missing):
    again = estimate(network(TRUE | {"D": ["C"]}), graph="repair")
    assert again.to_json() == missing.to_json()


def test_forbidden_edges_are_not_added():
    start = network(TRUE | {"D": ["C"]})
    result = estimate(start, graph="repair", forbidden_edges=[("B", "D"), ("D", "B")])
    assert not {("B", "D"), ("D", "B")} & {(e.cause, e.effect) for e in result.graph.edges}


def test_required_edges_and_tiers_hold():
    start = network({name: [] for name in NAMES})
    tiers = [["A", "B"], ["C", "D", "E"]]
    result = estimate(start, graph="learn", required_edges=[("A", "E")], tiers=tiers)
    kept = {(e.cause, e.effect) for e in result.graph.edges if e.change != "removed"}
    assert ("A", "E") in kept
    assert not any(cause in "CDE" and effect in "AB" for cause, effect in kept)


def test_changes_that_the_user_asks_for_are_no_news():
    rows, control = draw(5)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "the rows contradict the graph")
        result = domix.disentangle(
            network(TRUE), rows, control, required_edges=[("B", "A")], contrast=False
        )
    assert [(e.cause, e.effect) for e in result.graph.changes] == [("B", "A")]


def test_groups_share_the_graph():
    rows, control = draw(5)
    groups = ["one", "two"] * (len(rows) // 2)
    start = network(TRUE | {"D": ["C"]})
    with pytest.warns(DomixWarning, match="repaired"):
        results = domix.disentangle(start, rows, control, groups=groups, graph="repair")
    one, two = results.values()
    assert one.graph == two.graph
    assert found(one) == found(two) == set(TARGETS)


def test_the_graph_survives_json(missing):
    again = Disentanglement.from_json(missing.to_json())
    assert again.graph == missing.graph
    assert again.to_json() == missing.to_json()


def test_a_graph_that_is_unknown_to_json_is_refused(missing):
    text = missing.to_json().replace('"added"', '"turned"')
    with pytest.raises(domix.FormatError, match=r"change.*turned"):
        Disentanglement.from_json(text)


def test_edges_as_frame_and_networkx(missing):
    frame = missing.graph.to_frame("polars")
    names = ["cause", "effect", "change", "direction", "support", "direction_support"]
    assert frame.columns == names
    assert len(frame) == 5
    networkx = pytest.importorskip("networkx")
    graph = missing.graph.to_networkx()
    assert networkx.is_directed_acyclic_graph(graph)
    assert graph.edges["B", "D"]["change"] == "added"
    assert list(graph) == list(missing.graph.variables) == NAMES
    flat = learn_with_report(network(dict.fromkeys(NAMES, ())).sample(500, rng=1), STATES_OF)
    assert list(flat.report.to_networkx()) == NAMES
    for e in missing.graph.edges:
        assert graph.edges[e.cause, e.effect].get("direction_support") == e.direction_support
    head = str(missing.graph).splitlines()[0].split()
    assert " ".join(head) == "edge change directed by direction support support"


ROWS = np.zeros((3, 5), dtype=np.uint8)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"graph": "fix"}, DataError, "graph: must be one of .*not 'fix'"),
        (
            {"graph": "repair", "observational": None},
            DataError,
            "graph: 'repair' needs the control",
        ),
        ({"required_edges": [("A",)]}, NetworkError, "required_edges: .* is not a pair"),
        ({"forbidden_edges": [("A", "X")]}, NetworkError, "forbidden_edges: .*'X'"),
        ({"required_edges": [("A", "B"), ("B", "A")]}, NetworkError, "required_edges: "),
        ({"graph": "given", "tiers": [NAMES]}, DataError, "graph: what is known of edges has no"),
        ({"tiers": [["A", "B"]]}, NetworkError, "tiers: 'C' is in no tier"),
    ],
)
def test_wrong_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        domix.disentangle(
            network(TRUE), ROWS, **{"observational": ROWS, "graph": "repair"} | options
        )


def test_the_command_line_repairs_and_names_edges(missing, tmp_path, capsys):
    rows, control = draw(5)
    net = network(TRUE | {"D": ["C"]})
    net.decode(rows, "polars").write_csv(tmp_path / "rows.csv")
    net.decode(control, "polars").write_csv(tmp_path / "control.csv")
    domix.write_network(net, tmp_path / "net.json")
    line = ["disentangle", tmp_path / "net.json", tmp_path / "rows.csv", "--format", "json"]
    line += ["--observational", tmp_path / "control.csv", "--graph", "repair"]
    assert main([*map(str, line), "--fit", str(tmp_path / "fit.csv")]) == 0
    printed = capsys.readouterr()
    assert printed.out == missing.to_json()
    assert "repaired: added B -> D" in printed.err
    assert main([*map(str, line), "--required-edges", "A"]) == 2
    assert "--required-edges: ['A'] is not a pair" in capsys.readouterr().err
