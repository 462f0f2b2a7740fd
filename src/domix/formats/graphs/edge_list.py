"""Edge lists in text: an edge a line, cause first.

::

    cause,effect
    dose,response
    age,response
    plate,

A line with one name is a variable without edges, or of which nothing new is said. Blank lines and
lines that begin with ``#``, after blanks perhaps, are left out, and so are blanks around names.

The first line may name the columns. It does if it has a pair of names that says which end is which
(:data:`domix.formats.graphs.columns.ENDS`); it is an edge if one of its names is in another line,
too; all else could be either, and is refused.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Mapping
from typing import NamedTuple

from domix.core.space import listing
from domix.errors import DomixWarning, FormatError
from domix.formats.graphs.columns import describe_ends, find_ends
from domix.formats.graphs.record import GraphRecord

COMMENT = "#"
SEPARATORS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
NUMBER = re.compile(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?")
ATTRIBUTES = re.compile(r"\s+\{[^{}]*\}$")
"""What networkx writes at the end of a line whose fields blanks separate."""
QUOTED = re.compile(r'"[^"]*"')


class _Line(NamedTuple):
    """The fields of a line, at least one of them, and its number in the file."""

    number: int
    fields: list[str]

    @property
    def names(self) -> list[str]:
        """Return the names of its variables, if the first two fields are its ends."""
        return [field for field in self.fields[:2] if field]


def read_edge_list(
    text: str, source: str, separator: str, *, reverse_edges: bool = False
) -> GraphRecord:
    r"""Read an edge list.

    Parameters
    ----------
    text : str
    source : str
        The file, for messages.
    separator : str
        ``","`` or a tab. The first line with a comma, semicolon, tab or bar outside of quotes
        decides what separates the fields: a tab, if that is the separator, else the only one of
        them; blanks, if no line has any.
    reverse_edges : bool, default False
        Whether the edges will be turned round, so that columns may be callers and callees.

    Raises
    ------
    FormatError
        It cannot be read as edges; the message names the line.
    NetworkError
        The columns are callers and callees, and ``reverse_edges`` is not set.

    Warns
    -----
    DomixWarning
        There are more columns, such as weights, which are passed over.

    Examples
    --------
    >>> read_edge_list("Source;Target\nA;B\nC;", "graph.csv", ",")
    GraphRecord(nodes=('A', 'B', 'C'), edges=(('A', 'B'),))
    """
    lines = _read_lines(text, separator, source)
    ends = find_ends(lines[0].fields, reverse_edges=reverse_edges)
    if ends is not None:
        header, *lines = lines
        lines = _order_fields(header, lines, ends, source)
        others = [name for i, name in enumerate(header.fields) if i not in ends]
    else:
        others = ["weight"] * _have_weights(lines, source)
        _check_first(lines, source)
    if others:
        warnings.warn(
            f"{source}: passed over what is not an end of an edge: {listing(others)}",
            DomixWarning,
            stacklevel=4,
        )
    return GraphRecord.build(
        ((line.names[0], line.names[1]) for line in lines if len(line.names) == 2),
        (name for line in lines for name in line.names),
    )


def _read_lines(text: str, separator: str, source: str) -> list[_Line]:
    """Split the lines that are neither blank nor comments."""
    numbered = enumerate(re.split(r"\r\n?|\n", text), start=1)
    written = {
        number: line
        for number, line in numbered
        if line.strip() and not line.lstrip().startswith(COMMENT)
    }
    sign = _find_separator(written, separator, source)
    lines = []
    for number, line in written.items():
        part = ATTRIBUTES.sub("", line).strip() if sign == " " else line
        reader = csv.reader([part], delimiter=sign, strict=True, skipinitialspace=True)
        try:
            fields = [field.strip() for field in next(reader)]
        except csv.Error as error:
            raise FormatError(f"{error}; check the quotes", source=f"{source}:{number}") from None
        if any(fields):
            lines.append(_Line(number, fields))
    if not lines:
        raise FormatError("empty; each line must hold an edge: cause,effect", source=source)
    return lines


def _find_separator(written: Mapping[int, str], separator: str, source: str) -> str:
    """Return what separates the fields of numbered lines; the first with a sign decides."""
    chosen = " "
    for number, line in written.items():
        plain = QUOTED.sub("", ATTRIBUTES.sub("", line))
        found = [sign for sign in SEPARATORS if sign in plain]
        if not found or chosen in found:
            continue
        place = f"{source}:{number}"
        if chosen != " ":
            raise FormatError(
                f"{SEPARATORS[found[0]]} cannot separate the names, as {SEPARATORS[chosen]} does "
                "above; separate them alike, or put a name that holds it in double quotes",
                source=place,
            )
        if separator == "\t" and separator in found:
            found = [separator]
        if len(found) > 1:
            raise FormatError(
                f"both {' and '.join(SEPARATORS[sign] for sign in found)} could separate the "
                "names; put names that hold one of them in double quotes, or begin the file with "
                "the line cause,effect and use commas",
                source=place,
            )
        (chosen,) = found
    return chosen


def _order_fields(
    header: _Line, lines: list[_Line], ends: tuple[int, int], source: str
) -> list[_Line]:
    """Return the lines with the cause first, the effect second, and no more."""
    ordered, width = [], len(header.fields)
    for number, fields in lines:
        if len(fields) > width:
            raise FormatError(
                f"at most {width} fields are expected, as in the header, not {len(fields)}",
                source=f"{source}:{number}",
            )
        padded = [*fields, *[""] * (width - len(fields))]
        ordered.append(_Line(number, [padded[end] for end in ends]))
    return ordered


def _have_weights(lines: list[_Line], source: str) -> bool:
    """Return whether a line without a header has a third field, which must be a number."""
    wide = [line for line in lines if len(line.fields) > 2]
    for line in wide:
        if len(line.fields) > 3 or not NUMBER.fullmatch(line.fields[2]):
            raise FormatError(
                f"two names are expected, cause and effect, not {len(line.fields)} fields; if the "
                f"first line names the columns, two of them must be {describe_ends()}",
                source=f"{source}:{line.number}",
            )
    return bool(wide)


def _check_first(lines: list[_Line], source: str) -> None:
    """Refuse a list without edges, and a first line that could be names of columns instead."""
    first, *others = lines
    place = f"{source}:{first.number}"
    if not any(len(line.names) == 2 for line in lines):
        raise FormatError(
            "no line holds an edge: cause,effect; where there are none, name these columns in the "
            "first line",
            source=place,
        )
    if len(first.names) == 2 and not {name for line in others for name in line.names} & set(
        first.names
    ):
        raise FormatError(
            f"{listing(first.names)} could be names of columns as well as an edge; begin the file "
            "with the line cause,effect",
            source=place,
        )
