"""Strict JSON: duplicate keys are refused, and every error names its place in the document."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

from domix.errors import DomixError, FormatError
from domix.util.rational import brief

T = TypeVar("T")

LONGEST_SHOWN = 60
"""Characters of a value that a message shows."""

DUPLICATE = object()
"""Stands for the values of a key that occurs more than once in an object."""


class Node:
    """A value of a JSON document, with its place for messages.

    Each reader returns the value as one type, or raises ``error`` with the place.

    Parameters
    ----------
    value : object
        The value, as the ``json`` module returns it.
    source : str
        The document, as messages name it.
    error : type of DomixError
    parent : Node, optional
        The object or list that holds the value.
    step : str or int
        The key or the index in the parent.
    """

    __slots__ = ("error", "parent", "source", "step", "value")

    def __init__(
        self,
        value: Any,
        source: str,
        error: type[DomixError] = FormatError,
        parent: Node | None = None,
        step: str | int = "",
    ) -> None:
        self.value, self.source, self.error = value, source, error
        self.parent, self.step = parent, step

    @property
    def path(self) -> str:
        """The place in the document, such as ``variables[3].table``; empty for the whole."""
        steps, node = [], self
        while node.parent is not None:
            steps.append(f"[{node.step}]" if isinstance(node.step, int) else f".{node.step}")
            node = node.parent
        return "".join(reversed(steps)).removeprefix(".")

    def fail(self, message: str) -> NoReturn:
        """Raise the error, with source and path before the message."""
        place = f"{self.path}: " if self.parent is not None else ""
        raise self.error(f"{place}{message}", source=self.source)

    def expect(self, expected: str) -> NoReturn:
        """Raise the error for a value that is not as expected."""
        self.fail(f"expected {expected}, not {show(self.value)}")

    def check_header(self, name: str, version: int) -> None:
        """Refuse a document of another format, or of another version of it."""
        if not isinstance(self.value, dict) or self.value.get("format") != name:
            self.fail(f'this is not a {name} document: "format" must be "{name}"')
        if "version" not in self.value:
            self.fail("the key 'version' is missing")
        if self.value["version"] != version:
            shown = show(self.value["version"])
            self.fail(f"version {shown}; this domix reads version {version}; update domix")

    def entries(self) -> dict[str, Node]:
        """Read an object with any keys."""
        if not isinstance(self.value, dict):
            self.expect("an object")
        return {
            key: Node(value, self.source, self.error, self, key)
            for key, value in self.value.items()
        }

    def fields(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Node]:
        """Read an object with given keys."""
        entries, required, optional = self.entries(), set(required), set(optional)
        for key in sorted(required - entries.keys()):
            self.fail(f"the key {key!r} is missing")
        for key in sorted(entries.keys() - required - optional):
            known = ", ".join(map(repr, sorted(required | optional)))
            self.fail(f"unknown key {key!r}; the keys are {known}")
        return entries

    def field(self, key: str) -> Node:
        """Read the value of one key of an object."""
        if not isinstance(self.value, dict):
            self.expect("an object")
        if key not in self.value:
            self.fail(f"the key {key!r} is missing")
        return Node(self.value[key], self.source, self.error, self, key)

    def items(self, length: int | None = None) -> list[Node]:
        """Read a list; of a given length, unless ``length`` is None."""
        if not isinstance(self.value, list):
            self.expect("a list")
        if length is not None and len(self.value) != length:
            self.fail(f"{len(self.value)} entries where {length} are needed")
        return [Node(value, self.source, self.error, self, i) for i, value in enumerate(self.value)]

    def text(self) -> str:
        """Read a string."""
        if not isinstance(self.value, str):
            self.expect("a text in quotes")
        return self.value

    def boolean(self) -> bool:
        """Read true or false."""
        if not isinstance(self.value, bool):
            self.expect("true or false")
        return self.value

    def number(self) -> float:
        """Read a number."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self.expect("a number")
        return float(self.value)

    def whole_number(self) -> int:
        """Read a whole number of at least 0."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            self.expect("a whole number of at least 0")
        return self.value

    def label(self) -> str | int | float | bool:
        """Read a state: a string, a finite number or a boolean."""
        # Decimals may have been read as fractions, but a label is not a probability.
        value = float(self.value) if isinstance(self.value, Fraction) else self.value
        finite = not isinstance(value, float) or math.isfinite(value)
        if not isinstance(value, (str, int, float)) or not finite:
            self.expect("a state (a string, a finite number or a boolean)")
        return value

    def optional(self, read: Callable[[Node], T]) -> T | None:
        """Read a value that may be null, which is None."""
        return None if self.value is None else read(self)

    def convert(self, convert: Callable[[Any], T]) -> T:
        """Convert by a function that raises ValueError for a value that it cannot convert."""
        try:
            return convert(self.value)
        except ValueError as error:
            self.fail(str(error))


def parse(
    text: str,
    source: str,
    error: type[DomixError] = FormatError,
    parse_float: Callable[[str], Any] | None = None,
) -> Node:
    """Parse a JSON document.

    Parameters
    ----------
    text : str
    source : str
        The document, as messages name it.
    error : type of DomixError
        The error for values that are not as expected, duplicate keys included.
    parse_float : callable, optional
        Converts the decimals of the document.

    Raises
    ------
    FormatError
        The text is not a string, or not JSON; line and column are named.
    DomixError
        Of type ``error``: a key occurs twice in one object; its place is named.

    Examples
    --------
    >>> parse('{"rows": [1, 2.5]}', "a.json").fields(["rows"])["rows"].items()[1].number()
    2.5
    >>> parse('{"rows": [{"p": 1, "p": 1}]}', "a.json")
    Traceback (most recent call last):
        ...
    domix.errors.FormatError: a.json: rows[0].p: duplicate key; keep one
    """
    if not isinstance(text, str):
        raise FormatError(f"expected a text, not {type(text).__name__}", source=source)
    duplicates = False

    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal duplicates
        out = dict(pairs)
        if len(out) < len(pairs):
            duplicates = True
            counts = Counter(key for key, _ in pairs)
            out.update({key: DUPLICATE for key, count in counts.items() if count > 1})
        return out

    try:
        document = json.loads(text, parse_float=parse_float, object_pairs_hook=to_object)
    except json.JSONDecodeError as failure:
        place = f"{source}:{failure.lineno}:{failure.colno}"
        raise FormatError(failure.msg, source=place) from None
    except RecursionError:
        raise FormatError("brackets are nested too deep", source=source) from None
    except ValueError as failure:
        raise FormatError(str(failure), source=source) from None
    root = Node(document, source, error)
    if duplicates:
        _refuse_duplicate(root)
    return root


def _refuse_duplicate(root: Node) -> None:
    """Raise the error for the first duplicate key."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.value is DUPLICATE:
            node.fail("duplicate key; keep one")
        if isinstance(node.value, dict):
            nodes += reversed(node.entries().values())
        elif isinstance(node.value, list):
            nodes += reversed(node.items())


def to_json(value: object, indent: int | None = None) -> str:
    """Write a value as JSON.

    Raises
    ------
    FormatError
        A number is not finite.
    """
    try:
        return json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise FormatError(
            "JSON cannot hold a number that is not finite; if it is a state, rename the state"
        ) from None


def show(value: object) -> str:
    """Write a value of a JSON document for a message: an object or a list by its length."""
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = brief(value) if isinstance(value, Fraction) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."
