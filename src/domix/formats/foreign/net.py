"""NET, the format of Hugin.

::

    net { ... }
    node B { states = ("low" "high"); ... }
    potential ( B | A C ) { data = (((0.1 0.9) (0.2 0.8)) ((0.3 0.7) (0.4 0.6))); }

``data`` vary the first parent slowest and the node's own state fastest; brackets inside may be left
out. ``%`` starts a comment. Nodes of other kinds (decision, utility, function, continuous, ...),
classes, and tables that are given by expressions only are refused.
"""

from __future__ import annotations

from domix.core.space import listing
from domix.errors import FormatError
from domix.formats.foreign.tables import (
    RawTable,
    add_table,
    build_record,
    check_names,
    declare,
    list_odd_names,
    refuse_kind,
    warn_of_losses,
    write_rows,
)
from domix.formats.foreign.tokens import BARE, Tokens, between_blanks, quote
from domix.formats.record import NetworkRecord

DISCRETE = (["node"], ["discrete", "node"])


def read_net(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network; parameters as in :func:`domix.formats.bif.read_bif`.

    Raises
    ------
    FormatError
        The text is not NET, or holds a node that is not discrete with a table.
    """
    return _Reader(text, source, exact).read()


class _Reader:
    """The parser of one text."""

    def __init__(self, text: str, source: str, exact: bool) -> None:
        self.tokens = Tokens(text, source, "%")
        self.exact = exact
        self.states: dict[str, tuple[str, ...]] = {}
        self.tables: dict[str, RawTable] = {}
        self.shapes: dict[str, tuple[int, ...] | None] = {}

    def read(self) -> NetworkRecord:
        """Return the network that the text describes."""
        tokens = self.tokens
        while tokens.peek():
            begin = tokens.position
            words = tokens.take_names("{", "(", "")
            opener = tokens.peek()
            if words == ["potential"] and opener == "(":
                self._read_potential()
            elif words == ["net"] and opener == "{":
                tokens.skip_block()
            elif len(words) > 1 and words[0] != "potential" and opener == "{":
                self._read_node(words, begin)
            else:
                tokens.position = begin
                tokens.fail_expecting("net, node or potential")
        record = build_record(
            self.states,
            self.tables,
            tokens.source,
            self.exact,
            "a potential with its data",
        )
        for name, shape in self.shapes.items():
            self._check_brackets(name, shape, record.tables[name].shape)
        return record

    def _read_node(self, words: list[str], begin: int) -> None:
        tokens = self.tokens
        kind, name = words[:-1], words[-1]
        place = tokens.place(begin)
        if kind not in DISCRETE:
            tokens.position = begin
            if kind[0] == "node":
                tokens.fail(f"{between_blanks(words[1:])!r} contains blanks; put it in quotes")
            if kind == ["class"]:
                tokens.fail(f"{name!r} is a class of an object-oriented network; unfold it first")
            refuse_kind(name, " ".join(kind), place)
        labels: list[str] = []
        tokens.take("{")
        while tokens.peek() != "}":
            if self._read_key() == "states":
                labels, _ = tokens.take_list()
            self._end_value()
        tokens.take("}")
        declare(self.states, name, labels, place)

    def _read_potential(self) -> None:
        tokens = self.tokens
        tokens.take("(")
        place = tokens.place(tokens.position)
        children = tokens.take_names("|", ")")
        parents: list[str] = []
        if tokens.take() == "|":
            parents = tokens.take_names(")")
            tokens.take(")")
        if len(children) != 1:
            tokens.fail(f"a potential of one node is needed, not of {listing(children) or 'none'}")
        name = children[0]
        others = []
        tokens.take("{")
        while tokens.peek() != "}":
            key = self._read_key()
            if key == "data":
                words, self.shapes[name] = tokens.take_list()
                add_table(self.tables, name, RawTable(tuple(parents), words, place))
            else:
                others.append(key)
            self._end_value()
        tokens.take("}")
        if name not in self.tables and "model_data" in others:
            tokens.fail(
                f"the table of {name!r} is given by expressions (model_data); save the file with "
                "its numbers (data)"
            )

    def _read_key(self) -> str:
        key = self.tokens.take_name()
        self.tokens.take("=")
        return key

    def _end_value(self) -> None:
        self.tokens.skip_value()
        self.tokens.take(";")

    def _check_brackets(
        self, name: str, shape: tuple[int, ...] | None, needed: tuple[int, ...]
    ) -> None:
        """Refuse brackets that contradict the order of the parents."""
        flat = shape is not None and len(shape) == 1
        if not flat and _without_ones(shape or ()) != _without_ones(needed):
            written = "unequal lists" if shape is None else _times(shape)
            raise FormatError(
                f"the brackets of the table of {name!r} make {written}; {_times(needed)} "
                "are needed, one for each parent and for its states",
                source=self.tables[name].place,
            )


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _without_ones(shape: tuple[int, ...]) -> list[int]:
    return [size for size in shape if size > 1]


def write_net(record: NetworkRecord) -> str:
    """Write a network so that :func:`read_net` gives it back.

    Raises
    ------
    FormatError
        A variable's name contains blanks or punctuation.

    Warns
    -----
    DomixWarning
        Something is lost, or Hugin may refuse a name.
    """
    check_names("NET", record.states, BARE)
    warn_of_losses("NET", record, list_odd_names(record.states))
    lines = ["net", "{", "}"]
    for name, labels in record.states.items():
        lines += [f"node {name}", "{", f"  states = ({between_blanks(map(quote, labels))});", "}"]
    for name, parents in record.parents.items():
        bar = f" | {between_blanks(parents)}" if parents else ""
        data = _nest([f"({row})" for row in write_rows(record.tables[name])], record, parents)
        lines += [f"potential ({name}{bar})", "{", f"  data = {data};", "}"]
    return "\n".join([*lines, ""])


def _nest(rows: list[str], record: NetworkRecord, parents: tuple[str, ...]) -> str:
    """Return the rows of a table in one pair of brackets per parent."""
    for parent in reversed(parents):
        size = len(record.states[parent])
        rows = [f"({' '.join(rows[i : i + size])})" for i in range(0, len(rows), size)]
    return rows[0]
