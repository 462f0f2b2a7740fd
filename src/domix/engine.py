"""Blocks of rows shared out among threads."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import SupportsIndex, TypeVar

from domix.util.checks import whole_number

__all__ = ["over_rows", "thread_count"]

# Codes in a slice: less work is done before a thread has started.
LEAST = 1 << 20

T = TypeVar("T")


def thread_count(threads: SupportsIndex | None) -> int:
    """How many threads a user's ``threads`` stands for: None is the cores this process may use."""
    if threads is None:
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1
    return whole_number(threads, "threads", least=1)


def over_rows(
    work: Callable[[slice], T], rows: int, width: int, threads: SupportsIndex | None
) -> list[T]:
    """``work`` of consecutive slices of rows of ``width`` codes, in their order.

    ``work`` must give up the interpreter's lock and treat each row by itself. A slice is small even
    if there is one thread, so that what ``work`` holds for it is.
    """
    step = max(1, LEAST // max(width, 1))
    parts = [slice(first, min(first + step, rows)) for first in range(0, rows, step)]
    count = min(thread_count(threads), len(parts))
    if count <= 1:
        return [work(part) for part in parts]
    done: dict[int, T] = {}
    turns = itertools.count()

    def in_turn() -> None:
        while (turn := next(turns)) < len(parts):
            done[turn] = work(parts[turn])

    # This thread works too: one that only waited would be woken for every slice.
    with ThreadPoolExecutor(count - 1) as pool:
        others = [pool.submit(in_turn) for _ in range(count - 1)]
        in_turn()
    for other in others:
        other.result()
    return [done[turn] for turn in range(len(parts))]
