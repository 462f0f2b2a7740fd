"""The table of a study, from records written by hand."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from typing import Any

import pytest

from domix.study.cells import Cell
from domix.study.records import Key, Record
from domix.study.reporting.table import as_csv, as_json, as_markdown, as_text, summarise
from domix.study.scoring.cost import Cost
from domix.study.scoring.instance_score import InstanceScore

CELL = Cell(8, 4096)


def record(instance, method="domix", failed="", **given):
    values: dict[str, Any] = dict.fromkeys((f.name for f in fields(InstanceScore)), 0.0)
    values |= {"matched": 0, "covered": 0, "exact": False, "false_target": False, **given}
    key = Key(str(CELL), "development", instance, method)
    cost = Cost(seconds=float(instance + 1), cpu_seconds=1.0, memory_mb=None)
    return Record(key, 7, "1", failed, cost, None if failed else InstanceScore(**values))


@pytest.fixture
def records():
    examples = [
        record(0, recall=0.5, tv_ratio=1.0, matched=4, covered=4, exact=True),
        record(1, recall=1.0, tv_ratio=None, matched=0, covered=0, false_target=True),
        record(2, recall=0.9, tv_ratio=4.0, matched=6, covered=3, fp_rmse=None),
        record(3, recall=0.0),
        record(0, "plug-in", recall=0.25),
        record(1, "plug-in", failed="P(V0=0) is 0"),
    ]
    return {r.key: r for r in examples}


def lines(records, instances=3):
    return summarise(records, [Cell(4, 4096), CELL], ["domix", "plug-in"], "development", instances)


def test_means_medians_and_standard_errors(records):
    domix, plugin = lines(records)
    assert (domix.cell, domix.method, domix.instances, domix.failures) == (CELL, "domix", 3, 0)
    recall = domix.figures["recall"]
    assert (recall.mean, recall.median, recall.instances) == (pytest.approx(0.8), 0.9, 3)
    # Deviations -.3, .2 and .1: a variance of .07.
    assert recall.std_error == pytest.approx((0.07 / 3) ** 0.5)
    ratio = domix.figures["tv_ratio"]
    assert (ratio.mean, ratio.median, ratio.instances) == (2.5, 2.5, 2)
    assert domix.figures["false_target"].mean == pytest.approx(1 / 3)
    assert domix.figures["seconds"].mean == 2
    assert "memory_mb" not in domix.figures
    assert (plugin.instances, plugin.failures) == (2, 1)
    assert plugin.figures["recall"].mean == 0.25
    assert plugin.figures["recall"].std_error is None


def test_coverage_is_pooled_over_components(records):
    figures = lines(records)[0].figures
    assert figures["coverage"].mean == pytest.approx(7 / 10)
    # Residuals 4 - .7 * 4 and 3 - .7 * 6, two instances: sqrt(2 * (1.2^2 + 1.2^2)) / 10.
    assert figures["coverage"].std_error == pytest.approx((2 * 2 * 1.2**2) ** 0.5 / 10)
    assert (figures["coverage_exact"].mean, figures["coverage_exact"].instances) == (1, 1)


def test_only_the_given_number_of_instances_counts(records):
    assert lines(records, instances=4)[0].figures["recall"].mean == pytest.approx(0.6)
    assert lines(records, instances=1)[0].instances == 1
    assert summarise(records, [CELL], ["domix"], "reporting", 3) == []


def test_text_markdown_csv_and_json(records):
    table = lines(records)
    text = as_text(table).splitlines()
    assert text[0].split()[:4] == ["N", "rows", "method", "inst."]
    assert text[2].split()[:4] == ["8", "2^12", "domix", "3"]
    assert "2.50 (2.50)" in text[2]
    assert text[3].split()[:4] == ["8", "2^12", "plug-in", "2-1"]
    assert as_markdown(table).count("\n") == 4
    rows = list(csv.DictReader(io.StringIO(as_csv(table))))
    recall = next(r for r in rows if (r["method"], r["metric"]) == ("domix", "recall"))
    assert (recall["variables"], recall["rows"], recall["design"]) == ("8", "4096", "")
    assert float(recall["mean"]) == pytest.approx(0.8)
    nested = json.loads(as_json(table))
    assert nested[1]["figures"]["recall"]["mean"] == 0.25


def test_empty_table():
    assert len(as_text([]).splitlines()) == 2
