"""Makers of data frames of every kind, from columns."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa


def pandas_objects(columns):
    return pd.DataFrame(columns, dtype=object)


def pandas_categories(columns):
    return pd.DataFrame(columns).astype("category")


def pandas_nullable(columns):
    return pd.DataFrame(columns).convert_dtypes()


def pandas_arrow(columns):
    return pd.DataFrame(columns).convert_dtypes(dtype_backend="pyarrow")


def pandas_odd_index(columns):
    data = pd.DataFrame(columns)
    return data.set_index(pd.Index([7] * len(data)))


def polars_categories(columns):
    return pl.DataFrame(columns).with_columns(pl.col(pl.String).cast(pl.Categorical))


def polars_enums(columns):
    return pl.DataFrame(columns).with_columns(
        pl.col(name).cast(pl.Enum(sorted({v for v in values if isinstance(v, str)})))
        for name, values in columns.items()
        if any(isinstance(v, str) for v in values)
    )


def arrow_dictionaries(columns):
    return pa.table({name: pa.array(v).dictionary_encode() for name, v in columns.items()})


MAKERS = [
    pd.DataFrame,
    pandas_objects,
    pandas_categories,
    pandas_nullable,
    pandas_arrow,
    pandas_odd_index,
    pl.DataFrame,
    pl.LazyFrame,
    polars_categories,
    polars_enums,
    pa.table,
    arrow_dictionaries,
]
