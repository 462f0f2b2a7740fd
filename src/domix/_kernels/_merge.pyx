"""Merged tables: the logarithms of several nodes' entries summed up, under many targets at once."""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint8_t

cdef enum:
    ENTRIES = 256
    VARIABLES = 8
    TARGETS = 16


def merge(
    const int64_t[::1] cards not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    const double[::1] log_values not None,
    const int64_t[::1] group_ptr not None,
    const int64_t[::1] group_variable not None,
    const int64_t[::1] group_shift not None,
    const int64_t[::1] node_ptr not None,
    const int64_t[::1] nodes not None,
    const int64_t[:, ::1] fixed not None,
    const int64_t[::1] which not None,
    const int64_t[::1] table_ptr not None,
    double[:, ::1] out not None,
):
    """Fill ``out`` (entries, targets) with the tables of the groups in ``which``.

    Table ``j`` is at ``table_ptr[j]:table_ptr[j + 1]``, and its entry is the byte in which the code
    of each variable of the group is shifted to its place. In the place of a node that a target
    sets, ``fixed`` (targets, n) being its value and not -1, stands 0 where it has that value and
    -inf elsewhere. A node given as ``~node`` adds nothing else. What no valid row reads repeats a
    neighbour. There are at most 16 targets.
    """
    cdef Py_ssize_t j, g, first, v, e, f, a, entries, entry, t, targets = out.shape[1]
    cdef int64_t node, mask, cell, code
    cdef uint8_t[VARIABLES][ENTRIES] codes
    cdef int64_t[VARIABLES] place
    cdef double[ENTRIES] term
    cdef int64_t[TARGETS] value
    cdef double* row
    with nogil:
        for j in range(which.shape[0]):
            g = which[j]
            first = group_ptr[g]
            entries = table_ptr[j + 1] - table_ptr[j]
            for v in range(group_ptr[g + 1] - first):
                mask = 1
                while mask + 1 < cards[group_variable[first + v]]:
                    mask = 2 * mask + 1
                for entry in range(entries):
                    codes[v][entry] = <uint8_t>min(entry >> group_shift[first + v] & mask,
                                                   cards[group_variable[first + v]] - 1)
            for entry in range(entries):
                for t in range(targets):
                    out[table_ptr[j] + entry, t] = 0.0
            for a in range(node_ptr[g], node_ptr[g + 1]):
                node = nodes[a] if nodes[a] >= 0 else ~nodes[a]
                v = _place(group_variable, first, node)
                f = parent_ptr[node]
                if nodes[a] < 0:
                    for entry in range(entries):
                        term[entry] = 0.0
                else:
                    for e in range(f, parent_ptr[node + 1]):
                        place[e - f] = _place(group_variable, first, parent_index[e])
                    for entry in range(entries):
                        cell = offsets[node] + codes[v][entry]
                        for e in range(f, parent_ptr[node + 1]):
                            cell += parent_stride[e] * codes[place[e - f]][entry]
                        term[entry] = log_values[cell]
                for t in range(targets):
                    value[t] = fixed[t, node]
                for entry in range(entries):
                    row = &out[table_ptr[j] + entry, 0]
                    code = codes[v][entry]
                    for t in range(targets):
                        row[t] += (term[entry] if value[t] < 0 else
                                   0.0 if value[t] == code else -INFINITY)


cdef inline Py_ssize_t _place(
    const int64_t[::1] group_variable, Py_ssize_t first, int64_t variable
) noexcept nogil:
    """Which variable of a group one that is in it is."""
    cdef Py_ssize_t v = 0
    while group_variable[first + v] != variable:
        v += 1
    return v
