"""The figure of lifting."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix import Mixture, Network, disentangle_population, do, example
from domix.plots import plot_lifting
from domix.plots.lifting import MOST_TARGETS
from plots.results import random_mixture, result_of
from plots.samples import wide_targets
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts


def texts(figure):
    return [text.get_text() for text in shown_texts(figure)]


def test_structure_of_the_example():
    mixture = example.planted()
    check_figure("lifting", plot_lifting(disentangle_population(mixture.network, mixture)))


def test_weights_of_prefixes_are_sums_of_those_of_targets():
    net = Network(
        {"A": [], "B": [], "C": []},
        {v: [0, 1] for v in "ABC"},
        {v: [Fraction(1, 2), Fraction(1, 2)] for v in "ABC"},
    )
    weights = {do(): 1, do(C=0): 2, do(A=0, B=1): 3, do(A=0, C=0): 4}
    mixture = Mixture(net, {target: Fraction(w, 10) for target, w in weights.items()})
    shown = texts(plot_lifting(result_of(mixture)))
    # Of all targets, of those without A, and of those with A=0.
    assert [text for text in shown if text in ("1", "3/10", "7/10")][:2] == ["1", "3/10"]
    assert "7/10" in shown
    assert {"A=0", "B=1", "C=0", "do(A=0, B=1)", "2/5"} <= set(shown)


def test_variables_at_which_nothing_splits_take_no_room():
    net = Network(
        {"A": [], "B": [], "C": []}, {v: [0, 1] for v in "ABC"}, {v: [0.5, 0.5] for v in "ABC"}
    )
    figure = plot_lifting(result_of(Mixture(net, {do(): 0.5, do(A=0, B=1): 0.5})))
    shown = texts(figure)
    assert "A=0, B=1" in shown
    assert "A" in shown
    assert not {"B", "C"} & set(shown)


@pytest.mark.parametrize("soft", [False, True])
@settings(max_examples=6)
@given(seed=st.integers(0, 10**6), targets=st.integers(1, 20))
def test_texts_neither_overlap_nor_are_cut(soft, seed, targets):
    figure = plot_lifting(result_of(random_mixture(seed, targets=targets, soft=soft)))
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == []


def test_one_target_and_names_with_a_dollar_sign(tmp_path):
    net = Network({"$A$": []}, {"$A$": ["low", "$x$"]}, {"$A$": [Fraction(1, 2), Fraction(1, 2)]})
    figure = plot_lifting(result_of(Mixture(net, {do({"$A$": "$x$"}): 1})))
    assert "do($A$=$x$)" in texts(figure)
    assert cut_texts(figure) == []
    figure.savefig(tmp_path / "one.svg")


def test_many_targets_and_settings_are_counted():
    figure = plot_lifting(wide_targets())
    assert max(figure.get_size_inches()) < 80
    shown = texts(figure)
    assert sum(text.startswith("do(") for text in shown) == MOST_TARGETS
    assert "without 40 more of weight 0.400 in all" in shown[0]
    assert any(text.endswith(", +2 more") for text in shown)
    assert cut_texts(figure) == []


def test_soft_values_show_their_mode():
    net = Network({"A": []}, {"A": ["low", "mid"]}, {"A": [0.5, 0.5]})
    target = do(A={"low": 0.75, "mid": 0.25})
    shown = texts(plot_lifting(result_of(Mixture(net, {do(): 0.5, target: 0.5}))))
    assert {"A~low", "do(A~low)"} <= set(shown)
