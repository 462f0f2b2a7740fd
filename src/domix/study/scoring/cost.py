"""The cost of a call: seconds and peak memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

MEGABYTE = 1e6
CLEAR_REFS, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_PEAK = "5"
"""Written to CLEAR_REFS, it resets the peak of resident memory; see proc(5)."""


@dataclass(frozen=True)
class Cost:
    """The cost of one call.

    Attributes
    ----------
    seconds : float
        Elapsed time.
    cpu_seconds : float
        Processor time, summed over threads; other programs on the machine hardly change it.
    memory_mb : float or None
        Peak memory of the process during the call, interpreter and data included. Where the
        system cannot reset the peak (all but Linux), the peak since the process started.
    passes : float or None
        Processor time as a multiple of one ``log_prob`` pass over the rows, if it was measured.
    """

    seconds: float
    cpu_seconds: float
    memory_mb: float | None
    passes: float | None = None


def measure_cost(call: Callable[[], Result]) -> tuple[Result, Cost]:
    """Call a function, and return its result and its cost.

    Examples
    --------
    >>> total, cost = measure_cost(lambda: sum(range(10)))
    >>> total, cost.seconds < 1
    (45, True)
    """
    with suppress(OSError):
        CLEAR_REFS.write_text(RESET_PEAK)
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    return result, Cost(seconds, cpu_seconds, _read_peak())


def _read_peak() -> float | None:
    """Return the peak memory in megabytes, or None where the system does not report it."""
    with suppress(OSError, StopIteration):
        lines = STATUS.read_text().splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
        return int(kilobytes) * 1024 / MEGABYTE
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE
