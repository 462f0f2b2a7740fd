"""The figure of the check of a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from domix import Network, check_model, do
from domix.plots import plot_model_check
from domix.results.checks.negative_control import FalseTarget, NegativeControl
from plots.results import random_mixture
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts, structure


def check_of_wrong_rows():
    net = Network.fit({"A": [], "B": [], "C": []}, [[0] * 3, [1] * 3])
    rows = net.sample(500, rng=0)
    rows[:, 1] = rows[:, 0]
    return check_model(net, rows, splits=0)


def texts(figure):
    return [text.get_text() for text in shown_texts(figure)]


def test_structure():
    check_figure("model-check", plot_model_check(check_of_wrong_rows()))


def test_rejected_independences_differ_in_shape_and_text():
    figure = plot_model_check(check_of_wrong_rows())
    shown = texts(figure)
    assert shown.index("A, B") < shown.index("B, C")
    assert "threshold" in shown
    assert structure(figure)["axes"][0]["lines"] == {"D": 1, "o empty": 2, "-": 1}
    assert [text for text in shown if text.startswith("rejected, p ")] != []


def test_threshold_is_shown_where_nothing_is_rejected():
    network = random_mixture(3).network
    figure = plot_model_check(check_model(network, network.sample(500, rng=1), splits=0))
    low, high = figure.axes[0].get_xlim()
    [line] = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert low < np.asarray(line.get_xdata())[0] < high
    assert cut_texts(figure) == []


def test_too_few_rows_to_test(tmp_path):
    net = Network.fit({"A": [], "B": []}, [[0] * 2, [1] * 2])
    figure = plot_model_check(check_model(net, net.sample(2, rng=0), splits=0))
    figure.savefig(tmp_path / "empty.png")
    assert "0 of 0 independences rejected" in texts(figure)


def test_negative_controls_are_counted_by_false_targets():
    false = FalseTarget(do(A=0), 0.1, 0.01)
    runs = [NegativeControl(i, 250, 250, (false,) * number) for i, number in enumerate((0, 0, 2))]
    figure = plot_model_check(replace(check_of_wrong_rows(), negative_controls=tuple(runs)))
    heights = [text.get_text().strip() for text in figure.axes[1].texts]
    assert heights == ["2", "0", "1"]
    assert "3 negative controls of 250 rows, by false targets" in texts(figure)
    assert overlapping_texts(figure) == []
