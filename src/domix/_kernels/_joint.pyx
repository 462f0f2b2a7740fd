"""Which table cell a row reads for each variable, and sums of logarithms over those cells.

Rows come in any memory order; a block of them becomes columns that stay in cache, so that each
variable is one tight loop. ``scratch`` is a caller's buffer of at least ``scratch_bytes(n)``.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

from ._columns cimport ROWS, STEP, Columns, cells_of_node, columns_of, rows_at_once

cdef extern from "joint.h" nogil:
    uint8_t columns_largest(const uint8_t* column, Py_ssize_t count)
    void columns_shift_in(const uint8_t* column, int shift, Py_ssize_t count, uint8_t* index)
    void columns_add_one(const uint8_t* index, const double* table, Py_ssize_t count, double* out)
    void columns_add_four(const uint8_t* index, Py_ssize_t step, const double** tables,
                        Py_ssize_t count, double* out)

BLOCK = ROWS
cdef enum:
    INDEX = 4 * STEP


def scratch_bytes(Py_ssize_t n):
    """How large ``scratch`` must be for rows of ``n`` variables."""
    return max(n, 1) * (rows_at_once(n) + 64)


cdef inline bint _in_range(Columns columns, const int64_t[::1] cards) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(cards.shape[0]):
        if columns_largest(columns.start + i * columns.step, columns.count) >= cards[i]:
            return False
    return True


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
    cdef Py_ssize_t most = rows_at_once(n)
    cdef int32_t[ROWS] cell
    cdef Columns columns
    if n == 0:
        return
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = columns_of(codes, first, min(most, rows - first), &scratch[0])
            for node in range(n):
                cells_of_node(columns, node, offsets, parent_ptr, parent_index, parent_stride, cell)
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

    The codes of a block are checked before anything is looked up: False if one is not below its
    card, and what ``out`` then holds means nothing.

    Nodes in ``wide`` read their own cells of ``log_values``. The others are merged: table ``g`` is
    at ``table_ptr[g]`` of ``merged`` and is indexed by the byte in which the code of each variable
    of the group is shifted to its place.
    """
    cdef Py_ssize_t block, first, g, k, e, w, r, rows = codes.shape[0], n = codes.shape[1]
    cdef Py_ssize_t groups = table_ptr.shape[0], most = rows_at_once(n), together
    cdef bint fine = True
    cdef int32_t[ROWS] cell
    cdef uint8_t[INDEX] index
    cdef const double* tables[4]
    cdef Columns columns
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = columns_of(codes, first, min(most, rows - first), &scratch[0])
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
                cells_of_node(columns, wide[w], offsets, parent_ptr, parent_index,
                               parent_stride, cell)
                for r in range(columns.count):
                    out[first + r] += log_values[cell[r]]
    return fine
