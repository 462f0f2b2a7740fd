r"""DOT, the language of Graphviz.

::

    digraph {
        dose -> response -> outcome;
        age -> {response outcome};
        plate
    }

An edge leads from cause to effect. Read are chains, groups in braces, subgraphs (also by their
name, later), and names in quotes; what is for drawing only is skipped: attributes, ports and names
of graphs. Undirected edges are refused, and so are edges whose attributes draw another arrow than
the one written, or none: ``dir``, ``arrowhead=none`` and ``style=invis``.

pydot, the usual package, was tried: it makes a node of the word ``subgraph`` where a subgraph is
named again, takes ``--`` for ``->``, and prints errors of syntax instead of raising them.
"""

from __future__ import annotations

import re
from typing import NoReturn

from domix.errors import FormatError
from domix.formats.graphs.record import Edge, GraphRecord
from domix.util.files import line_and_column

SKIPPED = r"\s+|//[^\r\n]*|/\*[\s\S]*?\*/|\#[^\r\n]*"
NAME = re.compile(r'"(?:[^"\\]|\\[\s\S])*"|-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)|[^\W\d]\w*')
"""A text in quotes, a number or a word."""
TOKEN = re.compile(rf"{SKIPPED}|(->|--|{NAME.pattern}|[{{}}\[\]=;,:+])")

KEYWORDS = frozenset({"strict", "graph", "digraph", "node", "edge", "subgraph"})
QUOTES = "; names with signs or blanks, and keywords, need double quotes"
END = ""
"""The token after the last one."""


def read_dot(text: str, source: str) -> GraphRecord:
    """Read a graph.

    Parameters
    ----------
    text : str
    source : str
        The file, for messages.

    Raises
    ------
    FormatError
        It is not DOT, or not a directed graph; the message names line and column.

    Examples
    --------
    >>> read_dot('digraph { A -> {B "C 1"} -> D; E }', "graph.dot").edges
    (('A', 'B'), ('A', 'C 1'), ('B', 'D'), ('C 1', 'D'))
    """
    try:
        return _Reader(text, source).read()
    except RecursionError:
        raise FormatError("groups in groups, too many to read", source=source) from None


class _Reader:
    """The parser of one text."""

    def __init__(self, text: str, source: str) -> None:
        self.text, self.source = text, source
        self.words: list[str] = []
        self.starts: list[int] = []
        self._split()
        self.position = 0
        self.edges: list[Edge] = []
        self.nodes: dict[str, None] = {}
        self.subgraphs: dict[str, dict[str, None]] = {}

    def _split(self) -> None:
        """Split the text into tokens; names must not touch, as a word and a number would."""
        at, end_of_name = 0, -1
        while at < len(self.text):
            match = TOKEN.match(self.text, at)
            end = match.end() if match else self._find_markup_end(at)
            word = match[1] if match else self.text[at:end]
            if word is not None:
                is_name = NAME.fullmatch(word) is not None
                if is_name and at == end_of_name:
                    self._fail_at(at, f"expected a blank or a sign before {word!r}{QUOTES}")
                end_of_name = end if is_name else -1
                self.words.append(word)
                self.starts.append(at)
            at = end
        self.words.append(END)
        self.starts.append(len(self.text))

    def _find_markup_end(self, at: int) -> int:
        """Return where a text in angle brackets, a value of attributes, ends."""
        depth, end = 0, at
        while end < len(self.text):
            depth += {"<": 1, ">": -1}.get(self.text[end], 0)
            end += 1
            if depth <= 0:
                break
        if depth or self.text[at] != "<":
            self._fail_at(at, f"{self.text[at]!r} has no meaning here, or is never closed{QUOTES}")
        return end

    def read(self) -> GraphRecord:
        """Return the graph that the text describes."""
        if self._keyword() == "strict":
            self.position += 1
        if self._keyword() == "graph":
            self._fail(
                "an undirected graph; edges must lead from cause to effect: digraph, and -> for --"
            )
        if self._keyword() != "digraph":
            self._fail_expecting("digraph")
        self.position += 1
        if self._peek() != "{":
            self._take_name()
        self._read_block()
        if self._peek() != END:
            self._fail("more than one graph; leave one in the file")
        return GraphRecord(tuple(self.nodes), tuple(self.edges))

    def _read_block(self) -> dict[str, None]:
        """Read statements in braces, and return the nodes that they name."""
        begin = self.position
        self._take("{")
        inside: dict[str, None] = {}
        while self._peek() != "}":
            if self._peek() == END:
                self.position = begin
                self._fail("there is no } to close this")
            inside |= self._read_statement()
            if self._peek() == ";":
                self.position += 1
        self.position += 1
        return inside

    def _read_statement(self) -> dict[str, None]:
        """Read a statement, and return the nodes that it names."""
        if self._keyword() in ("graph", "node", "edge"):
            self.position += 1
            self._read_attributes(edge=self._keyword(-1) == "edge", required=True)
            return {}
        if self._peek(1) == "=":
            self._take_name()
            self.position += 1
            self._take_value()
            return {}
        sources = self._read_ends()
        named = dict(sources)
        is_edge = self._peek() == "->"
        while self._peek() in ("->", "--"):
            if self._peek() == "--":
                self._fail("an undirected edge; write -> from cause to effect")
            self.position += 1
            targets = self._read_ends()
            self.edges += [(a, b) for a in sources for b in targets]
            named |= targets
            sources = targets
        self._read_attributes(edge=is_edge)
        return named

    def _read_ends(self) -> dict[str, None]:
        """Read a node, or a subgraph that stands for all of its nodes."""
        if self._peek() == "{":
            return self._read_block()
        if self._keyword() == "subgraph":
            self.position += 1
            name = None if self._peek() == "{" else self._take_name()
            inside = {} if name is None else self.subgraphs.setdefault(name, {})
            if self._peek() == "{":
                inside |= self._read_block()
            return inside
        name = self._take_name()
        while self._peek() == ":":
            self.position += 1
            self._take_name()
        self.nodes[name] = None
        return {name: None}

    def _read_attributes(self, *, edge: bool, required: bool = False) -> None:
        """Skip lists of attributes; refuse those of an ``edge`` that draw another arrow."""
        if required and self._peek() != "[":
            self._fail_expecting("[")
        while self._peek() == "[":
            self.position += 1
            while self._peek() != "]":
                begin = self.position
                name, value = self._take_name(), "true"
                if self._peek() == "=":
                    self.position += 1
                    value = self._take_value()
                if edge and _changes_arrow(name, value):
                    self.position = begin
                    self._fail(
                        f"{name}={value} draws another arrow than the one written, or none; write "
                        f"each edge as cause -> effect, without {name}, and no other edges"
                    )
                if self._peek() in (";", ","):
                    self.position += 1
            self.position += 1

    def _peek(self, ahead: int = 0) -> str:
        """Return the next token, or one after it; it is empty at the end."""
        return self.words[min(self.position + ahead, len(self.words) - 1)]

    def _keyword(self, ahead: int = 0) -> str | None:
        """Return the keyword that is next, or after it, in lower case, or None."""
        word = self._peek(ahead).casefold()
        return word if word in KEYWORDS else None

    def _take(self, expected: str) -> None:
        if self._peek() != expected:
            self._fail_expecting(expected)
        self.position += 1

    def _take_name(self) -> str:
        """Return the next name; texts in quotes are joined by +."""
        word = self._peek()
        if self._keyword() or not NAME.fullmatch(word):
            self._fail_expecting("a name")
        self.position += 1
        if word[0] != '"':
            return word
        name = _unquote(word)
        while self._peek() == "+" and self._peek(1)[:1] == '"':
            name += _unquote(self._peek(1))
            self.position += 2
        return name

    def _take_value(self) -> str:
        """Return the next value of an attribute, which may be markup."""
        if self._peek()[:1] != "<":
            return self._take_name()
        self.position += 1
        return self.words[self.position - 1]

    def _fail_expecting(self, what: str) -> NoReturn:
        word = self._peek()
        self._fail(
            f"expected {what} here, not {repr(word) if word else 'the end of the file'}"
            + QUOTES * (what == "a name" and bool(word))
        )

    def _fail(self, message: str) -> NoReturn:
        """Refuse the text at the next token."""
        self._fail_at(self.starts[self.position], message)

    def _fail_at(self, at: int, message: str) -> NoReturn:
        raise FormatError(message, source=f"{self.source}:{line_and_column(self.text, at)}")


def _changes_arrow(name: str, value: str) -> bool:
    """Whether an attribute of an edge draws another arrow than the one written, or none."""
    if name == "style":
        return "invis" in value.replace(",", " ").split()
    return (name == "dir" and value != "forward") or (name == "arrowhead" and value == "none")


def _unquote(word: str) -> str:
    """Return a text without its quotes; only quotes in it and the ends of lines are escaped."""
    return re.sub(r"\\(?:\r\n?|\n)", "", word[1:-1]).replace('\\"', '"')
