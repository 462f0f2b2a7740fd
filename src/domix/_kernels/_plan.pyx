"""Which step of an elimination takes which factors, and where its result stands.

Factors are numbered: a node's table by the node, the result of step ``s`` by ``n + s``. Each is in
the linked list (``head``, ``after``) of the step that takes it. The axes of a result are ordered by
the steps that sum them out, the last step first: the variable that a step sums out is then the last
axis of every earlier result that it takes.
"""

from libc.stdint cimport int32_t, int64_t

import numpy as np

from ._structures cimport IRRELEVANT, UNRESERVED, EliminationOrder, FlatLayout, Plan


cdef inline void _push(int32_t[::1] head, int32_t[::1] after, Py_ssize_t step, Py_ssize_t factor
                       ) noexcept nogil:
    """Put a factor into the list of the step that takes it."""
    after[factor] = head[step]
    head[step] = <int32_t>factor


cdef inline bint _same_axes(int32_t[::1] scope_ptr, int32_t[::1] scope, Py_ssize_t a,
                            Py_ssize_t b) noexcept nogil:
    """Whether the results of two steps have the same axes."""
    cdef Py_ssize_t j, size = scope_ptr[a + 1] - scope_ptr[a]
    if scope_ptr[b + 1] - scope_ptr[b] != size:
        return False
    for j in range(size):
        if scope[scope_ptr[a] + j] != scope[scope_ptr[b] + j]:
            return False
    return True


def link(EliminationOrder order not None):
    """Return the :class:`Plan` that follows an order.

    Tables that have steps of their own are chained where they have the same axes: a product of
    thousands is then rescaled after each, and does not underflow.
    """
    cdef Plan out = Plan(order)
    cdef FlatLayout layout = order.layout
    cdef Py_ssize_t n = layout.n, steps = order.steps, i, j, e, s, count, most = 1
    cdef int32_t v, last
    cdef const int64_t[::1] cards = layout.cards
    cdef const int64_t[::1] parent_ptr = layout.parent_ptr, parent_index = layout.parent_index
    cdef int32_t[::1] place = order.place, owner = order.owner
    cdef int32_t[::1] summed = out.summed, scope_ptr = out.scope_ptr, scope = out.scope
    cdef int32_t[::1] head = out.head, after = out.after
    cdef int32_t[::1] latest = np.empty(n, np.int32)
    cdef int64_t[::1] made = out.made
    with nogil:
        for s in range(steps):
            for i in range(scope_ptr[s] + 1, scope_ptr[s + 1]):
                v = scope[i]
                j = i
                while j > scope_ptr[s] and place[scope[j - 1]] < place[v]:
                    scope[j] = scope[j - 1]
                    j -= 1
                scope[j] = v
        for s in range(steps + 1):
            head[s] = -1
        for i in range(n):
            if owner[i] == IRRELEVANT:
                continue
            last = owner[i]
            if last == UNRESERVED:
                last = <int32_t>steps
                if place[i] >= 0:
                    last = min(last, place[i])
                for e in range(parent_ptr[i], parent_ptr[i + 1]):
                    if place[parent_index[e]] >= 0:
                        last = min(last, place[parent_index[e]])
            _push(head, after, last, i)
        for i in range(n):
            latest[i] = -1
        for s in range(steps - 1, -1, -1):
            last = <int32_t>steps
            if scope_ptr[s + 1] > scope_ptr[s]:
                v = scope[scope_ptr[s]]
                last = min(last, place[scope[scope_ptr[s + 1] - 1]])
                if summed[s] < 0:
                    if latest[v] >= 0 and _same_axes(scope_ptr, scope, s, latest[v]):
                        last = latest[v]
                    latest[v] = <int32_t>s
            _push(head, after, last, n + s)
        made[0] = 0
        for s in range(steps + 1):
            made[s + 1] = 1
            for i in range(scope_ptr[s], scope_ptr[s + 1]):
                made[s + 1] *= cards[scope[i]]
            made[s + 1] += made[s]
            count = 0
            last = head[s]
            while last >= 0:
                count += 1
                last = after[last]
            most = max(most, count)
    out.largest_step = most
    return out
