"""Slices of rows distributed over threads."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import SupportsIndex, TypeVar

from domix.util.checks import whole_number

CODES_PER_SLICE = 1 << 20
"""Fewer codes are processed in less time than a thread takes to start."""

T = TypeVar("T")


def thread_count(threads: SupportsIndex | None) -> int:
    """Give the number of threads that a user asks for; None is the cores this process may use."""
    if threads is not None:
        return whole_number(threads, "threads", least=1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def over_rows(
    work: Callable[[slice], T], rows: int, width: int, threads: SupportsIndex | None
) -> list[T]:
    """Call ``work`` for consecutive slices of rows of ``width`` codes; list the results in order.

    ``work`` must release the interpreter's lock and treat each row by itself. A slice is small even
    with one thread, so that the memory ``work`` needs for it is.
    """
    step = max(1, CODES_PER_SLICE // max(width, 1))
    slices = [slice(first, min(first + step, rows)) for first in range(0, rows, step)]
    count = min(thread_count(threads), len(slices))
    if count <= 1:
        return [work(part) for part in slices]
    results: dict[int, T] = {}
    numbers = itertools.count()

    def work_on() -> None:
        while (number := next(numbers)) < len(slices):
            results[number] = work(slices[number])

    # This thread works too: one that only waited would be woken for every slice.
    with ThreadPoolExecutor(count - 1) as pool:
        others = [pool.submit(work_on) for _ in range(count - 1)]
        work_on()
    for other in others:
        other.result()
    return [results[number] for number in range(len(slices))]
