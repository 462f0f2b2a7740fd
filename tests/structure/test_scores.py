"""Scores of families: counts of weighted rows, equivalence, and tables that are too large."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.options.graph import GraphOptions
from domix.structure.dag import Dag
from domix.structure.scores import MOST_ENTRIES, EdgePrior, FamilyScores
from domix.structure.tabu import climb
from reference import family as reference
from reference.graphs import all_dags, classes, random_codes, random_scores

CARDS = np.array([2, 3, 2, 2])
SIZES = (3.0, 100.0)


@pytest.mark.parametrize("seed", range(5))
def test_equivalent_graphs_score_the_same(seed):
    scores = random_scores(seed, sizes=SIZES)
    for size in range(len(SIZES)):
        for members in classes(4):
            totals = [scores.total(dag, size) for dag in members]
            assert np.ptp(totals) < 1e-8


@pytest.mark.parametrize("shape", ["rows", "rows and variables"])
@given(data=st.data())
def test_scores_equal_the_reference(data, shape):
    codes = random_codes(data.draw(st.integers(0, 5)), rows=40)
    rng = np.random.default_rng(0)
    weights = rng.exponential(size=40 if shape == "rows" else (4, 40))
    scores = FamilyScores(codes, weights, CARDS, SIZES)
    node = data.draw(st.integers(0, 3))
    parents = data.draw(st.sets(st.sampled_from(sorted({0, 1, 2, 3} - {node}))))
    family = np.array([*sorted(parents), node])
    expected = np.zeros(int(CARDS[family].prod()))
    own = weights if weights.ndim == 1 else weights[node]
    reference.count(codes.T, own, CARDS, family, expected)
    np.testing.assert_allclose(scores.counts(node, frozenset(parents)), expected)
    for i, size in enumerate(SIZES):
        assert scores.score(node, frozenset(parents), i) == pytest.approx(
            reference.bdeu(expected, int(CARDS[node]), size), rel=1e-9, abs=1e-8
        )


def test_the_memory_order_of_weights_does_not_matter():
    codes, weights = random_codes(0, rows=40), np.random.default_rng(0).exponential(size=(4, 40))
    totals = [
        FamilyScores(codes, np.array(weights, order=order), CARDS, SIZES).total(dag)
        for dag in all_dags(4)[:1]
        for order in ("C", "F")
    ]
    assert totals[0] == totals[1]


@pytest.mark.parametrize("seed", range(3))
def test_a_table_penalty_is_likelihood_less_score(seed):
    scores = random_scores(seed)
    for dag in all_dags(4)[::20]:
        best = sum(
            reference.log_likelihood(scores.counts(v, parents), int(CARDS[v]))
            for v, parents in enumerate(dag.parents)
        )
        penalty = scores.table_penalty(dag)
        assert penalty == pytest.approx(best - scores.total(dag))
        assert penalty >= 0


def test_families_with_too_large_tables_are_ruled_out():
    cards = np.array([200, 200, 2])
    assert cards.prod() > MOST_ENTRIES
    scores = FamilyScores(np.zeros((5, 3), np.uint8), np.ones(5), cards, SIZES)
    assert scores.score(2, frozenset({0, 1}), 1) < -1e9
    assert scores.total(Dag.build([[], [], [0, 1]])) < -1e9
    assert math.isfinite(scores.score(1, frozenset({0})))


def test_additions_are_scores_of_larger_families():
    scores = random_scores(1)
    for parents in (frozenset(), frozenset({0}), frozenset({0, 1})):
        more = scores.additions(3, parents)
        for other in range(4):
            if other == 3 or other in parents:
                assert more[other] == -math.inf
            else:
                assert more[other] == pytest.approx(scores.score(3, parents | {other}))


def with_prior(expected, codes):
    prior = EdgePrior.build(expected, len(codes), GraphOptions())
    return FamilyScores(codes, np.ones(len(codes)), codes.max(axis=0) + 1, [10.0], prior)


def test_a_prior_leaves_directions_open_and_supports_alone():
    codes = random_codes(0, rows=40)
    chain = Dag.build([[], [0], [1], []])
    scores = with_prior(chain, codes)
    assert scores.total(chain) == pytest.approx(scores.total(chain.reversed(0, 1)))
    plain = FamilyScores(codes, np.ones(40), CARDS, [10.0])
    gain = plain.score(3, frozenset({0})) - plain.score(3, frozenset())
    assert scores.support((0, 3), chain) == pytest.approx(gain)
    assert scores.score(3, frozenset({0})) - scores.score(3, frozenset()) < gain - 4


def test_deterministic_tables_get_no_superfluous_parents():
    # BDeu gives the copy of a variable more parents: their prior is weaker.
    rng = np.random.default_rng(0)
    first = rng.integers(0, 3, 500)
    codes = np.stack([first, first, rng.integers(0, 3, 500)], axis=1).astype(np.uint8)
    copy = Dag.build([[], [0], []])
    scores = with_prior(copy, codes)
    assert scores.refuses(2, 1, frozenset({0}))
    assert not scores.refuses(0, 1, frozenset())
    assert climb(scores, copy, patience=20).dag.edges <= {(0, 1), (1, 0)}


def test_edges_stay_unless_rows_show_that_they_are_weak():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (20_000, 2)).astype(np.uint8)
    edge = Dag.build([[], [0]])
    for rows, kept in ((50, True), (20_000, False)):
        scores = with_prior(edge, codes[:rows])
        assert scores.keeps(0, 1, frozenset({0})) == kept
        assert (climb(scores, edge).dag == edge) == kept
