"""The parser of BIF: from text to a record, in one pass over the tokens and one over the tables.

``formats.bif`` defines the grammar. All positions are indices of tokens; only an error computes the
line and column of one, by splitting the text into tokens again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, pairwise
from operator import getitem
from typing import NoReturn

import numpy as np

from domix.core.space import Label, listing
from domix.errors import FormatError
from domix.formats.numbers import check_probability, read_numbers
from domix.formats.record import NetworkRecord
from domix.util.arrays import Objects
from domix.util.files import line_and_column

# Atomic groups: possessive quantifiers of groups give wrong matches in Python 3.11.2.
WORD = r'(?>(?:[^\s,|{}()\[\];"/]+|/(?![/*]))+)'
SKIPPED = r"(?>(?:[\s,|]+|//[^\r\n]*|/\*[\s\S]*?\*/)*)"
# The last two match a string and a comment that are not closed.
TOKEN = re.compile(SKIPPED + r"(" + WORD + r'|[{}()\[\];]|"[^"\r\n]*"|"|/\*)')
BARE = re.compile(WORD)
QUOTES = "; names with brackets or ; are in double quotes"
END = ""
"""The token after the last one."""
PUNCTUATION = frozenset(["{", "}", "(", ")", "[", "]", ";", '"', "/*", END])
MAX_ENTRIES = 2**28
"""Entries of a table that a default fills: two gigabytes."""


@dataclass(frozen=True)
class _Block:
    """A probability block, as positions in the list of tokens.

    A statement is (start, middle, end): tokens between start and middle are labels, tokens between
    middle and end are numbers.
    """

    start: int
    child: str
    parents: tuple[str, ...]
    statements: list[tuple[int, int, int]]


class Reader:
    """The parser of one text; ``source`` names the file in errors.

    Each method for a part of the grammar takes the position of its first token and returns the
    position after its last.
    """

    def __init__(self, text: str, source: str, exact: bool) -> None:
        self.text, self.source, self.exact = text, source, exact
        self.tokens: list[str] = [*TOKEN.findall(text), END]
        self.declared: dict[str, int] = {}
        self.states: dict[str, tuple[Label, ...]] = {}
        self.blocks: dict[str, _Block] = {}

    def read(self) -> NetworkRecord:
        """Return the network that the text describes."""
        if "/*" in self.tokens:
            self._fail(self.tokens.index("/*"), "this comment is never closed by */")
        i = 0
        while (word := self.tokens[i]) != END:
            if word == "variable":
                i = self._read_variable(i)
            elif word == "probability":
                i = self._read_probability(i)
            elif word == "network":
                i = self._read_network(i)
            else:
                self._fail_expecting("network, variable or probability", i)
        # A block may come before the variables that it names, so tables are built last.
        tables = {name: self._build_table(block) for name, block in self.blocks.items()}
        for name, at in self.declared.items():
            if name not in tables:
                self._fail(at, f"variable {name!r} has no probability block; add one")
        parents = {name: self.blocks[name].parents for name in self.states}
        return NetworkRecord(self.states, parents, tables)

    # Blocks

    def _read_network(self, i: int) -> int:
        i += 1
        if self.tokens[i] != "{":
            self._read_name(i)
            i += 1
        i = self._expect("{", i)
        while self.tokens[i] != "}":
            i = self._skip_property(i, "property or }")
        return i + 1

    def _read_variable(self, start: int) -> int:
        name, end = self._read_name(start + 1), start + 2
        if self.tokens[end] not in PUNCTUATION:
            end = next(j for j, word in enumerate(self.tokens[end:], end) if word in PUNCTUATION)
            name = self._join(start + 1, end)
        if name in self.declared:
            self._fail(start + 1, f"variable {name!r} has two variable blocks; remove one")
        self.declared[name] = start + 1
        i = self._expect("{", end)
        while (word := self.tokens[i]) != "}":
            if word == "type" and name not in self.states:
                i = self._read_type(i, name)
            else:
                i = self._skip_property(i, "type (once), property or }")
        if name not in self.states:
            self._fail(i, f"variable {name!r} has no type; add: type discrete [ 2 ] {{ no, yes }};")
        return i + 1

    def _read_type(self, i: int, name: str) -> int:
        i = self._expect("[", self._expect("discrete", i + 1))
        number = self._read_name(i)
        begin = self._expect("{", self._expect("]", i + 1))
        end = self._find("}", begin)
        labels = tuple(self._read_name(j, QUOTES) for j in range(begin, end))
        if number != str(len(labels)):
            between_commas = self._split(begin, end, ",")
            if number == str(len(between_commas)):
                labels = between_commas
        if number != str(len(labels)) or not labels:
            self._fail(
                i,
                f"variable {name!r} is declared with {number} states but lists {len(labels)}; "
                "correct one of them; a name with blanks is in double quotes",
            )
        if len(set(labels)) < len(labels):
            j = next(j for j, label in enumerate(labels) if label in labels[:j])
            self._fail(begin + j, f"variable {name!r}: duplicate state {labels[j]!r}")
        self.states[name] = labels
        return self._expect(";", end + 1)

    def _read_probability(self, start: int) -> int:
        begin = self._expect("(", start + 1)
        end = self._find(")", begin)
        child, *parents = (self._read_name(j) for j in range(begin, max(end, begin + 1)))
        if not {child, *parents} <= self.states.keys():
            names = self._split(begin, end, ",|")
            if set(names) <= self.states.keys():
                child, *parents = names
        if child in self.blocks:
            self._fail(begin, f"variable {child!r} has two probability blocks; remove one")
        for j, parent in enumerate(parents):
            if parent == child or parent in parents[:j]:
                self._fail(begin + 1 + j, f"duplicate variable {parent!r}; name each one once")
        i = self._expect("{", end + 1)
        statements = []
        while (word := self.tokens[i]) != "}":
            if word == "(":
                middle = self._find(")", i)
            elif word in ("table", "default"):
                middle = i
            else:
                i = self._skip_property(i, "table, default, a row such as (low) 0.1, 0.9; or }")
                continue
            end = self._find(";", middle)
            statements.append((i, middle, end))
            i = end + 1
        self.blocks[child] = _Block(begin, child, tuple(parents), statements)
        return i + 1

    def _skip_property(self, i: int, expected: str) -> int:
        if self.tokens[i] != "property":
            self._fail_expecting(expected, i)
        end = self._find(";", i)
        brace = next((word for word in self.tokens[i:end] if word in ("{", "}")), None)
        if brace == "}":
            self._fail(i, "this property is not closed; put a ; at its end")
        return end + 1

    # Tables

    def _build_table(self, block: _Block) -> Objects:
        child, *parents = self._find_states(block)
        card, shape = len(child), [len(labels) for labels in parents]
        total = math.prod(shape)
        lookups = _lookups(parents)
        rows: dict[int, None] = {}
        words: list[str] = []
        default: list[str] | None = None
        for start, middle, end in block.statements:
            keyword, numbers = self.tokens[start], self.tokens[middle + 1 : end]
            needed = total * card if keyword == "table" else card
            if len(numbers) != needed:
                self._check_unpunctuated(middle + 1, end, ";")
                per = "entry" if keyword == "table" else f"state of {block.child!r}"
                self._fail(start, f"{len(numbers)} numbers; {needed} are needed, one per {per}")
            if keyword == "(":
                row = _find_row(lookups, self.tokens[start + 1 : middle])
                if row < 0:
                    self._check_unpunctuated(start + 1, middle, ")")
                    row = _find_row(lookups, self._split(start + 1, middle, ","))
                if row < 0:
                    self._refuse_labels(block, start, middle)
                if row in rows:
                    self._fail(start, "duplicate row; remove one")
                rows[row] = None
                words += numbers
            elif keyword == "table":
                if rows:
                    self._fail(start, "a table gives all rows, but rows were given before")
                rows = dict.fromkeys(range(total))
                for row in rows:
                    words += numbers[row::total]
            elif default is None:
                default = numbers
            else:
                self._fail(start, "duplicate default; remove one")
        if len(rows) < total:
            missing = next(row for row in count() if row not in rows)
            if default is None:
                self._refuse_missing_row(block, missing)
            if total * card > MAX_ENTRIES:
                self._fail(block.start, f"the table would have {total * card} entries: too many")
            absent = [row for row in range(total) if row not in rows]
            rows |= dict.fromkeys(absent)
            words += default * len(absent)
        values = self._parse_numbers(words, block)
        table = np.empty((total, card), dtype=values.dtype)
        table[list(rows)] = values.reshape(total, card)
        return table.reshape(*shape, card)

    def _find_states(self, block: _Block) -> list[tuple[Label, ...]]:
        for j, name in enumerate((block.child, *block.parents)):
            if name not in self.states:
                self._fail(
                    block.start + j,
                    f"{name!r} has no variable block; the file has {listing(self.states)}",
                )
        return [self.states[name] for name in (block.child, *block.parents)]

    def _parse_numbers(self, words: list[str], block: _Block) -> Objects:
        try:
            return read_numbers(words, self.exact)
        except ValueError:
            self._refuse_numbers(block)

    # Names and punctuation

    def _read_name(self, i: int, hint: str = "") -> str:
        word = self.tokens[i]
        if word in PUNCTUATION:
            self._fail_expecting("a name", i, hint)
        return word[1:-1] if word[0] == '"' else word

    def _join(self, begin: int, end: int) -> str:
        """Return several tokens as the one name that other programs write without quotes."""
        return self.text[self.spans[begin][0] : self.spans[end - 1][1]]

    def _split(self, begin: int, end: int, marks: str) -> tuple[str, ...]:
        """Return the names between any of ``marks``, which may contain blanks without quotes."""
        gaps = (self.text[left[1] : right[0]] for left, right in pairwise(self.spans[begin:end]))
        cuts = [j for j, gap in enumerate(gaps, begin + 1) if any(m in gap for m in marks)]
        return tuple(
            self._read_name(i) if j == i + 1 else self._join(i, j)
            for i, j in pairwise([begin, *cuts, end])
            if i < j
        )

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Begin and end of every token in the text."""
        size = len(self.text)
        return [*(match.span(1) for match in TOKEN.finditer(self.text)), (size, size)]

    def _expect(self, word: str, i: int) -> int:
        if self.tokens[i] != word:
            self._fail_expecting(word, i)
        return i + 1

    def _find(self, closer: str, begin: int) -> int:
        try:
            return self.tokens.index(closer, begin)
        except ValueError:
            self._fail(begin, f"there is no {closer} to close this")

    # Errors

    def _refuse_numbers(self, block: _Block) -> NoReturn:
        for _, middle, end in block.statements:
            self._check_unpunctuated(middle + 1, end, ";")
            for j in range(middle + 1, end):
                try:
                    check_probability(self.tokens[j])
                except ValueError as error:
                    self._fail(j, str(error))
        raise AssertionError("a valid number was refused")

    def _refuse_labels(self, block: _Block, start: int, middle: int) -> NoReturn:
        parents = block.parents
        at: Sequence[int] = range(start + 1, middle)
        labels = tuple(map(self._read_name, at))
        if len(labels) != len(parents):
            between_commas = self._split(start + 1, middle, ",")
            if len(between_commas) != len(parents):
                named = f": {listing(parents)}" if parents else ""
                self._fail(
                    start,
                    f"{len(labels)} states where {block.child!r} has {len(parents)} parents"
                    f"{named}; a name with blanks is in double quotes",
                )
            labels, at = between_commas, [start] * len(parents)
        for j, parent, label in zip(at, parents, labels, strict=True):
            if label not in self.states[parent]:
                self._fail(
                    j,
                    f"parent {parent!r} has no state {label!r}; "
                    f"its states are {listing(self.states[parent])}",
                )
        raise AssertionError("a valid row was refused")

    def _refuse_missing_row(self, block: _Block, row: int) -> NoReturn:
        if not block.parents:
            self._fail(block.start, f"variable {block.child!r} has no numbers; add a table")
        states = []
        for parent in reversed(block.parents):
            row, code = divmod(row, len(self.states[parent]))
            states.append(f"{parent}={self.states[parent][code]}")
        self._fail(
            block.start,
            f"variable {block.child!r} has no row for {', '.join(reversed(states))}; "
            "add it, or a default",
        )

    def _check_unpunctuated(self, begin: int, end: int, closer: str) -> None:
        """Refuse a list with other punctuation, because its ``closer`` was forgotten before."""
        for j in range(begin, end):
            if self.tokens[j] in PUNCTUATION:
                self._fail_expecting(closer, j)

    def _fail_expecting(self, what: str, i: int, hint: str = "") -> NoReturn:
        word = self.tokens[i]
        if word == '"':
            self._fail(i, "this quoted name is not closed on its line")
        given = repr(word) if word else "the end of the file"
        self._fail(i, f"expected {what} here, not {given}{hint}")

    def _fail(self, i: int, message: str) -> NoReturn:
        place = line_and_column(self.text, self.spans[i][0])
        raise FormatError(message, source=f"{self.source}:{place}")


def _find_row(lookups: list[dict[str, int]], labels: Sequence[str]) -> int:
    """Return the index of the row with these states, or -1."""
    try:
        return sum(map(getitem, lookups, labels)) if len(labels) == len(lookups) else -1
    except KeyError:
        return -1


def _lookups(parents: list[tuple[Label, ...]]) -> list[dict[str, int]]:
    """Return the part of a row's index for each parent and its state, as bare or quoted token."""
    lookups = []
    step = 1
    for labels in reversed(parents):
        parts = {str(label): code * step for code, label in enumerate(labels)}
        lookups.append(parts | {f'"{label}"': part for label, part in parts.items()})
        step *= len(labels)
    return lookups[::-1]
