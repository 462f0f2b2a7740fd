"""The figure of weights: intervals, hulls and look-alikes."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Mixture, do
from domix.plots import plot_weights
from plots.samples import exact_result, many_targets, one_target, planted_result, soft_result
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts


def texts(figure):
    return [text.get_text() for text in shown_texts(figure)]


def test_structure():
    check_figure("weights", plot_weights(planted_result()))


@pytest.mark.parametrize(
    "result", [planted_result, exact_result, soft_result, one_target, many_targets]
)
def test_no_text_is_cut_or_hidden(result):
    figure = plot_weights(result())
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == []


def test_look_alikes_stand_below_their_target():
    result = planted_result()
    figure = plot_weights(result)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    at = labels.index(str(result.components[2].intervention))
    assert labels[at + 1] == "or with Rhun=high"
    assert labels[at + 2] == "or do(Yarl=low)"
    assert labels[at + 3] == "or do(Vesk=low), or 1 more"
    squares = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    places = sorted(tick for tick in figure.axes[0].get_yticks())
    assert [float(np.max(line.get_ydata())) for line in squares] == places[at + 1 : at + 4]
    assert {float(np.max(line.get_xdata())) for line in squares} == {result.components[2].weight}
    assert {"share .20", "share .15"} <= set(texts(figure))


def test_weights_are_text_with_their_intervals():
    shown = texts(plot_weights(planted_result()))
    assert "0.340 (0.320 to 0.360)" in shown
    assert texts(plot_weights(exact_result())).count("2/3") == 1


def test_missed_targets_of_the_truth_have_rows():
    result = one_target()
    truth = Mixture(result.network, {do(): 0.5, do(A=0): 0.5})
    shown = texts(plot_weights(result, truth))
    assert {"do(A=0)", "missed", "truth"} <= set(shown)


def test_only_hulls_that_show_something_are_drawn():
    hulls = [
        line for line in plot_weights(planted_result()).axes[0].lines if "|" in line.get_marker()
    ]
    assert len(hulls) == 1
