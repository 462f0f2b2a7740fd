"""Sum-product elimination on flat tables, by a plan.

Nothing is copied: a known variable is an offset into its tables, and every factor is read through
its own strides. Entries are multiplied in blocks of the last few axes, for which each factor's
offsets are listed once in a step.
"""

from libc.stdint cimport int32_t, int64_t

import numpy as np

from ._checks cimport require
from ._structures cimport FlatLayout, Plan

cdef enum:
    BLOCK = 512  # entries; at least the largest number of states, 256
    AXES = 32


cdef void _offsets(const int64_t* stride, const int64_t* card, Py_ssize_t first, Py_ssize_t axes,
                   int32_t* out) noexcept nogil:
    """List where a factor's entries for one block stand, relative to the block's first."""
    cdef Py_ssize_t axis, c, j, size = 1
    cdef int32_t shift
    out[0] = 0
    for axis in range(axes - 1, first - 1, -1):
        for c in range(1, card[axis]):
            shift = <int32_t>(c * stride[axis])
            for j in range(size):
                out[c * size + j] = out[j] + shift
        size *= card[axis]


cdef inline void _multiply(double* block, const double* source, const int32_t* at, Py_ssize_t size,
                           bint first) noexcept nogil:
    """Multiply a block by a factor's entries, or fill it with them if they are the first."""
    cdef Py_ssize_t j
    if first:
        for j in range(size):
            block[j] = source[at[j]]
    elif at[size - 1] == 0:
        for j in range(size):
            block[j] *= source[0]
    else:
        for j in range(size):
            block[j] *= source[at[j]]


cdef inline void _sum_last(const double* block, Py_ssize_t rows, Py_ssize_t card, double* out
                           ) noexcept nogil:
    """Sum the last axis of a block out."""
    cdef Py_ssize_t r, v
    cdef double total
    if card == 2:
        for r in range(rows):
            out[r] = block[2 * r] + block[2 * r + 1]
        return
    for r in range(rows):
        total = block[r * card]
        for v in range(1, card):
            total += block[r * card + v]
        out[r] = total


def contract(
    const double[::1] values not None,
    Plan plan not None,
    const int64_t[::1] known not None,
    bint rescale,
    double[::1] work not None,
):
    """Follow a plan; the result of step ``s`` is left at ``work[made[s]:made[s + 1]]``.

    ``known`` (n,) holds a code, or -1 where a variable is free. ``rescale`` divides each result by
    its largest entry, so that nothing underflows.
    """
    cdef FlatLayout layout = plan.layout
    cdef Py_ssize_t n = layout.n, steps = plan.steps, step, f, e, a, axes, factors
    cdef Py_ssize_t split, size, card, out
    cdef int32_t factor, v
    cdef int64_t step_size, at
    cdef int64_t[AXES] axis_card
    cdef int64_t[AXES] counter
    cdef double[BLOCK] block
    cdef double top
    cdef const double* source
    cdef const int64_t[::1] cards = layout.cards, offsets = layout.offsets
    cdef const int64_t[::1] parent_ptr = layout.parent_ptr, parent_index = layout.parent_index
    cdef const int64_t[::1] parent_stride = layout.parent_stride
    cdef int32_t[::1] summed = plan.summed, scope_ptr = plan.scope_ptr, scope = plan.scope
    cdef int32_t[::1] head = plan.head, after = plan.after
    cdef int64_t[::1] made = plan.made
    cdef int64_t[:, ::1] stride = np.empty((plan.largest_step, AXES), np.int64)
    cdef int32_t[:, ::1] index = np.empty((plan.largest_step, BLOCK), np.int32)
    cdef int64_t[::1] begin = np.empty(plan.largest_step, np.int64)
    cdef int32_t[::1] axis_of = np.empty(n, np.int32)
    require(values.shape[0] == layout.size and known.shape[0] == n, "values or known")
    require(work.shape[0] == made[steps + 1], "work")
    with nogil:
        for v in range(n):
            axis_of[v] = -1
        for step in range(steps + 1):
            axes = 0
            for e in range(scope_ptr[step], scope_ptr[step + 1]):
                axis_of[scope[e]] = <int32_t>axes
                axis_card[axes] = cards[scope[e]]
                axes += 1
            card = 1
            if step < steps and summed[step] >= 0:
                card = cards[summed[step]]
                axis_of[summed[step]] = <int32_t>axes
            axis_card[axes] = card
            axes += 1
            split = axes
            size = 1
            while split > 0 and size * axis_card[split - 1] <= BLOCK:
                split -= 1
                size *= axis_card[split]
            factors = 0
            factor = head[step]
            while factor >= 0:
                for a in range(axes):
                    stride[factors, a] = 0
                if factor < n:
                    at = offsets[factor]
                    if axis_of[factor] >= 0:
                        stride[factors, axis_of[factor]] = 1
                    elif known[factor] > 0:
                        at += known[factor]
                    for e in range(parent_ptr[factor], parent_ptr[factor + 1]):
                        v = <int32_t>parent_index[e]
                        if axis_of[v] >= 0:
                            stride[factors, axis_of[v]] = parent_stride[e]
                        elif known[v] > 0:
                            at += known[v] * parent_stride[e]
                else:
                    at = made[factor - n]
                    step_size = 1
                    for e in range(scope_ptr[factor - n + 1] - 1, scope_ptr[factor - n] - 1, -1):
                        stride[factors, axis_of[scope[e]]] = step_size
                        step_size *= cards[scope[e]]
                begin[factors] = at
                _offsets(&stride[factors, 0], axis_card, split, axes, &index[factors, 0])
                factors += 1
                factor = after[factor]
            for a in range(split):
                counter[a] = 0
            out = made[step]
            while True:
                if factors == 0:
                    block[0] = 1.0
                f = 0
                factor = head[step]
                while factor >= 0:
                    source = &values[begin[f]] if factor < n else &work[begin[f]]
                    _multiply(block, source, &index[f, 0], size, f == 0)
                    f += 1
                    factor = after[factor]
                _sum_last(block, size // card, card, &work[out])
                out += size // card
                a = split - 1
                while a >= 0:
                    counter[a] += 1
                    step_size = 1 if counter[a] < axis_card[a] else 1 - axis_card[a]
                    for f in range(factors):
                        begin[f] += step_size * stride[f, a]
                    if step_size == 1:
                        break
                    counter[a] = 0
                    a -= 1
                if a < 0:
                    break
            for e in range(scope_ptr[step], scope_ptr[step + 1]):
                axis_of[scope[e]] = -1
            if step < steps and summed[step] >= 0:
                axis_of[summed[step]] = -1
            if rescale:
                top = 0.0
                for e in range(made[step], made[step + 1]):
                    top = max(top, work[e])
                if top > 0:
                    for e in range(made[step], made[step + 1]):
                        work[e] /= top
