"""Which table cell a row reads for each variable, and sums of logarithms over those cells.

Rows come in any memory order; a block of them is turned into columns that stay in cache, so each
variable is one tight loop. ``scratch`` is a caller's buffer of at least ``n * BLOCK`` bytes.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t

BLOCK = 1024
cdef enum:
    ROWS = 1024


cdef inline void _transpose(
    const uint8_t[:, :] codes, Py_ssize_t first, Py_ssize_t count, uint8_t* scratch
) noexcept nogil:
    cdef Py_ssize_t r, i, n = codes.shape[1]
    for r in range(count):
        for i in range(n):
            scratch[i * ROWS + r] = codes[first + r, i]


cdef inline void _cells_of_node(
    const uint8_t* scratch,
    Py_ssize_t node,
    Py_ssize_t count,
    const int64_t[::1] offsets,
    const int64_t[::1] parent_ptr,
    const int64_t[::1] parent_index,
    const int64_t[::1] parent_stride,
    int32_t* cell,
) noexcept nogil:
    cdef Py_ssize_t r, e
    cdef int32_t stride, offset = <int32_t>offsets[node]
    cdef const uint8_t* column = scratch + node * ROWS
    for r in range(count):
        cell[r] = offset + column[r]
    for e in range(parent_ptr[node], parent_ptr[node + 1]):
        column = scratch + parent_index[e] * ROWS
        stride = <int32_t>parent_stride[e]
        for r in range(count):
            cell[r] += stride * column[r]


def cells(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    uint8_t[::1] scratch not None,
    int32_t[:, ::1] out not None,
):
    """Fill ``out`` (rows, n) with the flat cell that each row reads for each variable."""
    cdef Py_ssize_t block, first, count, node, r, rows = codes.shape[0], n = codes.shape[1]
    cdef int32_t[ROWS] cell
    if rows == 0 or n == 0:
        return
    with nogil:
        for block in range((rows + ROWS - 1) // ROWS):
            first = block * ROWS
            count = min(ROWS, rows - first)
            _transpose(codes, first, count, &scratch[0])
            for node in range(n):
                _cells_of_node(&scratch[0], node, count, offsets, parent_ptr, parent_index,
                               parent_stride, cell)
                for r in range(count):
                    out[first + r, node] = cell[r]


def log_prob(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    const double[::1] log_values not None,
    const int64_t[::1] fixed not None,
    uint8_t[::1] scratch not None,
    double[::1] out not None,
):
    """Fill ``out`` (rows,) with log P(row | do(fixed)); ``fixed`` holds a code, or -1 where free."""
    cdef Py_ssize_t block, first, count, node, r, rows = codes.shape[0], n = codes.shape[1]
    cdef int32_t[ROWS] cell
    cdef const uint8_t* column
    if rows == 0:
        return
    with nogil:
        for block in range((rows + ROWS - 1) // ROWS):
            first = block * ROWS
            count = min(ROWS, rows - first)
            if n:
                _transpose(codes, first, count, &scratch[0])
            for r in range(count):
                out[first + r] = 0.0
            for node in range(n):
                if fixed[node] >= 0:
                    column = &scratch[node * ROWS]
                    for r in range(count):
                        if column[r] != fixed[node]:
                            out[first + r] = -INFINITY
                    continue
                _cells_of_node(&scratch[0], node, count, offsets, parent_ptr, parent_index,
                               parent_stride, cell)
                for r in range(count):
                    out[first + r] += log_values[cell[r]]


def log_prob_targets(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    const double[::1] log_values not None,
    const int64_t[::1] target_ptr not None,
    const int64_t[::1] target_variable not None,
    const int64_t[::1] target_value not None,
    uint8_t[::1] scratch not None,
    double[:, ::1] terms not None,
    double[:, ::1] out not None,
):
    """Fill ``out`` (rows, targets) with log P(row | do(target)).

    ``terms`` (n, BLOCK) takes every variable's logarithm once; a target then takes its own out of
    the row's sum. Zeros are counted, not summed, because -inf cannot be taken out again.
    """
    cdef Py_ssize_t block, first, count, node, r, t, e, rows = codes.shape[0], n = codes.shape[1]
    cdef Py_ssize_t targets = target_ptr.shape[0] - 1
    cdef int32_t[ROWS] cell
    cdef double[ROWS] total
    cdef int32_t[ROWS] zeros
    cdef double value, term
    cdef int32_t left
    cdef bint fits
    if rows == 0:
        return
    with nogil:
        for block in range((rows + ROWS - 1) // ROWS):
            first = block * ROWS
            count = min(ROWS, rows - first)
            if n:
                _transpose(codes, first, count, &scratch[0])
            for r in range(count):
                total[r] = 0.0
                zeros[r] = 0
            for node in range(n):
                _cells_of_node(&scratch[0], node, count, offsets, parent_ptr, parent_index,
                               parent_stride, cell)
                for r in range(count):
                    term = log_values[cell[r]]
                    terms[node, r] = term
                    if term == -INFINITY:
                        zeros[r] += 1
                    else:
                        total[r] += term
            for t in range(targets):
                for r in range(count):
                    value = total[r]
                    left = zeros[r]
                    fits = True
                    for e in range(target_ptr[t], target_ptr[t + 1]):
                        node = target_variable[e]
                        if scratch[node * ROWS + r] != target_value[e]:
                            fits = False
                            break
                        term = terms[node, r]
                        if term == -INFINITY:
                            left -= 1
                        else:
                            value -= term
                    out[first + r, t] = value if fits and left == 0 else -INFINITY
