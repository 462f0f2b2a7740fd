"""Ancestral sampling by inverting cumulative tables."""

from libc.stdint cimport int64_t, uint8_t


def sample(
    const double[:, ::1] uniforms not None,
    const int64_t[::1] order not None,
    const int64_t[::1] cards not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    const double[::1] cumulative not None,
    const int64_t[::1] fixed not None,
    uint8_t[:, ::1] out not None,
):
    """Fill ``out`` (rows, n) from ``uniforms`` of the same shape.

    ``cumulative`` runs up to exactly 1 at the last possible value of every table row, so that a
    state of probability zero is never drawn. ``fixed`` holds a code, or -1 where free.
    """
    cdef Py_ssize_t r, a, e, node, rows = uniforms.shape[0], n = uniforms.shape[1]
    cdef int64_t at, value, last
    cdef double u
    with nogil:
        for r in range(rows):
            for a in range(n):
                node = order[a]
                if fixed[node] >= 0:
                    out[r, node] = <uint8_t>fixed[node]
                    continue
                at = offsets[node]
                for e in range(parent_ptr[node], parent_ptr[node + 1]):
                    at += parent_stride[e] * out[r, parent_index[e]]
                u = uniforms[r, node]
                value = 0
                last = cards[node] - 1
                while value < last and u >= cumulative[at + value]:
                    value += 1
                out[r, node] = <uint8_t>value
