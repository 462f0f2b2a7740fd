"""Objects that own the arrays of the estimator's kernels."""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t

cdef extern from *:
    """
    /* A density below this counts as zero: counts divided by it would overflow. */
    #define LEAST_DENSITY 1e-290
    /* Expected counts below this are left out of tables. */
    #define LEAST_COUNT 1e-12
    /* Smallest factor of a density whose logarithm is taken. */
    #define LEAST_FACTOR 1e-12
    """
    const double LEAST_DENSITY, LEAST_COUNT, LEAST_FACTOR


@cython.final
cdef class DataRows:
    cdef readonly Py_ssize_t rows, variables, size
    cdef readonly const uint8_t[:, ::1] codes
    cdef readonly const int32_t[:, ::1] entries
    cdef readonly const double[::1] counts


@cython.final
cdef class ComponentRows:
    cdef readonly DataRows data
    cdef readonly Py_ssize_t components
    cdef readonly const int64_t[::1] ptr, variable_ptr, variables
    cdef readonly const int32_t[::1] rows


@cython.final
cdef class Workspace:
    cdef readonly double[::1] value, density, expected_counts, intervened_counts
    cdef int check(self, ComponentRows pairs) except -1


@cython.final
cdef class PrefixLists:
    cdef readonly int64_t[::1] ptr
    cdef readonly int32_t[::1] prefix
    cdef readonly double[::1] value


@cython.final
cdef class LiftGroups:
    cdef readonly PrefixLists lists
    cdef readonly Py_ssize_t states, lifts, size
    cdef readonly const int64_t[::1] entry
    cdef readonly const double[::1] counts


@cython.final
cdef class LiftPairs:
    cdef readonly LiftGroups groups
    cdef readonly const int32_t[::1] place, entry, prefix
    cdef readonly double[::1] rate, load
