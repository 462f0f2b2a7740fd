"""Scores of claims, from the result to the table."""

from __future__ import annotations

from dataclasses import replace

from domix import Component, Disentanglement, Mixture, do
from domix.results.claims import TargetTest, UndetectedTarget
from domix.study.cells import Cell
from domix.study.instances.draw import draw
from domix.study.measure import measure_cells
from domix.study.records import Store
from domix.study.reporting.table import as_csv, as_text, summarise
from domix.study.scoring.claims_score import score_claims


def test_claims_are_counted_over_true_targets(chain):
    truth = Mixture(chain, {do(): 0.5, do(A="on"): 0.5})
    ours = TargetTest(20.0, 3.0, 3, 5.0)
    flags = (UndetectedTarget(do(A="on", B="mid"), 4.5),)
    components = (
        Component(do(), 0.6, 0.01, (0.55, 0.65), 0.0, test=ours, undetected=flags, hull=(0.4, 0.7)),
        Component(do(A="on"), 0.35, 0.01, (0.3, 0.4), 0.0, test=ours, hull=(0.3, 0.45)),
        Component(do(B="mid"), 0.05, 0.01, (0.0, 0.1), 0.01, test=replace(ours, factor=1)),
    )
    result = Disentanglement(chain, components, "likelihood", best_move_significant=True)
    score = score_claims(truth, result)
    assert (score.flagged, score.flagged_covered, score.hull_covered) == (1, 0, 1)
    assert score.suspected_false
    assert score.stopped_short
    assert score.unseen is None
    lone = replace(result, components=(Component(do(), 1.0, 0.0, (0.875, 1.0), 0.0),))
    assert score_claims(truth, lone).unseen == 0.125


def test_fewer_controls_leave_rows_and_targets_alone():
    cell = Cell(4, 500, targets=(3, 3))
    many, few = draw(cell, "development", 3), draw(replace(cell, controls=50), "development", 3)
    assert (many.rows == few.rows).all()
    assert (many.controls[:50] == few.controls).all()
    assert len(few.controls) == 50
    assert str(replace(cell, controls=50)) == "4x500 3 targets, 50 controls"


def test_claims_reach_the_table(tmp_path):
    cell, store = Cell(4, 256, targets=(1, 1), largest=0), Store(tmp_path)
    measure_cells([cell], store, instances=2, methods=["domix", "suspected-1"])
    again = Store(tmp_path)
    assert again.records == store.records
    lines = summarise(again.records, [cell], ["domix", "suspected-1"], "development", 2)
    plain, suspecting = lines
    assert 0 < plain.figures["unseen_share"].mean < 0.6
    assert "suspected_false" not in plain.figures
    assert "suspected_false" in suspecting.figures
    assert "hulls" in as_text(lines)
    assert "coverage_hull" in as_csv(lines)
