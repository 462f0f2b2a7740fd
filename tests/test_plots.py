"""Figures of a result."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from domix import example, plots
from domix.core.intervention import do
from domix.errors import MissingExtraError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.results.component import Component
from domix.results.result import Disentanglement
from domix.util import figures
from plots.samples import wide_targets


def result_of(mixture, interval=(0.0, 0.5)):
    parts = zip(mixture.interventions, mixture.weights, strict=True)
    components = tuple(Component(t, float(w), 0.1, interval, 0.001) for t, w in parts)
    return Disentanglement(mixture.network, components, "likelihood")


def texts(figure):
    figure.draw_without_rendering()
    shown = [t.get_text() for ax in figure.axes for t in ax.texts]
    for ax in figure.axes:
        shown += [t.get_text() for t in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    return shown


def test_targets_that_are_not_exact_have_empty_circles():
    result = result_of(example.planted())
    exact = tuple(replace(c, exact=number > 0) for number, c in enumerate(result.components))
    figure = plots.plot_targets(replace(result, components=exact))
    circles = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [np.size(line.get_xdata()) for line in circles] == [len(exact) - 1, 1]
    assert circles[1].get_markerfacecolor() == "white"
    shown = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert shown == ["estimate", "this or a look-alike"]


def test_only_variables_that_are_set_have_columns():
    shown = texts(plots.plot_targets(result_of(example.planted())))
    assert {"Tarn", "Quen", "Sivo"} <= set(shown)
    assert not {"Vesk", "Olmo", "Yarl"} & set(shown)
    assert {"low", "high", "nothing is set"} <= set(shown)
    assert "do(Tarn=low)\N{EM SPACE}0.340" in shown


def test_sixty_variables_have_columns_others_are_counted():
    figure = plots.plot_targets(wide_targets())
    assert len(figure.axes[1].get_xticks()) == 60
    note = figure.axes[1].get_xlabel()
    assert note.endswith("60 of 400 variables that are set are shown")
    assert figure.get_size_inches()[0] < 40


def test_missed_targets_of_the_truth_have_rows():
    truth = example.planted()
    part = Mixture(truth.network, {do(): 0.5, do(Tarn="low"): 0.5})
    shown = texts(plots.plot_targets(result_of(part), truth))
    assert (
        sum(text.endswith("\N{EM SPACE}missed") for text in shown) == len(truth.interventions) - 2
    )
    assert "Sivo" in shown


def test_labels_of_many_columns_do_not_overlap(tmp_path):
    names = [f"a_rather_long_name_{i}" for i in range(70)]
    states = ["first of all", "$\\mid$", "last"]
    net = Network(
        {name: [] for name in names},
        dict.fromkeys(names, states),
        {name: [0.25, 0.5, 0.25] for name in names},
    )
    targets = [
        do({names[(7 * i + 11 * j) % 70]: states[j % 3] for j in range(i % 5)}) for i in range(16)
    ]
    distinct = dict.fromkeys(targets)
    figure = plots.plot_targets(result_of(Mixture(net, dict.fromkeys(distinct, 1 / len(distinct)))))
    figure.savefig(tmp_path / "wide.png", dpi=50)
    grid = figure.axes[1]
    boxes = [label.get_window_extent() for label in grid.get_xticklabels()]
    assert len(boxes) > 15
    assert all(a.x1 <= b.x0 for a, b in pairwise(boxes))
    column = grid.transData.transform([[0, 0], [1, 0]])
    assert all(t.get_window_extent().width < column[1, 0] - column[0, 0] for t in grid.texts[1:])


def test_do_alone_without_intervals(tmp_path):
    net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    result = Disentanglement(net, (Component(do(), 1.0),), "population")
    for suffix in plots.FIGURE_SUFFIXES:
        path = tmp_path / f"figure{suffix}"
        plots.plot_targets(result).savefig(path)
        assert path.stat().st_size > 0


def test_figure_leaves_no_global_state():
    before = set(sys.modules)
    plots.plot_targets(result_of(example.planted()))
    assert "matplotlib.pyplot" not in set(sys.modules) - before


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"matplotlib.*pip install \"domix\[app\]\""):
        plots.plot_targets(result_of(example.planted()))
