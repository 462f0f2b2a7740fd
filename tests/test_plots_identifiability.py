from __future__ import annotations

import sys
from fractions import Fraction

import pytest

from domix import plots
from domix.core.intervention import do
from domix.errors import DataError, MissingExtraError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.plots_identifiability import plot_line

F = Fraction


@pytest.fixture
def mixture():
    net = Network({"A": []}, {"A": ["$low", "high"]}, {"A": [F(1, 3), F(2, 3)]})
    return Mixture(net, {do(): F(1, 2), do(A="$low"): F(3, 10), do(A="high"): F(1, 5)})


def marks(figure):
    """The single points that are drawn."""
    lines = [line.get_xydata() for line in figure.axes[0].lines]
    return {tuple(xy[0].round(9).tolist()) for xy in lines if len(xy) == 1}


def test_marks_the_ends_of_the_line_and_the_mixture(mixture, tmp_path):
    figure = plot_line(mixture)
    expected = [(F(1, 5), 0), (F(7, 15), F(8, 15)), (F(3, 10), F(1, 5))]
    assert marks(figure) == {(round(float(x), 9), round(float(y), 9)) for x, y in expected}
    assert figure.axes[0].get_xlabel() == "weight of do(A=$low)"
    for suffix in plots.PICTURE_SUFFIXES:
        figure.savefig(tmp_path / f"picture{suffix}")


def test_with_an_impossible_state_the_line_runs_along_an_axis():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [1.0, 0.0]})
    figure = plot_line(Mixture(net, {do(): 0.75, do(A=0): 0.25}))
    assert marks(figure) == {(0, 0), (1, 0), (0.25, 0)}
    assert "respects exclusion" not in [text.get_text() for text in figure.axes[0].texts]


def test_is_for_one_variable_with_two_states():
    net = Network({"A": []}, {"A": [0, 1, 2]}, {"A": [0.25, 0.25, 0.5]})
    with pytest.raises(DataError, match="one variable with two states"):
        plot_line(Mixture(net, {do(): 1.0}))


def test_leaves_no_global_state(mixture):
    before = set(sys.modules)
    plot_line(mixture)
    assert "matplotlib.pyplot" not in set(sys.modules) - before


def test_names_the_missing_package(mixture, monkeypatch):
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="matplotlib"):
        plot_line(mixture)
