"""Kernels that read whole rows, and their twins, on the inputs that trip kernels up."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import twins
from domix import DataError, Mixture, Network, do
from domix._kernels import _posterior
from domix.data.frame import encode
from domix.engine import over_rows
from domix.query import probability
from domix.query.merged import chunks, merged
from domix.query.sampling import sample

ARRANGED = {
    "plain": lambda codes: codes,
    "fortran": np.asfortranarray,
    "every second row": lambda codes: np.repeat(codes, 2, axis=0)[::2],
    "every third column": lambda codes: np.repeat(codes, 3, axis=1)[:, ::3],
    "rows backwards": lambda codes: codes[::-1].copy()[::-1],
    "columns backwards": lambda codes: codes[:, ::-1].copy()[:, ::-1],
    "one row again and again": lambda codes: np.broadcast_to(codes[:1], codes.shape),
    "rows that overlap": lambda codes: np.lib.stride_tricks.as_strided(
        np.resize(codes[codes < 2], codes.size), codes.shape, (1, 1)
    ),
}
KINDS = {
    "kernel": (
        probability.log_prob,
        probability.log_prob_targets,
        probability.cells,
        probability.mixture_log_prob,
        probability.posterior,
    ),
    "twin": (
        twins.log_prob,
        twins.log_prob_targets,
        twins.cells,
        twins.mixture_log_prob,
        twins.posterior,
    ),
}


def network(n: int, seed: int = 0) -> Network:
    """Up to three parents each, of 2 to 6 states; some zeros, and some tables beyond a byte."""
    rng = np.random.default_rng(seed)
    names = [f"V{i}" for i in range(n)]
    parents = {v: [names[j] for j in range(max(0, i - 3), i)] for i, v in enumerate(names)}
    states = {v: list(range(2 + i % 5)) for i, v in enumerate(names)}
    cpts = {}
    for v in names:
        table = rng.dirichlet(np.ones(len(states[v])), [len(states[p]) for p in parents[v]])
        table[..., 0] += table[..., -1] * (rng.random(table.shape[:-1]) < 0.2)
        table[..., -1][table.sum(axis=-1) > 1 + 1e-9] = 0.0
        cpts[v] = table / table.sum(axis=-1, keepdims=True)
    return Network(parents, states, cpts)


def random_targets(net, count, rng, most=5):
    """Distinct targets on up to ``most`` variables."""
    found = {(): None}
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
@pytest.mark.parametrize("kind", KINDS)
def test_log_probabilities_of_rows_however_they_lie(kind, n, rows, arrange):
    one, many, cells, density, posterior = KINDS[kind]
    net = network(n)
    if rows == 0:
        codes = np.empty((0, n), np.uint8)
    else:
        codes = arrange(net.sample(rows, rng=1))
    codes.flags.writeable = False
    targets = [(), ((0, 1),), ((0, 0), (n - 1, 0))[: min(n, 2)], ((n // 2, 1),)]
    some = codes[:50]
    for target in targets:
        np.testing.assert_allclose(
            one(net.tables, codes, target)[:50], plainly(net, some, target), atol=1e-11
        )
    logs = np.column_stack([plainly(net, some, t) for t in targets]).reshape(len(some), 4)
    np.testing.assert_allclose(many(net.tables, some, targets), logs, atol=1e-11)
    weights = [0.5, 0.25, 0.25, 0.0]
    expected = logs + np.log(np.maximum(weights, 1e-300))
    expected[:, 3] = -np.inf
    whole = np.logaddexp.reduce(expected, axis=1)
    np.testing.assert_allclose(density(net.tables, some, targets, weights), whole, atol=1e-11)
    with np.errstate(invalid="ignore"):
        shares = np.exp(expected - whole[:, None])
    np.testing.assert_allclose(
        posterior(net.tables, some, targets, weights), shares, rtol=1e-10, atol=1e-300
    )
    expected = [[net.tables.layout.entry(i, row) for i in range(n)] for row in some]
    np.testing.assert_array_equal(
        cells(net.tables.layout, some), np.array(expected).reshape(some.shape)
    )


def test_merged_tables_fit_a_byte_and_leave_no_node_out():
    net = network(40)
    base = merged(net.tables)
    assert base.sizes.max() <= 256
    assert 0 < len(base.wide) < 40
    narrow = len(base.sizes) - len(base.wide)
    assert narrow < 40 - len(base.wide)
    np.testing.assert_array_equal(
        np.sort(np.append(base.nodes[: -len(base.wide)], base.wide)), range(40)
    )


@pytest.mark.parametrize("count", [1, 3, 5, 16])
def test_merged_tables_are_those_of_the_twin(count):
    net = network(40)
    base = merged(net.tables)
    rng = np.random.default_rng(count)
    targets = random_targets(net, count, rng)
    [(_, chunk)] = chunks(net.tables, targets, np.zeros(count))
    for g, start in zip(chunk.set_groups, chunk.set_table_ptr[:-1], strict=True):
        here = slice(base.ptr[g], base.ptr[g + 1])
        places = dict(zip(base.variable[here].tolist(), base.shift[here].tolist(), strict=True))
        nodes = [i for i in base.nodes[base.node_ptr[g] : base.node_ptr[g + 1]].tolist() if i >= 0]
        for t, target in enumerate(targets):
            alone = [] if nodes else [i for i in places if i in dict(target)]
            expected = twins.merge(net.tables, nodes or alone, places, target)
            found = chunk.set_tables[start : start + len(expected), t]
            np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("count", [1, 4, 7, 16, 17, 40])
@pytest.mark.parametrize("most", [1, 5, 40])
def test_any_number_of_targets_on_any_number_of_variables(count, most):
    net = network(40)
    rng = np.random.default_rng([count, most])
    targets = random_targets(net, count, rng, most)
    weights = rng.dirichlet(np.ones(count))
    codes = np.vstack([net.sample(300, rng=rng), *(sample(net.tables, 4, t, rng) for t in targets)])
    args = net.tables, codes, targets
    np.testing.assert_allclose(
        probability.log_prob_targets(*args), twins.log_prob_targets(*args), atol=1e-10
    )
    for question in ("mixture_log_prob", "posterior"):
        expected = getattr(twins, question)(*args, weights)
        found = getattr(probability, question)(*args, weights)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-300)


def test_posteriors_of_rows_far_below_the_smallest_number():
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


def test_the_exponentials_of_posteriors_are_exact_to_the_last_digits():
    logs = -np.concatenate([np.linspace(0, 3, 1001), np.geomspace(1e-300, 700, 1001)])
    found = logs[:, None].copy()
    _posterior.posterior(found, np.zeros(len(logs)))
    np.testing.assert_allclose(found[:, 0], np.exp(logs), rtol=5e-16)


@pytest.mark.parametrize("threads", [1, 2])
def test_narrow_numbers_are_wide_ones_rounded(threads):
    net = network(19)
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


def test_what_log_prob_holds_is_bounded_for_any_targets():
    net = network(300)
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
        question(net.tables, codes[:1], *args)
        tracemalloc.start()
        question(net.tables, codes, *args)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < result * len(codes) + 2 * 2**20


@pytest.mark.parametrize("bad", [3, 4, 5, 255])
@pytest.mark.parametrize("row", [0, 15, 1023, 1024, 2999])
def test_a_code_out_of_range_is_named(bad, row):
    net = network(19)
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
def test_what_are_no_codes_is_refused(data):
    with pytest.raises(DataError):
        network(19).log_prob(data)


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint32, ">i4", bool])
def test_any_integers_are_codes(dtype):
    net = network(19)
    codes = np.minimum(net.sample(100, rng=0), 1)
    np.testing.assert_array_equal(net.log_prob(codes.astype(dtype)), net.log_prob(codes))
    assert encode(net.space, codes.astype(dtype)).codes.dtype == np.uint8


def test_any_number_of_threads_gives_the_same_bits():
    net = network(19)
    mix = Mixture(net, {do(): 0.5, do(V1=0, V7=1): 0.3, do(V18=0): 0.2})
    codes = mix.sample(100_000, rng=0)
    for question in (net.log_prob, net.prob, mix.log_prob, mix.prob, mix.posterior):
        alone = question(codes, threads=1)
        for threads in (2, 3, None):
            np.testing.assert_array_equal(question(codes, threads=threads), alone)
    np.testing.assert_array_equal(net.log_prob(codes[77_777:77_778]), net.log_prob(codes)[77_777])


def test_rows_are_shared_out_in_order_and_none_twice():
    parts = over_rows(lambda rows: list(range(rows.start, rows.stop)), 2_000_000, 1, 3)
    assert len(parts) > 1
    assert [r for part in parts for r in part] == list(range(2_000_000))


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_a_number_of_threads_is_a_whole_number_from_one(threads):
    with pytest.raises(DataError, match="threads: must be a whole number of at least 1"):
        network(3).log_prob(np.zeros((1, 3), np.uint8), threads=threads)


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "SFC64", "MT19937"])
def test_a_seed_gives_the_same_rows_and_leaves_the_generator_the_same(bits):
    net = network(19)
    target = do(V3=1, V9=0)
    mix = Mixture(net, {do(): 0.5, target: 0.5})
    drawn = []
    for threads in (1, 2, 5, None):
        rng = np.random.Generator(getattr(np.random, bits)(7))
        # An odd number of 32-bit draws leaves half of a 64-bit one waiting.
        rng.integers(10, size=3, dtype=np.uint32)
        rows = net.sample(100_000, do=target, rng=rng, threads=threads)
        mixed = mix.sample(70_000, rng=rng, threads=threads)
        drawn.append((rows, mixed, rng.integers(2**32, size=5, dtype=np.uint64)))
        drawn[-1] = (*drawn[-1], rng.integers(10, size=5, dtype=np.uint32))
    rng = np.random.Generator(getattr(np.random, bits)(7))
    rng.integers(10, size=3, dtype=np.uint32)
    plain = twins.sample(net.tables, rng.random((100_000, 19)), net.target(target))
    np.testing.assert_array_equal(drawn[0][0], plain)
    for other in drawn[1:]:
        for first, second in zip(drawn[0], other, strict=True):
            np.testing.assert_array_equal(first, second)


def test_sampling_leaves_a_half_drawn_number_waiting():
    net = network(19)
    left = []
    for draw in (lambda rng: net.sample(1000, rng=rng), lambda rng: rng.random((1000, 19))):
        rng = np.random.default_rng(7)
        rng.integers(10, size=3, dtype=np.uint32)
        draw(rng)
        left.append(rng.integers(10, size=9, dtype=np.uint32))
    np.testing.assert_array_equal(*left)
