"""Rows that a target can have produced, and what its likelihood reads of them."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from ._checks cimport below, below32, require, rises
from ._columns cimport ROWS, Columns, entries_of_node
from ._structures cimport FlatLayout


def match(
    const uint8_t[:, ::1] columns not None,
    const int64_t[::1] variables not None,
    const uint8_t[::1] values not None,
    int32_t[::1] out not None,
):
    """List in ``out`` (rows,) the rows that have ``values`` of ``variables``; return their number.

    ``columns`` (variables, rows) holds the codes.
    """
    cdef Py_ssize_t rows = columns.shape[1], block, first, count, q, r, found = 0
    cdef uint8_t[ROWS] matches
    cdef const uint8_t* column
    cdef uint8_t value
    require(values.shape[0] == variables.shape[0], "values")
    require(below(variables, columns.shape[0]) and out.shape[0] == rows, "variables or out")
    with nogil:
        for block in range((rows + ROWS - 1) // ROWS):
            first = block * ROWS
            count = min(ROWS, rows - first)
            for r in range(count):
                matches[r] = 1
            for q in range(variables.shape[0]):
                column = &columns[variables[q], first]
                value = values[q]
                for r in range(count):
                    matches[r] &= column[r] == value
            # Without a branch: whether a row matches cannot be predicted.
            for r in range(count):
                out[found] = <int32_t>(first + r)
                found += matches[r]
    return found


def append_entries(
    const uint8_t[:, ::1] columns not None,
    FlatLayout layout not None,
    const int32_t[::1] rows not None,
    const int64_t[::1] variables not None,
    uint64_t[::1] keys not None,
):
    """Append to the keys of some rows the entries that they read for variables, in mixed radix."""
    cdef Py_ssize_t e, q, p, row
    cdef int64_t i, entry, size
    require(columns.shape[0] == layout.n and below(variables, layout.n), "variables")
    require(below32(rows, columns.shape[1]) or rows.shape[0] == 0, "rows")
    require(keys.shape[0] == rows.shape[0], "keys")
    with nogil:
        for q in range(variables.shape[0]):
            i = variables[q]
            size = layout.offsets[i + 1] - layout.offsets[i]
            for e in range(rows.shape[0]):
                row = rows[e]
                entry = columns[i, row]
                for p in range(layout.parent_ptr[i], layout.parent_ptr[i + 1]):
                    entry += layout.parent_stride[p] * columns[layout.parent_index[p], row]
                keys[e] = keys[e] * <uint64_t>size + <uint64_t>entry


def add_expected_counts(
    const uint8_t[:, ::1] columns not None,
    FlatLayout layout not None,
    const double[::1] counts not None,
    const int32_t[::1] numbers not None,
    const int64_t[::1] ptr not None,
    const int32_t[::1] component not None,
    const double[::1] share not None,
    double[:, ::1] out not None,
):
    """Add to ``out`` (components, entries) the counts of rows, shared out among components.

    Row r is of the class ``numbers[r]``. Class c gives ``share[e]`` of its rows to
    ``component[e]``, for e in ``ptr[c]:ptr[c + 1]``. A row counts for each entry that it reads.
    """
    cdef Py_ssize_t rows = columns.shape[1], n = layout.n, block, first, node, r, e
    cdef int32_t[ROWS] entry
    cdef Columns part
    cdef double count
    require(columns.shape[0] == n, "columns")
    require(counts.shape[0] == rows == numbers.shape[0], "counts or numbers")
    require(rises(ptr, component.shape[0]) and share.shape[0] == component.shape[0], "ptr")
    require(below32(numbers, ptr.shape[0] - 1) or rows == 0, "numbers")
    require(below32(component, out.shape[0]) or component.shape[0] == 0, "component")
    require(out.shape[1] == layout.size, "out")
    if n == 0:
        return
    with nogil:
        for block in range((rows + ROWS - 1) // ROWS):
            first = block * ROWS
            part.start, part.step = &columns[0, first], rows
            part.count = min(ROWS, rows - first)
            for node in range(n):
                entries_of_node(part, node, layout, entry)
                for r in range(part.count):
                    count = counts[first + r]
                    for e in range(ptr[numbers[first + r]], ptr[numbers[first + r] + 1]):
                        out[component[e], entry[r]] += count * share[e]
