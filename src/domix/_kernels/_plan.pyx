"""Which step of an elimination takes which factors, and where what it makes stands.

Factors are numbered: a node's table by the node, what step ``s`` makes by ``n + s``. Each waits in
a linked list (``head``, ``after``) for the step that takes it. The axes of what a step makes are
ordered by when they go, the last to go first: the variable that a step sums out is then the last
axis of every factor made before it.
"""

from libc.stdint cimport int32_t, int64_t


cdef inline void _push(int32_t[::1] head, int32_t[::1] after, Py_ssize_t step, Py_ssize_t factor
                       ) noexcept nogil:
    after[factor] = head[step]
    head[step] = <int32_t>factor


cdef inline bint _same_axes(const int32_t[::1] scope_ptr, const int32_t[::1] scope, Py_ssize_t a,
                            Py_ssize_t b) noexcept nogil:
    cdef Py_ssize_t j, size = scope_ptr[a + 1] - scope_ptr[a]
    if scope_ptr[b + 1] - scope_ptr[b] != size:
        return False
    for j in range(size):
        if scope[scope_ptr[a] + j] != scope[scope_ptr[b] + j]:
            return False
    return True


def link(
    const int64_t[::1] cards not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int32_t[::1] owner not None,
    const int32_t[::1] place not None,
    const int32_t[::1] summed not None,
    const int32_t[::1] scope_ptr not None,
    int32_t[::1] latest not None,
    int32_t[::1] scope not None,
    int32_t[::1] head not None,
    int32_t[::1] after not None,
    int64_t[::1] made not None,
):
    """Sort the scopes and fill the rest; how many factors one step takes at most.

    ``place`` holds the step that sums a variable out (later than all for what is kept), or less
    than 0 where it has no axis. ``owner`` holds the step that a node's table is kept for, or -1,
    or -2 where the table does not matter. What step ``s`` makes stands at
    ``made[s]:made[s + 1]`` of one array. ``latest`` (n,) is scratch.

    Tables kept for steps of their own are chained where they have the same axes: a product of
    thousands is then rescaled after each, and does not underflow.
    """
    cdef Py_ssize_t n = cards.shape[0], steps = head.shape[0] - 1, i, j, e, s, count, most = 1
    cdef int32_t v, last
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
            if owner[i] < -1:
                continue
            last = owner[i]
            if last < 0:
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
    return most
