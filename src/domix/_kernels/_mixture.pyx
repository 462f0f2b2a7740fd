"""Expectation-maximisation for the weights and tables of a mixture with a fixed support.

A component's rows are those it can produce: entries ``ptr[c]:ptr[c + 1]`` of ``rows``. ``ratio``
holds each entry's likelihood relative to the best component of its row, at reference tables;
``change`` holds reference over current probability per table cell, so that products of a few
numbers near one replace exponentials and cannot overflow.
"""

from libc.math cimport INFINITY, exp, log
from libc.stdint cimport int32_t, int64_t


def log_ratios(
    const int64_t[::1] ptr not None,
    const int32_t[::1] rows not None,
    const int64_t[::1] variable_ptr not None,
    const int64_t[::1] variables not None,
    const int32_t[:, ::1] cells not None,
    const double[::1] log_theta not None,
    double[::1] out not None,
):
    """Fill ``out`` (entries,) with log P_t(x)/P(x): minus the logarithms of what t sets."""
    cdef Py_ssize_t c, e, q
    cdef double total
    with nogil:
        for c in range(ptr.shape[0] - 1):
            for e in range(ptr[c], ptr[c + 1]):
                total = 0.0
                for q in range(variable_ptr[c], variable_ptr[c + 1]):
                    total -= log_theta[cells[rows[e], variables[q]]]
                out[e] = total


def settle(
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


def em_step(
    const int64_t[::1] ptr not None,
    const int32_t[::1] rows not None,
    const int32_t[::1] contested not None,
    const int64_t[::1] variable_ptr not None,
    const int64_t[::1] variables not None,
    const int32_t[:, ::1] cells not None,
    const double[::1] counts not None,
    const double[::1] ratio not None,
    const double[::1] change not None,
    bint learn,
    double impossible,
    const double[::1] weights not None,
    double[::1] value not None,
    double[::1] density not None,
    double[::1] mass not None,
    double[::1] moved not None,
):
    """One E-step over the ``contested`` rows, which ``rows`` (entries,) are among.

    Adds to ``mass`` (components,) the expected counts and, if ``learn``, to ``moved`` (table cells,)
    the expected counts of cells whose variable was set. Returns sum of counts * log density, a row
    that nothing explains counting ``-impossible``. ``value`` (entries,) and ``density`` (rows,) are
    left so that ``value * density[rows]`` are the expected counts of entries.
    """
    cdef Py_ssize_t a, c, e, q, x, components = ptr.shape[0] - 1
    cdef double r, weight, total, objective = 0.0
    with nogil:
        for a in range(contested.shape[0]):
            density[contested[a]] = 0.0
        for c in range(components):
            weight = weights[c]
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                r = weight * ratio[e]
                if learn:
                    for q in range(variable_ptr[c], variable_ptr[c + 1]):
                        r = r * change[cells[x, variables[q]]]
                value[e] = r
                density[x] += r
        for a in range(contested.shape[0]):
            x = contested[a]
            if density[x] > 1e-290:
                objective += counts[x] * log(density[x])
                density[x] = counts[x] / density[x]
            else:
                objective -= counts[x] * impossible
                density[x] = 0.0
        for c in range(components):
            total = 0.0
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                r = value[e] * density[x]
                total += r
                if learn and r > 1e-12:
                    for q in range(variable_ptr[c], variable_ptr[c + 1]):
                        moved[cells[x, variables[q]]] += r
            mass[c] += total
    return objective


def normalise_tables(
    const int64_t[::1] row_starts not None,
    const double[::1] counts not None,
    double[::1] log_theta not None,
):
    """Fill ``log_theta`` with the logarithms of ``counts`` divided by their table row's sum.

    A row without any count keeps what it has.
    """
    cdef Py_ssize_t r, a, first, last, table_rows = row_starts.shape[0], size = counts.shape[0]
    cdef double total
    with nogil:
        for r in range(table_rows):
            first = row_starts[r]
            last = row_starts[r + 1] if r + 1 < table_rows else size
            total = 0.0
            for a in range(first, last):
                total += counts[a]
            if total > 0.0:
                for a in range(first, last):
                    log_theta[a] = log(counts[a] / total)


def differential(
    const int64_t[::1] ptr not None,
    const int32_t[::1] rows not None,
    const int64_t[::1] variable_ptr not None,
    const int64_t[::1] variables not None,
    const int32_t[:, ::1] cells not None,
    const double[::1] counts not None,
    const double[::1] posterior not None,
    const double[::1] log_weight_change not None,
    const double[::1] log_theta_change not None,
    double[::1] scratch not None,
    double[::1] row_mean not None,
    double[::1] mass not None,
    double[::1] moved not None,
):
    """Add to ``mass`` and ``moved`` (see ``em_step``) their derivative along a direction.

    ``posterior`` (entries,) holds each entry's posterior probability; the direction is given in
    logarithms of weights (components,) and of table entries. ``scratch`` (entries,) and
    ``row_mean`` (rows, zeros) are buffers.
    """
    cdef Py_ssize_t c, e, q, x, components = ptr.shape[0] - 1
    cdef double a, total
    with nogil:
        for c in range(components):
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                a = log_weight_change[c]
                for q in range(variable_ptr[c], variable_ptr[c + 1]):
                    a -= log_theta_change[cells[x, variables[q]]]
                scratch[e] = a
                row_mean[x] += posterior[e] * a
        for c in range(components):
            total = 0.0
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                a = counts[x] * posterior[e] * (scratch[e] - row_mean[x])
                total += a
                for q in range(variable_ptr[c], variable_ptr[c + 1]):
                    moved[cells[x, variables[q]]] += a
            mass[c] += total
