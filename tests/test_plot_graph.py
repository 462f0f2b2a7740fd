"""The figure of a graph: layers without overlaps, and marks that do not need colour."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon

from domix import DataError, Network, example
from domix.plots import plot_graph
from domix.plots.layers import BEND_WIDTH, place
from domix.results.graph import EdgeChange, EdgeDirection, GraphEdge, GraphReport


@st.composite
def graphs(draw):
    n = draw(st.integers(0, 9))
    names = draw(st.permutations(range(n)))
    pairs = list(combinations(names, 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return n, edges


@given(graphs())
def test_edges_lead_down_and_nodes_keep_their_distance(graph):
    n, edges = graph
    placement = place(n, edges)
    assert len(placement.x) == len(placement.layer) == n
    assert set(placement.bends) == set(edges)
    crossed = [(layer, x, 1.0) for x, layer in zip(placement.x, placement.layer, strict=True)]
    for (a, b), bends in placement.bends.items():
        assert placement.layer[b] - placement.layer[a] == len(bends) + 1
        crossed += [(placement.layer[a] + 1 + i, x, BEND_WIDTH) for i, x in enumerate(bends)]
    for (layer, x, width), (other, y, other_width) in combinations(crossed, 2):
        assert layer != other or abs(x - y) >= (width + other_width) / 2 - 1e-9


def test_a_tree_is_placed_without_crossings():
    edges = [(0, 1), (0, 2), (1, 5), (1, 3), (2, 4), (2, 6)]
    x = place(7, edges).x
    middles = [(x[5] + x[3]) / 2, (x[4] + x[6]) / 2]
    assert (x[1] < x[2]) == (max(x[5], x[3]) < min(x[4], x[6]))
    assert x[0] == pytest.approx(sum(middles) / 2, abs=0.1)


def edge(cause, effect, change, direction=EdgeDirection.CONTROLS):
    return GraphEdge(cause, effect, EdgeChange(change), direction, 1.0)


def uniform(parents):
    """A network of binary variables with these parents."""
    tables = {name: np.full((2,) * (len(ps) + 1), 0.5) for name, ps in parents.items()}
    return Network(parents, {name: [0, 1] for name in parents}, tables)


def small():
    parents = {"A": [], "B": ["A"], "C": ["A", "B"], "$D$": ["C"]}
    return uniform(parents)


CHANGED = GraphReport(
    "repair",
    (
        edge("A", "B", "given"),
        edge("A", "C", "added"),
        edge("B", "C", "reversed", EdgeDirection.OPEN),
        edge("C", "$D$", "given"),
        GraphEdge("$D$", "A", EdgeChange.REMOVED, None, -2.0),
    ),
)


def drawn(figure, kind):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, kind)]


def legend(figure):
    shown = figure.axes[0].get_legend()
    return [] if shown is None else [text.get_text() for text in shown.get_texts()]


def test_changes_differ_in_width_dashes_and_signs(tmp_path):
    figure = plot_graph(small(), CHANGED)
    lines = drawn(figure, PathPatch)
    assert len(lines) == len(CHANGED.edges)
    assert len({(line.get_linewidth(), str(line.get_linestyle())) for line in lines}) == 4
    assert len(drawn(figure, Polygon)) == len(lines) - 1  # one edge has no direction
    signs = [text.get_text() for text in figure.axes[0].texts]
    assert [sign for sign in signs if sign in {"+", "−", "⇄"}] == ["+", "⇄", "−"]
    assert legend(figure) == [
        "given",
        "added (+)",
        "reversed (⇄)",
        "removed (−)",
        "no arrow head: not determined",
    ]
    figure.savefig(tmp_path / "graph.png")


def test_a_given_graph_needs_no_legend():
    figure = plot_graph(small())
    assert legend(figure) == []
    assert len(drawn(figure, Polygon)) == 4


def test_open_edges_of_a_network_have_no_heads():
    figure = plot_graph(small().with_open_edges([("A", "B")]))
    assert len(drawn(figure, Polygon)) == 3
    assert legend(figure) == ["no arrow head: not determined"]


def overlap(a, b):
    return min(a.x1, b.x1) > max(a.x0, b.x0) and min(a.y1, b.y1) > max(a.y0, b.y0)


def test_nodes_and_legend_do_not_overlap():
    rng = random.Random(3)
    names = [f"variable_{'x' * (i % 7)}{i}" for i in range(25)]
    parents = {v: rng.sample(names[:i], min(i, rng.randrange(3))) for i, v in enumerate(names)}
    net = uniform(parents)
    figure = plot_graph(net.with_open_edges([(parents[v][0], v) for v in names if parents[v]]))
    figure.draw_without_rendering()
    boxes = [node.get_window_extent() for node in drawn(figure, FancyBboxPatch)]
    boxes = boxes[: len(names)]
    for box, text in zip(boxes, figure.axes[0].texts, strict=True):
        inside = text.get_window_extent()
        assert box.x0 <= inside.x0
        assert inside.x1 <= box.x1
    boxes.append(figure.axes[0].get_legend().get_window_extent())
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)


def test_a_report_of_another_graph_is_refused():
    with pytest.raises(DataError, match="report: is of another graph"):
        plot_graph(example.network(), CHANGED)
    with pytest.raises(DataError, match="report: is of another graph"):
        plot_graph(small(), replace(CHANGED, edges=CHANGED.edges[1:]))
