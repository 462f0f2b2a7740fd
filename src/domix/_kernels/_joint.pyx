"""Which table cell a row reads for each variable, and sums of logarithms over those cells.

Rows come in any memory order; a block of them becomes columns that stay in cache, so that each
variable is one tight loop. Column-major rows are read where they lie. ``scratch`` is a caller's
buffer of at least ``scratch_bytes(n)``. Kernels that return a bool check the codes of a block
before they look anything up, and return False at the first code that is not below its card.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t

cdef extern from "columns.h" nogil:
    void columns_transpose(const uint8_t* codes, Py_ssize_t row_step, Py_ssize_t column_step,
                         Py_ssize_t rows, Py_ssize_t n, Py_ssize_t first, Py_ssize_t count,
                         uint8_t* out, Py_ssize_t step)
    uint8_t columns_largest(const uint8_t* column, Py_ssize_t count)
    void columns_shift_in(const uint8_t* column, int shift, Py_ssize_t count, uint8_t* index)
    void columns_add_one(const uint8_t* index, const double* table, Py_ssize_t count, double* out)
    void columns_add_four(const uint8_t* index, Py_ssize_t step, const double** tables,
                        Py_ssize_t count, double* out)

BLOCK = 1024
cdef enum:
    ROWS = 1024
    # Columns a power of two apart would fall on the same few lines of the cache.
    STEP = ROWS + 64
    INDEX = 4 * STEP
    # Bytes of columns at most, unless there are so many that 64 rows take more.
    ROOM = 1 << 18


cdef struct Columns:
    const uint8_t* start
    Py_ssize_t step
    Py_ssize_t count


cdef inline Py_ssize_t _rows_at_once(Py_ssize_t n) noexcept nogil:
    return max(64, min(ROWS, ROOM // max(n, 1) // 64 * 64 - 64))


def scratch_bytes(Py_ssize_t n):
    """How large ``scratch`` must be for rows of ``n`` variables."""
    return max(n, 1) * (_rows_at_once(n) + 64)


cdef inline Columns _columns(
    const uint8_t[:, :] codes, Py_ssize_t first, Py_ssize_t count, uint8_t* scratch
) noexcept nogil:
    cdef Columns columns
    cdef Py_ssize_t n = codes.shape[1]
    columns.count = count
    if n and codes.strides[0] == 1:
        columns.start = &codes[0, 0] + first
        columns.step = codes.strides[1]
    else:
        columns.start = scratch
        columns.step = _rows_at_once(n) + 64
        if n:
            columns_transpose(&codes[0, 0], codes.strides[0], codes.strides[1], codes.shape[0], n,
                            first, count, scratch, columns.step)
    return columns


cdef inline bint _in_range(Columns columns, const int64_t[::1] cards) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(cards.shape[0]):
        if columns_largest(columns.start + i * columns.step, columns.count) >= cards[i]:
            return False
    return True


cdef inline void _cells_of_node(
    Columns columns,
    Py_ssize_t node,
    const int64_t[::1] offsets,
    const int64_t[::1] parent_ptr,
    const int64_t[::1] parent_index,
    const int64_t[::1] parent_stride,
    int32_t* cell,
) noexcept nogil:
    cdef Py_ssize_t r, e
    cdef int32_t stride, offset = <int32_t>offsets[node]
    cdef const uint8_t* column = columns.start + node * columns.step
    for r in range(columns.count):
        cell[r] = offset + column[r]
    for e in range(parent_ptr[node], parent_ptr[node + 1]):
        column = columns.start + parent_index[e] * columns.step
        stride = <int32_t>parent_stride[e]
        for r in range(columns.count):
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
    cdef Py_ssize_t block, first, node, r, rows = codes.shape[0], n = codes.shape[1]
    cdef Py_ssize_t most = _rows_at_once(n)
    cdef int32_t[ROWS] cell
    cdef Columns columns
    if n == 0:
        return
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = _columns(codes, first, min(most, rows - first), &scratch[0])
            for node in range(n):
                _cells_of_node(columns, node, offsets, parent_ptr, parent_index, parent_stride, cell)
                for r in range(columns.count):
                    out[first + r, node] = cell[r]


def log_prob(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] cards not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    const double[::1] log_values not None,
    const int64_t[::1] wide not None,
    const int64_t[::1] group_ptr not None,
    const int64_t[::1] group_variable not None,
    const int64_t[::1] group_shift not None,
    const int64_t[::1] table_ptr not None,
    const double[::1] merged not None,
    uint8_t[::1] scratch not None,
    double[::1] out not None,
):
    """Fill ``out`` (rows,) with the sum of the entries that each row reads in every table.

    Nodes in ``wide`` read their own cells of ``log_values``. The others are merged: table ``g`` is
    at ``table_ptr[g]`` of ``merged`` and is indexed by the byte in which the code of each variable
    of the group is shifted to its place.
    """
    cdef Py_ssize_t block, first, g, k, e, w, r, rows = codes.shape[0], n = codes.shape[1]
    cdef Py_ssize_t groups = table_ptr.shape[0], most = _rows_at_once(n), together
    cdef bint fine = True
    cdef int32_t[ROWS] cell
    cdef uint8_t[INDEX] index
    cdef const double* tables[4]
    cdef Columns columns
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = _columns(codes, first, min(most, rows - first), &scratch[0])
            fine = _in_range(columns, cards)
            if not fine:
                break
            for r in range(columns.count):
                out[first + r] = 0.0
            g = 0
            while g < groups:
                together = 4 if g + 4 <= groups else 1
                for k in range(together):
                    for r in range(columns.count):
                        index[k * STEP + r] = 0
                    for e in range(group_ptr[g + k], group_ptr[g + k + 1]):
                        columns_shift_in(columns.start + group_variable[e] * columns.step,
                                       <int>group_shift[e], columns.count, &index[k * STEP])
                    tables[k] = &merged[table_ptr[g + k]]
                if together == 4:
                    columns_add_four(index, STEP, tables, columns.count, &out[first])
                else:
                    columns_add_one(index, tables[0], columns.count, &out[first])
                g += together
            for w in range(wide.shape[0]):
                _cells_of_node(columns, wide[w], offsets, parent_ptr, parent_index,
                               parent_stride, cell)
                for r in range(columns.count):
                    out[first + r] += log_values[cell[r]]
    return fine


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
    cdef Py_ssize_t targets = target_ptr.shape[0] - 1, most = _rows_at_once(n)
    cdef int32_t[ROWS] cell
    cdef double[ROWS] total
    cdef int32_t[ROWS] zeros
    cdef double value, term
    cdef int32_t left
    cdef bint fits
    cdef Columns columns
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = _columns(codes, first, min(most, rows - first), &scratch[0])
            count = columns.count
            for r in range(count):
                total[r] = 0.0
                zeros[r] = 0
            for node in range(n):
                _cells_of_node(columns, node, offsets, parent_ptr, parent_index, parent_stride, cell)
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
                        if columns.start[node * columns.step + r] != target_value[e]:
                            fits = False
                            break
                        term = terms[node, r]
                        if term == -INFINITY:
                            left -= 1
                        else:
                            value -= term
                    out[first + r, t] = value if fits and left == 0 else -INFINITY
