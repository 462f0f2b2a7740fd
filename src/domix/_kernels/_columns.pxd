"""Blocks of rows as columns that stay in cache, and the table entries that they read."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from ._structures cimport FlatLayout

cdef extern from "columns.h" nogil:
    void columns_transpose(const uint8_t* codes, Py_ssize_t row_step, Py_ssize_t column_step,
                           Py_ssize_t rows, Py_ssize_t n, Py_ssize_t first, Py_ssize_t count,
                           uint8_t* out, Py_ssize_t step)
    void columns_entries(const uint8_t* columns, Py_ssize_t step, Py_ssize_t count,
                         int64_t variable, int64_t offset, const int64_t* parents,
                         const int64_t* strides, Py_ssize_t parent_count, int32_t* entry)


cdef enum:
    ROWS = 1024
    # Bytes of columns at most, unless there are so many that 64 rows take more.
    ROOM = 1 << 18


cdef struct Columns:
    const uint8_t* start
    Py_ssize_t step
    Py_ssize_t count


cdef inline Py_ssize_t rows_at_once(Py_ssize_t n) noexcept nogil:
    return max(64, min(ROWS, ROOM // max(n, 1) // 64 * 64 - 64))


cdef inline Py_ssize_t column_step(Py_ssize_t n) noexcept nogil:
    """Bytes from one column to the next; a power of two would use only few lines of the cache."""
    return rows_at_once(n) + 64


cdef inline Columns columns_of(
    const uint8_t[:, :] codes, Py_ssize_t first, Py_ssize_t count, uint8_t* scratch
) noexcept nogil:
    """Read a block of rows as columns, in ``scratch`` unless they are columns already."""
    cdef Columns columns
    cdef Py_ssize_t n = codes.shape[1]
    columns.count = count
    if n and codes.strides[0] == 1:
        columns.start = &codes[0, 0] + first
        columns.step = codes.strides[1]
    else:
        columns.start = scratch
        columns.step = column_step(n)
        if n:
            columns_transpose(&codes[0, 0], codes.strides[0], codes.strides[1], codes.shape[0], n,
                              first, count, scratch, columns.step)
    return columns


cdef inline void entries_of_node(
    Columns columns, Py_ssize_t node, FlatLayout layout, int32_t* entry
) noexcept nogil:
    """Find the entry of a node's table that each row reads."""
    # The address of an element of an empty array is not taken.
    cdef Py_ssize_t first = layout.parent_ptr[node], parents = layout.parent_ptr[node + 1] - first
    columns_entries(columns.start, columns.step, columns.count, node, layout.offsets[node],
                    &layout.parent_index[first] if parents else NULL,
                    &layout.parent_stride[first] if parents else NULL, parents, entry)
