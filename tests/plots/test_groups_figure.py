"""The figure of groups: shares of rows, states, and sizes."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Component, DataError, Disentanglement, do
from domix.plots import plot_groups
from domix.plots.groups import has_texts
from domix.results.groups import GroupResults
from plots.samples import many_targets, one_target, planted_result, soft_result
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts


def screen():
    net = planted_result().network
    found = {
        "guide_$1$": {do(): 0.25, do(Tarn="low"): 0.5, do(Tarn="high", Quen="low"): 0.25},
        "guide_$2$": {do(Tarn="high"): 0.75, do(): 0.25},
        "held out": {do(): 1.0},
    }
    return GroupResults(
        {
            group: Disentanglement(
                net, tuple(map(Component, w, w.values())), "likelihood", 100.0 * i
            )
            for i, (group, w) in enumerate(found.items(), start=1)
        }
    )


def test_structure():
    check_figure("groups", screen().plot())


def test_cells_have_the_most_frequent_state_and_its_share():
    grid, sizes = plot_groups(screen()).axes
    assert [text.get_text() for text in grid.texts] == [
        "low\n.50 +.25",
        "low\n.25",
        "high\n.75",
        "nothing is set",
    ]
    assert [label.get_text() for label in grid.get_xticklabels()] == ["Tarn", "Quen"]
    assert [label.get_text() for label in grid.get_yticklabels()] == list(screen())
    assert [text.get_text().strip() for text in sizes.texts] == ["100", "200", "300"]


def test_darker_is_more_without_colour():
    cells = plot_groups(screen()).axes[0].collections[0]
    shades = {
        float(share): np.dot(cells.cmap(cells.norm(share))[:3], [0.2126, 0.7152, 0.0722])
        for share in np.ma.compressed(cells.get_array())
    }
    assert len(shades) == 2
    assert shades[0.25] > shades[0.75]


@pytest.mark.parametrize("groups", [1, 30, 60])
def test_no_text_is_cut_or_hidden(groups):
    results = GroupResults({f"group_{i}": many_targets(1 + i % 8, 60) for i in range(groups)})
    figure = plot_groups(results)
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == []
    cells = sum("\n" in text.get_text() for text in shown_texts(figure))
    assert (cells > 0) == (groups == 30)
    assert has_texts(results) == (groups < 60)


def test_groups_of_other_variables_and_without_rows():
    figure = plot_groups({1: soft_result(), 2: one_target()})
    assert len(figure.axes) == 1
    assert figure.axes[0].texts[0].get_text() == "~on\n.75 +.25"
    assert len(plot_groups({"only": one_target()}).axes[0].texts) == 1
    with pytest.raises(DataError, match="no groups"):
        plot_groups({})
