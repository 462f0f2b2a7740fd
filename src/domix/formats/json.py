"""Networks as JSON, our own format: everything a network holds, labels with their types.

::

    {
      "format": "domix-network",
      "version": 1,
      "variables": [
        {
          "name": "B",
          "states": ["low", "high"],
          "parents": ["A"],
          "table": [[0.5, 0.5], [0.25, 0.75]],
          "counts": [[1.0, 1.0], [0.0, 2.0]]
        }, ...
      ],
      "pseudocount": 1.0
    }

The order of ``variables`` is the order of the network's variables. ``table`` is nested by the
parents in their order and then by the variable's own states, or one flat list in the same order.
An entry is a number, or, in exact networks, a string such as ``"1/3"`` or ``"0.1"``. A state is a
string, a number or a boolean. ``counts``, in every variable or none, are the observational counts
of networks that were learnt, and ``pseudocount`` comes with them. Other keys are refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, listing
from domix.errors import FormatError
from domix.formats.numbers import read_float, read_fraction
from domix.formats.record import NetworkRecord
from domix.util.rational import rational_text

__all__ = ["FORMAT", "VERSION", "Node", "parse_json", "read_json", "write_json"]

FORMAT = "domix-network"
VERSION = 1


def read_json(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network.

    Parameters
    ----------
    text
        What the file holds.
    source
        The file's name, for messages.
    exact
        True gives fractions, and takes decimals as they are written; False gives the nearest
        doubles.

    Returns
    -------
    NetworkRecord

    Raises
    ------
    FormatError
        Not JSON (line and column are named), or not this format (the path is named, as in
        ``variables[3].table``).

    Examples
    --------
    >>> text = '''{"format": "domix-network", "version": 1, "variables": [
    ...     {"name": "A", "states": [0, 1], "parents": [], "table": [0.9, 0.1]}]}'''
    >>> read_json(text, "a.json", exact=True).tables["A"].tolist()
    [Fraction(9, 10), Fraction(1, 10)]
    >>> read_json(text.replace("0.1", "NaN"), "a.json", exact=False)
    Traceback (most recent call last):
        ...
    domix.errors.FormatError: a.json: variables[0].table[1]: nan is no finite number
    """
    whole = Node(parse_json(text, source, exact), source, "")
    if not isinstance(whole.value, dict) or whole.value.get("format") != FORMAT:
        whole.fail(f'this is no network: "format" must be "{FORMAT}"')
    version = whole.value.get("version")
    if version != VERSION:
        whole.fail(f"version {version!r}; this domix reads version {VERSION}: update domix")
    fields = whole.fields({"format", "version", "variables"}, {"pseudocount"})
    variables: dict[str, dict[str, Node]] = {}
    for node in fields["variables"].items():
        entry = node.fields({"name", "states", "parents", "table"}, {"counts"})
        name = entry["name"].text()
        if name in variables:
            entry["name"].fail(f"{name!r} is there twice")
        variables[name] = entry
    states = {
        name: tuple(label.label() for label in entry["states"].items())
        for name, entry in variables.items()
    }
    parents, tables, counts = {}, {}, {}
    for name, entry in variables.items():
        above = entry["parents"].items()
        for parent in above:
            if parent.text() not in states:
                parent.fail(f"{parent.value!r} is no variable; there are {listing(states)}")
        parents[name] = tuple(parent.text() for parent in above)
        shape = (*(len(states[parent]) for parent in parents[name]), len(states[name]))
        tables[name] = entry["table"].array(shape, _exact if exact else _float)
        if "counts" in entry:
            counts[name] = entry["counts"].array(shape, _float)
        elif counts:
            entry["table"].fail("there are no counts, but variables before have some")
    if not counts and "pseudocount" not in fields:
        return NetworkRecord(states, parents, tables)
    if len(counts) < len(tables) or "pseudocount" not in fields:
        whole.fail("counts in every variable and the pseudocount go together")
    return NetworkRecord(states, parents, tables, counts, fields["pseudocount"].number(_float))


class Node:
    """A value of the file and where it stands."""

    def __init__(self, value: Any, source: str, path: str) -> None:
        self.value, self.source, self.path = value, source, path

    def fail(self, message: str) -> NoReturn:
        place = f" {self.path}:" if self.path else ""
        raise FormatError(f"{self.source}:{place} {message}")

    def at(self, step: str, value: Any) -> Node:
        return Node(value, self.source, f"{self.path}{step}".lstrip("."))

    def fields(self, required: set[str], optional: set[str]) -> dict[str, Node]:
        if not isinstance(self.value, dict):
            self.fail(f"expected an object, not {self.value!r}")
        for key in sorted(required - self.value.keys()):
            self.fail(f"the key {key!r} is missing")
        for key in sorted(self.value.keys() - required - optional):
            self.fail(f"unknown key {key!r}; there are {listing(sorted(required | optional))}")
        return {key: self.at(f".{key}", value) for key, value in self.value.items()}

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            self.fail(f"expected a list, not {self.value!r}")
        return [self.at(f"[{i}]", value) for i, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            self.fail(f"expected a name in quotes, not {self.value!r}")
        return self.value

    def label(self) -> Label:
        # In exact mode decimals come as fractions, but a label is no probability.
        value = float(self.value) if isinstance(self.value, Fraction) else self.value
        finite = not isinstance(value, float) or math.isfinite(value)
        if not isinstance(value, (str, int, float)) or not finite:
            self.fail(f"a state is a string, a finite number or a boolean, not {value!r}")
        return value

    def number(self, read: Callable[[Any], Any]) -> Any:
        try:
            return read(self.value)
        except ValueError as error:
            self.fail(str(error))

    def array(self, shape: tuple[int, ...], read: Callable[[Any], Any]) -> npt.NDArray[Any]:
        cells: list[Any] = []
        flat = isinstance(self.value, list) and not any(isinstance(x, list) for x in self.value)
        self._collect((math.prod(shape),) if flat else shape, read, cells)
        array = np.empty(shape, dtype=object if read is _exact else np.float64)
        array.ravel()[:] = cells
        return array

    def _collect(
        self, shape: tuple[int, ...], read: Callable[[Any], Any], cells: list[Any]
    ) -> None:
        items = self.items()
        if len(items) != shape[0]:
            self.fail(f"{len(items)} entries where {shape[0]} are needed")
        for item in items:
            if len(shape) > 1:
                item._collect(shape[1:], read, cells)
            else:
                cells.append(item.number(read))


def parse_json(text: str, source: str, exact: bool) -> Any:
    """The document as Python objects; raises FormatError for what is no text or not JSON."""
    if not isinstance(text, str):
        raise FormatError(f"{source}: its text is needed, not {type(text).__name__}")

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"the key {twice!r} is there twice in one object")
        return found

    try:
        return json.loads(
            text, parse_float=read_fraction if exact else None, object_pairs_hook=mapping
        )
    except json.JSONDecodeError as error:
        raise FormatError(f"{source}:{error.lineno}:{error.colno}: {error.msg}") from None
    except RecursionError:
        raise FormatError(f"{source}: brackets are nested too deep for a network") from None
    except ValueError as error:
        raise FormatError(f"{source}: {error}") from None


def _exact(value: Any) -> Fraction:
    if isinstance(value, str):
        return read_fraction(value)
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Fraction(value)
    raise ValueError(f"{value!r} is no finite number")


def _float(value: Any) -> float:
    if isinstance(value, str):
        return read_float(value)
    if isinstance(value, (int, float, Fraction)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise ValueError(f"{value!r} is no finite number")


def write_json(record: NetworkRecord) -> str:
    """Write a network so that :func:`read_json` gives it back, whatever it holds.

    Raises
    ------
    FormatError
        A label is not finite.

    Examples
    --------
    >>> record = NetworkRecord({"A": (0, 1)}, {"A": ()}, {"A": np.array([0.9, 0.1])})
    >>> print(write_json(record), end="")
    {
      "format": "domix-network",
      "version": 1,
      "variables": [
        {
          "name": "A",
          "states": [0, 1],
          "parents": [],
          "table": [0.9, 0.1]
        }
      ]
    }
    """
    variables = []
    for name, labels in record.states.items():
        lines = [
            f'"name": {_text(name)}',
            f'"states": {_text(labels)}',
            f'"parents": {_text(record.parents[name])}',
            f'"table": {_nested(record.tables[name])}',
        ]
        if record.counts is not None:
            lines.append(f'"counts": {_nested(record.counts[name])}')
        variables.append("    {\n      " + ",\n      ".join(lines) + "\n    }")
    lines = [
        f'"format": {_text(FORMAT)}',
        f'"version": {VERSION}',
        '"variables": [\n' + ",\n".join(variables) + "\n  ]",
    ]
    if record.counts is not None:
        lines.append(f'"pseudocount": {_text(record.pseudocount)}')
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def _text(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise FormatError(f"JSON cannot hold {value!r}; rename the state") from None


def _nested(array: npt.NDArray[Any], indent: str = "      ") -> str:
    """Nested lists, each innermost one on a line of its own."""
    if array.ndim == 1:
        return "[" + ", ".join(map(_entry, array.tolist())) + "]"
    inner = indent + "  "
    rows = (_nested(part, inner) for part in array)
    return f"[\n{inner}" + f",\n{inner}".join(rows) + f"\n{indent}]"


def _entry(value: Any) -> str:
    return f'"{rational_text(value)}"' if isinstance(value, Fraction) else repr(value)
