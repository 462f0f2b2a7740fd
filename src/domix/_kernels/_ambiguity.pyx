"""Which component can have produced which row, and how well, before any step of an estimation.

A component's rows are those it can produce: entries ``ptr[c]:ptr[c + 1]`` of ``rows``. It sets
``variables[variable_ptr[c]:variable_ptr[c + 1]]``.
"""

from libc.math cimport INFINITY, exp
from libc.stdint cimport int32_t, int64_t, uint8_t


def log_ratios(
    const int32_t[::1] rows not None,
    const int64_t[::1] variables not None,
    const int32_t[:, ::1] cells not None,
    const double[::1] log_theta not None,
    double[::1] out not None,
):
    """Fill ``out`` (rows,) with log P_t(x)/P(x): minus the logarithms of what t sets."""
    cdef Py_ssize_t e, q
    cdef double total
    with nogil:
        for e in range(rows.shape[0]):
            total = 0.0
            for q in range(variables.shape[0]):
                total -= log_theta[cells[rows[e], variables[q]]]
            out[e] = total


def separate(
    const int64_t[::1] ptr not None,
    const int32_t[::1] rows not None,
    const int64_t[::1] variable_ptr not None,
    const int64_t[::1] variables not None,
    const int32_t[:, ::1] cells not None,
    const double[::1] counts not None,
    double[::1] ratio not None,
    double log_negligible,
    double[::1] best not None,
    int32_t[::1] number not None,
    int64_t[::1] out_ptr not None,
    int32_t[::1] out_rows not None,
    int32_t[::1] contested not None,
    double[::1] mass not None,
    double[::1] moved not None,
):
    """Separate the rows that one component alone can have produced from those that are contested.

    ``ratio`` (entries,) holds logarithms. An entry below the best of its row by more than
    ``-log_negligible`` counts for nothing. A row with one entry left is settled: its counts are
    added to ``mass`` (components,) and, at the cells of what the component sets, to ``moved`` (table
    cells, or empty). The other entries that are left move to the front of ``ratio``, relative to the
    best of their row and no longer as logarithms, and their rows to ``out_rows``, by component as
    ``out_ptr`` says; ``contested`` lists these rows, each once. ``best`` (rows,) becomes each row's
    best entry, -inf where there is none; ``number`` (rows,) is scratch. Returns how many entries and
    how many rows are listed.
    """
    cdef Py_ssize_t c, e, q, x, entries = 0, found = 0, components = ptr.shape[0] - 1
    cdef bint learn = moved.shape[0] > 0
    with nogil:
        for x in range(number.shape[0]):
            best[x] = -INFINITY
            number[x] = 0
        for e in range(rows.shape[0]):
            best[rows[e]] = max(best[rows[e]], ratio[e])
        for e in range(rows.shape[0]):
            if ratio[e] > best[rows[e]] + log_negligible:
                number[rows[e]] += 1
        for x in range(number.shape[0]):
            if number[x] > 1:
                contested[found] = <int32_t>x
                found += 1
        out_ptr[0] = 0
        for c in range(components):
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                if ratio[e] <= best[x] + log_negligible:
                    continue
                if number[x] > 1:
                    out_rows[entries] = <int32_t>x
                    ratio[entries] = exp(ratio[e] - best[x])
                    entries += 1
                    continue
                mass[c] += counts[x]
                if learn:
                    for q in range(variable_ptr[c], variable_ptr[c + 1]):
                        moved[cells[x, variables[q]]] += counts[x]
            out_ptr[c + 1] = entries
    return entries, found


def mark_informed(
    const int64_t[::1] ptr not None,
    const int32_t[::1] rows not None,
    const int64_t[::1] variable_ptr not None,
    const int64_t[::1] variables not None,
    const int32_t[:, ::1] cells not None,
    const int32_t[::1] row_of_cell not None,
    uint8_t[::1] out not None,
):
    """Set ``out`` (table rows,) to 1 where an entry has a cell whose variable its component sets."""
    cdef Py_ssize_t c, e, q
    with nogil:
        for c in range(ptr.shape[0] - 1):
            for e in range(ptr[c], ptr[c + 1]):
                for q in range(variable_ptr[c], variable_ptr[c + 1]):
                    out[row_of_cell[cells[rows[e], variables[q]]]] = 1
