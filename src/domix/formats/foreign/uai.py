"""UAI, the format of the UAI inference competitions: a list of words without names.

``BAYES``, the number of variables, their numbers of states; then the number of functions and the
scope of each, its size first, with the child last; then each function's table, its size first. The
last variable of a scope runs fastest. Variables and states are called by their numbers, from 0.
"""

from __future__ import annotations

import re
from typing import NoReturn

import numpy as np

from domix.errors import FormatError
from domix.formats.foreign.tables import (
    RawTable,
    add_table,
    build_record,
    warn_of_losses,
    write_rows,
)
from domix.formats.record import NetworkRecord
from domix.util.arrays import Floats
from domix.util.files import line_and_column

WORD = re.compile(r"#[^\r\n]*|[^\s#]+")
"""A word, or a comment, which the format does not have but files do."""
PYAGRUM = re.compile(r"^\d+( \d+)+   # ", re.MULTILINE)
"""A scope as pyagrum writes it."""
ROUNDED = 1e-3
"""How far sums of rounded probabilities are from 1 at most."""


def read_uai(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network; parameters as in :func:`domix.formats.bif.read_bif`.

    Raises
    ------
    FormatError
        The text is not UAI, or is a Markov network.
    """
    return _Reader(text, source, exact).read()


class _Reader:
    """The parser of one text."""

    def __init__(self, text: str, source: str, exact: bool) -> None:
        words = [match for match in WORD.finditer(text) if match[0][0] != "#"]
        self.words, self.starts = [match[0] for match in words], [match.start() for match in words]
        self.text, self.source, self.exact = text, source, exact
        self.position = 0

    def read(self) -> NetworkRecord:
        """Return the network that the text describes."""
        kind = self._take()
        if kind != "BAYES":
            self._fail(
                f"expected BAYES here, not {kind!r}; of the networks of this format, domix reads "
                "Bayesian networks"
            )
        sizes = [self._take_count() for _ in range(self._take_count())]
        names = [str(i) for i in range(len(sizes))]
        scopes = [self._take_scope(names) for _ in range(self._take_count())]
        tables: dict[str, RawTable] = {}
        for *parents, child in scopes:
            count = self._take_count()
            place = self._place(self.position - 1)
            numbers = [self._take() for _ in range(count)]
            add_table(tables, child, RawTable(tuple(parents), numbers, place))
        if self.position < len(self.words):
            self.position += 1
            self._fail("expected the end of the file here; the sizes before do not fit")
        if PYAGRUM.search(self.text) and any(len(table.parents) > 1 for table in tables.values()):
            raise FormatError(
                "the comments show that pyagrum wrote this file, and it orders tables with several "
                "parents unlike other programs, the first parent fastest; load it with pyagrum and "
                "use domix.from_pyagrum, or save it as .net",
                source=self.source,
            )
        states = {name: tuple(map(str, range(k))) for name, k in zip(names, sizes, strict=True)}
        record = build_record(
            states, tables, self.source, self.exact, "a function whose scope ends with it"
        )
        for name, table in record.tables.items():
            _refuse_slow_child(name, table.astype(np.float64), tables[name].place)
        return record

    def _take_scope(self, names: list[str]) -> list[str]:
        scope = [self._take_count() for _ in range(self._take_count())]
        if not scope or max(scope) >= len(names):
            self._fail(f"expected a scope here: its size, then numbers below {len(names)}")
        return [names[i] for i in scope]

    def _take_count(self) -> int:
        word = self._take()
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            self._fail(f"expected a whole number here, not {word!r}")
        return int(word)

    def _take(self) -> str:
        if self.position == len(self.words):
            raise FormatError("the file ends too early", source=self.source)
        self.position += 1
        return self.words[self.position - 1]

    def _place(self, i: int) -> str:
        return f"{self.source}:{line_and_column(self.text, self.starts[i])}"

    def _fail(self, message: str) -> NoReturn:
        raise FormatError(message, source=self._place(self.position - 1))


def _refuse_slow_child(name: str, table: Floats, place: str) -> None:
    """Refuse a table whose sums are 1 only if its own variable runs slowest, as pgmpy writes it."""
    sums, others = table.sum(axis=-1), table.reshape(table.shape[-1], -1).sum(axis=0)
    if np.allclose(others, 1, atol=ROUNDED) and not np.allclose(sums, 1, atol=ROUNDED):
        raise FormatError(
            f"the table of {name!r} lists its own states slowest, as pgmpy writes them, and not "
            "fastest, as the format says; load it with pgmpy and use domix.from_pgmpy, or save it "
            "as .bif",
            source=place,
        )


def write_uai(record: NetworkRecord) -> str:
    """Write a network so that :func:`read_uai` gives its tables back.

    Warns
    -----
    DomixWarning
        Names are lost.
    """
    numbers = {name: str(i) for i, name in enumerate(record.states)}
    sizes = [len(labels) for labels in record.states.values()]
    named = [
        name
        for name, labels in record.states.items()
        if numbers[name] != name or any(str(label) != str(i) for i, label in enumerate(labels))
    ]
    lost = "variables and states come back as '0', '1', ..., without their names; .bif keeps them"
    warn_of_losses("UAI", record, [lost] if named else [])
    lines = ["BAYES", str(len(sizes)), " ".join(map(str, sizes)), str(len(sizes))]
    for name, parents in record.parents.items():
        scope = [numbers[each] for each in (*parents, name)]
        lines.append(" ".join([str(len(scope)), *scope]))
    for table in record.tables.values():
        lines += ["", str(table.size), *write_rows(table)]
    return "\n".join([*lines, ""])
