"""Objects that own the arrays of the kernels, and check them when they are built."""

from libc.stdint cimport int64_t

import numpy as np

from ._checks cimport below, require, rises

WIDEST = 31  # axes of more than one value in a table of 2 ** 31 entries


cdef class FlatLayout:
    """Where the entries of a network's tables stand in one flat array.

    Codes below ``cards`` index no entry outside of their node's table.
    """

    def __cinit__(
        self,
        const int64_t[::1] cards not None, const int64_t[::1] offsets not None,
        const int64_t[::1] parent_ptr not None, const int64_t[::1] parent_index not None,
        const int64_t[::1] parent_stride not None, const int64_t[::1] order not None,
    ):
        cdef Py_ssize_t i, e
        cdef int64_t entries
        self.n = cards.shape[0]
        require(offsets.shape[0] == self.n + 1 == parent_ptr.shape[0], "offsets or parent_ptr")
        self.size = offsets[self.n]
        require(rises(offsets, self.size), "offsets")
        require(rises(parent_ptr, parent_index.shape[0]), "parent_ptr")
        require(below(parent_index, self.n), "parent_index")
        require(parent_stride.shape[0] == parent_index.shape[0], "parent_stride")
        require(order.shape[0] == self.n and below(order, self.n), "order")
        for i in range(self.n):
            entries = cards[i]
            for e in range(parent_ptr[i], parent_ptr[i + 1]):
                entries += parent_stride[e] * (cards[parent_index[e]] - 1)
            require(entries == offsets[i + 1] - offsets[i], "cards, strides or offsets")
        self.cards, self.offsets, self.parent_ptr = cards, offsets, parent_ptr
        self.parent_index, self.parent_stride, self.order = parent_index, parent_stride, order

    def __reduce__(self):
        arrays = [self.cards, self.offsets, self.parent_ptr, self.parent_index, self.parent_stride,
                  self.order]
        return FlatLayout, tuple(map(np.asarray, arrays))


cdef class EliminationOrder:
    """In which order variables are summed out; filled by ``_order.order``.

    Attributes
    ----------
    steps, cost
        The steps before the last, or -1 if a table would have more than ``2 ** WIDEST`` entries;
        and the entries that they multiply.
    place
        Shape (n,): the step that sums a variable out; KNOWN where it has no axis, UNSEEN where it
        does not matter; later than all steps for what is kept.
    owner
        Shape (n,): the only step that may take a node's table, else UNRESERVED, or IRRELEVANT where
        the table does not matter.
    summed
        The variable of each step, or -1.
    scope_ptr, scope
        The axes of what each step makes, as compressed rows.
    """

    def __cinit__(self, FlatLayout layout not None):
        cdef Py_ssize_t n = layout.n
        self.layout = layout
        self.place, self.owner, self.summed = np.empty((3, n), np.int32)
        self.scope_ptr = np.empty(n + 2, np.int32)
        self.scope = np.empty((n + 1) * WIDEST, np.int32)


cdef class Plan:
    """Steps that each multiply some factors and sum one variable out.

    A factor is a node's table (numbered by the node) or what step ``s`` made (``n + s``). The last
    step sums nothing out: it makes the answer. Filled by ``_plan.link``.

    Attributes
    ----------
    steps, largest_step
        The steps before the last, and the factors that one step takes at most.
    summed
        Shape (steps,): the variable that each step but the last sums out, or -1.
    scope_ptr, scope
        The axes of what each step makes, as compressed rows.
    head, after
        The factors that each step takes, as linked lists that end in -1.
    made
        Shape (steps + 2,): where what each step makes stands in one array.
    """

    def __cinit__(self, EliminationOrder order not None):
        require(order.steps >= 0, "the steps")
        self.layout, self.steps = order.layout, order.steps
        self.summed = np.array(order.summed[:self.steps])
        self.scope_ptr = np.array(order.scope_ptr[:self.steps + 2])
        self.scope = np.array(order.scope[:self.scope_ptr[self.steps + 1]])
        self.head = np.empty(self.steps + 1, np.int32)
        self.after = np.empty(self.layout.n + self.steps, np.int32)
        self.made = np.empty(self.steps + 2, np.int64)

    def axes(self, Py_ssize_t step):
        """List the variables of what a step makes, in the order of its axes."""
        require(0 <= step <= self.steps, "step")
        return [self.scope[e] for e in range(self.scope_ptr[step], self.scope_ptr[step + 1])]

    def factors(self, Py_ssize_t step):
        """List the factors that a step takes."""
        require(0 <= step <= self.steps, "step")
        cdef int factor = self.head[step]
        taken = []
        while factor >= 0:
            taken.append(factor)
            factor = self.after[factor]
        return taken


cdef class MergedGroups:
    """Nodes whose tables are merged.

    Attributes
    ----------
    ptr, variable, shift
        The variables of each group, and the first bit of each one's code in the group's index.
    node_ptr, nodes
        The nodes of each group, ``~node`` if its own table is read.
    """

    def __cinit__(
        self,
        FlatLayout layout not None,
        const int64_t[::1] ptr not None, const int64_t[::1] variable not None,
        const int64_t[::1] shift not None, const int64_t[::1] node_ptr not None,
        const int64_t[::1] nodes not None,
    ):
        cdef Py_ssize_t a
        require(rises(ptr, variable.shape[0]) and below(variable, layout.n), "variable")
        require(shift.shape[0] == variable.shape[0] and below(shift, 8), "shift")
        require(rises(node_ptr, nodes.shape[0]) and node_ptr.shape[0] == ptr.shape[0], "node_ptr")
        for a in range(nodes.shape[0]):
            require(-layout.n <= nodes[a] < layout.n, "nodes")
        self.layout, self.ptr, self.variable, self.shift = layout, ptr, variable, shift
        self.node_ptr, self.nodes = node_ptr, nodes


cdef class Chunk:
    """What rows read under targets that stand side by side; read by ``_joint.log_prob``.

    Attributes
    ----------
    groups, table_ptr, tables, wide
        The groups that all targets read alike; the tables of all groups; and the nodes that all
        targets read alike in their own tables.
    set_groups, set_table_ptr, set_tables
        The groups in which some target sets a variable, and their tables, shape (entries, targets).
    set_wide, kept
        The nodes with their own tables that some target sets; ``kept`` (nodes, targets) has all
        bits where a target reads the table and none where it sets the node.
    start
        Shape (targets,): what is added for each. There are 4, 8 or 16 targets; or none, and the sum
        of what all read is the answer.
    """

    def __cinit__(
        self,
        MergedGroups merged not None,
        const int64_t[::1] groups not None, const int64_t[::1] table_ptr not None,
        const double[::1] tables not None, const int64_t[::1] wide not None,
        const int64_t[::1] set_groups not None, const int64_t[::1] set_table_ptr not None,
        const double[:, ::1] set_tables not None, const int64_t[::1] set_wide not None,
        const int64_t[:, ::1] kept not None, const double[::1] start not None,
    ):
        cdef Py_ssize_t width = start.shape[0], count = merged.ptr.shape[0] - 1
        require(width in (0, 4, 8, 16), "start")
        require(below(groups, table_ptr.shape[0] - 1) and below(set_groups, count), "groups")
        require(rises(table_ptr, tables.shape[0]), "table_ptr")
        require(below(wide, merged.layout.n) and below(set_wide, merged.layout.n), "wide")
        if width:
            require(set_table_ptr.shape[0] == set_groups.shape[0] + 1, "set_table_ptr")
            require(rises(set_table_ptr, set_tables.shape[0]), "set_table_ptr")
            require(set_tables.shape[1] == width == kept.shape[1], "set_tables or kept")
            require(kept.shape[0] == set_wide.shape[0], "kept")
        self.merged, self.groups, self.table_ptr, self.tables = merged, groups, table_ptr, tables
        self.wide, self.set_groups, self.set_table_ptr = wide, set_groups, set_table_ptr
        self.set_tables, self.set_wide, self.kept, self.start = set_tables, set_wide, kept, start
