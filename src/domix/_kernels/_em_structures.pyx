# cython: auto_pickle=False
"""Objects that own the arrays of the estimator's kernels.

Each checks its arrays when it is built, so that kernels check nothing inside their loops.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np

from ._checks cimport below, below32, require, rises


@cython.final
cdef class DataRows:
    """Distinct data rows.

    Attributes
    ----------
    codes
        Shape (rows, variables): the state of each variable.
    entries
        Shape (rows, variables): the table entry that a row reads for each variable.
    size
        Number of table entries.
    counts
        Shape (rows,).
    """

    def __cinit__(
        self,
        const uint8_t[:, ::1] codes not None,
        const int32_t[:, ::1] entries not None,
        const double[::1] counts not None,
        Py_ssize_t size,
    ):
        cdef Py_ssize_t x
        self.rows, self.variables, self.size = codes.shape[0], codes.shape[1], size
        require(entries.shape[0] == self.rows and entries.shape[1] == self.variables, "entries")
        require(counts.shape[0] == self.rows, "counts")
        for x in range(self.rows):
            require(below32(entries[x], size), "entries")
        self.codes, self.entries, self.counts = codes, entries, counts


@cython.final
cdef class ComponentRows:
    """Pairs of a component and a data row that it can produce.

    Attributes
    ----------
    ptr, rows
        Component ``c`` has the rows ``rows[ptr[c]:ptr[c + 1]]``.
    variable_ptr, variables
        It sets the variables ``variables[variable_ptr[c]:variable_ptr[c + 1]]``.
    """

    def __cinit__(
        self,
        DataRows data not None,
        const int64_t[::1] ptr not None,
        const int32_t[::1] rows not None,
        const int64_t[::1] variable_ptr not None,
        const int64_t[::1] variables not None,
    ):
        self.data, self.components = data, ptr.shape[0] - 1
        require(rises(ptr, rows.shape[0]) and below32(rows, data.rows), "ptr or rows")
        require(variable_ptr.shape[0] == ptr.shape[0], "variable_ptr")
        require(rises(variable_ptr, variables.shape[0]), "variable_ptr")
        require(below(variables, data.variables), "variables")
        self.ptr, self.rows = ptr, rows
        self.variable_ptr, self.variables = variable_ptr, variables


@cython.final
cdef class Workspace:
    """What an E-step over pairs of components and rows computes.

    Attributes
    ----------
    value
        Shape (pairs,).
    density
        Shape (rows,).
    expected_counts
        Shape (components,).
    intervened_counts
        Shape (entries,), or empty where the tables are known: expected counts of table entries in
        rows whose component sets the variable.
    """

    def __cinit__(
        self,
        double[::1] value not None,
        double[::1] density not None,
        double[::1] expected_counts not None,
        double[::1] intervened_counts not None,
    ):
        self.value, self.density = value, density
        self.expected_counts, self.intervened_counts = expected_counts, intervened_counts

    cdef int check(self, ComponentRows pairs) except -1:
        """Raise ValueError if the arrays do not have the shapes that the pairs need."""
        cdef Py_ssize_t entries = self.intervened_counts.shape[0]
        require(self.value.shape[0] == pairs.rows.shape[0], "value")
        require(self.density.shape[0] == pairs.data.rows, "density")
        require(self.expected_counts.shape[0] == pairs.components, "expected_counts")
        require(entries == 0 or entries == pairs.data.size, "intervened_counts")


@cython.final
cdef class PrefixLists:
    """Lists of prefixes, each with a likelihood relative to the largest of its list.

    List ``g`` is ``ptr[g]:ptr[g + 1]`` of ``prefix`` and ``value``, which may be longer.
    """

    def __cinit__(
        self,
        int64_t[::1] ptr not None,
        int32_t[::1] prefix not None,
        double[::1] value not None,
    ):
        require(ptr.shape[0] > 0, "ptr")
        require(prefix.shape[0] == value.shape[0], "value")
        self.ptr, self.prefix, self.value = ptr, prefix, value


@cython.final
cdef class LiftGroups:
    """Data rows that the lifts of one variable cannot tell apart, as groups.

    Prefix ``s`` has ``states + 1`` lifts: ``s * (states + 1)`` does not set the variable,
    ``s * (states + 1) + 1 + v`` sets it to state ``v``.

    Attributes
    ----------
    lists
        The prefixes that may have produced each group.
    entry
        Shape (groups,): the entry of the variable's table, one of ``size``, that the rows read.
    counts
        Shape (groups,).
    lifts
        Number of lifts of the prefixes up to the last one listed.
    """

    def __cinit__(
        self,
        PrefixLists lists not None,
        const int64_t[::1] entry not None,
        const double[::1] counts not None,
        Py_ssize_t states,
        Py_ssize_t size,
    ):
        cdef Py_ssize_t e
        cdef int32_t last = -1
        self.lists, self.states, self.size = lists, states, size
        require(states > 0, "states")
        require(lists.ptr.shape[0] - 1 == entry.shape[0] == counts.shape[0], "entry or counts")
        require(below(entry, size) and size % states == 0, "entry")
        require(rises(lists.ptr, lists.prefix.shape[0]), "ptr")
        for e in range(lists.prefix.shape[0]):
            require(lists.prefix[e] >= 0, "prefix")
            last = max(last, lists.prefix[e])
        self.lifts = (last + 1) * (states + 1)
        self.entry, self.counts = entry, counts


@cython.final
cdef class LiftPairs:
    """The distinct pairs of a table entry and a prefix among the groups of a lift.

    Attributes
    ----------
    place
        Which pair each element of the lists is.
    entry, prefix
        Shape (pairs,).
    rate, load
        Shape (pairs,): buffers of an E-step.
    """

    def __cinit__(
        self,
        LiftGroups groups not None,
        const int32_t[::1] place not None,
        const int32_t[::1] entry not None,
        const int32_t[::1] prefix not None,
    ):
        cdef Py_ssize_t pairs = entry.shape[0]
        require(place.shape[0] == groups.lists.prefix.shape[0], "place")
        require(below32(place, pairs) and below32(entry, groups.size), "place or entry")
        require(prefix.shape[0] == pairs, "prefix")
        require(below32(prefix, groups.lifts // (groups.states + 1)), "prefix")
        self.groups, self.place, self.entry, self.prefix = groups, place, entry, prefix
        self.rate, self.load = np.empty(pairs), np.empty(pairs)
