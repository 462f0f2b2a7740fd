"""Scores of families: counts of weighted rows, equivalence, and tables that are too large."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.structure.dag import Dag
from domix.structure.scores import MOST_ENTRIES, FamilyScores
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
    weights = rng.exponential(size=40 if shape == "rows" else (40, 4))
    scores = FamilyScores(codes, weights, CARDS, SIZES)
    node = data.draw(st.integers(0, 3))
    parents = data.draw(st.sets(st.sampled_from(sorted({0, 1, 2, 3} - {node}))))
    family = np.array([*sorted(parents), node])
    expected = np.zeros(int(CARDS[family].prod()))
    own = weights if weights.ndim == 1 else weights[:, node]
    reference.count(codes.T, own, CARDS, family, expected)
    np.testing.assert_allclose(scores.counts(node, frozenset(parents)), expected)
    for i, size in enumerate(SIZES):
        assert scores.score(node, frozenset(parents), i) == pytest.approx(
            reference.bdeu(expected, int(CARDS[node]), size), rel=1e-9, abs=1e-8
        )


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
