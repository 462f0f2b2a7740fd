"""In which order to sum variables out of a product of tables, from the numbers of states alone."""

from libc.math cimport exp, log
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

import numpy as np

from ._checks cimport require
from ._structures cimport IRRELEVANT, KNOWN, UNRESERVED, UNSEEN, EliminationOrder, FlatLayout

KEPT, GIVEN, SET = 1, 2, 4
cdef enum:
    IS_KEPT = 1, IS_GIVEN = 2, IS_SET = 4

cdef extern from "compiler.h" nogil:
    int lowest_bit(uint64_t word)


cdef double _weight(const uint64_t[:, ::1] near, Py_ssize_t at, Py_ssize_t words,
                    const int64_t[::1] cards, const int32_t[::1] variable) noexcept nogil:
    """Compute the logarithm of the size of the table that eliminating a variable fills."""
    cdef double total = 0.0
    cdef uint64_t left
    cdef Py_ssize_t w
    for w in range(words):
        left = near[at, w]
        while left:
            total += log(<double>cards[variable[64 * w + lowest_bit(left)]])
            left &= left - 1
    return total


cdef double _fill(const uint64_t[:, ::1] near, Py_ssize_t at, Py_ssize_t words,
                  const int64_t[::1] cards, const int32_t[::1] variable) noexcept nogil:
    """Sum twice the edges that eliminating a variable adds, weighted by both ends' states."""
    cdef double total = 0.0, missing
    cdef uint64_t left, other
    cdef Py_ssize_t w, u, i
    for w in range(words):
        left = near[at, w]
        while left:
            i = 64 * w + lowest_bit(left)
            left &= left - 1
            missing = 0.0
            for u in range(words):
                other = near[at, u] & ~near[i, u]
                while other:
                    missing += cards[variable[64 * u + lowest_bit(other)]]
                    other &= other - 1
            total += missing * cards[variable[i]]
    return total


cdef inline double _score(bint by_fill, const uint64_t[:, ::1] near, Py_ssize_t at,
                          Py_ssize_t words, const int64_t[::1] cards, const int32_t[::1] variable
                          ) noexcept nogil:
    """Score a variable; the least score is eliminated next."""
    return (_fill(near, at, words, cards, variable) if by_fill else
            _weight(near, at, words, cards, variable))


cdef inline bint _changes(bint by_fill, const uint64_t[:, ::1] near, Py_ssize_t at,
                          Py_ssize_t gone, Py_ssize_t words) noexcept nogil:
    """Whether a score changes: a weight with a neighbour, a fill with a neighbour's neighbour."""
    cdef Py_ssize_t w
    if near[gone, at // 64] >> (at % 64) & 1:
        return True
    if by_fill:
        for w in range(words):
            if near[at, w] & near[gone, w]:
                return True
    return False


def order(
    FlatLayout layout not None,
    const int64_t[::1] names not None,
    const uint8_t[::1] flags not None,
    bint by_fill,
):
    """Prune the network and order the rest; return the :class:`EliminationOrder` of ``names``.

    ``flags`` (n,) tells of each variable whether it is KEPT, GIVEN or SET. Eliminated next is the
    variable whose table is the smallest or, ``by_fill``, the one that connects the fewest others. A
    given node's own table gets a step to itself, so that it can be rescaled. The axes of the last
    step are ``names``.
    """
    cdef Py_ssize_t n = layout.n, i, j, e, w, best, words, size, count = 0, free = 0
    cdef Py_ssize_t steps = 0, filled = 0
    cdef int32_t v
    cdef uint64_t left
    cdef double least = 0.0, size_of_best, cost = 0.0
    cdef const int64_t[::1] cards = layout.cards
    cdef const int64_t[::1] parent_ptr = layout.parent_ptr, parent_index = layout.parent_index
    cdef EliminationOrder out = EliminationOrder(layout)
    cdef int32_t[::1] place = out.place, owner = out.owner, summed = out.summed
    cdef int32_t[::1] scope_ptr = out.scope_ptr, scope = out.scope
    cdef int32_t[::1] axes, variable, local
    cdef uint64_t[:, ::1] near = np.empty((n, (n + 63) // 64), np.uint64)
    cdef double[::1] score = np.empty(n)
    axes, variable, local = np.empty((3, n), np.int32)
    require(flags.shape[0] == n, "flags")
    for i in range(names.shape[0]):
        require(0 <= names[i] < n, "names")
    with nogil:
        for i in range(n):
            place[i] = UNSEEN
            if flags[i] & (IS_KEPT | IS_GIVEN):
                place[i] = KNOWN
                summed[count] = <int32_t>i
                count += 1
        while count:  # the names and what is given, and their ancestors; nothing else matters
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
            owner[i] = IRRELEVANT
            if place[i] == UNSEEN or flags[i] & IS_SET:
                continue
            owner[i] = UNRESERVED
            size = 0  # of ``axes``: those of the table that are free
            for e in range(parent_ptr[i], parent_ptr[i + 1]):
                if local[parent_index[e]] >= 0:
                    axes[size] = local[parent_index[e]]
                    size += 1
            if flags[i] & IS_GIVEN:
                owner[i] = <int32_t>steps
                summed[steps] = KNOWN
                scope_ptr[steps] = <int32_t>filled
                for j in range(size):
                    scope[filled] = variable[axes[j]]
                    filled += 1
                steps += 1
            elif local[i] >= 0:
                axes[size] = local[i]
                size += 1
            for j in range(size):
                for e in range(size):
                    near[axes[j], axes[e] // 64] |= <uint64_t>1 << (axes[e] % 64)
        for i in range(free):
            score[i] = _score(by_fill, near, i, words, cards, variable)
        while True:
            best = -1
            for i in range(free):
                v = variable[i]
                if place[v] == KNOWN and not flags[v] & IS_KEPT and (best < 0 or score[i] < least):
                    best, least = i, score[i]
            if best < 0:
                break
            size_of_best = exp(_weight(near, best, words, cards, variable))
            cost += size_of_best
            # 2 ** 31 and a margin for rounding: the next possible size is half as large again.
            if size_of_best > 2.5e9:
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
            for i in range(free):
                if place[variable[i]] == KNOWN and _changes(by_fill, near, i, best, words):
                    score[i] = _score(by_fill, near, i, words, cards, variable)
            steps += 1
        if steps >= 0:
            scope_ptr[steps] = <int32_t>filled
            for i in range(names.shape[0]):
                if local[names[i]] >= 0:
                    place[names[i]] = <int32_t>(steps + names.shape[0] - i)
                    scope[filled] = <int32_t>names[i]
                    filled += 1
            scope_ptr[steps + 1] = <int32_t>filled
    out.steps, out.cost = steps, cost
    return out
