"""Cells with a setting: their instances, and small studies from end to end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domix import DataError, Network
from domix.study.cells import Cell
from domix.study.instances.draw import draw
from domix.study.instances.misfit import FORMS
from domix.study.measure import measure_cells
from domix.study.records import Store
from domix.study.reporting.misfit_table import MISFIT_COLUMNS, compute_misfit_figures
from domix.study.reporting.table import as_csv, as_json, as_text, summarise
from domix.study.scoring.cost import Cost
from domix.study.scoring.oracle import detectable
from domix.study.settings import Given, Setting, Source, WorldKind
from domix.study.studies import STUDIES
from domix.worlds.graphs import count_differences

METHODS = ("true-graph", "given", "repair", "defaults")
FREE = Cost(0.0, 0.0, None)


def cell(rows=300, n=5, **setting):
    return Cell(n, rows, targets=(3, 3), largest=2, setting=Setting(**setting))


CELLS = (
    cell(source=Source.RANDOM, given=Given.UNKNOWN),
    cell(world=WorldKind.DRIFT, given=Given.TWO_MISSING, flips=0.02, controls=200),
)


def without_cost(store):
    return {key: replace(record, cost=FREE) for key, record in store.records.items()}


@pytest.mark.parametrize("world", WorldKind)
def test_instances_differ_in_what_is_compared_alone(world):
    exact = draw(cell(), "development", 2)
    other = draw(
        cell(world=world, given=Given.TWO_REVERSED, flips=0.01, controls=50), "development", 2
    )
    assert other.truth.network == exact.truth.network
    if world in FORMS:
        # Targets hold the most probable values of what is drawn.
        variables = [[[v for v, _ in t] for t in s.truth.targets] for s in (other, exact)]
        assert variables[0] == variables[1]
    else:
        assert other.truth.targets == exact.truth.targets
    assert (other.truth.weights == exact.truth.weights).all()
    assert (other.origin == exact.origin).all()
    assert (len(exact.controls), len(other.controls)) == (300, 50)
    assert other.rows.shape == other.null.shape == (300, 5)
    assert not (other.rows == exact.rows).all()


def test_instances_are_reproduced_and_nested_in_rows():
    for world in WorldKind:
        few, many, again = (draw(cell(k, world=world), "development", 1) for k in (40, 500, 40))
        for name in ("rows", "origin", "controls", "null"):
            assert (getattr(few, name) == getattr(again, name)).all()
            assert (getattr(few, name) == getattr(many, name)[:40]).all()
        other = draw(cell(40, world=world), "reporting", 1)
        assert not (other.rows == few.rows).all()


@pytest.mark.parametrize("given", Given)
def test_estimators_get_the_graph_of_the_setting(given):
    sample = draw(cell(n=7, source=Source.RANDOM, given=given), "development", 0)
    true, got = (net.tables.layout.parents for net in (sample.truth.network, sample.net))
    edges = sum(map(len, true))
    expected = {Given.TRUE: 0, Given.UNKNOWN: edges}.get(given)
    assert count_differences(true, got) == (int(given[0]) if expected is None else expected)
    assert sample.graph_known == (given is not Given.UNKNOWN)
    assert sample.net.counts is None


def test_mixture_rows_have_the_values_that_are_set():
    for world in set(WorldKind) - {WorldKind.SOFT, *FORMS}:
        sample = draw(cell(world=world), "development", 0)
        for i, target in enumerate(sample.truth.targets):
            own = sample.rows[sample.origin == i]
            assert all((own[:, variable] == value).all() for variable, value in target)


def test_null_rows_drift_with_the_mixture():
    def shift(world):
        samples = [draw(cell(20_000, world=world), "development", i) for i in range(5)]
        return np.mean([np.abs(s.controls.mean(axis=0) - s.null.mean(axis=0)) for s in samples])

    assert shift(WorldKind.EXACT) < 0.01
    assert shift(WorldKind.DRIFT) > 0.02


def test_published_networks_are_read(data_dir, monkeypatch):
    monkeypatch.setenv("DOMIX_DATA", str(data_dir))
    sample = draw(Cell(11, 100, setting=Setting(Source.SACHS)), "development", 0)
    assert "PKC" in sample.net.variables
    for study_cell in STUDIES["graph"].cells:
        if study_cell.setting.source in (Source.SACHS, Source.CHILD):
            assert study_cell.shown
            small = draw(replace(study_cell, rows=20, shown=False), "development", 0)
            assert small.rows.shape == (20, study_cell.n)


def test_set_cells_can_require_detectable_targets():
    usual = cell(100, source=Source.RANDOM, given=Given.UNKNOWN)
    samples = [draw(replace(usual, shown=shown), "development", 0) for shown in (True, False)]
    marks = [
        detectable(Network.fit(s.truth.network.parents, s.controls, s.net.states), s.rows, s.truth)
        for s in samples
    ]
    assert marks[0] == samples[0].shown == (True,) * 3
    assert not all(marks[1])


def test_missing_published_network_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("DOMIX_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"network child is missing: .*child\.bif; set DOMIX_DATA"):
        draw(Cell(20, 100, setting=Setting(Source.CHILD)), "development", 0)


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("complete"))
    measure_cells(CELLS, store, instances=2, methods=METHODS)
    return store


def test_every_method_that_can_run_has_scores(complete):
    methods = {(key.cell, key.method) for key in complete.records}
    first, second = map(str, CELLS)
    assert methods == {(first, m) for m in METHODS if m != "given"} | {(second, m) for m in METHODS}
    for key, record in complete.records.items():
        assert (record.failed, record.score, record.shown) == ("", None, "")
        assert record.cost.cpu_seconds > 0
        assert key.method != "true-graph" or record.misfit.shd == 0
        assert key.method != "given" or record.misfit.shd == 2
    assert Store(complete.folder).records == complete.records


def test_records_are_reproduced(complete, tmp_path):
    store = Store(tmp_path)
    measure_cells(CELLS, store, instances=1, methods=["true-graph", "repair"], jobs=2)
    first = without_cost(complete)
    assert all(first[key] == record for key, record in without_cost(store).items())
    assert len(store.records) == 4


def test_table_has_a_line_per_cell_and_method(complete):
    lines = summarise(complete.records, CELLS, METHODS, "development", 2, compute_misfit_figures)
    assert [(line.cell, line.method) for line in lines] == [
        (c, m) for c in CELLS for m in METHODS if c == CELLS[1] or m != "given"
    ]
    yardstick = lines[0].figures
    assert yardstick["tv_ratio"].mean == yardstick["time_ratio"].mean == 1
    for line in lines:
        assert {"recall", "tv", "null_false", "cpu_seconds", "shd"} <= set(line.figures)
    text = as_text(lines, MISFIT_COLUMNS)
    assert text.splitlines()[0].split()[:4] == ["N", "rows", "method", "inst."]
    assert text.splitlines()[2].endswith(CELLS[0].design)
    assert "by_interventions_right" in as_csv(lines)
    assert '"unknown"' in as_json(lines)


def test_control_rows_are_given_on_other_cells_too(tmp_path):
    store = Store(tmp_path)
    measure_cells([Cell(3, 200), Cell(3, 200, known=True)], store, instances=1, methods=["given"])
    methods = {(key.cell, key.method) for key in store.records}
    assert methods == {
        ("3x200", "given"),
        ("3x200", "oracle"),
        ("3x200 known tables", "oracle"),
    }
    assert not any(record.misfit for record in store.records.values())


def test_records_without_columns_of_settings_are_read(tmp_path):
    import polars

    store = Store(tmp_path)
    measure_cells([Cell(3, 200)], store, instances=1, methods=["domix"])
    columns = polars.read_parquet(tmp_path / "domix.parquet").columns
    assert not any(name.startswith("misfit") for name in columns)
    assert Store(tmp_path).records == store.records


def test_cells_of_the_graph_and_misfit_studies():
    graph, misfit = (STUDIES[name].cells for name in ("graph", "misfit"))
    assert {c.rows for c in graph} == {2**13}
    assert {c.n for c in graph} == {6, 10, 11, 20, 27, 37, 40, 100}
    assert len(graph) == 3 * 4 + 2 + 2 + 4
    assert {c.rows for c in misfit} == {2**12, 2**14, 2**16}
    assert len(misfit) == 3 * 13
    assert {c.n for c in misfit} == {9}
    for c in (*graph, *misfit):
        assert (c.targets, c.largest) == ((6, 6), 3)


def test_cells_with_a_setting_have_seeds_of_their_own():
    plain = Cell(5, 40, targets=(3, 3), largest=2)
    networks = [draw(plain, "development", 0).truth.targets]
    networks += [
        draw(cell(source=source), "development", 0).truth.targets for source in list(Source)[:2]
    ]
    assert len(set(networks)) == 3
