"""Which table cell a row reads for each variable, and sums of logarithms under one or many targets.

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

cdef extern from "targets.h" nogil:
    ctypedef struct columns_sums:
        const double* shared
        const double* start
        Py_ssize_t groups
        const uint8_t* index
        const double* tables
        const int64_t* table_ptr
        Py_ssize_t wide
        const double* terms
        const int64_t* kept
        Py_ssize_t step

    void columns_targets(int width, const columns_sums* sums, Py_ssize_t count, Py_ssize_t targets,
                         double* out, Py_ssize_t out_step)


def step(Py_ssize_t n):
    """From one column of a block to the next, for rows of ``n`` variables."""
    return rows_at_once(n) + 64


def scratch_bytes(Py_ssize_t n):
    """How large ``scratch`` must be for rows of ``n`` variables."""
    return max(n, 1) * step(n)


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


cdef inline void _index_of(
    Columns columns,
    Py_ssize_t group,
    const int64_t[::1] group_ptr,
    const int64_t[::1] group_variable,
    const int64_t[::1] group_shift,
    uint8_t* index,
) noexcept nogil:
    """The byte at which each row reads a merged table."""
    cdef Py_ssize_t r, e
    for r in range(columns.count):
        index[r] = 0
    for e in range(group_ptr[group], group_ptr[group + 1]):
        columns_shift_in(columns.start + group_variable[e] * columns.step, <int>group_shift[e],
                         columns.count, index)


def log_prob(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] cards not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    const double[::1] log_values not None,
    const int64_t[::1] group_ptr not None,
    const int64_t[::1] group_variable not None,
    const int64_t[::1] group_shift not None,
    const int64_t[::1] groups not None,
    const int64_t[::1] table_ptr not None,
    const double[::1] tables not None,
    const int64_t[::1] wide not None,
    const int64_t[::1] set_groups not None,
    const int64_t[::1] set_table_ptr not None,
    const double[:, ::1] set_tables not None,
    const int64_t[::1] set_wide not None,
    const int64_t[:, ::1] kept not None,
    const double[::1] start not None,
    uint8_t[::1] scratch not None,
    uint8_t[:, ::1] index not None,
    double[:, ::1] terms not None,
    double[:, :] out not None,
):
    """Fill ``out`` (rows, targets) with sums of the entries that each row reads.

    The codes of a block are checked before anything is looked up: False if one is not below its
    card, and what ``out`` then holds means nothing.

    All targets share ``groups``, whose merged tables are in ``tables``, and the nodes in ``wide``,
    which read ``log_values``. Each has its own ``set_tables`` (entry, target) of ``set_groups`` and
    its own ``start``; of the nodes in ``set_wide`` it reads those that are ``kept`` (node, target;
    all bits or none). The targets are 4, 8 or 16, of which ``out`` has the first few; or there are
    none, and ``out`` is one column of what all share. ``index`` (4 or set_groups, step) and
    ``terms`` (1 + set_wide, step) are buffers.
    """
    cdef Py_ssize_t block, first, g, k, w, r, together, rows = codes.shape[0], n = codes.shape[1]
    cdef Py_ssize_t most = rows_at_once(n), targets = out.shape[1]
    cdef Py_ssize_t out_step = out.strides[0] // <Py_ssize_t>sizeof(double)
    cdef bint fine = True
    cdef int32_t[ROWS] cell
    cdef const double* four[4]
    cdef double* shared
    cdef Columns columns
    cdef columns_sums sums
    sums.step = terms.shape[1]
    sums.groups = set_groups.shape[0]
    sums.wide = set_wide.shape[0]
    if start.shape[0]:
        # Of what is empty no address is taken.
        sums.start = &start[0]
        sums.shared = &terms[0, 0]
        sums.index = &index[0, 0]
        if sums.groups:
            sums.tables, sums.table_ptr = &set_tables[0, 0], &set_table_ptr[0]
        if sums.wide:
            sums.terms, sums.kept = &terms[1, 0], &kept[0, 0]
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = columns_of(codes, first, min(most, rows - first), &scratch[0])
            fine = _in_range(columns, cards)
            if not fine:
                break
            shared = &terms[0, 0] if start.shape[0] else &out[first, 0]
            for r in range(columns.count):
                shared[r] = 0.0
            g = 0
            while g < groups.shape[0]:
                together = 4 if g + 4 <= groups.shape[0] else 1
                for k in range(together):
                    _index_of(columns, groups[g + k], group_ptr, group_variable, group_shift,
                              &index[k, 0])
                    four[k] = &tables[table_ptr[groups[g + k]]]
                if together == 4:
                    columns_add_four(&index[0, 0], index.shape[1], four, columns.count, shared)
                else:
                    columns_add_one(&index[0, 0], four[0], columns.count, shared)
                g += together
            for w in range(wide.shape[0]):
                cells_of_node(columns, wide[w], offsets, parent_ptr, parent_index, parent_stride,
                              cell)
                for r in range(columns.count):
                    shared[r] += log_values[cell[r]]
            if start.shape[0] == 0:
                continue
            for g in range(sums.groups):
                _index_of(columns, set_groups[g], group_ptr, group_variable, group_shift,
                          &index[g, 0])
            for w in range(sums.wide):
                cells_of_node(columns, set_wide[w], offsets, parent_ptr, parent_index,
                              parent_stride, cell)
                for r in range(columns.count):
                    terms[1 + w, r] = log_values[cell[r]]
            columns_targets(<int>start.shape[0], &sums, columns.count, targets, &out[first, 0],
                            out_step)
    return fine
