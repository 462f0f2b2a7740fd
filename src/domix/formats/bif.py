"""The Bayesian network interchange format (BIF): a reader and a writer that lose nothing.

The grammar::

    network name { property ...; }
    variable B { type discrete [ 2 ] { low, high }; property ...; }
    probability ( B | A, C ) {
      default 0.5, 0.5;
      (a0, c1) 0.1, 0.9;
    }

Blocks come in any order, and the name of the network is optional. Commas and ``|`` separate like
white space; ``//`` and ``/* */`` are comments; properties are skipped. A name is a sequence of any
other characters, so ``Asy/Patch`` and ``>=5`` are names; a name with separators or brackets is in
double quotes, on one line. There are no escapes, so no name contains a quote or a line break.
pgmpy writes names with blanks without quotes: where the words do not make as many names as are
needed, or unknown ones, a name is what stands between commas.

``table`` gives all entries; the block's own variable varies slowest and the last parent fastest, as
pgmpy and pyagrum read it: for ``( B | A )``, first B's first state given each state of A. Each row
is given once, or comes from ``default``.

Numbers are decimals, with or without an exponent. Fractions such as ``1/3`` are an extension of
domix, which other programs do not read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import product

from domix.errors import DomixWarning, FormatError
from domix.formats.bif_reader import BARE, Reader
from domix.formats.losses import has_endless_decimals, list_losses
from domix.formats.numbers import write_fraction
from domix.formats.record import NetworkRecord


def read_bif(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network.

    Parameters
    ----------
    text : str
        The content of the file.
    source : str
        The file's name, for messages.
    exact : bool
        True reads numbers as fractions; False as the nearest doubles.

    Returns
    -------
    NetworkRecord
        Variables in the order of their blocks, parents and states in the order of the file. Row
        sums are not checked.

    Raises
    ------
    FormatError
        The text is not such a network; ``error.source`` is ``source:line:column``.

    Examples
    --------
    >>> record = read_bif(
    ...     "variable A { type discrete [ 2 ] { no, yes }; } probability ( A ) { table 0.9, 0.1; }",
    ...     "a.bif",
    ...     exact=True,
    ... )
    >>> record.tables["A"].tolist()
    [Fraction(9, 10), Fraction(1, 10)]
    >>> read_bif("variable A", "a.bif", exact=True)
    Traceback (most recent call last):
        ...
    domix.errors.FormatError: a.bif:1:11: expected { here, not the end of the file
    """
    return Reader(text, source, exact).read()


def write_bif(record: NetworkRecord) -> str:
    """Write a network so that :func:`read_bif` gives it back.

    Floats are written with the fewest digits that give the same double, fractions as terminating
    decimals or as ``1/3``.

    Raises
    ------
    FormatError
        A name contains a double quote or a line break.

    Warns
    -----
    DomixWarning
        BIF loses labels that are numbers or booleans, and counts; other programs do not read
        fractions.

    Examples
    --------
    >>> import numpy as np
    >>> record = NetworkRecord({"A": ("no", "yes")}, {"A": ()}, {"A": np.array([0.9, 0.1])})
    >>> print(write_bif(record), end="")
    network domix {
    }
    variable A {
      type discrete [ 2 ] { no, yes };
    }
    probability ( A ) {
      table 0.9, 0.1;
    }
    """
    lines = ["network domix {", "}"]
    for name, labels in record.states.items():
        inside = ", ".join(_quote(label) for label in labels)
        lines += [
            f"variable {_quote(name)} {{",
            f"  type discrete [ {len(labels)} ] {{ {inside} }};",
            "}",
        ]
    for name, parents in record.parents.items():
        bar = " | " if parents else ""
        header = _quote(name) + bar + ", ".join(_quote(parent) for parent in parents)
        lines += [f"probability ( {header} ) {{", *_write_rows(record, name), "}"]
    text = "\n".join([*lines, ""])
    notes = list(list_losses(record))
    if has_endless_decimals(record):
        notes.append("fractions such as 1/3 are written as such, and only domix reads them back")
    for note in notes:
        warnings.warn(f"BIF: {note}", DomixWarning, stacklevel=3)
    return text


def _quote(name: object) -> str:
    """Return a name or a label, in quotes if it needs them."""
    text = str(name)
    if BARE.fullmatch(text):
        return text
    for mark, word in (('"', "a double quote"), ("\n", "a line break"), ("\r", "a line break")):
        if mark in text:
            raise FormatError(f"BIF cannot hold {text!r}, which contains {word}; write JSON")
    return f'"{text}"'


def _write_rows(record: NetworkRecord, name: str) -> Iterator[str]:
    table, parents = record.tables[name], record.parents[name]
    write = write_fraction if table.dtype == object else repr
    rows = table.reshape(-1, table.shape[-1]).tolist()
    states = [[_quote(label) for label in record.states[parent]] for parent in parents]
    for labels, row in zip(product(*states), rows, strict=True):
        head = f"({', '.join(labels)})" if parents else "table"
        yield f"  {head} {', '.join(map(write, row))};"
