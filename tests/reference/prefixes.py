"""Lists of prefixes, for `domix._kernels._prefixes`."""

from __future__ import annotations

import numpy as np


def fingerprints(lists, precision, out):
    """Hash one element of every list at a time."""
    ptr, prefix, value = (np.asarray(x) for x in (lists.ptr, lists.prefix, lists.value))
    lengths = np.diff(ptr)
    out[:] = 0x9E3779B97F4A7C15
    # Halves away from zero, as in C.
    logs = np.log(value[: ptr[-1]]) * precision
    rounded = (np.sign(logs) * np.floor(np.abs(logs) + 0.5)).astype(np.int64).view(np.uint64)
    for place in range(lengths.max(initial=0)):
        longer = np.flatnonzero(lengths > place)
        e, h = ptr[longer] + place, out[longer]
        h = (h ^ (prefix[e] + 1).astype(np.uint64)) * np.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> np.uint64(32)
        h = (h ^ rounded[e]) * np.uint64(0xC4CEB9FE1A85EC53)
        out[longer] = h ^ (h >> np.uint64(29))


def gather(lists, chosen, out):
    """Index all elements at once."""
    ptr, out_ptr = np.asarray(lists.ptr), np.asarray(out.ptr)
    at = np.repeat(ptr[chosen] - out_ptr[:-1], np.diff(out_ptr)) + np.arange(out_ptr[-1])
    np.asarray(out.prefix)[: len(at)] = np.asarray(lists.prefix)[at]
    np.asarray(out.value)[: len(at)] = np.asarray(lists.value)[at]
