"""The figure of goodness of fit."""

from __future__ import annotations

from domix import Mixture, Network, do
from domix.plots import plot_fit
from plots.results import random_mixture, result_of
from plots.structure import check_figure, cut_texts, overlapping_texts, shown_texts, structure


def fit_of_wrong_rows():
    """Rows in which a root of the network follows another variable."""
    mixture = random_mixture(1, targets=6)
    rows = mixture.sample(3000, rng=0)
    rows[:, 3] = rows[:, 5]
    return result_of(mixture).goodness_of_fit(rows)


def test_structure_where_a_variable_does_not_fit():
    check_figure("fit", plot_fit(fit_of_wrong_rows()))


def test_what_does_not_fit_is_marked_by_shape_and_text():
    goodness = fit_of_wrong_rows()
    figure = plot_fit(goodness)
    verdicts = [text.get_text() for text in figure.axes[0].texts]
    flagged = sum(row.flagged for row in goodness.rows)
    assert sum(text.startswith("does not fit: ") for text in verdicts) == flagged > 0
    assert structure(figure)["axes"][0]["lines"]["D"] == 3 * flagged


def test_title_counts_what_is_not_shown():
    goodness = fit_of_wrong_rows()
    figure = plot_fit(goodness)
    shown, tested = len(figure.axes[0].texts), sum(r.p_value is not None for r in goodness.rows)
    title = figure.axes[0].get_title(loc="left")
    assert title.endswith(f"the {shown} worst, {tested - shown} more not shown")
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == []


def test_long_names_and_many_states(tmp_path):
    name, states = "$a" * 40, ["$x$", *range(11)]
    net = Network({name: []}, {name: states}, {name: [0.45, *[0.05] * 11]})
    result = result_of(Mixture(net, {do(): 1.0}))
    figure = plot_fit(result.goodness_of_fit(net.sample(500, rng=1)))
    assert "6 of 12 states" in figure.axes[0].texts[0].get_text()
    assert cut_texts(figure) == []
    figure.savefig(tmp_path / "fit.svg")


def test_nothing_to_test():
    net = Network({"A": []}, {"A": ["only"]}, {"A": [1.0]})
    result = result_of(Mixture(net, {do(): 1.0}))
    figure = plot_fit(result.goodness_of_fit(net.sample(5, rng=1)))
    shown = [text.get_text() for text in shown_texts(figure)]
    assert "No configuration has enough rows to test" in shown
