"""Ancestral sampling by inverting cumulative tables."""

from libc.stdint cimport int32_t, int64_t, uint8_t

cdef enum:
    ROWS = 256


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

    A value is the number of running sums that its uniform has reached. They are counted without a
    branch, because a processor cannot guess which way a random one goes.
    """
    cdef Py_ssize_t block, first, count, r, a, e, parent, node
    cdef Py_ssize_t rows = uniforms.shape[0], n = uniforms.shape[1]
    cdef int32_t[ROWS] at
    cdef int32_t stride, value
    cdef int64_t last, v
    cdef double u
    cdef const double* running
    with nogil:
        for block in range((rows + ROWS - 1) // ROWS):
            first = block * ROWS
            count = min(ROWS, rows - first)
            for a in range(n):
                node = order[a]
                if fixed[node] >= 0:
                    for r in range(count):
                        out[first + r, node] = <uint8_t>fixed[node]
                    continue
                for r in range(count):
                    at[r] = <int32_t>offsets[node]
                for e in range(parent_ptr[node], parent_ptr[node + 1]):
                    parent, stride = parent_index[e], <int32_t>parent_stride[e]
                    for r in range(count):
                        at[r] += stride * out[first + r, parent]
                last = cards[node] - 1
                if last == 1:
                    for r in range(count):
                        value = uniforms[first + r, node] >= cumulative[at[r]]
                        out[first + r, node] = <uint8_t>value
                    continue
                for r in range(count):
                    u = uniforms[first + r, node]
                    running = &cumulative[0] + at[r]
                    value = 0
                    for v in range(last):
                        value += u >= running[v]
                    out[first + r, node] = <uint8_t>value
