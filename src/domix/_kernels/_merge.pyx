"""Merged tables: sums of the logarithms of several nodes' entries, under many targets at once."""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint8_t

from ._checks cimport require
from ._structures cimport FlatLayout, MergedGroups

cdef enum:
    ENTRIES = 256
    VARIABLES = 8
    TARGETS = 16


cdef Py_ssize_t _place(MergedGroups groups, Py_ssize_t group, int64_t variable) noexcept nogil:
    """Find which of a group's variables this one is, or -1."""
    cdef Py_ssize_t v, first = groups.ptr[group]
    for v in range(groups.ptr[group + 1] - first):
        if groups.variable[first + v] == variable:
            return v
    return -1


cdef bint _is_whole(MergedGroups groups, Py_ssize_t group) noexcept:
    """Whether a group holds the variables that its nodes read, and no more than fit a byte."""
    cdef FlatLayout layout = groups.layout
    cdef Py_ssize_t a, e
    cdef int64_t node
    if groups.ptr[group + 1] - groups.ptr[group] > VARIABLES:
        return False
    for a in range(groups.node_ptr[group], groups.node_ptr[group + 1]):
        node = groups.nodes[a]
        if _place(groups, group, max(node, ~node)) < 0:
            return False
        if node >= 0:
            for e in range(layout.parent_ptr[node], layout.parent_ptr[node + 1]):
                if _place(groups, group, layout.parent_index[e]) < 0:
                    return False
    return True


def merge(
    const double[::1] log_values not None,
    MergedGroups groups not None,
    const int64_t[:, ::1] fixed not None,
    const int64_t[::1] which not None,
    const int64_t[::1] table_ptr not None,
    double[:, ::1] out not None,
):
    """Fill ``out`` (entries, targets) with the tables of the groups in ``which``.

    Table ``j`` is at ``table_ptr[j]:table_ptr[j + 1]``. The index of an entry is the byte in which
    the code of each variable of the group is shifted to its place. Where a target sets a node to
    the code in ``fixed`` (targets, n), which is -1 elsewhere, the node's term is 0 at that code and
    -inf at the others. A node given as ``~node`` adds nothing where it is not set. Entries that no
    valid row reads repeat a neighbour. There are at most 16 targets.
    """
    cdef FlatLayout layout = groups.layout
    cdef Py_ssize_t j, g, first, v, e, f, a, entries, i, t, targets = out.shape[1]
    cdef int64_t node, mask, entry, code
    cdef uint8_t[VARIABLES][ENTRIES] codes
    cdef int64_t[VARIABLES] place
    cdef double[ENTRIES] term
    cdef int64_t[TARGETS] value
    cdef double* row
    cdef const int64_t[::1] cards = layout.cards
    require(log_values.shape[0] == layout.size, "log_values")
    require(fixed.shape[0] == targets <= TARGETS and fixed.shape[1] == layout.n, "fixed")
    require(table_ptr.shape[0] == which.shape[0] + 1, "which or table_ptr")
    for j in range(which.shape[0]):
        require(0 <= which[j] < groups.ptr.shape[0] - 1 and _is_whole(groups, which[j]), "which")
        entries = table_ptr[j + 1] - table_ptr[j]
        require(0 <= table_ptr[j] and 0 <= entries <= ENTRIES, "table_ptr")
        require(table_ptr[j + 1] <= out.shape[0], "table_ptr")
    with nogil:
        for j in range(which.shape[0]):
            g = which[j]
            first = groups.ptr[g]
            entries = table_ptr[j + 1] - table_ptr[j]
            for v in range(groups.ptr[g + 1] - first):
                mask = 1
                while mask + 1 < cards[groups.variable[first + v]]:
                    mask = 2 * mask + 1
                for i in range(entries):
                    codes[v][i] = <uint8_t>min(i >> groups.shift[first + v] & mask,
                                               cards[groups.variable[first + v]] - 1)
            for i in range(entries):
                for t in range(targets):
                    out[table_ptr[j] + i, t] = 0.0
            for a in range(groups.node_ptr[g], groups.node_ptr[g + 1]):
                node = groups.nodes[a] if groups.nodes[a] >= 0 else ~groups.nodes[a]
                v = _place(groups, g, node)
                f = layout.parent_ptr[node]
                if groups.nodes[a] < 0:
                    for i in range(entries):
                        term[i] = 0.0
                else:
                    for e in range(f, layout.parent_ptr[node + 1]):
                        place[e - f] = _place(groups, g, layout.parent_index[e])
                    for i in range(entries):
                        entry = layout.offsets[node] + codes[v][i]
                        for e in range(f, layout.parent_ptr[node + 1]):
                            entry += layout.parent_stride[e] * codes[place[e - f]][i]
                        term[i] = log_values[entry]
                for t in range(targets):
                    value[t] = fixed[t, node]
                for i in range(entries):
                    row = &out[table_ptr[j] + i, 0]
                    code = codes[v][i]
                    for t in range(targets):
                        row[t] += (term[i] if value[t] < 0 else
                                   0.0 if value[t] == code else -INFINITY)
