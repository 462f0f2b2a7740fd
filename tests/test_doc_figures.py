"""The figures of docs/explanation/identifiability.md that have the weights as axes."""

from __future__ import annotations

import runpy
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from domix import DataError, Mixture, Network, do
from plots.structure import cut_texts

DRAW = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "figures" / "draw.py"))
plot_line, plot_orthant = DRAW["plot_line"], DRAW["plot_orthant"]


@pytest.fixture
def mixture():
    net = Network({"A": []}, {"A": ["$low", "high"]}, {"A": [Fraction(1, 3), Fraction(2, 3)]})
    return Mixture(
        net, {do(): Fraction(1, 2), do(A="$low"): Fraction(3, 10), do(A="high"): Fraction(1, 5)}
    )


def marks(figure):
    """The single points that are drawn."""
    lines = [line.get_xydata() for line in figure.axes[0].lines]
    return {tuple(xy[0].round(9).tolist()) for xy in lines if len(xy) == 1}


def test_ends_of_the_line_and_mixture_are_marked(mixture, tmp_path):
    figure = plot_line(mixture)
    expected = [
        (Fraction(1, 5), 0),
        (Fraction(7, 15), Fraction(8, 15)),
        (Fraction(3, 10), Fraction(1, 5)),
    ]
    assert marks(figure) == {(round(float(x), 9), round(float(y), 9)) for x, y in expected}
    assert figure.axes[0].get_xlabel() == "weight of do(A=$low)"
    figure.savefig(tmp_path / "line.png")


def test_line_of_an_impossible_state_follows_an_axis():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [1.0, 0.0]})
    figure = plot_line(Mixture(net, {do(): 0.75, do(A=0): 0.25}))
    assert marks(figure) == {(0, 0), (1, 0), (0.25, 0)}
    assert "respects exclusion" not in [text.get_text() for text in figure.axes[0].texts]


def test_other_networks_are_refused():
    net = Network({"A": []}, {"A": [0, 1, 2]}, {"A": [0.25, 0.25, 0.5]})
    with pytest.raises(DataError, match="one variable with 2 states"):
        plot_line(Mixture(net, {do(): 1.0}))


def test_line_of_three_states_starts_on_a_face():
    p = [Fraction(1, 5), Fraction(2, 5), Fraction(2, 5)]
    net = Network({"A": []}, {"A": ["low", "$mid$", "high"]}, {"A": p})
    weights = {do(): 45, do(A="low"): 15, do(A="$mid$"): 25, do(A="high"): 15}
    figure = plot_orthant(Mixture(net, {t: Fraction(w, 100) for t, w in weights.items()}))
    ends = [(0.075, 0.1, 0), (0.24, 0.43, 0.33), (0.15, 0.25, 0.15)]
    found = {tuple(np.round(DRAW["project"](end), 9).tolist()) for end in ends}
    assert marks(figure) == found
    assert cut_texts(figure) == []


def test_figure_leaves_no_global_state(mixture):
    before = set(sys.modules)
    plot_line(mixture)
    assert "matplotlib.pyplot" not in set(sys.modules) - before
