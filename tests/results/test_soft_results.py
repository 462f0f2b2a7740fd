"""Results whose components are soft: every question that a result answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domix import (
    Alternative,
    Component,
    Disentanglement,
    InterventionError,
    Misread,
    Mixture,
    Network,
    disentangle,
    do,
)
from domix.results.component import relate

STATES = ["x", "y", "z"]


@pytest.fixture(scope="module")
def net():
    rng = np.random.default_rng(41)
    parents = {"A": [], "B": ["A"], "C": ["A", "B"]}
    tables = {name: rng.dirichlet([2] * 3, [3] * len(ps)) for name, ps in parents.items()}
    return Network(parents, dict.fromkeys(parents, STATES), tables)


@pytest.fixture(scope="module")
def result(net):
    parts = {
        do(A={"x": 0.8, "y": 0.2}): 0.4,
        do(): 0.35,
        do(A=Misread("y", {"x": 0.1, "y": 0.9}), C="x"): 0.25,
    }
    return Disentanglement(net, tuple(Component(t, w) for t, w in parts.items()), "likelihood")


@pytest.fixture(scope="module")
def rows(result):
    return result.mixture.sample(20_000, rng=42)


def test_rows_are_assigned_to_soft_components(result, rows):
    interventions, probabilities = result.assign(rows)
    assert set(interventions) <= {c.intervention for c in result.components}
    posterior = result.posterior(rows)
    assert np.array_equal(probabilities, posterior.max(axis=1))


def test_excluded_states_are_neither_set_nor_drawn(result):
    assert result.excluded == {"A": ("z",), "B": ("x", "y", "z"), "C": ("y", "z")}


def test_text_and_frames_show_the_distribution(result):
    shown = "do(A~{x: 0.8, y: 0.2})"
    assert shown in result.summary()
    assert shown in result.to_frame()["intervention"].to_list()
    assert shown in result._repr_html_()


@pytest.fixture(scope="module")
def doubtful(result):
    """The result with a first target that could be another."""
    first, *others = result.components
    alternatives = (
        Alternative(first.intervention, 0.625),
        Alternative(do(A={"x": 0.7, "y": 0.3}, B=Misread("z", {"y": 0.25, "z": 0.75})), 0.375),
    )
    return replace(result, components=(replace(first, alternatives=alternatives), *others))


def test_alternatives_survive_json(doubtful):
    again = Disentanglement.from_json(doubtful.to_json())
    assert again.components == doubtful.components


def test_alternatives_are_shown(doubtful):
    pytest.importorskip("matplotlib")
    from domix import plots

    other = "do(A~{x: 0.7, y: 0.3}, B=z~{y: 0.25, z: 0.75}) .38"
    assert str(doubtful.components[0].alternatives[1]) == other
    assert f"this (.62) or a look-alike: {other}" in doubtful.summary()
    shown = f"do(A~{{x: 0.8, y: 0.2}}) .62; {other}"
    assert doubtful.to_frame()["alternatives"].to_list()[0] == shown
    legends = [ax.get_legend() for ax in plots.plot_targets(doubtful).axes]
    labels = {text.get_text() for legend in legends if legend for text in legend.get_texts()}
    assert "this or a look-alike" in labels


def test_soft_targets_have_relations(result):
    larger = Component(do(A={"x": 0.8, "y": 0.2}, B="x"), 0.3)
    [_, _, _, related] = relate([*result.components, larger])
    assert related.relation.intervention == do(A={"x": 0.8, "y": 0.2})


def test_the_true_mixture_fits_and_another_does_not(net, result, rows):
    assert not result.goodness_of_fit(rows).flagged
    modes = tuple(Component(c.intervention.mode, c.weight) for c in result.components)
    wrong = Disentanglement(net, modes, "likelihood").goodness_of_fit(rows)
    assert "A" in {row.variable for row in wrong.flagged}


def test_estimation_takes_hard_targets_only(net, rows):
    soft = do(A={"x": 0.5, "y": 0.5})
    with pytest.raises(InterventionError, match=r"include: .* 'A'; only states"):
        disentangle(net, rows[:50], include=[soft])
    with pytest.raises(InterventionError, match=r"suspected: .* 'A'; only states"):
        disentangle(net, rows[:50], suspected=[soft])


def test_labels_are_hard(net, rows):
    labels = ["A~{x: .5, y: .5}", *[None] * 49]
    with pytest.raises(InterventionError, match=r"labels: row 0 .* 'A'; only states"):
        disentangle(net, rows[:50], labels=labels)


def test_figures_show_the_mode(result):
    pytest.importorskip("matplotlib")
    from domix import plots

    figure = plots.plot_targets(result, Mixture(result.network, {do(A={"x": 0.5, "z": 0.5}): 1}))
    texts = {text.get_text() for ax in figure.axes for text in ax.texts}
    assert {"~x", "~y", "x"} <= texts
