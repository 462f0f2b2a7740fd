"""Lists of prefixes: which are equal, and copies of some of them."""

from libc.math cimport log, round
from libc.stdint cimport int32_t, int64_t, uint64_t

from ._checks cimport below, require, rises
from ._em_structures cimport PrefixLists


def fingerprints(
    PrefixLists lists not None,
    double precision,
    uint64_t[::1] out not None,
):
    """Fill ``out`` (lists,) with hashes, logarithms of values rounded to 1/precision."""
    cdef const int64_t[::1] ptr = lists.ptr
    cdef const int32_t[::1] prefix = lists.prefix
    cdef const double[::1] value = lists.value
    cdef Py_ssize_t g, e, first, last = 0
    cdef int64_t rounded
    cdef uint64_t h
    require(out.shape[0] == ptr.shape[0] - 1, "out")
    with nogil:
        for g in range(out.shape[0]):
            h = 0x9E3779B97F4A7C15ULL
            first, last = last, ptr[g + 1]
            for e in range(first, last):
                h = (h ^ <uint64_t>(prefix[e] + 1)) * 0xFF51AFD7ED558CCDULL
                h ^= h >> 32
                rounded = <int64_t>round(log(value[e]) * precision)
                h = (h ^ <uint64_t>rounded) * 0xC4CEB9FE1A85EC53ULL
                h ^= h >> 29
            out[g] = h


def gather(
    PrefixLists lists not None,
    const int64_t[::1] chosen not None,
    PrefixLists out not None,
):
    """Copy the ``chosen`` lists, in that order, to where ``out.ptr`` has room for them."""
    cdef const int64_t[::1] ptr = lists.ptr, out_ptr = out.ptr
    cdef const int32_t[::1] prefix = lists.prefix
    cdef const double[::1] value = lists.value
    cdef int32_t[::1] out_prefix = out.prefix
    cdef double[::1] out_value = out.value
    cdef Py_ssize_t g, e, first, at
    require(out_ptr.shape[0] == chosen.shape[0] + 1, "out.ptr")
    require(below(chosen, ptr.shape[0] - 1), "chosen")
    require(rises(out_ptr, out_value.shape[0]), "out.ptr")
    with nogil:
        for g in range(chosen.shape[0]):
            first = ptr[chosen[g]]
            at = out_ptr[g]
            for e in range(out_ptr[g + 1] - at):
                out_prefix[at + e] = prefix[first + e]
                out_value[at + e] = value[first + e]
