"""Intervals by refitting: seeded, near those by curvature, and given the support."""

from __future__ import annotations

import numpy as np
import pytest

import domix
from domix import DataError, Network
from domix.core.background import BackgroundKnowledge
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.model.learn import count_entries
from strategies import planted

TARGETS = [{}, {0: 1}, {0: 1, 2: 0}]


@pytest.fixture(scope="module")
def mix():
    return planted(4, TARGETS, seed=5)


@pytest.fixture(scope="module")
def learnt(mix):
    net = mix.network
    return Network.fit(net.parents, net.sample(2000, rng=1), net.states)


@pytest.mark.parametrize("known", [True, False])
def test_standard_errors_agree_with_the_curvature(mix, learnt, known):
    net, rows = (mix.network if known else learnt), mix.sample(3000, rng=2)
    by_curvature = domix.disentangle(net, rows).components
    by_refits = domix.disentangle(net, rows, bootstrap=400).components
    assert [c.weight for c in by_refits] == [c.weight for c in by_curvature]
    assert [c.p_value for c in by_refits] == [c.p_value for c in by_curvature]
    for one, other in zip(by_curvature, by_refits, strict=True):
        assert other.std_error == pytest.approx(one.std_error, rel=0.2)
        assert other.interval[0] < other.weight < other.interval[1]
        assert other.interval == pytest.approx(one.interval, abs=one.std_error)


def test_the_same_seed_gives_the_same_intervals(mix, learnt):
    rows = mix.sample(1000, rng=3)
    first, again, other = (
        domix.disentangle(learnt, rows, rng=seed, bootstrap=20) for seed in (7, 7, 8)
    )
    assert first.components == again.components
    assert first.components[0].interval != other.components[0].interval
    assert first.facts["intervals"] == "percentiles of 20 bootstrap replicates"


@pytest.mark.parametrize("bootstrap", [-1, 1, 2.5, "many"])
def test_bad_numbers_of_replicates(mix, bootstrap):
    with pytest.raises(DataError, match=r"bootstrap:? must be"):
        domix.disentangle(mix.network, mix.sample(50, rng=0), bootstrap=bootstrap)


def test_resampled_rows_are_rows_and_as_many(mix):
    rows = distinct(mix.sample(500, rng=4), mix.network.space.cards)
    label = mix.targets[1]
    problem = Problem(
        mix.network.tables, rows, None, knowledge=BackgroundKnowledge(labelled={label: 50.0})
    )
    again = problem.resampled(np.random.default_rng(0))
    assert again.total == 550
    assert again.knowledge.labelled[label] == pytest.approx(50, abs=25)
    assert (again.counts > 0).all()
    assert {tuple(row) for row in again.codes} < {tuple(row) for row in rows.codes}


def test_resampled_tables_keep_the_total_of_every_row(mix):
    layout = mix.network.tables.layout
    # Pseudocount-like fractions and rows without any count stay what they are in all.
    counts = count_entries(layout, mix.sample(60, rng=5)) * 1.5
    rows = distinct(mix.sample(50, rng=6), mix.network.space.cards)
    problem = Problem(mix.network.tables, rows, counts)
    again = problem.resampled(np.random.default_rng(0))
    assert (again.prior != problem.prior).any()
    np.testing.assert_allclose(
        np.add.reduceat(again.prior, layout.row_starts),
        np.add.reduceat(problem.prior, layout.row_starts),
    )
