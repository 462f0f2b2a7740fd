"""What the formats of other programs have in common: from parsed text to a record, and back.

All of them list a table in the same order: the parents in the order in which they are named, the
first the slowest, and the variable's own state the fastest. A record has its axes in that order, so
that no axis is ever moved.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from domix.core.space import Label, listing
from domix.errors import DomixWarning, FormatError
from domix.formats.losses import has_endless_decimals, list_losses
from domix.formats.numbers import check_probability, read_numbers, write_fraction
from domix.formats.record import NetworkRecord
from domix.util.arrays import Objects

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""Names that every program reads."""


@dataclass(frozen=True)
class RawTable:
    """A table as it is written in a file.

    Attributes
    ----------
    parents : tuple of str
        In the order of the file.
    words : sequence of str
        The numbers; or, in a deterministic table, the variable's state for each row.
    place : str
        The file, with line and column where they are known.
    deterministic : bool
        Whether the words are states.
    """

    parents: tuple[str, ...]
    words: Sequence[str]
    place: str
    deterministic: bool = False


def build_record(
    states: Mapping[str, tuple[Label, ...]],
    tables: Mapping[str, RawTable],
    source: str,
    exact: bool,
    block: str,
) -> NetworkRecord:
    """Make a record of what a file declares.

    Parameters
    ----------
    states : mapping of str to tuple of str
        The variables in the order of the file.
    tables : mapping of str to RawTable
        The table of each variable.
    source : str
        The file.
    exact : bool
        True reads numbers as fractions.
    block : str
        What holds a table in this format, for the message that it is missing.

    Raises
    ------
    FormatError
        A variable has no states or no table, a table is of an unknown variable or has an unknown
        parent, too many or too few entries, or an invalid one.
    """
    for name, table in tables.items():
        for each in (name, *table.parents):
            if each not in states:
                raise FormatError(
                    f"the table of {name!r} names {each!r}, which is not declared; the file has "
                    f"{listing(states) or 'no variables'}",
                    source=table.place,
                )
    for name, labels in states.items():
        if not labels:
            raise FormatError(f"variable {name!r} has no states; add them", source=source)
        if name not in tables:
            raise FormatError(
                f"variable {name!r} has no table; add {block}, or remove the variable",
                source=source,
            )
    arrays = {name: _build_table(name, tables[name], states, exact) for name in states}
    parents = {name: tables[name].parents for name in states}
    return NetworkRecord(dict(states), parents, arrays)


def _build_table(
    name: str, table: RawTable, states: Mapping[str, tuple[Label, ...]], exact: bool
) -> Objects:
    shape = [len(states[each]) for each in (*table.parents, name)]
    needed = math.prod(shape[:-1] if table.deterministic else shape)
    if len(table.words) != needed:
        given = f" and of {listing(table.parents)}" if table.parents else ""
        what, of = "numbers", f"state of {name!r}{given}"
        if table.deterministic:
            what, of = "states", f"configuration of {listing(table.parents) or 'no parents'}"
        raise FormatError(
            f"the table of {name!r} has {len(table.words)} {what}; {needed} are needed, "
            f"one per {of}",
            source=table.place,
        )
    words = _spread(name, table, states[name]) if table.deterministic else table.words
    try:
        return read_numbers(words, exact).reshape(shape)
    except ValueError:
        _refuse_numbers(name, table, words)


def _spread(name: str, table: RawTable, labels: tuple[Label, ...]) -> list[str]:
    """Return the entries 0 and 1 of a table that gives each row by its state."""
    for word in table.words:
        if word not in labels:
            raise FormatError(
                f"the table of {name!r} gives the state {word!r}; its states are {listing(labels)}",
                source=table.place,
            )
    return ["1" if word == label else "0" for word in table.words for label in labels]


def _refuse_numbers(name: str, table: RawTable, words: Sequence[str]) -> NoReturn:
    for word in words:
        try:
            check_probability(word)
        except ValueError as error:
            raise FormatError(f"the table of {name!r}: {error}", source=table.place) from None
    raise AssertionError("valid numbers were refused")


def refuse_kind(name: str, kind: str, place: str) -> NoReturn:
    """Refuse a node that a Bayesian network of discrete variables does not have."""
    raise FormatError(
        f"node {name!r} is of the kind {kind!r}, and domix reads discrete variables with tables "
        "only; turn it into one in the program that wrote the file, or remove it",
        source=place,
    )


def declare(states: dict[str, tuple[str, ...]], name: str, labels: Iterable[str], at: str) -> None:
    """Add a variable, unless it is a duplicate."""
    if name in states:
        raise FormatError(f"variable {name!r} is declared twice; remove one", source=at)
    states[name] = tuple(labels)


def add_table(tables: dict[str, RawTable], name: str, table: RawTable) -> None:
    """Add a table, unless it is a duplicate."""
    if name in tables:
        raise FormatError(f"variable {name!r} has two tables; remove one", source=table.place)
    tables[name] = table


# Writing


def check_names(form: str, names: Iterable[object], allowed: re.Pattern[str]) -> None:
    """Refuse names that could not be read back."""
    for text in map(str, names):
        if allowed.fullmatch(text) is None:
            raise FormatError(f"{form} cannot hold the name {text!r}; write .bif or .json")


def list_odd_names(names: Iterable[object]) -> Iterator[str]:
    """Yield a note of the names that other programs may refuse."""
    odd = [text for text in map(str, names) if IDENTIFIER.fullmatch(text) is None]
    if odd:
        yield (
            "other programs may refuse names that are not letters, digits and _ after a letter: "
            f"{listing(odd, 5)}"
        )


def warn_of_losses(form: str, record: NetworkRecord, more: Iterable[str] = ()) -> None:
    """Warn of all that reading the file will not give back."""
    notes = [*more, *list_losses(record)]
    if has_endless_decimals(record):
        notes.append("fractions such as 1/3 are rounded; JSON keeps them")
    for note in notes:
        warnings.warn(f"{form}: {note}", DomixWarning, stacklevel=4)


def write_rows(table: Objects) -> Iterator[str]:
    """Yield the numbers of each row, between blanks."""
    for row in table.reshape(-1, table.shape[-1]).tolist():
        yield " ".join(map(_write_number, row))


def _write_number(value: float | Fraction) -> str:
    if isinstance(value, float):
        return repr(value)
    text = write_fraction(value)
    return repr(float(value)) if "/" in text else text


def list_labels(record: NetworkRecord) -> list[Label]:
    """Return the states of all variables."""
    return [label for labels in record.states.values() for label in labels]


def list_moves(order: list[str], record: NetworkRecord) -> Iterator[str]:
    """Yield a note if the variables are not written in their order."""
    if order != list(record.states):
        yield "the variables come back in another order"


def order_by_parents(record: NetworkRecord) -> list[str]:
    """Return the variables with each after its parents, else in their order."""
    order: list[str] = []
    waiting = list(record.parents)
    while waiting:
        ready = next(name for name in waiting if set(record.parents[name]) <= set(order))
        order.append(ready)
        waiting.remove(ready)
    return order
