"""Missing entries are summed out of the likelihood that targets are found and tested by."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import domix
from domix import do
from domix.em.mixture import fit
from domix.em.uncertainty import weight_covariance
from domix.errors import DataError, DomixWarning
from domix.estimation.incomplete.rounds import IncompleteEstimation
from domix.problems.inputs import read_inputs
from strategies import planted

SUMMED: Any = {"missing": "marginalize"}
TARGETS: list[dict[int, int]] = [{}, {0: 0}, {1: 1, 3: 0}]
MIX = planted(4, TARGETS, seed=2)
NET = MIX.network
ROWS = MIX.sample(1200, rng=1)
CONTROLS = NET.sample(600, rng=2)


def mask(rows, share, seed=0):
    return np.ma.array(rows, mask=np.random.default_rng(seed).random(rows.shape) < share)


HOLEY, HOLEY_CONTROLS = mask(ROWS, 0.1), mask(CONTROLS, 0.1)


def ignore(*_):
    """Report nothing."""


def estimate(rows: Any, **options: Any):
    inputs = read_inputs(NET, rows, **options, **SUMMED)
    estimation = IncompleteEstimation(inputs, None, ignore)
    return inputs, estimation, estimation.run()


@pytest.mark.parametrize("form", ["known", "learnt", "groups"])
def test_complete_rows_have_the_same_result(form):
    options: Any = {} if form == "known" else {"observational": CONTROLS}
    if form == "groups":
        options["groups"] = np.arange(1200) % 2
    one, other = (domix.disentangle(NET, ROWS, **options, **more) for more in ({}, SUMMED))
    if form == "groups":
        one, other = one[0], other[0]
    assert one.to_json() == other.to_json()


def test_weights_maximize_the_observed_likelihood():
    result = domix.disentangle(NET, HOLEY, **SUMMED)
    assert {c.intervention for c in result.components} == set(MIX.interventions)
    logs = result.mixture.log_prob(HOLEY, **SUMMED)
    assert result.log_likelihood == pytest.approx(logs.sum())
    targets = [c.intervention for c in result.components]
    weights = np.array([c.weight for c in result.components])

    def value(weights):
        return domix.Mixture(NET, dict(zip(targets, weights, strict=True))).log_prob(
            HOLEY, **SUMMED
        )

    for a, b in [(0, 1), (1, 2), (2, 0)]:
        step = np.zeros(3)
        step[a], step[b] = 1e-3, -1e-3
        assert value(weights + step).sum() < logs.sum()
        # The covariance is the inverse of minus the second derivative.
    basis = np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]) * 1e-3
    scores = [value(weights + d) - value(weights - d) for d in basis]
    information = np.array([[(s * t).sum() / 4 for t in scores] for s in scores])
    covariance = basis.T @ np.linalg.inv(information) @ basis
    errors = [c.std_error for c in result.components]
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-3)


def test_drop_costs_are_those_of_observed_entries():
    result = domix.disentangle(NET, HOLEY, **SUMMED)
    for dropped in result.components:
        if not dropped.intervention:
            continue
        kept = {c.intervention: c.weight for c in result.components if c is not dropped}
        weights = np.array(list(kept.values()))
        for _ in range(100):
            mixture = domix.Mixture(NET, dict(zip(kept, weights / weights.sum(), strict=True)))
            weights = np.nan_to_num(mixture.posterior(HOLEY, **SUMMED)).mean(axis=0)
        lost = result.log_likelihood - mixture.log_prob(HOLEY, **SUMMED).sum()
        assert dropped.test.drop_cost == pytest.approx(lost, abs=0.05)


def test_learnt_tables_maximize_the_observed_likelihood():
    options: Any = {"observational": HOLEY_CONTROLS, "graph": "given", "contrast": False}
    inputs, _, estimation = estimate(HOLEY, **options)
    own = estimation.estimates[0].fit
    assert len(own.support) == 3
    rng, layout = np.random.default_rng(3), NET.space
    prior = estimation.inputs.mixtures[0].problem.prior - estimation.inputs.control_entries

    def value(log_theta):
        tables = np.exp(log_theta)
        net = NET.with_values(tables)
        mixture = domix.Mixture(
            net,
            {
                do(layout.assignment(t)): w
                for t, w in zip(own.support, own.weights / own.weights.sum(), strict=True)
            },
        )
        nothing = domix.Mixture(net, {do(): 1})
        total = mixture.log_prob(HOLEY, **SUMMED).sum()
        total += nothing.log_prob(HOLEY_CONTROLS, **SUMMED).sum()
        return total + (prior * log_theta).sum()

    best, starts = value(own.log_theta), NET.tables.layout.row_starts
    rows = NET.tables.layout.row_of_entry
    for _ in range(20):
        near = np.exp(own.log_theta + rng.normal(scale=0.003, size=len(own.log_theta)))
        near /= np.add.reduceat(near, starts)[rows]
        assert value(np.log(near)) < best
    assert inputs.is_incomplete


def test_missing_entries_cost_precision():
    complete = domix.disentangle(NET, ROWS, observational=CONTROLS, graph="given")
    holey = domix.disentangle(NET, HOLEY, observational=HOLEY_CONTROLS, graph="given", **SUMMED)
    with pytest.warns(DomixWarning, match="dropped"):
        dropped = domix.disentangle(
            NET, HOLEY, observational=HOLEY_CONTROLS, graph="given", missing="drop"
        )
    errors = [
        {c.intervention: c.std_error for c in result.components}
        for result in (complete, holey, dropped)
    ]
    for target in MIX.interventions:
        assert errors[0][target] < errors[1][target] < errors[2][target]


def test_completed_rows_alone_would_claim_too_much():
    _, estimation, found = estimate(HOLEY)
    problem, own = found.inputs.mixtures[0].problem, found.estimates[0]
    completed, _ = weight_covariance(problem, own.fit)
    assert (own.std_errors > np.sqrt(np.diag(completed))).all()
    for c, target in enumerate(own.fit.support):
        if target:
            kept = [k for k in range(3) if k != c]
            reduced = fit(
                problem,
                [own.fit.support[k] for k in kept],
                own.fit.weights[kept],
                own.fit.log_theta,
            )
            assert own.drop_costs[c] < own.fit.objective - reduced.objective
    assert estimation is not None


def test_variable_without_any_value():
    hidden = np.ma.array(ROWS, mask=np.arange(4) == np.full((1200, 1), 2))
    result = domix.disentangle(NET, hidden, **SUMMED)
    assert {c.intervention for c in result.components} == set(MIX.interventions)
    assert np.isfinite(result.log_likelihood)


def test_groups_share_their_tables():
    groups = np.where(np.arange(1200) % 3 == 0, "one", "two")
    results = domix.disentangle(
        NET, HOLEY, observational=HOLEY_CONTROLS, groups=groups, graph="given", **SUMMED
    )
    assert list(results) == ["one", "two"]
    for group, result in results.items():
        assert {c.intervention for c in result.components} == set(MIX.interventions)
        assert result.rows == (groups == group).sum()
        posterior = result.posterior(HOLEY[groups == group], **SUMMED)
        weights = [c.weight for c in result.components]
        assert posterior.mean(axis=0) == pytest.approx(weights, abs=0.01)


def test_label_fills_in_what_its_target_sets():
    frame = NET.decode(HOLEY.data, "polars").to_dict(as_series=False)
    names = list(NET.variables)
    labels: list[Any] = [None] * 1200
    chosen = [r for r in range(1200) if ROWS[r, 0] == 0 and HOLEY.mask[r, 0]][:20]
    for i, name in enumerate(names):
        frame[name] = [
            None if gap else label for gap, label in zip(HOLEY.mask[:, i], frame[name], strict=True)
        ]
    for r in chosen:
        labels[r] = f"{names[0]}={NET.states[names[0]][0]}"
    result = domix.disentangle(NET, pl.DataFrame(frame), labels=labels, **SUMMED)
    known = [c for c in result.components if c.known]
    assert [c.intervention for c in known] == [do({names[0]: NET.states[names[0]][0]})]
    interventions, probabilities = result.assign(HOLEY, labels, **SUMMED)
    assert {interventions[r] for r in chosen} == {known[0].intervention}
    assert (probabilities[chosen] == 1).all()


def test_nothing_done_is_found_where_little_is_known():
    rows = mask(NET.sample(300, rng=4), 0.3)
    result = domix.disentangle(NET, rows, **SUMMED)
    assert [c.intervention for c in result.components] == [do()]
    complete = domix.disentangle(NET, rows.data)
    assert result.components[0].interval[0] < complete.components[0].interval[0]


def test_result_says_what_was_summed_out():
    result = domix.disentangle(NET, HOLEY, **SUMMED)
    entries, rows = HOLEY.mask.sum(), HOLEY.mask.any(axis=1).sum()
    assert result.facts["missing"].startswith(
        f"{entries} entries of {rows} of these rows, summed out"
    )
    assert all(c.exact is None and not c.alternatives for c in result.components)
    controlled = domix.disentangle(NET, ROWS, HOLEY_CONTROLS, graph="given", **SUMMED)
    assert controlled.facts["missing"].startswith("0 entries of 0 of these rows")
    assert "learnt from 600 control rows" in controlled.facts["tables"]
    assert domix.Disentanglement.from_json(result.to_json()).facts == result.facts


def test_impossible_rows_keep_their_numbers():
    net = domix.Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1, 2]},
        {"A": [0.5, 0.5], "B": [[0.5, 0.5, 0], [0.2, 0.8, 0]]},
    )
    rows = pl.DataFrame({"A": [None, 0, None, 1] * 50, "B": [2, 0, 1, None] + [0, 1, 1, None] * 49})
    result = domix.disentangle(net, rows, never_intervened=["B"], **SUMMED)
    assert result.unexplained == (0,)


def test_target_of_impossible_rows_is_found():
    net = domix.Network(
        {"A": [], "B": ["A"], "C": ["A"]},
        {"A": [0, 1], "B": [0, 1], "C": [0, 1]},
        {"A": [0.5, 0.5], "B": [[1, 0], [0, 1]], "C": [[1, 0], [0, 1]]},
    )
    mix = domix.Mixture(net, {do(): 0.5, do(A=1, B=0): 0.5})
    rows = mask(mix.sample(400, rng=8), 0.2)
    result = domix.disentangle(net, rows, **SUMMED)
    assert result.unexplained == ()
    complete = domix.disentangle(net, rows.data)
    assert {c.intervention for c in result.components} == {
        c.intervention for c in complete.components
    }


def test_graph_is_repaired_from_incomplete_rows():
    table = [[0.9, 0.1], [0.2, 0.8]]
    net = domix.Network(
        {"A": [], "B": ["A"], "C": ["B"]},
        dict.fromkeys("ABC", ("low", "high")),
        {"A": [0.5, 0.5], "B": table, "C": table},
    )
    cut = domix.Network(
        {"A": [], "B": ["A"], "C": []},
        net.states,
        {"A": [0.5, 0.5], "B": table, "C": [0.5, 0.5]},
    )
    mix = domix.Mixture(net, {do(): 0.7, do(B="high"): 0.3})
    rows, controls = mask(mix.sample(800, rng=5), 0.1), mask(net.sample(800, rng=6), 0.1)
    with pytest.warns(DomixWarning, match="the graph, which was repaired: added B -> C"):
        result = domix.disentangle(cut, rows, observational=controls, **SUMMED)
    assert result.network.parents["C"] == ("B",)
    assert {c.intervention for c in result.components} == set(mix.interventions)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"bootstrap": 9}, "bootstrap: "), ({"soft": True}, "soft: components cannot be soft")],
)
def test_what_completed_rows_cannot_say_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        domix.disentangle(NET, HOLEY, **options, **SUMMED)
    assert domix.disentangle(NET, ROWS[:200], **options, **SUMMED).components


def test_counts_of_the_same_incomplete_controls_count_once():
    fitted = domix.Network.fit(NET.parents, HOLEY_CONTROLS, NET.states, **SUMMED)
    inputs = read_inputs(fitted, HOLEY, HOLEY_CONTROLS, **SUMMED)
    assert inputs.network.flat_counts is None
    other = read_inputs(fitted, HOLEY, mask(CONTROLS, 0.1, seed=9), **SUMMED)
    assert other.network.flat_counts is not None
