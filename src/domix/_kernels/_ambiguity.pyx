"""Which data rows are ambiguous: more than one component may have produced them."""

from libc.math cimport INFINITY, exp
from libc.stdint cimport int32_t, int64_t, uint8_t

from ._checks cimport require
from ._em_structures cimport ComponentRows, DataRows, Workspace


def log_ratios(
    DataRows data not None,
    const int32_t[::1] rows not None,
    const int64_t[::1] variables not None,
    const double[::1] log_theta not None,
    double[::1] out not None,
):
    """Fill ``out`` (rows,) with log P_t(x)/P(x) for a target that sets ``variables``.

    It is minus the logarithms of the table entries of these variables.
    """
    cdef const int32_t[:, ::1] entries = data.entries
    cdef Py_ssize_t e, q
    cdef double total
    require(log_theta.shape[0] == data.size and out.shape[0] == rows.shape[0], "log_theta or out")
    with nogil:
        for e in range(rows.shape[0]):
            total = 0.0
            for q in range(variables.shape[0]):
                total -= log_theta[entries[rows[e], variables[q]]]
            out[e] = total


def separate(
    ComponentRows pairs not None,
    double log_negligible,
    Workspace workspace not None,
    int32_t[::1] number not None,
    int32_t[::1] ambiguous not None,
    int64_t[::1] out_ptr not None,
    int32_t[::1] out_rows not None,
):
    """Separate ambiguous data rows from those that one component alone can have produced.

    ``workspace.value`` (pairs,) holds log P_t(x)/P(x). A pair whose value is below the best one of
    its row by more than ``-log_negligible`` is ignored. A row with one pair left is unambiguous:
    its counts are added to the expected counts and, unless these are empty, to the intervened
    counts of the entries that the component sets. The pairs of the other rows are moved to the
    front of ``workspace.value``, as ratios to the best one of their row, and to ``out_ptr`` and
    ``out_rows``, by component; ``ambiguous`` lists these rows. ``workspace.density`` becomes the
    best value of each row, -inf where there is none; ``number`` (rows,) is a buffer.

    Returns
    -------
    tuple of int
        How many pairs and how many rows are listed.
    """
    cdef const int64_t[::1] ptr = pairs.ptr, variable_ptr = pairs.variable_ptr
    cdef const int64_t[::1] variables = pairs.variables
    cdef const int32_t[::1] rows = pairs.rows
    cdef const int32_t[:, ::1] entries = pairs.data.entries
    cdef const double[::1] counts = pairs.data.counts
    cdef double[::1] ratio = workspace.value, best = workspace.density
    cdef double[::1] expected = workspace.expected_counts, intervened = workspace.intervened_counts
    cdef Py_ssize_t c, e, q, x, listed = 0, ambiguous_rows = 0
    cdef bint learn = intervened.shape[0] > 0
    workspace.check(pairs)
    require(number.shape[0] == best.shape[0] == ambiguous.shape[0], "number or ambiguous")
    require(out_ptr.shape[0] == ptr.shape[0] and out_rows.shape[0] == rows.shape[0], "out")
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
                ambiguous[ambiguous_rows] = <int32_t>x
                ambiguous_rows += 1
        out_ptr[0] = 0
        for c in range(ptr.shape[0] - 1):
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                if ratio[e] <= best[x] + log_negligible:
                    continue
                if number[x] > 1:
                    out_rows[listed] = <int32_t>x
                    ratio[listed] = exp(ratio[e] - best[x])
                    listed += 1
                    continue
                expected[c] += counts[x]
                if learn:
                    for q in range(variable_ptr[c], variable_ptr[c + 1]):
                        intervened[entries[x, variables[q]]] += counts[x]
            out_ptr[c + 1] = listed
    return listed, ambiguous_rows


def mark_informed(
    ComponentRows pairs not None,
    const int32_t[::1] row_of_entry not None,
    uint8_t[::1] out not None,
):
    """Set ``out`` (rows of CPTs,) to 1 where a pair reads an entry whose variable it sets.

    ``row_of_entry`` (entries,) is the row of a CPT that each entry belongs to.
    """
    cdef const int64_t[::1] ptr = pairs.ptr, variable_ptr = pairs.variable_ptr
    cdef const int64_t[::1] variables = pairs.variables
    cdef const int32_t[::1] rows = pairs.rows
    cdef const int32_t[:, ::1] entries = pairs.data.entries
    cdef Py_ssize_t c, e, q
    require(row_of_entry.shape[0] == pairs.data.size, "row_of_entry")
    with nogil:
        for c in range(ptr.shape[0] - 1):
            for e in range(ptr[c], ptr[c + 1]):
                for q in range(variable_ptr[c], variable_ptr[c + 1]):
                    out[row_of_entry[entries[rows[e], variables[q]]]] = 1
