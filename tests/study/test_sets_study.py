"""Scores of answers as sets, their table, and cells with groups and near-certain states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domix import Alternative, Component, Mixture, do
from domix.results.result import Disentanglement
from domix.study.cells import Cell
from domix.study.instances.draw import draw
from domix.study.instances.sample import Sample
from domix.study.measure import measure_cells
from domix.study.records import Store
from domix.study.reporting.sets_table import compute_set_figures, describe_calibration
from domix.study.scoring.set_score import score_sets


@pytest.fixture
def sample(chain):
    truth = Mixture(chain, {do(): 0.5, do(A="on"): 0.3, do(B="low"): 0.2})
    return Sample(truth, chain, np.zeros((0, 3), np.uint8), np.zeros(0, np.int64))


@pytest.fixture
def result(chain):
    near = do(A="on", C="no")
    components = (
        Component(do(), 0.5, alternatives=(Alternative(do(), 1.0),), exact=True),
        Component(
            near,
            0.5,
            alternatives=(Alternative(near, 0.7), Alternative(do(A="on"), 0.28)),
            exact=False,
        ),
    )
    return Disentanglement(chain, components, "likelihood")


def test_a_true_target_in_a_set_counts_as_within(sample, result):
    score = score_sets([sample], [result], [[True, True, False]])
    assert (score.detectable, score.found, score.within, score.exact) == (2, 1, 2, 1)
    assert (score.reported, score.members, score.largest) == (2, 3, 2)
    assert score.any_false
    assert not score.any_false_exact
    assert score.shares == "8+3-1+"


def test_counts_are_over_all_groups(sample, result):
    shown = [True, True, True]
    false = replace(result, components=(replace(result.components[1], exact=True),))
    score = score_sets([sample, sample], [result, false], [shown, shown])
    assert (score.detectable, score.found, score.within) == (6, 1, 3)
    assert score.any_false_exact


def test_results_without_sets_have_no_score(sample, result):
    plain = replace(result, components=(Component(do(), 1.0),))
    assert score_sets([sample], [plain], [[True, True, True]]) is None


def test_records_of_groups_round_trip_and_are_tabulated(tmp_path):
    cell = Cell(3, 300, targets=(2, 2), groups=2, concentration=0.5)
    store = Store(tmp_path)
    measure_cells([cell], store, instances=2, methods=["domix"])
    assert Store(tmp_path).records == store.records
    records = [r for r in store.records.values() if r.key.method == "domix"]
    assert all(record.sets.reported >= 2 for record in records)
    figures = compute_set_figures(records, store.records)
    assert figures["found"].mean <= figures["within"].mean <= 1
    assert "0.999 to 1" in describe_calibration(records)


def test_groups_share_the_network_and_nothing_else():
    sample = draw(Cell(4, 200, groups=3), "development", 0)
    assert len(sample.others) == 2
    for other in sample.others:
        assert other.truth.network is sample.truth.network
        assert other.truth.interventions != sample.truth.interventions
    alone = draw(Cell(4, 200), "development", 0)
    np.testing.assert_array_equal(alone.rows, sample.rows)


def test_a_small_concentration_makes_states_certain():
    def largest(cell):
        net = draw(cell, "development", 0).truth.network
        return np.mean([net.cpt(name).max(axis=-1).mean() for name in net.variables])

    assert largest(Cell(8, 50, concentration=0.1)) > 0.9 > largest(Cell(8, 50))


def test_targets_of_a_published_network_are_drawn(data_dir, monkeypatch):
    monkeypatch.setenv("DOMIX_DATA", str(data_dir))
    from domix.study.settings import Source

    sample = draw(Cell(27, 50, Source.INSURANCE, targets=(4, 4), largest=2), "development", 1)
    assert "Theft" in sample.truth.network.variables
    assert [len(t) <= 2 for t in sample.truth.targets] == [True] * 4
