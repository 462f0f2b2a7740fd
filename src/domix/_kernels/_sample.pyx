"""Ancestral sampling by inverting cumulative tables."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from ._checks cimport require
from ._structures cimport FlatLayout

BLOCK_ROWS = 256
cdef enum:
    BLOCK = 256


def sample(
    const double[:, ::1] uniforms not None,
    FlatLayout layout not None,
    const double[::1] cumulative not None,
    const int64_t[::1] fixed not None,
    uint8_t[:, ::1] scratch not None,
    uint8_t[:, ::1] out not None,
):
    """Fill ``out`` (rows, n) from ``uniforms`` of the same shape.

    ``cumulative`` reaches exactly 1 at the last possible value of every row of a table, so that a
    state of probability zero is never drawn. ``fixed`` (n,) holds a code, or -1 where a variable is
    drawn. ``scratch`` (n, BLOCK_ROWS) holds a block of rows as columns, which the children read.

    A value is the number of cumulative probabilities that its uniform has reached. They are counted
    without a branch, because a processor cannot predict which way a random one goes.
    """
    cdef Py_ssize_t block, first, count, r, a, e, node
    cdef Py_ssize_t rows = uniforms.shape[0], n = layout.n
    cdef int32_t[BLOCK] at
    cdef int32_t stride, value
    cdef int64_t last, v
    cdef double u
    cdef const double* running
    cdef uint8_t* column
    cdef const uint8_t* other
    cdef const int64_t[::1] order = layout.order, cards = layout.cards, offsets = layout.offsets
    cdef const int64_t[::1] parent_ptr = layout.parent_ptr, parent_index = layout.parent_index
    cdef const int64_t[::1] parent_stride = layout.parent_stride
    require(uniforms.shape[1] == n == out.shape[1] and out.shape[0] == rows, "uniforms or out")
    require(cumulative.shape[0] == layout.size and fixed.shape[0] == n, "cumulative or fixed")
    require(scratch.shape[0] == n and scratch.shape[1] == BLOCK, "scratch")
    with nogil:
        for block in range((rows + BLOCK - 1) // BLOCK):
            first = block * BLOCK
            count = min(BLOCK, rows - first)
            for a in range(n):
                node = order[a]
                column = &scratch[node, 0]
                if fixed[node] >= 0:
                    for r in range(count):
                        column[r] = <uint8_t>fixed[node]
                        out[first + r, node] = column[r]
                    continue
                for r in range(count):
                    at[r] = <int32_t>offsets[node]
                for e in range(parent_ptr[node], parent_ptr[node + 1]):
                    other, stride = &scratch[parent_index[e], 0], <int32_t>parent_stride[e]
                    for r in range(count):
                        at[r] += stride * other[r]
                last = cards[node] - 1
                if last == 1:
                    for r in range(count):
                        value = uniforms[first + r, node] >= cumulative[at[r]]
                        column[r] = <uint8_t>value
                        out[first + r, node] = <uint8_t>value
                    continue
                for r in range(count):
                    u = uniforms[first + r, node]
                    running = &cumulative[0] + at[r]
                    value = 0
                    for v in range(last):
                        value += u >= running[v]
                    column[r] = <uint8_t>value
                    out[first + r, node] = <uint8_t>value
