"""Numbered calls distributed over threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import SupportsIndex, TypeVar

from domix.util.checks import whole_number
from domix.util.progress import report_step

T = TypeVar("T")


def thread_count(threads: SupportsIndex | None) -> int:
    """Give the number of threads that a user asks for; None is the cores this process may use."""
    if threads is not None:
        return whole_number(threads, "threads", least=1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def call_numbered(work: Callable[[int], T], count: int, threads: int) -> list[T]:
    """Call ``work`` for 0, ..., count - 1; list the results in order.

    No call begins before a thread is free for it. After an error, and after an interrupt, no other
    begins.

    Examples
    --------
    >>> call_numbered(lambda number: number**2, 4, threads=2)
    [0, 1, 4, 9]
    """
    threads = min(threads, count)
    if threads <= 1:
        done = []
        for number in range(count):
            done.append(work(number))
            report_step(number + 1, count)
        return done
    results: dict[int, T] = {}
    numbers = iter(range(count))

    def work_on() -> None:
        try:
            for number in numbers:
                results[number] = work(number)
                report_step(len(results), count)
        finally:
            for _ in numbers:  # after an error, nothing is left for the other threads
                pass

    # This thread works too: one that only waited would be woken for every call.
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(work_on) for _ in range(threads - 1)]
        work_on()
    for other in others:
        other.result()
    return [results[number] for number in range(count)]
