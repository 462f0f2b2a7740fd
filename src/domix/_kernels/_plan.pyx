"""In which order to sum variables out of a product of tables: no numbers, only cards.

Factors are numbered: a node's table by the node, what step ``s`` makes by ``n + s``. Each waits in
a linked list (``head``, ``after``) for the step that takes it. The axes of what a step makes are
ordered by when they go, the last to go first: the variable that a step sums out is then the last
axis of every factor made before it.
"""

from libc.math cimport log
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

KEPT, GIVEN, SET = 1, 2, 4
WIDEST = 31
cdef enum:
    IS_KEPT = 1, IS_GIVEN = 2, IS_SET = 4
    UNSEEN = -2, KNOWN = -1
    AXES = 31  # of more than one value, in a table of at most 2 ** 31 entries

cdef extern from *:
    """
    #if defined(_MSC_VER)
    #include <intrin.h>
    static int lowest_bit(unsigned __int64 x) { unsigned long i; _BitScanForward64(&i, x); return i; }
    #else
    #define lowest_bit(x) __builtin_ctzll(x)
    #endif
    """
    int lowest_bit(uint64_t word) noexcept nogil


cdef inline void _push(int32_t[::1] head, int32_t[::1] after, Py_ssize_t step, Py_ssize_t factor
                       ) noexcept nogil:
    after[factor] = head[step]
    head[step] = <int32_t>factor


cdef double _weight(const uint64_t[:, ::1] near, Py_ssize_t at, Py_ssize_t words,
                    const int64_t[::1] cards, const int32_t[::1] variable) noexcept nogil:
    """Entries of the table that eliminating a variable fills, as a logarithm."""
    cdef double total = 0.0
    cdef uint64_t left
    cdef Py_ssize_t w
    for w in range(words):
        left = near[at, w]
        while left:
            total += log(<double>cards[variable[64 * w + lowest_bit(left)]])
            left &= left - 1
    return total


def plan(
    const int64_t[::1] cards not None, const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None, const int64_t[::1] names not None,
    const uint8_t[::1] flags not None, uint64_t[:, ::1] near not None, double[::1] weight not None,
    int32_t[::1] variable not None, int32_t[::1] local not None, int32_t[::1] place not None,
    int32_t[::1] summed not None, int32_t[::1] scope_ptr not None, int32_t[::1] scope not None,
    int32_t[::1] head not None, int32_t[::1] after not None, int64_t[::1] made not None,
):
    """Prune and order: the number of steps before the last, and of factors that one takes at most.

    The number of steps is -1 if a table would have more than ``2 ** WIDEST`` entries.
    ``flags`` says of each variable whether it is KEPT, GIVEN or SET. Filled are ``summed`` (the
    variable that each step sums out, or -1), the scopes, and the lists of what each step takes.
    What step ``s`` makes stands at ``made[s]:made[s + 1]`` of one array. A given node's own table
    gets a step to itself, where it can be rescaled. The last step multiplies what is left over
    ``names``. The others are scratch.
    """
    cdef Py_ssize_t n = cards.shape[0], i, j, e, s, w, best, words, size, count = 0, free = 0
    cdef Py_ssize_t steps = 0, filled = 0, most = 1
    cdef int32_t v, last
    cdef uint64_t left
    cdef double least = 0.0
    with nogil:
        for i in range(n):
            place[i] = UNSEEN
            if flags[i] & (IS_KEPT | IS_GIVEN):
                place[i] = KNOWN
                summed[count] = <int32_t>i
                count += 1
        while count:  # the wanted and their ancestors; nothing else matters
            count -= 1
            i = summed[count]
            local[i] = -1
            if not flags[i] & (IS_GIVEN | IS_SET) and cards[i] > 1:
                local[i] = <int32_t>free
                variable[free] = <int32_t>i
                free += 1
            if flags[i] & IS_SET:
                continue
            for e in range(parent_ptr[i], parent_ptr[i + 1]):
                j = parent_index[e]
                if place[j] == UNSEEN:
                    place[j] = KNOWN
                    summed[count] = <int32_t>j
                    count += 1
        words = (free + 63) // 64
        for i in range(free):
            for w in range(words):
                near[i, w] = 0
        for i in range(n):
            if place[i] == UNSEEN or flags[i] & IS_SET:
                continue
            size = 0  # ``head`` serves as the list of the table's axes until its turn comes
            for e in range(parent_ptr[i], parent_ptr[i + 1]):
                if local[parent_index[e]] >= 0:
                    head[size] = local[parent_index[e]]
                    size += 1
            if flags[i] & IS_GIVEN:
                summed[steps] = KNOWN
                scope_ptr[steps] = <int32_t>filled
                for j in range(size):
                    scope[filled] = variable[head[j]]
                    filled += 1
                steps += 1
            elif local[i] >= 0:
                head[size] = local[i]
                size += 1
            for j in range(size):
                for e in range(size):
                    near[head[j], head[e] // 64] |= <uint64_t>1 << (head[e] % 64)
        for i in range(free):
            weight[i] = _weight(near, i, words, cards, variable)
        while True:
            best = -1
            for i in range(free):
                v = variable[i]
                if place[v] == KNOWN and not flags[v] & IS_KEPT and (best < 0 or weight[i] < least):
                    best, least = i, weight[i]
            if best < 0:
                break
            if least > AXES * 0.6931471805599454:
                steps = -1
                break
            summed[steps] = variable[best]
            place[variable[best]] = <int32_t>steps
            scope_ptr[steps] = <int32_t>filled
            near[best, best // 64] &= ~(<uint64_t>1 << (best % 64))
            for w in range(words):
                left = near[best, w]
                while left:
                    i = 64 * w + lowest_bit(left)
                    left &= left - 1
                    scope[filled] = variable[i]
                    filled += 1
                    for j in range(words):
                        near[i, j] |= near[best, j]
                    near[i, best // 64] &= ~(<uint64_t>1 << (best % 64))
                    weight[i] = _weight(near, i, words, cards, variable)
            steps += 1
        if steps >= 0:
            scope_ptr[steps] = <int32_t>filled
            for i in range(names.shape[0]):
                if local[names[i]] >= 0:
                    place[names[i]] = <int32_t>(steps + names.shape[0] - i)
                    scope[filled] = <int32_t>names[i]
                    filled += 1
            scope_ptr[steps + 1] = <int32_t>filled
            for s in range(steps + 1):
                head[s] = -1
            for s in range(steps):
                for i in range(scope_ptr[s] + 1, scope_ptr[s + 1]):
                    v = scope[i]
                    j = i
                    while j > scope_ptr[s] and place[scope[j - 1]] < place[v]:
                        scope[j] = scope[j - 1]
                        j -= 1
                    scope[j] = v
            count = 0
            for i in range(n):
                if place[i] == UNSEEN or flags[i] & IS_SET:
                    continue
                if flags[i] & IS_GIVEN:
                    _push(head, after, count, i)
                    count += 1
                    continue
                last = <int32_t>steps
                if local[i] >= 0:
                    last = min(last, place[i])
                for e in range(parent_ptr[i], parent_ptr[i + 1]):
                    if local[parent_index[e]] >= 0:
                        last = min(last, place[parent_index[e]])
                _push(head, after, last, i)
            for s in range(steps):
                last = <int32_t>steps
                if scope_ptr[s + 1] > scope_ptr[s]:
                    last = min(last, place[scope[scope_ptr[s + 1] - 1]])
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
    return steps, most
