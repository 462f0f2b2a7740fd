"""Classes of rows: complete, exact, and the same however rows are divided into shards."""

from __future__ import annotations

from unittest import mock

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domix.data.rows import distinct
from domix.engine.threads import Threads
from domix.shards import classes as classes_module
from domix.shards import rows as rows_module
from domix.shards import words
from domix.shards.rows import ShardedRows
from domix.shards.shard import Shard
from em_problems import problems

SEEDS = st.integers(0, 2**32 - 1)


def shards_of(problem, rng, threads=1):
    """The rows of a problem, each count split at random over up to five shards."""
    number = int(rng.integers(1, 6))
    parts = []
    for counts in rng.multinomial(problem.counts.astype(int), np.full(number, 1 / number)).T:
        kept = np.flatnonzero(counts)
        codes, own = problem.codes[kept], counts[kept].astype(float)
        parts.append(Shard(np.asfortranarray(codes), own, float(len(kept))))
    engine = Threads(threads)
    return ShardedRows.build(engine, engine.spread(parts), problem.layout.cards)


def zeros_of(problem):
    zeros = problem.theta == 0
    return zeros if zeros.any() else None


def check(problem, found, targets):
    """Compare classes with what the targets read of each row."""
    expected: dict[tuple, float] = {}
    by_target = {target: set(problem.rows_of(target).tolist()) for target in targets}
    for row, count in enumerate(problem.counts):
        produced = tuple(row in by_target[target] for target in targets)
        variables = {v for t, p in zip(targets, produced, strict=True) if p for v, _ in t}
        entries = tuple((v, int(problem.entries[row, v])) for v in sorted(variables))
        expected[produced, entries] = expected.get((produced, entries), 0.0) + count
    got = {}
    order = [found.targets.index(target) for target in targets]
    for matches, entries, count in zip(found.matches, found.entries, found.counts, strict=True):
        produced = tuple(bool(matches[place]) for place in order)
        variables = {v for t, p in zip(targets, produced, strict=True) if p for v, _ in t}
        key = produced, tuple((v, int(entries[found.column_of[v]])) for v in sorted(variables))
        got[key] = got.get(key, 0.0) + count
    assert got == expected


@given(problems(), SEEDS)
def test_classes_are_what_targets_read(made, seed):
    problem, targets, _ = made
    rows = shards_of(problem, np.random.default_rng(seed))
    found, numbers = rows.divide(problem.layout, targets, zeros_of(problem))
    check(problem, found, targets)
    # No two classes are alike, so that there are no more than needed.
    alike = np.column_stack([found.matches, found.entries])
    assert len(np.unique(alike, axis=0)) == len(found.counts)
    for own in rows.engine.collect(lambda own: own, numbers):
        assert own.min() >= 0
        assert own.max() < len(found.counts)


@given(problems(), SEEDS)
def test_refined_classes_are_what_targets_read(made, seed):
    problem, targets, _ = made
    rng = np.random.default_rng(seed)
    rows, zeros = shards_of(problem, rng), zeros_of(problem)
    known = int(rng.integers(1, len(targets) + 1))
    base, numbers = rows.divide(problem.layout, targets[:known], zeros)
    found = rows.refine(base, numbers, problem.layout, targets[known:], zeros)
    check(problem, found, targets)
    for target, part in zip(
        targets, rows.refine_by_each(base, numbers, problem.layout, targets, zeros), strict=True
    ):
        produced = problem.rows_of(target)
        assert part.counts.sum() == problem.counts[produced].sum()
        ratios = problem.log_ratios(target, problem.log_theta)
        expected = problem.counts[produced] @ ratios
        assert np.isclose(part.counts @ part.log_ratios(problem.log_theta), expected)


@given(problems(), SEEDS)
def test_classes_do_not_depend_on_shards(made, seed):
    problem, targets, _ = made
    rng = np.random.default_rng(seed)
    one, other = (
        shards_of(problem, rng, threads).divide(problem.layout, targets, zeros_of(problem))[0]
        for threads in (1, 2)
    )
    for name in ("matches", "entries", "counts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(problems(), SEEDS)
def test_keys_that_overflow_are_read_in_stages(made, seed):
    problem, targets, _ = made
    rows = shards_of(problem, np.random.default_rng(seed))
    layout, zeros = problem.layout, zeros_of(problem)
    whole = rows.divide(layout, targets, zeros)[0]
    # Each stage then has room for one variable.
    with mock.patch.object(classes_module, "STAGE_SIZE", 2):
        staged = rows.divide(layout, targets, zeros)[0]
    np.testing.assert_array_equal(whole.matches, staged.matches)
    np.testing.assert_array_equal(whole.entries, staged.entries)
    np.testing.assert_array_equal(whole.counts, staged.counts)


@given(problems(), SEEDS)
def test_classes_do_not_depend_on_words_or_parts(made, seed):
    problem, targets, _ = made
    rows, zeros = shards_of(problem, np.random.default_rng(seed)), zeros_of(problem)
    known, more = targets[:1], targets[1:]

    def read():
        base, numbers = rows.divide(problem.layout, known, zeros)
        finer = rows.refine(base, numbers, problem.layout, more, zeros)
        parts = rows.refine_by_each(base, numbers, problem.layout, targets, zeros)
        numbers_here = rows.engine.collect(lambda own: own, numbers)
        arrays = [a for own in (base, finer) for a in (own.matches, own.entries, own.counts)]
        arrays += [a for own in parts for a in (own.parents, own.entries, own.counts)]
        return [*arrays, *numbers_here]

    expected = read()
    with (
        # Each column of a key has a word of its own, and each shard and target is read alone.
        mock.patch.object(words, "WORD", 1),
        mock.patch.object(rows_module, "ADDED_AT_ONCE", 1),
        mock.patch.object(rows_module, "WORDS_AT_ONCE", 1),
    ):
        found = read()
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.lists(st.sampled_from([1, 2, 3, 10**6, 2**33]), min_size=1, max_size=9), SEEDS)
def test_packed_keys_are_unpacked_and_ordered_alike(sizes, seed):
    rng = np.random.default_rng(seed)
    keys = np.column_stack([rng.integers(0, size, 20) for size in sizes]).astype(np.uint64)
    packed = words.pack(keys, sizes)
    np.testing.assert_array_equal(words.unpack(packed, sizes), keys)
    merged, counts = words.merge([(packed[:9], np.ones(9)), (packed[9:], np.ones(11))])
    distinct_keys, times = np.unique(keys, axis=0, return_counts=True)
    np.testing.assert_array_equal(words.unpack(merged, sizes), distinct_keys)
    np.testing.assert_array_equal(counts, times)


@given(problems(), SEEDS)
def test_sums_over_shards_are_those_of_the_rows(made, seed):
    problem, _, _ = made
    rng = np.random.default_rng(seed)
    rows = shards_of(problem, rng)
    assert rows.total == problem.total
    np.testing.assert_array_equal(rows.count_entries(problem.layout), problem.entry_counts)
    everything = rows.thin(1.0, rng, problem.layout.cards)
    np.testing.assert_array_equal(everything.codes, problem.codes)
    np.testing.assert_array_equal(everything.counts, problem.counts)
    again = rows.resample(rows.total, rng)
    assert again.total == rows.total


@given(st.integers(1, 300), SEEDS)
def test_sums_of_parts_are_those_of_all(number, seed):
    arrays = list(np.random.default_rng(seed).normal(size=(number, 2)) * 10.0**8)
    engine = Threads(1)
    shards = engine.spread([Shard(np.zeros((1, 1), np.uint8, order="F"), x, 1.0) for x in arrays])
    rows = ShardedRows(engine, shards, (1,) * number, (1.0,) * number)
    in_parts = rows.add_up(lambda own: own.counts)
    np.testing.assert_array_equal(in_parts, rows_module.add_pairwise(arrays))


def test_small_neighbours_become_one_shard():
    engine = Threads(1)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (4000, 3)).astype(np.uint8)
    cards = np.array([2, 2, 2])
    parts = [Shard.merge(codes[k : k + 1000], cards) for k in range(0, 4000, 1000)]
    rows = ShardedRows.build(engine, engine.spread(parts), cards)
    assert rows.sizes == (8,)
    assert rows.total == 4000
    merged = rows.thin(1.0, rng, cards)
    np.testing.assert_array_equal(merged.counts, distinct(codes, cards).counts)


def test_a_thinned_sample_has_the_share_of_the_rows():
    engine, cards = Threads(1), np.array([2, 2])
    codes = np.array([[0, 0], [0, 1], [1, 1]], np.uint8)
    parts = [Shard(np.asfortranarray(codes), np.full(3, 1000.0), 3000.0) for _ in range(4)]
    rows = ShardedRows(engine, engine.spread(parts), (3,) * 4, (3000.0,) * 4)
    sample = rows.thin(0.25, np.random.default_rng(0), cards)
    np.testing.assert_array_equal(sample.codes, codes)
    assert abs(sample.counts - 1000).max() < 5 * (4000 * 0.25 * 0.75) ** 0.5
    again = rows.thin(0.25, np.random.default_rng(0), cards)
    np.testing.assert_array_equal(again.counts, sample.counts)


def test_shards_without_rows_are_resampled():
    """Half of a shard of one row has none."""
    engine, cards = Threads(1), np.array([2])
    codes = [np.zeros((1, 1), np.uint8), np.tile(np.array([[0], [1]], np.uint8), (50, 1))]
    shards = engine.spread([Shard.merge(own, cards) for own in codes])
    for half in ShardedRows(engine, shards, (1, 2), (1.0, 100.0)).halve(np.random.default_rng(0)):
        assert half.resample(half.total, np.random.default_rng(1)).total == half.total
