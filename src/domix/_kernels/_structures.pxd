"""Objects that own the arrays of the kernels.

Each checks its arrays when it is built, so that kernels check nothing inside their loops.
"""

from libc.stdint cimport int32_t, int64_t


cdef class FlatLayout:
    cdef readonly Py_ssize_t n, size
    cdef const int64_t[::1] cards, offsets, parent_ptr, parent_index, parent_stride, order


cdef enum:
    # The place of a variable, where it is not the step that sums it out.
    UNSEEN = -2, KNOWN = -1
    # The owner of a table, where it is not the only step that may take it.
    IRRELEVANT = -2, UNRESERVED = -1


cdef class EliminationOrder:
    cdef readonly FlatLayout layout
    cdef readonly Py_ssize_t steps
    cdef readonly double cost
    cdef readonly int32_t[::1] place, owner, summed, scope_ptr, scope


cdef class Plan:
    cdef readonly FlatLayout layout
    cdef readonly Py_ssize_t steps, largest_step
    cdef readonly int32_t[::1] summed, scope_ptr, scope, head, after
    cdef readonly int64_t[::1] made


cdef class MergedGroups:
    cdef readonly FlatLayout layout
    cdef readonly const int64_t[::1] ptr, variable, shift, node_ptr, nodes


cdef class Chunk:
    cdef readonly MergedGroups merged
    cdef readonly const int64_t[::1] groups, table_ptr, wide
    cdef readonly const double[::1] tables
    cdef readonly const int64_t[::1] set_groups, set_table_ptr, set_wide
    cdef readonly const double[:, ::1] set_tables
    cdef readonly const int64_t[:, ::1] kept
    cdef readonly const double[::1] start
