"""What a format cannot keep of a network."""

from __future__ import annotations

from collections.abc import Iterator

from domix.formats.numbers import write_fraction
from domix.formats.record import NetworkRecord


def list_losses(record: NetworkRecord) -> Iterator[str]:
    """Yield what every format but JSON loses of a network."""
    if any(not isinstance(label, str) for labels in record.states.values() for label in labels):
        yield "labels that are numbers or booleans come back as text; JSON keeps them"
    if record.counts is not None:
        yield "the counts that the tables were learnt from are not written; JSON keeps them"


def has_endless_decimals(record: NetworkRecord) -> bool:
    """Return whether an entry of a table is a fraction such as 1/3."""
    exact = (table for table in record.tables.values() if table.dtype == object)
    return any("/" in write_fraction(value) for table in exact for value in table.flat)
