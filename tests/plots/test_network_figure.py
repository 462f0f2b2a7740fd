"""The figure of the network: badges where targets set variables, and a legend of weights."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.patches import FancyBboxPatch

from domix.plots import plot_network
from domix.plots.graphs.network import MOST_BADGES, MOST_NODES
from plots.samples import (
    exact_result,
    many_targets,
    one_target,
    planted_result,
    soft_result,
    wide_targets,
)
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts


def texts(figure):
    return [text.get_text() for text in shown_texts(figure)]


def test_structure():
    check_figure("network", plot_network(planted_result()))


@pytest.mark.parametrize(
    "result", [planted_result, exact_result, soft_result, one_target, many_targets]
)
def test_no_text_is_cut_or_hidden(result):
    figure = plot_network(result())
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == []


def test_badges_stand_in_the_nodes_that_are_set():
    result = planted_result()
    figure = plot_network(result)
    marked = [c.intervention for c in result.components if c.intervention]
    shown = shown_texts(figure)
    boxes = [p.get_window_extent() for p in figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
    inside = {}
    for box in boxes:
        here = [t.get_text() for t in shown if box.contains(*t.get_window_extent().get_points()[0])]
        inside[here[0]] = here[1:]
    assert set(inside) == set(result.network.variables)
    for name, content in inside.items():
        letters = {chr(ord("A") + i) for i, target in enumerate(marked) if name in target}
        states = {target[name] for target in marked if name in target}
        assert set(content) == letters | states
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_badges_differ_without_colour():
    marks = plot_network(many_targets(9, 10)).axes[0].lines
    kinds = {(m.get_marker(), m.get_markerfacecolor() == "white") for m in marks}
    assert len(kinds) == 8


def test_only_the_heaviest_targets_have_letters():
    result = many_targets(20, 30)
    shown = texts(plot_network(result))
    letters = {text for text in shown if len(text) == 1}
    assert letters == {chr(ord("A") + i) for i in range(MOST_BADGES)}
    weight = sum(c.weight for c in [c for c in result.components if c.intervention][MOST_BADGES:])
    assert f"3 more targets of weight {weight:.3f} in all, not marked" in shown


def test_large_networks_show_what_is_set():
    result = many_targets(5, 200)
    shown = texts(plot_network(result))
    remark = next(text for text in shown if text.endswith("of 200 variables are shown"))
    assert int(remark.split()[0]) <= MOST_NODES


def test_of_many_variables_that_are_set_sixty_are_shown():
    figure = plot_network(wide_targets())
    boxes = [p for p in figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
    assert len(boxes) == MOST_NODES
    assert "60 of 400 variables are shown, and 10 of the others are set, too" in texts(figure)


def test_open_edges_have_no_heads():
    result = planted_result()
    open_net = result.network.with_open_edges([("Tarn", "Pryd")])
    heads = [type(p).__name__ for p in plot_network(result).axes[0].patches].count("Polygon")
    vars(result)["network"] = open_net
    figure = plot_network(result)
    assert [type(p).__name__ for p in figure.axes[0].patches].count("Polygon") == heads - 1
    assert "no arrow head: not determined" in texts(figure)


def test_soft_states_have_a_tilde():
    assert {"~on", "off", "do(lamp~on)"} <= set(texts(plot_network(soft_result())))
