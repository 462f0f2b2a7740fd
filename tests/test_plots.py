from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from domix import example, plots
from domix.core.intervention import do
from domix.errors import MissingExtraError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.results.result import Component, Disentanglement


def result_of(mixture, interval=(0.0, 0.5)):
    parts = zip(mixture.interventions, mixture.weights, strict=True)
    components = tuple(Component(t, float(w), 0.1, interval, 0.001) for t, w in parts)
    return Disentanglement(mixture.network, components, "likelihood")


def texts(figure):
    figure.draw_without_rendering()
    found = [t.get_text() for ax in figure.axes for t in ax.texts]
    for ax in figure.axes:
        found += [t.get_text() for t in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    return found


def test_shows_the_variables_that_are_set_and_no_others():
    found = texts(plots.plot(result_of(example.planted())))
    assert {"Tarn", "Quen", "Sivo"} <= set(found)
    assert not {"Vesk", "Olmo", "Yarl"} & set(found)
    assert {"low", "high", "nothing is set"} <= set(found)
    assert "0.340" in found


def test_truth_adds_the_targets_that_were_missed():
    truth = example.planted()
    part = Mixture(truth.network, {do(): 0.5, do(Tarn="low"): 0.5})
    found = texts(plots.plot(result_of(part), truth))
    assert found.count("missed") == len(truth.interventions) - 2
    assert "Sivo" in found


def test_sixteen_targets_on_seventy_variables_do_not_overlap(tmp_path):
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
    figure = plots.plot(result_of(Mixture(net, dict.fromkeys(distinct, 1 / len(distinct)))))
    figure.savefig(tmp_path / "wide.png", dpi=50)
    grid = figure.axes[1]
    boxes = [label.get_window_extent() for label in grid.get_xticklabels()]
    assert len(boxes) > 15
    assert all(a.x1 <= b.x0 for a, b in pairwise(boxes))
    column = grid.transData.transform([[0, 0], [1, 0]])
    assert all(t.get_window_extent().width < column[1, 0] - column[0, 0] for t in grid.texts[1:])


def test_only_do_and_no_intervals(tmp_path):
    net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    result = Disentanglement(net, (Component(do(), 1.0),), "population")
    for suffix in plots.PICTURE_SUFFIXES:
        path = tmp_path / f"picture{suffix}"
        plots.plot(result).savefig(path)
        assert path.stat().st_size > 0


def test_leaves_no_global_state():
    before = set(sys.modules)
    plots.plot(result_of(example.planted()))
    assert "matplotlib.pyplot" not in set(sys.modules) - before


def test_names_the_missing_package(monkeypatch):
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"matplotlib.*pip install \"domix\[app\]\""):
        plots.plot(result_of(example.planted()))
