"""What a call takes: seconds and peak memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = ["Cost", "measured"]

Result = TypeVar("Result")

MEGA = 1e6
CLEAR_REFS, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
RESET_PEAK = "5"


@dataclass(frozen=True)
class Cost:
    """Of one call.

    Attributes
    ----------
    seconds : float
        By the clock on the wall.
    cpu_seconds : float
        Of processor time, all threads together: a busy machine adds little to it.
    memory_mb : float or None
        The most memory that the process held meanwhile, the interpreter and the data included.
        Where the system cannot start afresh (all but Linux), the most since the process began.
    passes : float or None
        The processor time as a multiple of one ``log_prob`` pass over the rows, if it was set.
    """

    seconds: float
    cpu_seconds: float
    memory_mb: float | None
    passes: float | None = None


def measured(call: Callable[[], Result]) -> tuple[Result, Cost]:
    """What a call returns and what it took.

    Examples
    --------
    >>> total, cost = measured(lambda: sum(range(10)))
    >>> total, cost.seconds < 1
    (45, True)
    """
    with suppress(OSError):
        CLEAR_REFS.write_text(RESET_PEAK)
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    return result, Cost(seconds, cpu_seconds, _peak())


def _peak() -> float | None:
    with suppress(OSError, StopIteration):
        lines = STATUS.read_text().splitlines()
        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
        return int(kilobytes) * 1024 / MEGA
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGA
