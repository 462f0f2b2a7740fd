"""The result of rows that are read in batches is that of the same rows in memory."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

from domix import Mixture, Network, disentangle, do
from domix.errors import DataError, DomixWarning
from domix.estimation import facts
from domix.problems import inputs
from domix.problems.inputs import Options
from domix.streams import records
from small_shards import cut_shards, search_on_sample

dd = pytest.importorskip("dask.dataframe")

SHARD_ROWS = 2**13
ROWS, CONTROLS = SHARD_ROWS + 2800, SHARD_ROWS + 600


@pytest.fixture(scope="module", autouse=True)
def small():
    """Few rows take the ways of many: two shards, a sample, text in several chunks."""
    with pytest.MonkeyPatch.context() as patch:
        cut_shards(patch, SHARD_ROWS)
        search_on_sample(patch, 2**10)
        patch.setattr(records, "CHUNK", 2**15)
        yield


def network(variables, seed=0):
    """A chain with a second parent here and there."""
    rng = np.random.default_rng(seed)
    names = [f"V{i}" for i in range(variables)]
    parents = {v: names[max(0, i - 1 - i % 2) : i] for i, v in enumerate(names)}
    cpts = {v: rng.dirichlet([0.8] * 3, [3] * len(above)) for v, above in parents.items()}
    return Network(parents, dict.fromkeys(names, ("low", "mid", "high")), cpts)


WIDE, NARROW = network(11), network(4, seed=1)
TARGETS = {do(): 0.6, do(V1="low"): 0.15, do(V2="high", V3="low"): 0.25}


@pytest.fixture(scope="module")
def wide():
    return pl.DataFrame(Mixture(WIDE, TARGETS).sample(ROWS, rng=1, as_frame=True))


@pytest.fixture(scope="module")
def narrow():
    mixture = Mixture(NARROW, TARGETS).sample(ROWS, rng=1, as_frame=True)
    controls = NARROW.sample(CONTROLS, rng=2, as_frame=True)
    return pl.DataFrame(mixture), pl.DataFrame(controls)


def divide(frame, folder, name, at):
    """Files of all formats, whose names are in the order of their rows."""
    folder.mkdir(exist_ok=True)
    frame[: at // 2].write_parquet(folder / f"{name}1.parquet", row_group_size=2431)
    frame[at // 2 : at].write_csv(folder / f"{name}2.csv")
    frame[at:].write_ipc(folder / f"{name}3.feather")
    return str(folder / f"{name}*")


@pytest.fixture(scope="module")
def expected(wide):
    return disentangle(WIDE, wide).to_json()


@pytest.mark.parametrize("at", [1250, ROWS - 1])
def test_files_give_the_result_of_rows_in_memory(wide, expected, tmp_path, at):
    assert disentangle(WIDE, divide(wide, tmp_path, "rows", at)).to_json() == expected


def test_a_limit_of_memory_changes_nothing(wide, expected, tmp_path):
    data = divide(wide, tmp_path, "rows", 6250)
    assert disentangle(WIDE, data, memory_limit=1).to_json() == expected


def test_a_checkpoint_knows_rows_by_what_they_are(wide, expected, tmp_path, monkeypatch):
    data = divide(wide, tmp_path, "rows", 6250)
    disentangle(WIDE, wide, checkpoint=tmp_path / "work")
    size = (tmp_path / "work").stat().st_size
    again = disentangle(WIDE, data, checkpoint=tmp_path / "work")
    assert again.to_json() == expected
    assert (tmp_path / "work").stat().st_size == size


def test_lazy_frames_give_the_result_of_rows_in_memory(wide, expected):
    assert disentangle(WIDE, wide.lazy()).to_json() == expected
    frame = dd.from_pandas(wide.to_pandas(), npartitions=5)
    assert disentangle(WIDE, frame).to_json() == expected


@pytest.mark.parametrize("options", [{}, {"graph": "learn"}, {"bootstrap": 3}])
def test_control_rows_and_a_graph_are_read_in_batches(narrow, tmp_path, options):
    rows, controls = narrow
    parents = {name: list(above) for name, above in NARROW.parents.items()}
    whole = disentangle(parents, rows, controls, **options)
    streamed = disentangle(
        parents,
        divide(rows, tmp_path, "rows", 3125),
        divide(controls, tmp_path, "controls", 2800),
        **options,
    )
    assert streamed.to_json() == whole.to_json()
    assert {str(c.intervention) for c in whole.components} == {str(t) for t in TARGETS}


def test_drift_and_halves_are_the_same(narrow, tmp_path):
    rows, _ = narrow
    # Each table of the control rows is off, so that halves of the rows are compared.
    tables = {name: 0.9 * NARROW.cpt(name) + 0.1 / 3 for name in NARROW.variables}
    other = Network(NARROW.parents, NARROW.states, tables)
    controls = pl.DataFrame(other.sample(CONTROLS, rng=3, as_frame=True))
    parents = {name: list(above) for name, above in NARROW.parents.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        whole = disentangle(parents, rows, controls, rng=5, graph="given", soft=False)
        data = divide(controls, tmp_path, "c", 9)
        streamed = disentangle(parents, rows.lazy(), data, rng=5, graph="given", soft=False)
    assert any(c.reproduced for c in whole.components)
    assert streamed.to_json() == whole.to_json()


def test_rows_that_were_dropped_are_counted_once(narrow, tmp_path):
    rows, _ = narrow
    holes = np.random.default_rng(0).random(ROWS) < 0.1
    rows = rows.with_columns(
        V1=pl.when(pl.Series(holes)).then(None).otherwise(pl.col("V1")), extra=1
    )
    options: Options = {"missing": "drop", "extra": "ignore"}
    message = f"data: dropped {holes.sum()} of {ROWS} rows for missing values, by column: 'V1' "
    results = []
    for data in (rows, divide(rows, tmp_path, "rows", 940)):
        with pytest.warns(DomixWarning, match=message) as warned:
            results.append(disentangle(NARROW, data, **options).to_json())
        assert len(warned) == 1
        assert warned[0].filename == __file__
    assert results[0] == results[1]


@pytest.mark.parametrize("argument", ["data", "observational"])
def test_a_row_index_is_passed_over(narrow, tmp_path, argument):
    names = ("data", "observational")
    data = {name: frame[:3000] for name, frame in zip(names, narrow, strict=True)}
    data[argument].with_row_index("").write_csv(tmp_path / "rows.csv")
    data[argument] = tmp_path / "rows.csv"
    with pytest.warns(DomixWarning, match="rows.csv: passed over the column '', a row") as warned:
        disentangle(NARROW, **data, contrast=False, graph="given")
    assert [warning.filename for warning in warned] == [__file__]


def test_impossible_rows_have_their_numbers(tmp_path):
    net = Network(
        {"A": [], "B": ["A"]},
        dict.fromkeys("AB", ("low", "high")),
        {"A": [0.5, 0.5], "B": [[1.0, 0.0], [0.5, 0.5]]},
    )
    rows = pl.DataFrame(net.sample(ROWS, rng=0, as_frame=True))
    bad = pl.int_range(ROWS, eager=True).is_in([5, 6250, ROWS - 1])
    rows = rows.with_columns(
        A=pl.when(bad).then(pl.lit("low")).otherwise("A"),
        B=pl.when(bad).then(pl.lit("high")).otherwise("B"),
    )
    options: Options = {"never_intervened": ["A", "B"]}
    whole = disentangle(net, rows, **options)
    streamed = disentangle(net, divide(rows, tmp_path, "rows", 3750), **options)
    assert streamed.unexplained == (5, 6250, ROWS - 1)
    assert streamed.to_json() == whole.to_json()


def test_few_rows_are_those_of_a_frame(narrow, tmp_path):
    rows, controls = (frame[:3000] for frame in narrow)
    parents = {name: list(above) for name, above in NARROW.parents.items()}
    whole = disentangle(parents, rows, controls).to_json()
    data, other = divide(rows, tmp_path, "rows", 700), divide(controls, tmp_path, "c", 900)
    assert disentangle(parents, data, other).to_json() == whole


def test_many_control_rows_are_sampled_and_said_to_be(narrow, monkeypatch):
    rows, controls = narrow
    parents = {name: list(above) for name, above in NARROW.parents.items()}
    whole = disentangle(parents, rows.lazy(), controls.lazy())
    assert "samples" not in whole.facts
    for module in (inputs, facts):
        monkeypatch.setattr(module, "MOST_GATHERED", 60)
    sampled = disentangle(parents, rows.lazy(), controls.lazy())
    assert "of the control rows and " in sampled.facts["samples"]
    assert sampled.facts["samples"] in sampled.summary()
    assert {str(c.intervention) for c in sampled.components} == {str(t) for t in TARGETS}


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"labels": [None]}, "labels"),
        ({"groups": ["a"]}, "groups"),
        ({"counts": [1.0]}, "counts"),
        ({"missing": "marginalize"}, "missing"),
    ],
)
def test_what_needs_rows_in_memory_is_refused(options, argument):
    frame = pl.LazyFrame({f"V{i}": ["low"] for i in range(4)})
    with pytest.raises(DataError, match="data frame") as caught:
        disentangle(NARROW, frame, **options)
    assert caught.value.argument == argument
