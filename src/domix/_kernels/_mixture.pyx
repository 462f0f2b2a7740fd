"""Expectation-maximization for the weights and tables of a mixture with a fixed support."""

from libc.math cimport log
from libc.stdint cimport int32_t, int64_t

from ._checks cimport require
from ._em_structures cimport LEAST_COUNT, LEAST_DENSITY, ComponentRows, Workspace


def em_step(
    ComponentRows pairs not None,
    const int32_t[::1] ambiguous not None,
    const double[::1] ratio not None,
    const double[::1] change not None,
    double impossible_row_cost,
    const double[::1] weights not None,
    Workspace workspace not None,
):
    """Take an E-step over the ``ambiguous`` data rows, which the rows of ``pairs`` are among.

    ``ratio`` (pairs,) holds likelihoods relative to the best component of the row, at reference
    tables; ``change`` (entries,) reference over present probabilities, so that products of a few
    numbers near one replace exponentials and cannot overflow. ``change`` is empty where the tables
    are known.

    Adds to the expected and the intervened counts of ``workspace``. Its ``value`` and ``density``
    are left so that ``value * density[rows]`` are the expected counts of pairs.

    Returns
    -------
    float
        Sum of counts * log density; a row that no component can produce counts
        ``-impossible_row_cost``.
    """
    cdef const int64_t[::1] ptr = pairs.ptr, variable_ptr = pairs.variable_ptr
    cdef const int64_t[::1] variables = pairs.variables
    cdef const int32_t[::1] rows = pairs.rows
    cdef const int32_t[:, ::1] entries = pairs.data.entries
    cdef const double[::1] counts = pairs.data.counts
    cdef double[::1] value = workspace.value, density = workspace.density
    cdef double[::1] expected = workspace.expected_counts, intervened = workspace.intervened_counts
    cdef Py_ssize_t a, c, e, q, x, components = pairs.components
    cdef double r, weight, total, objective = 0.0
    cdef bint learn = change.shape[0] > 0
    workspace.check(pairs)
    require(ratio.shape[0] == value.shape[0] and weights.shape[0] == components, "ratio or weights")
    require(change.shape[0] == intervened.shape[0], "change")
    with nogil:
        for a in range(ambiguous.shape[0]):
            density[ambiguous[a]] = 0.0
        for c in range(components):
            weight = weights[c]
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                r = weight * ratio[e]
                if learn:
                    for q in range(variable_ptr[c], variable_ptr[c + 1]):
                        r = r * change[entries[x, variables[q]]]
                value[e] = r
                density[x] += r
        for a in range(ambiguous.shape[0]):
            x = ambiguous[a]
            if density[x] > LEAST_DENSITY:
                objective += counts[x] * log(density[x])
                density[x] = counts[x] / density[x]
            else:
                objective -= counts[x] * impossible_row_cost
                density[x] = 0.0
        for c in range(components):
            total = 0.0
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                r = value[e] * density[x]
                total += r
                if learn and r > LEAST_COUNT:
                    for q in range(variable_ptr[c], variable_ptr[c + 1]):
                        intervened[entries[x, variables[q]]] += r
            expected[c] += total
    return objective


def normalize_tables(
    const int64_t[::1] row_starts not None,
    const double[::1] counts not None,
    double[::1] log_theta not None,
):
    """Fill ``log_theta`` with the logarithms of ``counts`` divided by the sum of their CPT row.

    A row without any count keeps its values.
    """
    cdef Py_ssize_t r, a, first, last, table_rows = row_starts.shape[0], size = counts.shape[0]
    cdef double total
    require(log_theta.shape[0] == size, "log_theta")
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
    ComponentRows pairs not None,
    const double[::1] responsibility not None,
    const double[::1] log_weight_change not None,
    const double[::1] log_theta_change not None,
    Workspace workspace not None,
):
    """Add the derivative of expected and intervened counts along a direction to ``workspace``.

    The direction is given in logarithms of weights (components,) and of table entries;
    ``responsibility`` has shape (pairs,). ``workspace.density`` must hold zeros.
    """
    cdef const int64_t[::1] ptr = pairs.ptr, variable_ptr = pairs.variable_ptr
    cdef const int64_t[::1] variables = pairs.variables
    cdef const int32_t[::1] rows = pairs.rows
    cdef const int32_t[:, ::1] entries = pairs.data.entries
    cdef const double[::1] counts = pairs.data.counts
    cdef double[::1] value = workspace.value, row_mean = workspace.density
    cdef double[::1] expected = workspace.expected_counts, intervened = workspace.intervened_counts
    cdef Py_ssize_t c, e, q, x, components = pairs.components
    cdef double a, total
    workspace.check(pairs)
    require(responsibility.shape[0] == value.shape[0], "responsibility")
    require(log_weight_change.shape[0] == components, "log_weight_change")
    require(log_theta_change.shape[0] == pairs.data.size == intervened.shape[0], "table entries")
    with nogil:
        for c in range(components):
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                a = log_weight_change[c]
                for q in range(variable_ptr[c], variable_ptr[c + 1]):
                    a -= log_theta_change[entries[x, variables[q]]]
                value[e] = a
                row_mean[x] += responsibility[e] * a
        for c in range(components):
            total = 0.0
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                a = counts[x] * responsibility[e] * (value[e] - row_mean[x])
                total += a
                for q in range(variable_ptr[c], variable_ptr[c + 1]):
                    intervened[entries[x, variables[q]]] += a
            expected[c] += total
