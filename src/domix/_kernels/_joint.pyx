"""Which table entry a row reads for each variable, and sums of logarithms under several targets.

Rows come in any memory order; a block of them becomes columns that stay in cache, so that each
variable is one tight loop.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np

from ._columns cimport ROWS, Columns, column_step, columns_of, entries_of_node, rows_at_once
from ._checks cimport require
from ._structures cimport Chunk, FlatLayout, MergedGroups

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


def entry_indices(
    const uint8_t[:, :] codes not None, FlatLayout layout not None, int32_t[:, ::1] out not None
):
    """Fill ``out`` (rows, n) with the index of the entry that each row reads for each variable."""
    cdef Py_ssize_t block, first, node, r, rows = codes.shape[0], n = layout.n
    cdef Py_ssize_t most = rows_at_once(n)
    cdef int32_t[ROWS] entry
    cdef Columns columns
    cdef uint8_t[::1] scratch = np.empty(n * column_step(n), np.uint8)
    require(codes.shape[1] == n == out.shape[1] and out.shape[0] == rows, "codes or out")
    if n == 0:
        return
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = columns_of(codes, first, min(most, rows - first), &scratch[0])
            for node in range(n):
                entries_of_node(columns, node, layout, entry)
                for r in range(columns.count):
                    out[first + r, node] = entry[r]


cdef inline bint _in_range(Columns columns, FlatLayout layout) noexcept nogil:
    """Whether each code is below its variable's number of states."""
    cdef Py_ssize_t i
    for i in range(layout.n):
        if columns_largest(columns.start + i * columns.step, columns.count) >= layout.cards[i]:
            return False
    return True


cdef inline void _index_of(
    Columns columns, Py_ssize_t group, MergedGroups merged, uint8_t* index
) noexcept nogil:
    """Find the byte at which each row reads a merged table."""
    cdef Py_ssize_t r, e
    for r in range(columns.count):
        index[r] = 0
    for e in range(merged.ptr[group], merged.ptr[group + 1]):
        columns_shift_in(columns.start + merged.variable[e] * columns.step, <int>merged.shift[e],
                         columns.count, index)


def log_prob(
    const uint8_t[:, :] codes not None,
    const double[::1] log_values not None,
    Chunk chunk not None,
    double[:, :] out not None,
):
    """Fill ``out`` (rows, targets) with sums of the entries that each row reads.

    The codes of a block are checked before they are used. Returns False if one is not below its
    variable's number of states; ``out`` is then not valid.

    All targets read the merged tables of ``chunk.groups`` and the ``log_values`` of the nodes in
    ``chunk.wide``. Each has its own ``set_tables`` of ``set_groups`` and its own ``start``; of the
    nodes in ``set_wide`` it reads those that are ``kept``. ``out`` has the first few of the chunk's
    targets; if the chunk has none, ``out`` is one column, the sum of what all targets read.
    """
    cdef MergedGroups merged = chunk.merged
    cdef FlatLayout layout = merged.layout
    cdef Py_ssize_t block, first, g, k, w, r, together, rows = codes.shape[0], n = layout.n
    cdef Py_ssize_t most = rows_at_once(n), targets = out.shape[1], width = chunk.start.shape[0]
    cdef Py_ssize_t out_step = out.strides[0] // <Py_ssize_t>sizeof(double)
    cdef bint valid = True
    cdef int32_t[ROWS] entry
    cdef const double* four[4]
    cdef double* shared
    cdef Columns columns
    cdef columns_sums sums
    cdef uint8_t[::1] scratch = np.empty(max(n, 1) * column_step(n), np.uint8)
    cdef uint8_t[:, ::1] index
    cdef double[:, ::1] terms
    require(codes.shape[1] == n and log_values.shape[0] == layout.size, "codes or log_values")
    require(out.shape[0] == rows and targets <= max(width, 1), "out")
    sums.step = column_step(n)
    sums.groups = chunk.set_groups.shape[0]
    sums.wide = chunk.set_wide.shape[0]
    index = np.empty((max(4, sums.groups), sums.step), np.uint8)
    terms = np.empty((1 + sums.wide, sums.step))
    if width:
        # The address of an element of an empty array is not taken.
        sums.start = &chunk.start[0]
        sums.shared = &terms[0, 0]
        sums.index = &index[0, 0]
        if sums.groups:
            sums.tables, sums.table_ptr = &chunk.set_tables[0, 0], &chunk.set_table_ptr[0]
        if sums.wide:
            sums.terms, sums.kept = &terms[1, 0], &chunk.kept[0, 0]
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = columns_of(codes, first, min(most, rows - first), &scratch[0])
            valid = _in_range(columns, layout)
            if not valid:
                break
            shared = &terms[0, 0] if width else &out[first, 0]
            for r in range(columns.count):
                shared[r] = 0.0
            g = 0
            while g < chunk.groups.shape[0]:
                together = 4 if g + 4 <= chunk.groups.shape[0] else 1
                for k in range(together):
                    _index_of(columns, chunk.groups[g + k], merged, &index[k, 0])
                    four[k] = &chunk.tables[chunk.table_ptr[chunk.groups[g + k]]]
                if together == 4:
                    columns_add_four(&index[0, 0], index.shape[1], four, columns.count, shared)
                else:
                    columns_add_one(&index[0, 0], four[0], columns.count, shared)
                g += together
            for w in range(chunk.wide.shape[0]):
                entries_of_node(columns, chunk.wide[w], layout, entry)
                for r in range(columns.count):
                    shared[r] += log_values[entry[r]]
            if width == 0:
                continue
            for g in range(sums.groups):
                _index_of(columns, chunk.set_groups[g], merged, &index[g, 0])
            for w in range(sums.wide):
                entries_of_node(columns, chunk.set_wide[w], layout, entry)
                for r in range(columns.count):
                    terms[1 + w, r] = log_values[entry[r]]
            columns_targets(<int>width, &sums, columns.count, targets, &out[first, 0], out_step)
    return valid
