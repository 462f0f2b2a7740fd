"""Kernels that read whole rows, and their reference implementations, on difficult inputs."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError, Mixture, Network, do
from domix._kernels import _posterior
from domix.core.tables import Target
from domix.data.frame import encode
from domix.engine.rows import over_rows
from domix.query import probability
from domix.query.merged import chunks, merged_tables
from domix.query.sampling import sample
from reference import joint
from strategies import interventions, network_of_many_states, networks

ARRANGED = {
    "plain": lambda codes: codes,
    "fortran": np.asfortranarray,
    "every second row": lambda codes: np.repeat(codes, 2, axis=0)[::2],
    "every third column": lambda codes: np.repeat(codes, 3, axis=1)[:, ::3],
    "rows backwards": lambda codes: codes[::-1].copy()[::-1],
    "columns backwards": lambda codes: codes[:, ::-1].copy()[:, ::-1],
    "one row repeated": lambda codes: np.broadcast_to(codes[:1], codes.shape),
    "rows that overlap": lambda codes: np.lib.stride_tricks.as_strided(
        np.resize(codes[codes < 2], codes.size), codes.shape, (1, 1)
    ),
}
IMPLEMENTATIONS = {"kernel": probability, "reference": joint}


def random_targets(net, count, rng, most=5):
    """Distinct targets on up to ``most`` variables."""
    found: dict[Target, None] = {(): None}
    while len(found) < count:
        which = np.sort(rng.choice(len(net.variables), rng.integers(1, most + 1), replace=False))
        target = tuple((int(i), int(rng.integers(len(net.states[f"V{i}"])))) for i in which)
        found[target] = None
    return list(found)


def plainly(net, codes, target):
    """Row by row from the tables' own values."""
    fixed = dict(target)
    out = np.zeros(len(codes))
    with np.errstate(divide="ignore"):
        for r, row in enumerate(codes):
            for i in range(net.tables.layout.n):
                if i in fixed:
                    out[r] += 0.0 if row[i] == fixed[i] else -np.inf
                else:
                    out[r] += np.log(net.tables.values[net.tables.layout.entry(i, row)])
    return out


@pytest.mark.parametrize("arrange", ARRANGED.values(), ids=ARRANGED)
@pytest.mark.parametrize("rows", [0, 1, 15, 16, 17, 40, 1025])
@pytest.mark.parametrize("n", [1, 2, 7, 16, 19])
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS)
def test_probabilities_of_rows_in_any_memory_order(implementation, n, rows, arrange):
    net = network_of_many_states(n)
    if rows == 0:
        codes = np.empty((0, n), np.uint8)
    else:
        codes = arrange(net.sample(rows, rng=1))
    codes.flags.writeable = False
    targets = [(), ((0, 1),), ((0, 0), (n - 1, 0))[: min(n, 2)], ((n // 2, 1),)]
    some = codes[:50]
    for target in targets:
        np.testing.assert_allclose(
            implementation.log_prob(net.tables, codes, target)[:50],
            plainly(net, some, target),
            atol=1e-11,
        )
    logs = np.column_stack([plainly(net, some, t) for t in targets]).reshape(len(some), 4)
    np.testing.assert_allclose(
        implementation.log_prob_targets(net.tables, some, targets), logs, atol=1e-11
    )
    weights = [0.5, 0.25, 0.25, 0.0]
    expected = logs + np.log(np.maximum(weights, 1e-300))
    expected[:, 3] = -np.inf
    whole = np.logaddexp.reduce(expected, axis=1)
    found = implementation.mixture_log_prob(net.tables, some, targets, weights)
    np.testing.assert_allclose(found, whole, atol=1e-11)
    with np.errstate(invalid="ignore"):
        shares = np.exp(expected - whole[:, None])
    found = implementation.posterior(net.tables, some, targets, weights)
    np.testing.assert_allclose(found, shares, rtol=1e-10, atol=1e-300)
    entries = [[net.tables.layout.entry(i, row) for i in range(n)] for row in some]
    np.testing.assert_array_equal(
        implementation.entry_indices(net.tables.layout, some),
        np.array(entries).reshape(some.shape),
    )


@given(st.data(), networks(cards=(1, 5)))
def test_entries_and_log_prob_equal_the_reference(data, net):
    rows = data.draw(st.sampled_from([0, 1, 7, 1023, 1024, 1025, 2500]))
    codes = net.sample(rows, rng=rows)
    target = net.target(data.draw(interventions(net)))
    np.testing.assert_array_equal(
        probability.entry_indices(net.tables.layout, codes),
        joint.entry_indices(net.tables.layout, codes),
    )
    np.testing.assert_allclose(
        probability.log_prob(net.tables, codes, target),
        joint.log_prob(net.tables, codes, target),
        atol=1e-12,
    )


@given(st.data(), networks(cards=(1, 4)))
def test_many_targets_equal_the_reference(data, net):
    targets = [net.target(data.draw(interventions(net))) for _ in range(3)]
    codes = np.concatenate([net.sample(40, do=net.space.assignment(t), rng=1) for t in targets])
    np.testing.assert_allclose(
        probability.log_prob_targets(net.tables, codes, targets),
        joint.log_prob_targets(net.tables, codes, targets),
        atol=1e-11,
    )


@pytest.mark.parametrize("arrange", list(ARRANGED.values())[1:4], ids=list(ARRANGED)[1:4])
def test_any_memory_order_gives_the_same_bits(arrange, chain):
    codes = chain.sample(3000, rng=0)
    arranged = arrange(codes)
    arranged.flags.writeable = False
    np.testing.assert_array_equal(
        probability.log_prob(chain.tables, arranged), probability.log_prob(chain.tables, codes)
    )


def test_merged_tables_fit_a_byte_and_hold_every_node():
    net = network_of_many_states(40)
    base = merged_tables(net.tables)
    assert base.sizes.max() <= 256
    assert 0 < len(base.wide) < 40
    narrow = len(base.sizes) - len(base.wide)
    assert narrow < 40 - len(base.wide)
    np.testing.assert_array_equal(
        np.sort(np.append(base.groups.nodes[: -len(base.wide)], base.wide)), range(40)
    )


@pytest.mark.parametrize("count", [1, 3, 5, 16])
def test_merged_tables_equal_the_reference(count):
    net = network_of_many_states(40)
    groups = merged_tables(net.tables).groups
    rng = np.random.default_rng(count)
    targets = random_targets(net, count, rng)
    [(_, chunk)] = chunks(net.tables, targets, np.zeros(count))
    for g, start in zip(chunk.set_groups, chunk.set_table_ptr[:-1], strict=True):
        part = slice(groups.ptr[g], groups.ptr[g + 1])
        places = dict(zip(groups.variable[part], groups.shift[part], strict=True))
        nodes = [i for i in groups.nodes[groups.node_ptr[g] : groups.node_ptr[g + 1]] if i >= 0]
        for t, target in enumerate(targets):
            alone = [] if nodes else [i for i in places if i in dict(target)]
            expected = joint.merge(net.tables, nodes or alone, places, target)
            found = np.asarray(chunk.set_tables)[start : start + len(expected), t]
            np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("count", [1, 4, 7, 16, 17, 40])
@pytest.mark.parametrize("most", [1, 5, 40])
def test_any_number_of_targets_on_any_number_of_variables(count, most):
    net = network_of_many_states(40)
    rng = np.random.default_rng([count, most])
    targets = random_targets(net, count, rng, most)
    weights = rng.dirichlet(np.ones(count))
    codes = np.vstack([net.sample(300, rng=rng), *(sample(net.tables, 4, t, rng) for t in targets)])
    args = net.tables, codes, targets
    np.testing.assert_allclose(
        probability.log_prob_targets(*args), joint.log_prob_targets(*args), atol=1e-10
    )
    for question in ("mixture_log_prob", "posterior"):
        expected = getattr(joint, question)(*args, weights)
        found = getattr(probability, question)(*args, weights)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)


def test_posteriors_of_rows_below_the_smallest_number():
    # Products of a thousand probabilities of 1/4 underflow; their ratios do not.
    net = Network(
        {f"V{i}": [] for i in range(1000)},
        {f"V{i}": [0, 1, 2, 3] for i in range(1000)},
        {f"V{i}": [0.25] * 4 for i in range(1000)},
    )
    mix = Mixture(net, {do(): 0.5, do(V0=0): 0.25, do(V0=0, V1=0): 0.25})
    rows = np.zeros((2, 1000), np.uint8)
    rows[1, 1] = 1
    shares = np.array([[0.5, 0.25 * 4, 0.25 * 16], [0.5, 0.25 * 4, 0]])
    logs = np.log(shares.sum(axis=1)) + 1000 * np.log(0.25)
    np.testing.assert_allclose(mix.log_prob(rows), logs, rtol=1e-13)
    expected = shares / shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(mix.posterior(rows), expected, rtol=1e-11)
    assert mix.posterior(rows)[1, 2] == 0


def test_exponentials_of_posteriors_are_accurate():
    logs = -np.concatenate([np.linspace(0, 3, 1001), np.geomspace(1e-300, 700, 1001)])
    found = logs[:, None].copy()
    _posterior.posterior(found, np.zeros(len(logs)))
    np.testing.assert_allclose(found[:, 0], np.exp(logs), rtol=5e-16)


@pytest.mark.parametrize("threads", [1, 2])
def test_single_precision_is_rounded_double_precision(threads):
    net = network_of_many_states(19)
    mix = Mixture(net, {do(): 0.5, do(V1=0): 0.5})
    codes = net.sample(100_000, rng=0)
    for question in (net.log_prob, mix.log_prob):
        narrow = question(codes, threads=threads, dtype=np.float32)
        assert narrow.dtype == np.float32
        np.testing.assert_array_equal(narrow, question(codes).astype(np.float32))
        for bad in (np.int64, np.float16, "wide", object):
            with pytest.raises(DataError, match=r"dtype: must be numpy\.float64 or numpy\.float32"):
                question(codes, dtype=bad)


@pytest.mark.parametrize("bad", [None, np.zeros((2, 3), np.float32), np.zeros(3)])
def test_posteriors_of_arrays_of_another_kind_are_refused(bad):
    for kernel in (_posterior.add, _posterior.posterior):
        with pytest.raises((ValueError, TypeError)):
            kernel(bad, np.zeros(2))


def traced_peak(question, *args):
    tracemalloc.start()
    question(*args)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_of_log_prob_is_bounded_for_any_targets():
    net = network_of_many_states(300)
    codes = net.sample(20_000, rng=0)
    targets = random_targets(net, 100, np.random.default_rng(0), 20)
    weights = np.full(100, 0.01)
    for question, args, result in (
        (probability.log_prob, (), 8),
        (probability.log_prob, (targets[0],), 8),
        (probability.log_prob_targets, (targets,), 800),
        (probability.mixture_log_prob, (targets, weights), 8),
        (probability.posterior, (targets, weights), 808),
    ):
        # Of several peaks the least, as threads of other libraries are traced as well.
        peaks = [traced_peak(question, net.tables, codes, *args) for _ in range(3)]
        assert min(peaks) < result * len(codes) + 2 * 2**20


@pytest.mark.parametrize("bad", [3, 4, 5, 255])
@pytest.mark.parametrize("row", [0, 15, 1023, 1024, 2999])
def test_a_code_out_of_range_is_named(bad, row):
    net = network_of_many_states(19)
    mix = Mixture(net, {do(): 0.5, do(V1=0): 0.5})
    codes = net.sample(3000, rng=0)
    codes[row, 6] = bad
    for arranged in (codes, np.asfortranarray(codes)):
        for question in (net.log_prob, net.prob, mix.log_prob, mix.prob, mix.posterior):
            with pytest.raises(DataError, match=f"row {row} .*'V6': code {bad} is out of range"):
                question(arranged)


@pytest.mark.parametrize(
    "data",
    [
        None,
        np.zeros((3, 18), np.uint8),
        np.zeros(19, np.uint8),
        np.zeros((3, 19)),
        np.ma.masked_equal(np.zeros((3, 19), np.uint8), 0),
        np.full((3, 19), -1),
        np.full((3, 19), 256),
    ],
)
def test_arrays_that_are_not_codes_are_refused(data):
    with pytest.raises(DataError):
        network_of_many_states(19).log_prob(data)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint32, ">i4", bool])
def test_any_integers_are_codes(dtype):
    net = network_of_many_states(19)
    codes = np.minimum(net.sample(100, rng=0), 1)
    np.testing.assert_array_equal(net.log_prob(codes.astype(dtype)), net.log_prob(codes))
    assert encode(net.space, codes.astype(dtype)).codes.dtype == np.uint8


def test_any_number_of_threads_gives_the_same_bits():
    net = network_of_many_states(19)
    mix = Mixture(net, {do(): 0.5, do(V1=0, V7=1): 0.3, do(V18=0): 0.2})
    codes = mix.sample(100_000, rng=0)
    for question in (net.log_prob, net.prob, mix.log_prob, mix.prob, mix.posterior):
        alone = question(codes, threads=1)
        for threads in (2, 3, None):
            np.testing.assert_array_equal(question(codes, threads=threads), alone)
    np.testing.assert_array_equal(net.log_prob(codes[77_777:77_778]), net.log_prob(codes)[77_777])


def test_slices_cover_the_rows_once_and_in_order():
    parts = over_rows(lambda rows: list(range(rows.start, rows.stop)), 2_000_000, 1, 3)
    assert len(parts) > 1
    assert [r for part in parts for r in part] == list(range(2_000_000))


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_threads_is_a_whole_number_from_one(threads):
    with pytest.raises(DataError, match="threads: must be a whole number of at least 1"):
        network_of_many_states(3).log_prob(np.zeros((1, 3), np.uint8), threads=threads)
