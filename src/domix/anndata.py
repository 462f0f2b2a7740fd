"""Rows from an AnnData object, and their labels back into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

from domix._version import __version__
from domix.core.space import listing
from domix.data.frame import RowsLike
from domix.data.missing import RowOptions
from domix.errors import DataError, MissingExtraError
from domix.results.assignment import (
    ENTROPY,
    INTERVENTION,
    PROBABILITY,
    SET_PREFIX,
    tabulate_rows,
)
from domix.results.result import Disentanglement
from domix.util.arrays import Floats

__all__ = ["assign", "to_frame"]


def to_frame(adata: Any, names: Sequence[str], layer: str | None = None) -> Any:
    """Return annotations and genes of an AnnData object as a data frame.

    Parameters
    ----------
    adata : AnnData, shape (n_obs, n_vars)
        The object.
    names : sequence of str
        The variables: columns of ``adata.obs``, and genes (entries of ``adata.var_names``).
    layer : str, optional
        The layer that holds the values of genes; None is ``adata.X``.

    Returns
    -------
    pandas.DataFrame
        A column for each name, in their order; its index is ``adata.obs_names``. Measurements have
        to be discretized before a network can be fitted to them.

    Raises
    ------
    DataError
        ``adata`` is not an AnnData object; a name or the layer is not there; or a name is both a
        column of ``adata.obs`` and a gene, or that of several genes.
    MissingExtraError
        The package anndata is not installed.

    Examples
    --------
    >>> import anndata, numpy, pandas
    >>> adata = anndata.AnnData(
    ...     numpy.array([[0.0, 2.0], [1.0, 2.0]]),
    ...     obs=pandas.DataFrame({"phase": ["G1", "S"]}, index=["c1", "c2"]),
    ...     var=pandas.DataFrame(index=["GATA1", "TP53"]),
    ... )
    >>> to_frame(adata, ["TP53", "phase"])
        TP53 phase
    c1   2.0    G1
    c2   2.0     S
    """
    import pandas as pd

    _check_anndata(adata)
    if layer is not None and layer not in adata.layers:
        # From anndata 0.13 on, X is a layer without a name.
        layers = listing([name for name in adata.layers if name is not None]) or "none"
        raise DataError(f"{layer!r} is not a layer; the layers are {layers}", argument="layer")
    genes = []
    for name in names:
        annotations, columns = name in adata.obs.columns, int((adata.var_names == name).sum())
        if not (annotations or columns):
            raise DataError(
                f"{name!r} is neither a gene nor a column of obs; write names as in "
                "adata.var_names or adata.obs",
                argument="adata",
            )
        if annotations + columns > 1:
            places = "a gene and a column of obs" if annotations else f"the name of {columns} genes"
            raise DataError(f"{name!r} is {places}; rename one", argument="adata")
        if columns:
            genes.append(name)
    values = adata[:, genes].to_df(layer=layer)
    return pd.DataFrame({n: values[n] if n in values else adata.obs[n] for n in names})


def assign(
    adata: Any,
    result: Disentanglement,
    data: RowsLike | None = None,
    *,
    layer: str | None = None,
    key_added: str = "domix",
    copy: bool = False,
    **options: Unpack[RowOptions],
) -> Any:
    """Write the most probable intervention of each cell, and the posterior, into an AnnData object.

    Parameters
    ----------
    adata : AnnData, shape (n_obs, n_vars)
        The cells.
    result : Disentanglement
        The result.
    data : data frame or array_like of int, shape (n_obs, variables), optional
        The cells as the network of the result reads them, for example discretized; a frame of
        pandas must have ``adata.obs_names`` as its index. By default they are what
        :func:`to_frame` returns for the variables of the network.
    layer : str, optional
        As in :func:`to_frame`.
    key_added : str, default "domix"
        The key under which the answers are stored; what is there is replaced.
    copy : bool, default False
        Whether to leave ``adata`` as it is and return a copy with the answers.
    **options
        How the cells are read, such as ``missing="marginalize"``, as in
        :meth:`Disentanglement.posterior`.

    Returns
    -------
    AnnData or None
        None, if ``adata`` was changed in place. The object has, with ``key_added`` for ``domix``:

        - ``obs["domix"]``: the text of the most probable intervention, categorical, the categories
          in the order of ``result.components``; missing where no component can produce the cell, or
          it was dropped,
        - ``obs["domix_probability"]`` and ``obs["domix_entropy"]``: the posterior probability of
          that intervention, and the entropy of the posterior, in nats,
        - ``obsm["domix_posterior"]``, shape (n_obs, components): the posterior,
        - ``obsm["domix_set"]``, shape (n_obs, variables): the posterior probability that a variable
          was set,
        - ``uns["domix"]``: ``"params"`` (the settings), ``"interventions"`` and ``"variables"``
          (the columns of the two arrays), ``"result"`` (the JSON of the result, which
          :meth:`Disentanglement.from_json` reads).

        Both arrays are data frames, with named columns, unless a name has a slash, which files of
        AnnData do not allow.

    Raises
    ------
    DataError
        As from :func:`to_frame` and :meth:`Disentanglement.posterior`; or the index of ``data`` is
        not ``adata.obs_names``.
    MissingExtraError
        The package anndata is not installed.

    Examples
    --------
    >>> import anndata, numpy, pandas
    >>> from domix import Component, Disentanglement, Network, do
    >>> net = Network({"TP53": []}, {"TP53": [0, 1, 2]}, {"TP53": [0.25, 0.25, 0.5]})
    >>> components = Component(do(), 0.5), Component(do(TP53=0), 0.5)
    >>> result = Disentanglement(net, components, "likelihood")
    >>> genes = pandas.DataFrame(index=["TP53"])
    >>> adata = anndata.AnnData(numpy.array([[0.0], [2.0]]), var=genes)
    >>> assign(adata, result)
    >>> adata.obs
            domix  domix_probability  domix_entropy
    0  do(TP53=0)                0.8       0.500402
    1        do()                1.0       0.000000
    """
    import pandas as pd

    _check_anndata(adata)
    rows = to_frame(adata, result.network.variables, layer) if data is None else data
    _check_index(adata, rows)
    posterior = result.posterior(rows, **options).astype(np.float64)
    if len(posterior) != adata.n_obs:
        raise DataError(
            f"one row for each of the {adata.n_obs} cells is needed, not {len(posterior)}",
            argument="data",
        )
    interventions = [c.intervention for c in result.components]
    labels = tabulate_rows(adata.obs, result.network.variables, interventions, posterior)
    texts = [str(intervention) for intervention in interventions]

    target = adata.copy() if copy else adata
    target.obs[key_added] = pd.Categorical(labels[INTERVENTION], categories=texts)
    target.obs[f"{key_added}_{PROBABILITY}"] = labels[PROBABILITY]
    target.obs[f"{key_added}_{ENTROPY}"] = labels[ENTROPY]
    target.obsm[f"{key_added}_posterior"] = _name_columns(posterior, texts, adata.obs_names)
    variables = list(result.network.variables)
    shares = labels[[f"{SET_PREFIX}{name}" for name in variables]].to_numpy()
    target.obsm[f"{key_added}_set"] = _name_columns(shares, variables, adata.obs_names)
    # Files of AnnData have no null.
    settings = {
        "version": __version__,
        "method": result.method,
        "alpha": result.alpha,
        "layer": layer,
    }
    target.uns[key_added] = {
        "params": {name: value for name, value in settings.items() if value is not None},
        "interventions": texts,
        "variables": variables,
        "result": result.to_json(),
    }
    return target if copy else None


def _name_columns(values: Floats, names: Sequence[str], index: Any) -> Any:
    """Return values as a data frame; as they are if a name cannot be that of a column in a file."""
    import pandas as pd

    if any("/" in name for name in names):
        return values
    return pd.DataFrame(values, index=index, columns=list(names))


def _check_index(adata: Any, rows: RowsLike) -> None:
    """Refuse rows of pandas that are not those of the cells, or not in their order."""
    index: Any = getattr(rows, "index", None)
    if hasattr(index, "equals") and not index.equals(adata.obs_names):
        raise DataError(
            "the index of the rows is not adata.obs_names; select and order them with "
            ".loc[adata.obs_names]",
            argument="data",
        )


def _check_anndata(adata: Any) -> None:
    try:
        from anndata import AnnData
    except ImportError:
        raise MissingExtraError("domix.anndata", "anndata", "anndata") from None
    if not isinstance(adata, AnnData):
        raise DataError(f"must be an AnnData object, not {type(adata).__name__}", argument="adata")
