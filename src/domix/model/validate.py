"""From a record to tables, refusing what is not a Bayesian network and saying where."""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.codes import parent_values
from domix.core.graph import CycleError
from domix.core.space import Space, listing
from domix.core.tables import MOST_ENTRIES, Layout, Tables, TableTooLargeError
from domix.data.rows import too_many
from domix.errors import DomixWarning, NetworkError
from domix.util.rational import brief

__all__ = [
    "build_tables",
    "check_counts_tables",
    "numeric_tables",
    "resolve_parents",
    "same_keys",
]

UNTOUCHED = 1e-12
RENORMALISED = 1e-5


def resolve_parents(space: Space, parents: Mapping[str, Sequence[str]]) -> Layout:
    """The layout of the graph.

    Raises
    ------
    NetworkError
        Unknown, repeated or own parents, or a cycle (which is printed).
    """
    lists = []
    for name in space.names:
        given = parents[name]
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise NetworkError(
                f"variable {name!r}: parents must be a sequence of names, not {given!r}"
            )
        for parent in given:
            if parent not in space.positions:
                raise NetworkError(
                    f"variable {name!r} has the unknown parent {parent!r}; "
                    f"the network has {listing(space.names)}"
                )
        if len(set(given)) < len(given):
            raise NetworkError(f"variable {name!r} names a parent twice: {listing(given)}")
        lists.append([space.positions[p] for p in given])
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


def numeric_tables(cpts: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Tables as float64, or all as fractions when every entry is a rational number.

    Raises
    ------
    NetworkError
        A table is ragged or holds something that is no number.
    """
    arrays = {name: _as_array(name, table) for name, table in cpts.items()}
    if arrays and all(a.dtype == object for a in arrays.values()):
        return arrays
    return {name: _floats(name, array) for name, array in arrays.items()}


def _as_array(name: str, table: Any) -> npt.NDArray[Any]:
    try:
        array = np.asarray(table)
        if array.dtype.kind in "iuO":
            array = np.asarray(table, dtype=object)
    except (ValueError, OverflowError):
        array = np.asarray(None)
    if array.dtype.kind == "f":
        return _floats(name, array)
    entries = array.ravel().tolist()
    if array.dtype.kind == "O" and all(isinstance(x, numbers.Real) for x in entries):
        if all(isinstance(x, numbers.Rational) for x in entries):
            exact = np.empty(len(entries), dtype=object)
            exact[:] = [Fraction(int(x.numerator), int(x.denominator)) for x in entries]
            return exact.reshape(array.shape)
        return _floats(name, array)
    if array.dtype.kind == "O" and array.ndim:
        odd = next(x for x in entries if not isinstance(x, numbers.Real))
        raise NetworkError(
            f"variable {name!r}: the table holds {odd!r}, which is no number, or its rows differ "
            "in length"
        )
    raise NetworkError(f"variable {name!r}: the table is not a rectangular array of numbers")


def _floats(name: str, array: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    try:
        # What overflows to infinity is refused with its place, as any entry that is no probability.
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
    cpts: Mapping[str, npt.NDArray[Any]],
    normalize: bool | None,
    source: str = "",
) -> Tables:
    """Check every table against the graph and lay them out flat.

    Parameters
    ----------
    normalize
        None: in floats, rows within 1e-12 of 1 stay as they are and rows within 1e-5 are
        renormalised with a warning; in fractions every row must be 1 exactly. True: any positive
        row sum is divided out. False: nothing is changed, and what None would change is refused.
    source
        The file, for messages.

    Raises
    ------
    NetworkError
        Wrong shape, a negative or non-finite entry, or a row sum off; variable, parent states and
        sum are named.
    """
    exact = any(a.dtype == object for a in cpts.values())
    where = f"{source}: " if source else ""
    for i, name in enumerate(space.names):
        table, shape = cpts[name], layout.shape(i)
        if table.shape != shape:
            axes = ", ".join([*(space.names[p] for p in layout.parents[i]), name])
            raise NetworkError(
                f"{where}variable {name!r}: the table must have shape {shape} ({axes}), "
                f"not {table.shape}"
            )
    flat = np.concatenate([cpts[name].ravel() for name in space.names])
    _check_entries(space, layout, flat, where)
    sums = np.add.reduceat(flat, layout.row_starts) if layout.size else flat[:0]
    off = np.array([abs(s - 1) for s in sums]) if exact else np.abs(sums - 1.0)
    _check_sums(space, layout, sums, off, exact, normalize, where)
    if exact:
        adjust = off != 0
    else:
        adjust = off > UNTOUCHED
    if adjust.any():
        if normalize is None:
            worst = int(np.argmax(off))
            warnings.warn(
                f"{where}{int(adjust.sum())} of {len(sums)} table rows did not sum to 1 and were "
                f"renormalised; the furthest off is {_row(space, layout, worst)}, whose sum is "
                f"{sums[worst]!s}",
                DomixWarning,
                stacklevel=4,
            )
        touched = adjust[layout.row_of_entry]
        flat[touched] = flat[touched] / sums[layout.row_of_entry[touched]]
    return Tables(layout, flat)


def _check_entries(space: Space, layout: Layout, flat: npt.NDArray[Any], where: str) -> None:
    if flat.dtype == object:
        bad = np.array([x < 0 for x in flat], dtype=bool)
    else:
        bad = ~((flat >= 0) & np.isfinite(flat))
    if bad.any():
        cell = int(np.argmax(bad))
        node = int(layout.node_of_entry[cell])
        value = (cell - int(layout.offsets[node])) % int(layout.cards[node])
        raise NetworkError(
            f"{where}{_row(space, layout, int(layout.row_of_entry[cell]))}: the entry for state "
            f"{space.states[node][value]!r} is {brief(flat[cell])}; a probability is between 0 "
            "and 1"
        )


def _check_sums(
    space: Space,
    layout: Layout,
    sums: npt.NDArray[Any],
    off: npt.NDArray[Any],
    exact: bool,
    normalize: bool | None,
    where: str,
) -> None:
    if normalize:
        bad = sums == 0
    elif exact:
        bad = off != 0
    else:
        bad = off > (RENORMALISED if normalize is None else UNTOUCHED)
    if bad.any():
        row = int(np.argmax(bad))
        # A network is built from numbers in memory or from a file; only the file has the option.
        mend = (
            "mend the row" if normalize or not where else "mend the row or read with normalize=True"
        )
        raise NetworkError(
            f"{where}{_row(space, layout, row)}: the entries sum to {brief(sums[row])}, not 1; "
            f"{mend}"
        )


def _row(space: Space, layout: Layout, row: int) -> str:
    """A table row in words."""
    cell = int(layout.row_starts[row])
    node = int(layout.node_of_entry[cell])
    text = f"variable {space.names[node]!r}"
    index = (cell - int(layout.offsets[node])) // int(layout.cards[node])
    values = space.assignment(parent_values(layout, node, index).items())
    if values:
        text += " given " + ", ".join(f"{name}={state}" for name, state in values.items())
    return text


def check_counts_tables(
    space: Space, layout: Layout, counts: Mapping[str, Any], pseudocount: float | None
) -> npt.NDArray[np.float64]:
    """Observational counts, flat; raises NetworkError naming the variable."""
    flat = np.empty(layout.size)
    for i, name in enumerate(space.names):
        table = np.asarray(counts[name], dtype=np.float64)
        if table.shape != layout.shape(i) or not (np.isfinite(table) & (table >= 0)).all():
            raise NetworkError(
                f"variable {name!r}: counts must be non-negative numbers of shape {layout.shape(i)}"
            )
        if excess := too_many(table):
            raise NetworkError(f"variable {name!r}: counts: {excess}")
        flat[layout.entries_of(i)] = table.ravel()
    if pseudocount is not None and not (math.isfinite(pseudocount) and pseudocount >= 0):
        raise NetworkError(f"the pseudocount is {pseudocount}; it must be at least 0")
    return flat


def same_keys(what: str, given: Mapping[str, Any], parents: Mapping[str, Any]) -> None:
    """``given`` must name the variables that ``parents`` does; raises NetworkError."""
    for argument in (parents, given):
        if not isinstance(argument, Mapping):
            raise NetworkError(f"parents and {what} map variables; {argument!r} is no mapping")
    for keys, others, text in (
        (parents, given, f"{what} has no entry for the variable"),
        (given, parents, f"{what} names a variable that parents does not"),
    ):
        lost = [key for key in keys if key not in others]
        if lost:
            raise NetworkError(f"{text} {lost[0]!r}")
