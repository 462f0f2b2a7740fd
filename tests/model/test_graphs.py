"""A graph reads the same in every form that users hold it, and the other way round on request."""

from __future__ import annotations

import gzip
import io
import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings

import domix
from domix import DataError, DomixWarning, FormatError, Network, NetworkError, read_graph
from strategies import networks

FORMS = {}


def form(write):
    """Register a function that writes a mapping to parents in another form, into a folder."""
    FORMS[write.__name__] = write
    return write


def pairs_of(parents):
    return [(cause, effect) for effect, causes in parents.items() for cause in causes]


def columns_of(parents):
    """Causes and effects, and a row of its own for each variable, without effect."""
    rows = [*((name, None) for name in parents), *pairs_of(parents)]
    return {"cause": [a for a, _ in rows], "effect": [b for _, b in rows]}


@form
def mapping(parents, folder):
    return {name: list(above) for name, above in parents.items()}


@form
def network(parents, folder):
    return Network(
        parents,
        {name: [0] for name in parents},
        {name: np.ones((1,) * (len(above) + 1)) for name, above in parents.items()},
    )


@form
def digraph(parents, folder):
    graph = nx.DiGraph()
    graph.add_nodes_from(parents)
    graph.add_edges_from(pairs_of(parents))
    return graph


@form
def multigraph(parents, folder):
    return nx.MultiDiGraph([*pairs_of(parents), *pairs_of(parents)]) if pairs_of(parents) else None


@form
def pairs(parents, folder):
    return iter(pairs_of(parents)) if pairs_of(parents) else None


@form
def array(parents, folder):
    return np.array(pairs_of(parents)) if pairs_of(parents) else None


@form
def pandas_frame(parents, folder):
    return pd.DataFrame(columns_of(parents))


@form
def polars_frame(parents, folder):
    return pl.DataFrame(columns_of(parents), schema={"cause": pl.String, "effect": pl.String})


@form
def lazy_frame(parents, folder):
    return polars_frame(parents, folder).lazy().select("effect", "cause")


@form
def arrow_table(parents, folder):
    return pa.table(columns_of(parents))


@form
def csv_file(parents, folder):
    path = folder / "graph.csv"
    polars_frame(parents, folder).write_csv(path)
    return path


@form
def headless_file(parents, folder):
    path = folder / "graph.TSV.gz"
    lines = ["\t".join(pair) for pair in pairs_of(parents)]
    path.write_bytes(gzip.compress("\n".join([*parents, *lines]).encode()))
    return str(path) if lines else None


@form
def dot_file(parents, folder):
    path = folder / "graph.gv"
    lines = [*parents, *(f"{a} -> {b}" for a, b in pairs_of(parents))]
    path.write_text(f"digraph {{ {'; '.join(lines)} }}")
    return path


def as_sets(parents):
    return {name: set(above) for name, above in parents.items()}


def reversed_sets(parents):
    return {a: {b for b, above in parents.items() if a in above} for a in parents}


@given(net=networks(most=5))
def test_every_form_reads_the_same_and_reverses_the_same(net):
    parents = dict(net.parents)
    with tempfile.TemporaryDirectory() as folder:
        for name, write in FORMS.items():
            for turned in (False, True):
                graph = write(parents, Path(folder))
                if graph is None:
                    continue  # a list of no edges names nothing
                expected = reversed_sets(parents) if turned else as_sets(parents)
                if name in ("multigraph", "pairs", "array"):
                    named = {end for pair in pairs_of(parents) for end in pair}
                    expected = {name: expected[name] for name in named}
                read = read_graph(graph, reverse_edges=turned)
                assert as_sets(read) == expected, name
                if not turned and name not in ("multigraph", "pairs", "array"):
                    assert list(read) == list(parents), name
                again = read_graph(read, reverse_edges=turned)
                assert as_sets(again) == {name: as_sets(parents)[name] for name in read}


@settings(max_examples=20)
@given(net=networks(most=4, cards=(2, 3), zeros=False))
def test_every_form_is_fitted_to_the_same_tables(net):
    rows = net.decode(net.sample(60, rng=1), "polars")
    fitted = Network.fit(net.parents, rows)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("digraph", "polars_frame", "csv_file", "dot_file"):
            assert Network.fit(FORMS[name](net.parents, Path(folder)), rows) == fitted


def test_a_graph_is_enough_wherever_control_rows_are():
    net = Network(
        {"A": [], "B": ["A"]},
        {name: ["low", "high"] for name in "AB"},
        {"A": [0.4, 0.6], "B": [[0.8, 0.2], [0.3, 0.7]]},
    )
    control, rows = (net.sample(300, rng=seed, as_frame=True) for seed in (1, 2))
    expected = domix.disentangle(net.parents, rows, control)
    for graph in (nx.DiGraph([("A", "B")]), [("A", "B")], pl.DataFrame({"u": ["A"], "v": ["B"]})):
        assert domix.disentangle(graph, rows, control).to_json() == expected.to_json()
        check = domix.check_model(graph, control, rows, splits=0)
        assert check == domix.check_model(net, control, rows, splits=0)
    with pytest.raises(DataError, match="observational: a graph without tables needs control rows"):
        domix.disentangle([("A", "B")], rows)


def test_a_network_stands_for_its_graph_and_states():
    net = Network({"A": []}, {"A": ["x", "y", "z"]}, {"A": [0.2, 0.3, 0.5]})
    assert Network.fit(net, [[0], [1]]).states == net.states
    assert Network.fit(net, pd.DataFrame({"A": ["x"]})).counts["A"].tolist() == [1, 0, 0]


def test_codes_need_an_order_of_the_variables():
    codes = [[0, 1], [1, 1]]
    for graph in ([("B", "A")], nx.DiGraph([("B", "A")])):
        with pytest.raises(NetworkError, match="in which order the columns of codes are"):
            Network.fit(graph, codes)
        assert Network.fit(read_graph(graph), codes).variables == ("B", "A")


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (3, "a graph is a mapping .* not int"),
        (["A", "B"], r"an edge is a pair \(cause, effect\), not 'A'"),
        ([("A", "B", "C")], r"an edge is a pair \(cause, effect\), not \('A', 'B', 'C'\)"),
        ([{"A", "B"}], r"an edge is a pair \(cause, effect\), not {"),
        ([("A", 2)], "must be a text that is not empty, not 2"),
        ([("A", "")], "must be a text that is not empty, not ''"),
        ([("A", "A")], "the edge A -> A leads from a variable to itself"),
        ([("A", "B"), ("B", "C"), ("C", "A")], "the graph has a cycle: B -> C -> A -> B"),
        ({"A": ["B"]}, "'A' has the unknown parent 'B'"),
        ({"A": [], "B": "A"}, "'B': parents must be a sequence"),
        (nx.Graph([("A", "B")]), "a networkx.DiGraph is needed"),
        (nx.DiGraph([(1, 2)]), "must be a text that is not empty, not 1"),
        (pl.DataFrame({"A": ["B"], "C": ["A"]}), "the data frame are 'A', 'C'; name the two ends"),
        (pl.DataFrame({"x": ["B"], "y": ["A"], "z": [1]}), "the data frame are 'x', 'y', 'z'"),
        (pl.DataFrame({"caller": ["B"], "callee": ["A"]}), "reverse_edges=True"),
    ],
    ids=range(15),
)
def test_what_is_not_a_graph_is_refused(graph, message):
    with pytest.raises(NetworkError, match=message):
        read_graph(graph)


def test_columns_of_frames_are_found_by_name():
    frame = pd.DataFrame({"Target": ["B"], "weight": [0.5], "Source": ["A"]})
    with pytest.warns(DomixWarning, match="passed over the columns 'weight'"):
        assert read_graph(frame) == {"A": (), "B": ("A",)}
    without_header = pd.read_csv(io.StringIO("A,B\nB,\n"), header=None)
    assert read_graph(without_header) == {"A": (), "B": ("A",)}
    calls = pl.DataFrame({"caller": ["web"], "callee": ["db"]})
    assert read_graph(calls, reverse_edges=True) == {"web": ("db",), "db": ()}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("g.csv", b"A,B\nB,A\n", "g.csv: the graph has a cycle: B -> A -> B"),
        ("g.dot", b"digraph { A -> B -> A }", "g.dot: the graph has a cycle"),
        ("g.csv", b"caller,callee\nA,B\n", "g.csv: the columns are caller and callee"),
        ("g.gv", b"A -> B", "g.gv:1:1: expected digraph"),
        ("g.csv", b"A,\xff\n", "g.csv:1: the byte 0xff is not UTF-8"),
        ("g.xml", b"", "unknown suffix; files of graphs without tables end with .csv"),
        ("none.csv", None, "none.csv: there is no such file"),
    ],
)
def test_errors_name_the_file(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((FormatError, NetworkError), match=message):
        Network.fit(path, pl.DataFrame({"A": ["x"], "B": ["y"]}))


def test_rows_that_do_not_fit_the_graph_name_both_sides():
    rows = pl.DataFrame({"A": ["x"], "b": ["y"]})
    with pytest.raises(
        DataError, match=r"no column for 'B'; the columns that are not variables are 'b'; leave"
    ):
        Network.fit([("A", "B")], rows)
    with pytest.raises(DataError, match=r"not variables: 'b'; .* extra=\"ignore\""):
        Network.fit({"A": []}, rows)
    assert Network.fit({"A": []}, rows, extra="ignore").variables == ("A",)


def test_call_graphs_of_a_measured_application(data_dir):
    for traffic in ("low", "high"):
        path = data_dir / "petshop" / f"{traffic}_traffic_graph.csv"
        with pytest.raises(NetworkError, match="reverse_edges=True"):
            read_graph(path)
        parents = read_graph(path, reverse_edges=True)
        assert "petInfo_AWS::DynamoDB::Table" in parents["PetSearch_AWS::ECS::Fargate"]
        assert sum(map(len, parents.values())) == len(path.read_text().splitlines()) - 1
