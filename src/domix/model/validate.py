"""Validation: from labels and arrays to tables, with errors that name the place."""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from domix.core.codes import parent_values
from domix.core.graph import CycleError
from domix.core.space import Space, assignment_text, listing
from domix.core.tables import MOST_ENTRIES, Layout, Tables, TableTooLargeError
from domix.data.rows import describe_excess
from domix.errors import DomixWarning, NetworkError
from domix.util.arrays import Bools, Floats, Objects
from domix.util.rational import brief, to_fraction

ROUNDING = 1e-12
"""Sums of rows that are off by less are taken for 1."""

RENORMALIZED = 1e-5
"""Rows whose sum is off by less are renormalised with a warning."""


def resolve_parents(space: Space, parents: Mapping[str, Sequence[str]]) -> Layout:
    """Lay out the graph.

    Raises
    ------
    NetworkError
        A parent is unknown or a duplicate, or the graph has a cycle, which the message lists.
    """
    check_parents({name: parents[name] for name in space.names})
    lists = [[space.positions[p] for p in parents[name]] for name in space.names]
    if not space.names:
        raise NetworkError("a network needs at least one variable")
    try:
        return Layout.build(space.cards, lists)
    except TableTooLargeError as error:
        raise NetworkError(
            f"variable {space.names[error.node]!r}: a table for {len(lists[error.node])} parents "
            f"has {error.entries:.3g} entries; at most {MOST_ENTRIES:,} fit in a network"
        ) from None
    except CycleError as error:
        loop = [space.names[i] for i in error.cycle]
        raise NetworkError("the graph has a cycle: " + " -> ".join([*loop, loop[0]])) from None


def check_parents(parents: Mapping[str, Sequence[str]]) -> None:
    """Check that parents are variables, each once.

    Raises
    ------
    NetworkError
        A parent is unknown or a duplicate.
    """
    for name, given in parents.items():
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise NetworkError(
                f"variable {name!r}: parents must be a sequence of names, not {given!r}"
            )
        for parent in given:
            if not isinstance(parent, str) or parent not in parents:
                raise NetworkError(
                    f"variable {name!r} has the unknown parent {parent!r}; "
                    f"the network has {listing(parents)}"
                )
        if len(set(given)) < len(given):
            raise NetworkError(f"variable {name!r} has a duplicate parent: {listing(given)}")


def numeric_tables(cpts: Mapping[str, Any]) -> dict[str, Objects]:
    """Return all tables as float64, or as fractions if every entry is a rational number.

    Raises
    ------
    NetworkError
        A table is ragged or holds something that is not a number.
    """
    arrays = {name: _to_array(name, table) for name, table in cpts.items()}
    if arrays and all(a.dtype == object for a in arrays.values()):
        return arrays
    return {name: _to_floats(name, array) for name, array in arrays.items()}


def _to_array(name: str, table: Any) -> Objects:
    try:
        array = np.asarray(table)
        if array.dtype.kind in "iuO":
            array = np.asarray(table, dtype=object)
    except (ValueError, OverflowError):
        array = np.asarray(None)
    if array.dtype.kind == "f":
        return _to_floats(name, array)
    entries = array.ravel().tolist()
    if array.dtype.kind == "O" and all(isinstance(x, numbers.Real) for x in entries):
        if all(isinstance(x, numbers.Rational) for x in entries):
            exact = np.empty(len(entries), dtype=object)
            exact[:] = [to_fraction(x) for x in entries]
            return exact.reshape(array.shape)
        return _to_floats(name, array)
    if array.dtype.kind == "O" and array.ndim:
        odd = next(x for x in entries if not isinstance(x, numbers.Real))
        raise NetworkError(
            f"variable {name!r}: the table holds {odd!r}, which is not a number, or its rows "
            "differ in length"
        )
    raise NetworkError(f"variable {name!r}: the table is not a rectangular array of numbers")


def _to_floats(name: str, array: Objects) -> Floats:
    try:
        # An overflow to infinity is refused later, with its place, as any invalid probability is.
        with np.errstate(over="ignore"):
            return array.astype(np.float64)
    except OverflowError:
        raise NetworkError(
            f"variable {name!r}: the table holds a number too large for a double; a probability is "
            "between 0 and 1"
        ) from None


def build_tables(
    space: Space,
    layout: Layout,
    cpts: Mapping[str, Objects],
    normalize: bool | None,
    source: str = "",
) -> Tables:
    """Check every table against the graph and lay them out flat.

    Parameters
    ----------
    space : Space
    layout : Layout
    cpts : mapping of str to ndarray
        From :func:`numeric_tables`.
    normalize : bool or None
        None: in floats, rows within 1e-12 of 1 stay as they are and rows within 1e-5 are
        renormalised with a warning; in fractions the sum of every row must be exactly 1. True: each
        row is divided by its sum, if that is positive. False: rows off by more than 1e-12 are
        refused.
    source : str
        The file, for messages; only files can be read with another ``normalize``.

    Raises
    ------
    NetworkError
        A wrong shape, a negative or infinite entry, or a row sum that is off; the message names the
        variable, the parents' states and the sum.
    """
    exact = any(a.dtype == object for a in cpts.values())
    for i, name in enumerate(space.names):
        table, shape = cpts[name], layout.shape(i)
        if table.shape != shape:
            axes = ", ".join([*(space.names[p] for p in layout.parents[i]), name])
            raise NetworkError(
                f"variable {name!r}: the table must have shape {shape} ({axes}), not {table.shape}"
            )
    values = np.concatenate([cpts[name].ravel() for name in space.names])
    _check_entries(space, layout, values)
    sums = np.add.reduceat(values, layout.row_starts) if layout.size else values[:0]
    off = np.array([abs(s - 1) for s in sums]) if exact else np.abs(sums - 1.0)
    _check_sums(space, layout, sums, off, normalize, source)
    adjusted = off != 0 if exact else off > ROUNDING
    if adjusted.any():
        if normalize is None:
            worst, prefix = int(np.argmax(off)), f"{source}: " if source else ""
            warnings.warn(
                f"{prefix}{int(adjusted.sum())} of {len(sums)} table rows did not sum to 1 and "
                f"were renormalised; the furthest off is {_describe_row(space, layout, worst)}, "
                f"whose sum is {sums[worst]!s}",
                DomixWarning,
                stacklevel=4,
            )
        entries = adjusted[layout.row_of_entry]
        values[entries] = values[entries] / sums[layout.row_of_entry[entries]]
    return Tables(layout, values)


def _check_entries(space: Space, layout: Layout, values: Objects) -> None:
    if values.dtype == object:
        bad = np.array([x < 0 for x in values], dtype=bool)
    else:
        bad = ~((values >= 0) & np.isfinite(values))
    if bad.any():
        entry = int(np.argmax(bad))
        node = int(layout.node_of_entry[entry])
        value = (entry - int(layout.offsets[node])) % int(layout.cards[node])
        raise NetworkError(
            f"{_describe_row(space, layout, int(layout.row_of_entry[entry]))}: the entry for state "
            f"{space.states[node][value]!r} is {brief(values[entry])}; a probability is between 0 "
            "and 1"
        )


def _check_sums(
    space: Space,
    layout: Layout,
    sums: Objects,
    off: Objects,
    normalize: bool | None,
    source: str,
) -> None:
    bad: Bools
    if normalize:
        bad = sums == 0
    elif sums.dtype == object:
        bad = off != 0
    else:
        bad = off > (RENORMALIZED if normalize is None else ROUNDING)
    if bad.any():
        row = int(np.argmax(bad))
        node = layout.node_of_entry[layout.row_starts]
        if not sums[node == node[row]].any():
            raise NetworkError(
                f"variable {space.names[node[row]]!r} has no table: all its entries are 0, as "
                "programs fill in a table that is missing; give it one"
            )
        can_normalize = bool(source and not normalize and sums[row] > 0)
        hint = "; normalize=True divides each row by its sum" * can_normalize
        raise NetworkError(
            f"{_describe_row(space, layout, row)}: the entries sum to {brief(sums[row])}, not 1; "
            f"fix the row{hint}"
        )


def _describe_row(space: Space, layout: Layout, row: int) -> str:
    """Name the variable and the parents' states of a row, an index of ``layout.row_starts``."""
    start = int(layout.row_starts[row])
    node = int(layout.node_of_entry[start])
    row_of_node = (start - int(layout.offsets[node])) // int(layout.cards[node])
    values = space.assignment(parent_values(layout, node, row_of_node).items())
    return f"variable {space.names[node]!r}" + (f" given {assignment_text(values)}" * bool(values))


def check_counts_tables(
    space: Space, layout: Layout, counts: Mapping[str, Any], pseudocount: float | None
) -> Floats:
    """Return observational counts flat, shape (layout.size,).

    Raises
    ------
    NetworkError
        The counts of a variable or the pseudocount are invalid.
    """
    flat = np.empty(layout.size)
    for i, name in enumerate(space.names):
        table = np.asarray(counts[name], dtype=np.float64)
        if table.shape != layout.shape(i) or not (np.isfinite(table) & (table >= 0)).all():
            raise NetworkError(
                f"variable {name!r}: counts must be non-negative numbers of shape {layout.shape(i)}"
            )
        if excess := describe_excess(table):
            raise NetworkError(f"variable {name!r}: counts: {excess}")
        flat[layout.entries_of(i)] = table.ravel()
    if pseudocount is not None and not (math.isfinite(pseudocount) and pseudocount >= 0):
        raise NetworkError(f"the pseudocount is {pseudocount}; it must be at least 0")
    return flat


def check_same_keys(argument: str, given: Mapping[str, Any], parents: Mapping[str, Any]) -> None:
    """Raise NetworkError unless an argument is a mapping with the keys of ``parents``."""
    for name, mapping in (("parents", parents), (argument, given)):
        if not isinstance(mapping, Mapping):
            raise NetworkError(
                f"must map variables, as {{'A': ...}}; not {mapping!r}", argument=name
            )
    for keys, others, problem in (
        (parents, given, "no entry for the variable"),
        (given, parents, "parents has no entry for the variable"),
    ):
        unmatched = [key for key in keys if key not in others]
        if unmatched:
            raise NetworkError(f"{problem} {unmatched[0]!r}", argument=argument)
