"""Networks as JSON, our own format: everything that a network holds, labels with their types.

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
parents in their order and then by the variable's own states, or it is one flat list in the same
order. An entry is a number or a string such as ``"1/3"`` or ``"0.1"``; exact networks are written
with strings. A state is a string, a number or a boolean. A learnt network has ``counts``, its
observational counts, in every variable, and the ``pseudocount``. Other keys are refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, listing
from domix.formats.numbers import read_float, read_fraction
from domix.formats.record import NetworkRecord
from domix.util.rational import rational_text
from domix.util.strict_json import Node, parse, show, to_json

FORMAT = "domix-network"
VERSION = 1


def read_json(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network.

    Parameters
    ----------
    text : str
        The content of the file.
    source : str
        The file, as messages name it.
    exact : bool
        Whether to read fractions, decimals exactly as they are written, or else the nearest
        doubles.

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
    domix.errors.FormatError: a.json: variables[0].table[1]: NaN is not a finite number
    """
    document = parse(text, source, parse_float=read_fraction if exact else None)
    return read_network_document(document, exact)


def read_network_document(document: Node, exact: bool) -> NetworkRecord:
    """Read a network that is a document, or part of one.

    Raises
    ------
    FormatError
        As for :func:`read_json`.
    """
    document.check_header(FORMAT, VERSION)
    fields = document.fields(["format", "version", "variables"], ["pseudocount"])
    variables: dict[str, dict[str, Node]] = {}
    for node in fields["variables"].items():
        variable = node.fields(["name", "states", "parents", "table"], ["counts"])
        name = variable["name"].text()
        if name in variables:
            variable["name"].fail(f"duplicate variable {name!r}; rename one")
        variables[name] = variable
    states = {
        name: tuple(label.label() for label in variable["states"].items())
        for name, variable in variables.items()
    }
    parents, tables, counts = {}, {}, {}
    for name, variable in variables.items():
        parents[name] = tuple(_read_parent(node, states) for node in variable["parents"].items())
        shape = (*(len(states[parent]) for parent in parents[name]), len(states[name]))
        tables[name] = _read_array(variable["table"], shape, _to_fraction if exact else _to_float)
        if "counts" in variable:
            counts[name] = _read_array(variable["counts"], shape, _to_float)
        elif counts:
            variable["table"].fail("the counts are missing, but earlier variables have counts")
    if not counts and "pseudocount" not in fields:
        return NetworkRecord(states, parents, tables)
    if len(counts) < len(tables) or "pseudocount" not in fields:
        document.fail("counts of every variable need a pseudocount, and a pseudocount needs them")
    return NetworkRecord(states, parents, tables, counts, fields["pseudocount"].convert(_to_float))


def _read_parent(parent: Node, states: dict[str, tuple[Label, ...]]) -> str:
    name = parent.text()
    if name not in states:
        parent.fail(f"{name!r} is not a variable; the variables are {listing(states)}")
    return name


def _read_array(
    table: Node, shape: tuple[int, ...], convert: Callable[[Any], Any]
) -> npt.NDArray[Any]:
    """Read nested lists, or one flat list in the same order."""
    nested = isinstance(table.value, list) and any(isinstance(x, list) for x in table.value)
    nodes = [table]
    for length in shape if nested else [math.prod(shape)]:
        nodes = [item for node in nodes for item in node.items(length)]
    array = np.empty(shape, dtype=object if convert is _to_fraction else np.float64)
    array.ravel()[:] = [node.convert(convert) for node in nodes]
    return array


def _to_fraction(value: object) -> Fraction:
    if isinstance(value, str):
        return read_fraction(value)
    if isinstance(value, float) and math.isfinite(value):
        return Fraction(repr(value))
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Fraction(value)
    raise ValueError(f"{show(value)} is not a finite number")


def _to_float(value: object) -> float:
    if isinstance(value, str):
        return read_float(value)
    if isinstance(value, (int, float, Fraction)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise ValueError(f"{show(value)} is not a finite number")


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
    lines = [
        f'"{key}": {_lay_out_variables(value) if key == "variables" else to_json(value)}'
        for key, value in network_document(record).items()
    ]
    return "{\n  " + ",\n  ".join(lines) + "\n}\n"


def _lay_out_variables(variables: list[dict[str, Any]]) -> str:
    blocks = []
    for variable in variables:
        lines = [
            f'"{key}": {_lay_out(value) if key in ("table", "counts") else to_json(value)}'
            for key, value in variable.items()
        ]
        blocks.append("    {\n      " + ",\n      ".join(lines) + "\n    }")
    return "[\n" + ",\n".join(blocks) + "\n  ]"


def _lay_out(table: list[Any], indent: str = "      ") -> str:
    """Write nested lists, each innermost one on a line of its own."""
    if not isinstance(table[0], list):
        return to_json(table)
    inner = indent + "  "
    return f"[\n{inner}" + f",\n{inner}".join(_lay_out(t, inner) for t in table) + f"\n{indent}]"


def network_document(record: NetworkRecord) -> dict[str, Any]:
    """Return a network as the objects that its JSON consists of."""
    variables = []
    for name, states in record.states.items():
        variable = {
            "name": name,
            "states": states,
            "parents": record.parents[name],
            "table": _nested_lists(record.tables[name]),
        }
        if record.counts is not None:
            variable["counts"] = _nested_lists(record.counts[name])
        variables.append(variable)
    document: dict[str, Any] = {"format": FORMAT, "version": VERSION, "variables": variables}
    if record.counts is not None:
        document["pseudocount"] = record.pseudocount
    return document


def _nested_lists(array: npt.NDArray[Any]) -> list[Any]:
    out = np.empty(array.shape, dtype=object)
    out.ravel()[:] = [
        rational_text(entry) if isinstance(entry, Fraction) else entry
        for entry in array.ravel().tolist()
    ]
    return list(out.tolist())
