"""Expectation-maximisation for the weights and tables of a mixture with a fixed support.

A component's rows are those it can produce: entries ``ptr[c]:ptr[c + 1]`` of ``rows``. ``ratio``
holds each entry's likelihood relative to the best component of its row, at reference tables;
``change`` holds reference over current probability per table cell, so that products of a few
numbers near one replace exponentials and cannot overflow.
"""

from libc.math cimport log
from libc.stdint cimport int32_t, int64_t


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
