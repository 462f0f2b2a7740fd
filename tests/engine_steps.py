"""Steps that workers can import."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from domix.errors import DataError


@dataclass(frozen=True, eq=False)
class Bundle:
    """A part as those of shards are: arrays and numbers."""

    first: Any
    second: Any
    number: float


def double(value, *, times=2):
    """Repeat what is in a value, and keep the order of its arrays in memory."""
    if isinstance(value, np.ndarray):
        return np.concatenate([value.T] * times, axis=-1).T if value.ndim else value
    if isinstance(value, Bundle):
        return replace(value, first=double(value.first, times=times), number=times * value.number)
    return [value] * times


def pair(first, second, *, common):
    """Put two values together with a common argument."""
    return Bundle(first, {"second": second}, float(common.sum()))


def describe(value):
    """Say all that a step can see of a value."""
    if isinstance(value, np.ndarray):
        is_fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        return value.dtype.str, value.shape, is_fortran, value.tolist()
    if isinstance(value, Bundle):
        return describe(value.first), describe(value.second), value.number
    if isinstance(value, dict):
        return {key: describe(own) for key, own in value.items()}
    return value


def fail_at(value, *, bad):
    """Raise an error for one value."""
    if value == bad:
        raise DataError(f"{value} is bad", argument="data")
    return value


def wait(value, *, seconds):
    """Return a value after some time."""
    time.sleep(seconds)
    return value


def die(_):
    """Kill the process."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill(number, *, size):
    """Make an array of some bytes."""
    return np.full(size, number, np.uint8)


def total(array):
    """Add up an array."""
    return int(array.sum(dtype=np.int64))
