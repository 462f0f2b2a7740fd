"""Every kernel beside its plain twin, on the inputs that trip kernels up."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twins
from domix._kernels import _joint, _lift, _mixture, _moves, _sample, _targets
from domix.data.rows import distinct
from domix.disentangle.joint import Em, Fit, Support, fit
from domix.disentangle.lift import Groups, allowed_start
from domix.disentangle.moves import Outlook, _as_matrix
from domix.disentangle.problem import Problem
from domix.query.probability import cells, log_prob, log_prob_targets
from strategies import interventions, networks

MODULES = (_joint, _lift, _mixture, _moves, _sample, _targets)


@st.composite
def problems(draw, learn=None):
    """A network, rows of a mixture on it, and a few targets that the rows may hold."""
    net = draw(networks(most=4, cards=(2, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    targets = [net.target(draw(interventions(net))) for _ in range(draw(st.integers(1, 3)))]
    targets = list(dict.fromkeys([(), *targets]))
    codes = np.concatenate([net.sample(60, do=net.space.assignment(t), rng=rng) for t in targets])
    learnt = draw(st.booleans()) if learn is None else learn
    prior = rng.integers(1, 9, net.tables.layout.size) * 1.0 if learnt else None
    problem = Problem(net.tables, distinct(codes, net.space.cards), prior)
    weights = rng.dirichlet(np.ones(len(targets)))
    return problem, targets, weights


def layouts(net):
    return net.tables.layout


@given(st.data(), networks(cards=(1, 5)))
def test_cells_and_log_prob_agree_with_the_twin(data, net):
    rows = data.draw(st.sampled_from([0, 1, 7, 1023, 1024, 1025, 2500]))
    codes = net.sample(rows, rng=rows)
    target = net.target(data.draw(interventions(net)))
    np.testing.assert_array_equal(
        cells(net.tables.layout, codes), twins.cells(net.tables.layout, codes)
    )
    np.testing.assert_allclose(
        log_prob(net.tables, codes, target), twins.log_prob(net.tables, codes, target), atol=1e-12
    )


@given(st.data(), networks(cards=(1, 4)))
def test_many_targets_agree_with_one_at_a_time(data, net):
    targets = [net.target(data.draw(interventions(net))) for _ in range(3)]
    codes = np.concatenate([net.sample(40, do=net.space.assignment(t), rng=1) for t in targets])
    np.testing.assert_allclose(
        log_prob_targets(net.tables, codes, targets),
        twins.log_prob_targets(net.tables, codes, targets),
        atol=1e-11,
    )


@pytest.mark.parametrize(
    "arrange",
    [
        np.asfortranarray,
        lambda codes: np.repeat(codes, 2, axis=0)[::2],
        lambda codes: np.repeat(codes, 3, axis=1)[:, ::3],
    ],
    ids=["fortran", "every second row", "every third column"],
)
def test_any_memory_order_gives_the_same_answer(arrange, chain):
    codes = chain.sample(3000, rng=0)
    arranged = arrange(codes)
    arranged.flags.writeable = False
    np.testing.assert_array_equal(log_prob(chain.tables, arranged), log_prob(chain.tables, codes))


@given(st.data(), networks(cards=(1, 4)))
def test_sampling_agrees_with_the_twin(data, net):
    target = net.target(data.draw(interventions(net)))
    uniforms = np.random.default_rng(5).random((300, len(net.variables)))
    uniforms[0] = 0.0
    uniforms[1] = np.nextafter(1.0, 0.0)
    layout = net.tables.layout
    out = np.empty(uniforms.shape, dtype=np.uint8)
    fixed = np.full(layout.n, -1)
    for i, v in target:
        fixed[i] = v
    _sample.sample(
        uniforms,
        np.array(layout.order, dtype=np.int64),
        layout.cards,
        layout.offsets,
        layout.parent_ptr,
        layout.parent_index,
        layout.parent_stride,
        net.tables.cumulative,
        fixed,
        np.empty(layout.n * _sample.ROWS, np.uint8),
        out,
    )
    np.testing.assert_array_equal(out, twins.sample(net.tables, uniforms, target))


@given(problems())
def test_one_em_step_agrees_with_the_dense_twin(made):
    problem, targets, weights = made
    em = Em(problem, targets, problem.log_theta)
    support = Support(problem, targets)
    reference = support.row_maxima(support.log_ratios(problem.log_theta))
    objective, new_weights, new_logs = em.step(weights, problem.log_theta)
    expected, mass, moved = twins.mixture_em_step(
        problem, targets, weights, problem.log_theta, reference
    )
    assert objective == pytest.approx(
        expected
        + problem.counts @ reference
        + (problem.cell_totals @ problem.log_theta if problem.learn else 0.0),
        rel=1e-10,
    )
    np.testing.assert_allclose(new_weights, mass / mass.sum(), atol=1e-10)
    if problem.learn:
        counts = problem.prior + problem.cell_counts - moved
        sums = np.add.reduceat(counts, problem.layout.row_starts)[problem.layout.row_of_cell]
        np.testing.assert_allclose(np.exp(new_logs), counts / sums, atol=1e-9)


@given(problems())
def test_one_lift_step_agrees_with_the_twin(made):
    problem, targets, weights = made
    k = int(problem.layout.cards[0])
    part = problem.layout.cells_of(0)
    rng = np.random.default_rng(len(problem.counts))
    lengths = rng.integers(1, len(targets) + 1, size=len(problem.counts))
    ptr = np.concatenate([[0], np.cumsum(lengths)])
    prefix = np.concatenate([np.sort(rng.permutation(len(targets))[:m]) for m in lengths])
    groups = Groups(
        ptr,
        prefix.astype(np.int32),
        rng.random(len(prefix)) + 0.1,
        problem.cells[:, 0].astype(np.int64) - part.start,
        problem.counts,
        np.zeros(len(targets) * (k + 1)),
    )
    everything = np.ones((len(targets), k + 1), dtype=bool)
    start = allowed_start(weights, k, 0, 0.5, everything)
    theta = np.full(part.stop - part.start, 1.0 / k)
    mass, stayed = np.zeros(len(start)), np.zeros(len(theta))
    objective = _lift.em_step(
        groups.entry_ptr,
        groups.prefix,
        groups.value,
        groups.cell,
        groups.counts,
        k,
        50.0,
        start,
        theta,
        mass,
        stayed,
    )
    expected = twins.lift_em_step(groups, k, start, theta)
    assert objective == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(mass, expected[1], atol=1e-10)
    np.testing.assert_allclose(stayed, expected[2], atol=1e-10)


@given(problems())
def test_single_changes_are_what_whole_ratios_say(made):
    problem, targets, weights = made
    outlook = Outlook(problem, fit(problem, targets, weights, problem.log_theta, steps=3))
    now: Fit = outlook.fit
    cards = problem.layout.cards
    slot_ptr = np.concatenate([[0], np.cumsum(cards + 1)])
    first = np.zeros((len(targets), slot_ptr[-1]))
    second = np.zeros_like(first)
    theta = np.exp(now.log_theta)
    theta[problem.theta == 0] = 0.0
    _moves.single_changes(
        problem.codes,
        problem.cells,
        problem.counts,
        now.log_theta,
        theta,
        outlook.log_density,
        _as_matrix(targets, problem.layout.n),
        np.log(np.maximum(now.weights, 1e-300)),
        slot_ptr,
        first,
        second,
    )
    for donor, target in enumerate(targets):
        held = dict(target)
        for i, k in enumerate(cards):
            for value in range(int(k) + 1):
                if held.get(i) == value or (value == k and i not in held):
                    continue
                rest = {a: b for a, b in target if a != i}
                changed = tuple(sorted((rest if value == k else {**rest, i: value}).items()))
                expected = twins.single_change_gain(outlook, donor, changed)
                at = slot_ptr[i] + value
                assert first[donor, at] == pytest.approx(expected[0], rel=1e-6, abs=1e-6)
                assert second[donor, at] == pytest.approx(expected[1], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__.rsplit(".", 1)[1])
def test_no_kernel_takes_none_for_an_array(module):
    functions = [f for name, f in vars(module).items() if inspect.isroutine(f)]
    functions = [f for f in functions if getattr(f, "__module__", "") == module.__name__]
    assert functions
    for function in functions:
        with pytest.raises(TypeError):
            function(*[None] * 20)
