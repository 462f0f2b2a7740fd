"""Lifting one variable: groups of data rows, each with a list of prefixes and their likelihoods."""

from libc.math cimport log
from libc.stdint cimport int32_t, int64_t

from ._checks cimport require
from ._em_structures cimport (
    LEAST_DENSITY, LEAST_FACTOR, LiftGroups, LiftPairs, PrefixLists,
)

cdef extern from *:
    """
    /* A logarithm takes as long as the rest of a group. One is taken of the product of many groups,
       once it falls below this; a further factor then still cannot make it zero. */
    static const double LEAST_PRODUCT = 1e-75;
    """
    const double LEAST_PRODUCT


def em_step(
    LiftPairs pairs not None,
    double impossible_row_cost,
    const double[::1] weights not None,
    const double[::1] theta not None,
    double[::1] expected_counts not None,
    double[::1] entry_counts not None,
):
    """Take an E-step.

    Adds to the expected counts of lifts, and to those of table entries in rows where the variable
    is not set. All elements of the same pair (table entry, prefix) have the same likelihood apart
    from their value, so it is computed once for each pair, and so is the sum over them.

    Returns
    -------
    float
        The log-likelihood.
    """
    cdef LiftGroups groups = pairs.groups
    cdef PrefixLists lists = groups.lists
    cdef const int64_t[::1] ptr = lists.ptr
    cdef const int32_t[::1] place = pairs.place
    cdef const int32_t[::1] pair_entry = pairs.entry, pair_prefix = pairs.prefix
    cdef const double[::1] value = lists.value, counts = groups.counts
    cdef double[::1] rate = pairs.rate, load = pairs.load
    cdef Py_ssize_t g, e, s, v, q, k = groups.states
    cdef double total, scale, part, product = 1.0, objective = 0.0
    require(weights.shape[0] == expected_counts.shape[0] >= groups.lifts, "weights")
    require(theta.shape[0] == entry_counts.shape[0] == groups.size, "theta")
    with nogil:
        for q in range(pair_entry.shape[0]):
            s = pair_prefix[q] * (k + 1)
            v = pair_entry[q] % k
            rate[q] = weights[s] * theta[pair_entry[q]] + weights[s + 1 + v]
            load[q] = 0.0
        for g in range(ptr.shape[0] - 1):
            total = 0.0
            for e in range(ptr[g], ptr[g + 1]):
                total += value[e] * rate[place[e]]
            if total <= LEAST_DENSITY:
                objective -= counts[g] * impossible_row_cost
                continue
            if total > LEAST_PRODUCT and (counts[g] == 1.0 or counts[g] == 2.0):
                product *= total if counts[g] == 1.0 else total * total
                if product < LEAST_PRODUCT:
                    objective += log(product)
                    product = 1.0
            else:
                objective += counts[g] * log(total)
            scale = counts[g] / total
            for e in range(ptr[g], ptr[g + 1]):
                load[place[e]] += scale * value[e]
        for q in range(pair_entry.shape[0]):
            s = pair_prefix[q] * (k + 1)
            v = pair_entry[q] % k
            expected_counts[s + 1 + v] += load[q] * weights[s + 1 + v]
            part = load[q] * weights[s] * theta[pair_entry[q]]
            expected_counts[s] += part
            entry_counts[pair_entry[q]] += part
    return objective + log(product)


def drop_costs(
    LiftGroups groups not None,
    const double[::1] weights not None,
    const double[::1] theta not None,
    double[::1] to_sibling not None,
    double[::1] to_all not None,
):
    """Add what dropping each lift would cost, in nats, before any refit.

    For ``to_sibling``, its weight goes to the lift of the same prefix that sets nothing. For
    ``to_all``, it goes to all others in proportion; ``rows * log(1 - weight)``, which is the same
    for all rows, is left out.
    """
    cdef PrefixLists lists = groups.lists
    cdef const int64_t[::1] ptr = lists.ptr, entry = groups.entry
    cdef const int32_t[::1] prefix = lists.prefix
    cdef const double[::1] value = lists.value, counts = groups.counts
    cdef Py_ssize_t g, e, s, v, a, k = groups.states
    cdef double w, total, none, r
    require(weights.shape[0] >= groups.lifts and theta.shape[0] == groups.size, "weights or theta")
    require(to_sibling.shape[0] == to_all.shape[0] == weights.shape[0], "to_sibling or to_all")
    with nogil:
        for g in range(ptr.shape[0] - 1):
            w = theta[entry[g]]
            v = entry[g] % k
            total = 0.0
            for e in range(ptr[g], ptr[g + 1]):
                s = prefix[e] * (k + 1)
                total += value[e] * (weights[s] * w + weights[s + 1 + v])
            if total <= LEAST_DENSITY:
                continue
            for e in range(ptr[g], ptr[g + 1]):
                s = prefix[e] * (k + 1)
                none = value[e] * w / total
                for a in range(k):
                    if weights[s + 1 + a] <= 0:
                        continue
                    r = value[e] * weights[s + 1 + a] / total if a == v else 0.0
                    to_sibling[s + 1 + a] -= counts[g] * log(
                        max(1 + none * weights[s + 1 + a] - r, LEAST_FACTOR))
                    if a == v:
                        to_all[s + 1 + a] -= counts[g] * log(max(1 - r, LEAST_FACTOR))
                if weights[s] > 0:
                    to_all[s] -= counts[g] * log(max(1 - none * weights[s], LEAST_FACTOR))


def advance(
    LiftGroups groups not None,
    const double[::1] weights not None,
    const double[::1] theta not None,
    const int64_t[::1] new_index not None,
    double negligible,
    PrefixLists out not None,
):
    """Write the lifts of each group that are kept, as prefixes, scaled to a largest value of one.

    ``new_index`` (lifts,) numbers the lifts that are kept, -1 the others; a lift whose
    responsibility is below ``negligible`` is left out. The lists of ``out`` must hold twice the
    elements; the number used is ``out.ptr[-1]``.
    """
    cdef PrefixLists lists = groups.lists
    cdef const int64_t[::1] ptr = lists.ptr, entry = groups.entry
    cdef const int32_t[::1] prefix = lists.prefix
    cdef const double[::1] value = lists.value
    cdef int64_t[::1] out_ptr = out.ptr
    cdef int32_t[::1] out_prefix = out.prefix
    cdef double[::1] out_value = out.value
    cdef Py_ssize_t g, e, s, v, at = 0, first, k = groups.states
    cdef double w, total, best
    require(weights.shape[0] == new_index.shape[0] >= groups.lifts, "weights or new_index")
    require(theta.shape[0] == groups.size, "theta")
    require(out_ptr.shape[0] == ptr.shape[0], "out.ptr")
    require(out_value.shape[0] >= 2 * value.shape[0], "out.value")
    with nogil:
        out_ptr[0] = 0
        for g in range(ptr.shape[0] - 1):
            w = theta[entry[g]]
            v = entry[g] % k
            total = 0.0
            for e in range(ptr[g], ptr[g + 1]):
                s = prefix[e] * (k + 1)
                if new_index[s] >= 0:
                    total += value[e] * w * weights[s]
                if new_index[s + 1 + v] >= 0:
                    total += value[e] * weights[s + 1 + v]
            first = at
            best = 0.0
            for e in range(ptr[g], ptr[g + 1]):
                s = prefix[e] * (k + 1)
                if new_index[s] >= 0 and value[e] * w * weights[s] > negligible * total:
                    out_prefix[at] = <int32_t>new_index[s]
                    out_value[at] = value[e] * w
                    best = max(best, out_value[at])
                    at += 1
                s = s + 1 + v
                if new_index[s] >= 0 and value[e] * weights[s] > negligible * total:
                    out_prefix[at] = <int32_t>new_index[s]
                    out_value[at] = value[e]
                    best = max(best, out_value[at])
                    at += 1
            for e in range(first, at):
                out_value[e] = out_value[e] / best
            out_ptr[g + 1] = at
