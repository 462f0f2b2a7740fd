"""Slices of rows distributed over threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import SupportsIndex, TypeVar

from domix.engine.calls import call_numbered, thread_count

CODES_PER_SLICE = 1 << 20
"""Fewer codes are processed in less time than a thread takes to start."""

T = TypeVar("T")


def over_rows(
    work: Callable[[slice], T], rows: int, width: int, threads: SupportsIndex | None
) -> list[T]:
    """Call ``work`` for consecutive slices of rows of ``width`` codes; list the results in order.

    ``work`` must release the interpreter's lock and treat each row by itself. A slice is small even
    with one thread, so that the memory ``work`` needs for it is.
    """
    step = max(1, CODES_PER_SLICE // max(width, 1))
    slices = [slice(first, min(first + step, rows)) for first in range(0, rows, step)]
    return call_numbered(lambda number: work(slices[number]), len(slices), thread_count(threads))
