"""The figure of what a distribution leaves undecided."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest

from domix import DataError, Mixture, Network, diagnose, do
from domix.plots import plot_identifiability
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts, structure

STATES = ("low", "$x$", "high")


@pytest.fixture
def net():
    rows = [[F(1, 2), F(1, 4), F(1, 4)], [F(1, 3)] * 3, [F(1, 6), F(1, 6), F(2, 3)]]
    return Network(
        {"ENSG00000141510": [], "B": ["ENSG00000141510"]},
        {"ENSG00000141510": STATES, "B": STATES},
        {"ENSG00000141510": [F(1, 2), F(1, 4), F(1, 4)], "B": rows},
    )


@pytest.fixture
def broken(net):
    """All states of the first variable are used: the explanations are a line."""
    weights = zip(STATES, (F(1, 4), F(1, 8), F(3, 8)), strict=True)
    return Mixture(net, {do(): F(1, 4), **{do({net.order[0]: s}): w for s, w in weights}})


@pytest.fixture
def many(net):
    """All states of both variables are used: the explanations have five dimensions."""
    a, b = net.order
    parts = [{}, *({a: s} for s in STATES), *({a: "low", b: s} for s in STATES)]
    return Mixture(net, {do(part): F(1, 7) for part in parts})


def texts(figure):
    return [text.get_text() for text in shown_texts(figure)]


def weights_at(figure, end):
    return [float(line.get_ydata()[end]) for line in figure.axes[0].lines if _is_target(line)]


def _is_target(line):
    return line.get_linestyle() in ("-", "--") and list(line.get_xdata()) == [0, 1]


def test_structure_of_a_line(net, broken):
    check_figure("identifiability", plot_identifiability(diagnose(net, broken)))


def test_structure_of_more_dimensions(net, many):
    check_figure("identifiability-bounds", plot_identifiability(diagnose(net, many)))


def test_ends_of_the_line_are_the_vertices(net, broken):
    diagnosis = diagnose(net, broken)
    figure = plot_identifiability(diagnosis)
    vertices = {tuple(sorted(map(float, v.weights))) for v in diagnosis.explanations.vertices}
    ends = [sorted(w for w in weights_at(figure, end) if w) for end in (0, 1)]
    assert set(map(tuple, ends)) == vertices


def test_the_end_that_respects_exclusion_is_marked(net, broken):
    figure = plot_identifiability(diagnose(net, broken))
    one, other = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert one == "do()\nhas no weight\nbreaks exclusion"
    assert other.endswith("have no weight\nrespects exclusion")
    marks = structure(figure)["axes"][0]["lines"]
    assert marks["o"] == marks["o empty"] == marks["D"] == 4


@pytest.mark.parametrize("kind", ["broken", "many"])
def test_names_neither_overlap_nor_are_cut(net, kind, request):
    figure = plot_identifiability(diagnose(net, request.getfixturevalue(kind)))
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == []


def test_bounds_are_those_of_the_diagnosis(net, many):
    diagnosis = diagnose(net, many)
    figure = plot_identifiability(diagnosis)
    found = {
        label.get_text(): tuple(np.asarray(line.get_xdata()))
        for label, line in zip(
            figure.axes[1].get_yticklabels(),
            [line for line in figure.axes[1].lines if line.get_linestyle() == "-"],
            strict=True,
        )
    }
    assert found == {
        str(target): tuple(map(float, bounds))
        for target, bounds in diagnosis.explanations.intervals.items()
    }


def test_only_explanation_has_one_mark_a_target(net):
    mixture = Mixture(net, {do(): F(1, 2), do(B="low"): F(1, 2)})
    figure = plot_identifiability(diagnose(net, mixture))
    assert figure.axes[0].get_title(loc="left") == "The only explanation"
    assert structure(figure)["axes"][0]["lines"]["D"] == 2


def test_zeros_name_the_end_whose_states_are_possible():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [1, 0]})
    figure = plot_identifiability(diagnose(net, Mixture(net, {do(): F(2, 3), do(A=0): F(1, 3)})))
    assert "do(A=0)\nhas no weight\nits unused states are possible" in texts(figure)


def test_a_diagnosis_without_explanations_is_refused(net, broken):
    with pytest.raises(DataError, match="of a network alone"):
        plot_identifiability(diagnose(net))
    limited = replace(diagnose(net, broken), explanations=None, line=None, limit="too many")
    with pytest.raises(DataError, match="because of a limit: too many"):
        plot_identifiability(limited)
