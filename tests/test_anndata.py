"""AnnData in and out, against the real package."""

from __future__ import annotations

import builtins
import warnings

import anndata
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

from domix import (
    Component,
    DataError,
    Disentanglement,
    DomixWarning,
    MissingExtraError,
    Network,
    check_model,
    disentangle,
    do,
    learn_graph,
)
from domix.anndata import assign, to_frame

GENES = ["GATA1", "TP53"]


@pytest.fixture(scope="module")
def net():
    """TP53 copies GATA1 where the phase is G1."""
    return Network(
        {"phase": [], "GATA1": [], "TP53": ["GATA1"]},
        {"phase": ["G1", "S"], "GATA1": [0, 1, 2], "TP53": [0, 1]},
        {
            "phase": [0.5, 0.5],
            "GATA1": [0.25, 0.25, 0.5],
            "TP53": [[1.0, 0.0], [0.5, 0.5], [0.25, 0.75]],
        },
    )


@pytest.fixture(scope="module")
def result(net):
    components = (Component(do(), 0.5), Component(do(GATA1=1, phase="S"), 0.5))
    return Disentanglement(net, components, "likelihood", alpha=0.05)


@pytest.fixture
def adata():
    """Four cells; the third is impossible."""
    return anndata.AnnData(
        np.array([[9.0, 2.0, 1.0], [9.0, 1.0, 0.0], [9.0, 0.0, 1.0], [9.0, 0.0, 0.0]]),
        obs=pd.DataFrame(
            {"phase": pd.Categorical(["G1", "S", "S", "G1"]), "batch": 1}, index=list("dcba")
        ),
        var=pd.DataFrame(index=["other", *GENES]),
    )


def run(adata, result, **options):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "1 rows are impossible", DomixWarning)
        return assign(adata, result, **options)


def check_answers(adata, result, key="domix"):
    rows = to_frame(adata, result.network.variables)
    labels = result.assign(rows, as_frame=True)
    assert adata.obs[key].astype(object).where(adata.obs[key].notna(), None).tolist() == [
        None if label is None else str(label) for label in result.assign(rows)[0]
    ]
    texts = [str(c.intervention) for c in result.components]
    assert adata.obs[key].cat.categories.tolist() == texts
    for name in ("probability", "entropy"):
        assert np.array_equal(adata.obs[f"{key}_{name}"], labels[name], equal_nan=True)
    with pytest.warns(DomixWarning, match="impossible"):
        posterior = result.posterior(rows)
    assert np.array_equal(adata.obsm[f"{key}_posterior"], posterior, equal_nan=True)
    shares = labels[[f"set_{name}" for name in result.network.variables]]
    assert np.array_equal(adata.obsm[f"{key}_set"], shares, equal_nan=True)
    assert list(adata.uns[key]["interventions"]) == texts
    assert list(adata.uns[key]["variables"]) == list(result.network.variables)
    read = Disentanglement.from_json(adata.uns[key]["result"])
    assert read.components == result.components
    assert read.network == result.network


@pytest.mark.parametrize("suffix", ["h5ad", "zarr"])
def test_files_keep_what_was_assigned(adata, result, tmp_path, suffix):
    if suffix == "zarr":
        pytest.importorskip("zarr")
    assert run(adata, result) is None
    check_answers(adata, result)
    path = tmp_path / f"cells.{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        getattr(adata, f"write_{suffix}")(path)
    back = getattr(anndata, f"read_{suffix}")(path)
    check_answers(back, result)
    assert list(back.obsm["domix_posterior"].columns) == ["do()", "do(GATA1=1, phase=S)"]
    assert list(back.obsm["domix_set"].columns) == ["phase", "GATA1", "TP53"]
    assert back.uns["domix"]["params"]["alpha"] == 0.05


def test_a_copy_leaves_the_cells_as_they_were(adata, result):
    before = adata.copy()
    copied = run(adata, result, copy=True, key_added="screen")
    check_answers(copied, result, "screen")
    assert (list(adata.obs), list(adata.obsm), list(adata.uns)) == (list(before.obs), [], [])


def test_names_with_a_slash_can_be_written(adata, tmp_path):
    net = Network({"phase": []}, {"phase": ["G1", "S", "G2/M"]}, {"phase": [0.5, 0.25, 0.25]})
    components = (Component(do(), 0.5), Component(do(phase="G2/M"), 0.5))
    assign(adata, Disentanglement(net, components, "likelihood"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        adata.write_h5ad(tmp_path / "cells.h5ad")
    back = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert back.obsm["domix_posterior"].shape == (4, 2)
    assert list(back.uns["domix"]["interventions"]) == ["do()", "do(phase=G2/M)"]


@pytest.mark.parametrize("place", ["X", "layer"])
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_matrix])
def test_genes_come_from_x_or_a_layer(adata, kind, place):
    values = adata.X.copy()
    if place == "X":
        adata.X = kind(values)
    else:
        adata.layers["binned"], adata.X = kind(values), values + 0.5
    frame = to_frame(adata, ["TP53", "phase", "GATA1"], None if place == "X" else "binned")
    assert list(frame.columns) == ["TP53", "phase", "GATA1"]
    assert frame.index.equals(adata.obs_names)
    assert frame[GENES].to_numpy().tolist() == values[:, 1:].tolist()
    assert frame["phase"].tolist() == ["G1", "S", "S", "G1"]


def test_other_rows_can_stand_in_for_the_cells(adata, result):
    rows = to_frame(adata, result.network.variables)
    run(adata, result, data=rows)
    check_answers(adata, result)
    adata.X += 0.5
    run(adata, result, data=pl.from_pandas(rows), key_added="polars")
    assert adata.obs["polars"].equals(adata.obs["domix"])
    with pytest.raises(DataError, match="obs_names"):
        assign(adata, result, data=rows.sort_index())
    with pytest.raises(DataError, match="each of the 4 cells"):
        assign(adata, result, data=pl.from_pandas(rows)[:2])


def test_a_view_of_cells_can_be_labelled(adata, result):
    view = adata[["a", "c"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", anndata.ImplicitModificationWarning)
        assign(view, result)
    assert view.obs["domix"].tolist() == ["do()", "do(GATA1=1, phase=S)"]
    assert "domix" not in adata.obs


def test_names_that_are_not_clear_are_refused(adata):
    with pytest.raises(DataError, match="'CD4' is neither a gene nor a column of obs"):
        to_frame(adata, ["CD4"])
    with pytest.raises(DataError, match="'raw' is not a layer; the layers are none"):
        to_frame(adata, GENES, layer="raw")
    adata.obs["TP53"] = "low"
    with pytest.raises(DataError, match="'TP53' is a gene and a column of obs"):
        to_frame(adata, GENES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        adata.var_names = ["GATA1", "GATA1", "TP53"]
    with pytest.raises(DataError, match="'GATA1' is the name of 2 genes"):
        to_frame(adata, ["GATA1"])
    with pytest.raises(DataError, match="must be an AnnData object, not DataFrame"):
        to_frame(adata.obs, ["batch"])


def test_where_rows_are_wanted_it_is_refused_at_once(net, result, monkeypatch):
    def walk(cells, index):
        raise AssertionError("walks through the cells")

    monkeypatch.setattr(anndata.AnnData, "__getitem__", walk)
    cells = anndata.AnnData(np.zeros((3, 3)))
    calls = [
        lambda: Network.fit({"GATA1": []}, cells),
        lambda: disentangle(net, cells),
        lambda: disentangle(net, net.sample(9, rng=0), observational=cells),
        lambda: disentangle(net.parents, cells, observational=cells),
        lambda: learn_graph(cells),
        lambda: check_model(net, cells),
        lambda: net.encode(cells),
        lambda: result.assign(cells),
        lambda: result.posterior(cells),
    ]
    for call in calls:
        with pytest.raises(DataError, match=r"domix\.anndata\.to_frame"):
            call()


def test_measurements_are_refused_by_their_value(adata, result):
    adata.X += 0.25
    with pytest.raises(DataError, match=r"column 'GATA1': 2\.25 is not a state"):
        assign(adata, result)


def test_a_missing_package_is_named(adata, monkeypatch):
    load = builtins.__import__

    def refuse(name, *rest, **named):
        if name == "anndata":
            raise ImportError(name)
        return load(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r'pip install "domix\[anndata\]"'):
        to_frame(adata, GENES)


def test_cells_with_missing_values_are_read_as_options_say(adata, result):
    adata.obs.loc["d", "phase"] = None
    with pytest.raises(DataError, match="missing values, by column: 'phase' 1"):
        assign(adata, result)
    rows = to_frame(adata, result.network.variables)
    for missing in ("drop", "marginalize"):
        with pytest.warns(DomixWarning):
            copied = assign(adata, result, copy=True, missing=missing)
        with pytest.warns(DomixWarning):
            posterior = result.posterior(rows, missing=missing)
        np.testing.assert_array_equal(copied.obsm["domix_posterior"].to_numpy(), posterior)
        assert copied.obs["domix"].isna()["d"] == (missing == "drop")
