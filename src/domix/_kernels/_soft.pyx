# cython: auto_pickle=False
"""The E-step of mixtures whose components give variables distributions of their own.

A component multiplies the likelihood of a data row by one factor for each of its *slots*, the
variables whose conditional probability it replaces. The factor depends on the table entry that the
row reads, so that a slot is a small table of factors over the *places*: the entries of the variable
that occur in any row.
"""

cimport cython
from libc.math cimport log
from libc.stdint cimport int32_t, int64_t

from ._checks cimport below, below32, require, rises
from ._em_structures cimport LEAST_COUNT, LEAST_DENSITY, Workspace


@cython.final
cdef class SlotPairs:
    """Pairs of a component and a data row that it can produce, and the slots of the components.

    Attributes
    ----------
    places
        Shape (rows, variables): the place that a row reads for each variable.
    counts
        Shape (rows,).
    ptr, rows
        Component ``c`` has the rows ``rows[ptr[c]:ptr[c + 1]]``.
    slot_ptr, variables, starts
        It has the slots ``slot_ptr[c]:slot_ptr[c + 1]``; slot ``s`` is of the variable
        ``variables[s]`` and has the factors from ``starts[s]`` on.
    size
        Number of factors of all slots.
    """

    cdef readonly Py_ssize_t components, size
    cdef readonly const int32_t[:, ::1] places
    cdef readonly const double[::1] counts
    cdef readonly const int64_t[::1] ptr, slot_ptr, variables, starts
    cdef readonly const int32_t[::1] rows

    def __cinit__(
        self,
        const int32_t[:, ::1] places not None,
        const double[::1] counts not None,
        const int64_t[::1] ptr not None,
        const int32_t[::1] rows not None,
        const int64_t[::1] slot_ptr not None,
        const int64_t[::1] variables not None,
        const int64_t[::1] starts not None,
    ):
        cdef Py_ssize_t c, e, s
        cdef int64_t length
        self.components = ptr.shape[0] - 1
        require(places.shape[0] == counts.shape[0], "counts")
        require(rises(ptr, rows.shape[0]) and below32(rows, places.shape[0]), "ptr or rows")
        require(slot_ptr.shape[0] == ptr.shape[0], "slot_ptr")
        require(rises(slot_ptr, variables.shape[0]), "slot_ptr")
        require(below(variables, places.shape[1]), "variables")
        require(starts.shape[0] == variables.shape[0] + 1, "starts")
        self.size = starts[starts.shape[0] - 1]
        require(rises(starts, self.size), "starts")
        for c in range(self.components):
            for s in range(slot_ptr[c], slot_ptr[c + 1]):
                length = starts[s + 1] - starts[s]
                for e in range(ptr[c], ptr[c + 1]):
                    require(0 <= places[rows[e], variables[s]] < length, "places")
        self.places, self.counts, self.ptr, self.rows = places, counts, ptr, rows
        self.slot_ptr, self.variables, self.starts = slot_ptr, variables, starts


def log_ratios(SlotPairs pairs not None, const double[::1] log_factor not None,
               double[::1] out not None):
    """Fill ``out`` (pairs,) with the sum of the logarithms of a pair's factors."""
    cdef const int32_t[:, ::1] places = pairs.places
    cdef const int64_t[::1] ptr = pairs.ptr, slot_ptr = pairs.slot_ptr
    cdef const int64_t[::1] variables = pairs.variables, starts = pairs.starts
    cdef const int32_t[::1] rows = pairs.rows
    cdef Py_ssize_t c, e, s
    cdef double total
    require(log_factor.shape[0] == pairs.size, "log_factor")
    require(out.shape[0] == rows.shape[0], "out")
    with nogil:
        for c in range(pairs.components):
            for e in range(ptr[c], ptr[c + 1]):
                total = 0.0
                for s in range(slot_ptr[c], slot_ptr[c + 1]):
                    total += log_factor[starts[s] + places[rows[e], variables[s]]]
                out[e] = total


def e_step(
    SlotPairs pairs not None,
    const double[::1] ratio not None,
    const double[::1] change not None,
    const double[::1] weights not None,
    double impossible_row_cost,
    Workspace workspace not None,
):
    """Take an E-step.

    ``ratio`` (pairs,) holds likelihoods relative to the best component of the row, at reference
    factors; ``change`` (factors,) present over reference factors.

    Fills the ``expected_counts`` of ``workspace``, and its ``intervened_counts`` (factors,) with
    the expected counts of the places that the rows of components read. Its ``value`` and
    ``density`` are left so that ``value * density[rows]`` are the expected counts of pairs.

    Returns
    -------
    float
        Sum of counts * log density; a row that no component can produce counts
        ``-impossible_row_cost``.
    """
    cdef const int32_t[:, ::1] places = pairs.places
    cdef const double[::1] counts = pairs.counts
    cdef const int64_t[::1] ptr = pairs.ptr, slot_ptr = pairs.slot_ptr
    cdef const int64_t[::1] variables = pairs.variables, starts = pairs.starts
    cdef const int32_t[::1] rows = pairs.rows
    cdef double[::1] value = workspace.value, density = workspace.density
    cdef double[::1] expected = workspace.expected_counts, read = workspace.intervened_counts
    cdef Py_ssize_t c, e, s, x, f
    cdef double r, total, objective = 0.0
    require(ratio.shape[0] == value.shape[0] == rows.shape[0], "ratio or value")
    require(change.shape[0] == read.shape[0] == pairs.size, "change or read")
    require(weights.shape[0] == expected.shape[0] == pairs.components, "weights or expected")
    require(density.shape[0] == counts.shape[0], "density")
    with nogil:
        density[:] = 0.0
        read[:] = 0.0
        for c in range(pairs.components):
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                r = weights[c] * ratio[e]
                for s in range(slot_ptr[c], slot_ptr[c + 1]):
                    r = r * change[starts[s] + places[x, variables[s]]]
                value[e] = r
                density[x] += r
        for x in range(counts.shape[0]):
            if density[x] > LEAST_DENSITY:
                objective += counts[x] * log(density[x])
                density[x] = counts[x] / density[x]
            else:
                objective -= counts[x] * impossible_row_cost
                density[x] = 0.0
        for c in range(pairs.components):
            total = 0.0
            for e in range(ptr[c], ptr[c + 1]):
                x = rows[e]
                r = value[e] * density[x]
                total += r
                if r > LEAST_COUNT:
                    for s in range(slot_ptr[c], slot_ptr[c + 1]):
                        f = starts[s] + places[x, variables[s]]
                        read[f] += r
            expected[c] = total
    return objective
