"""Lifting one variable: groups of rows, each with a short list of (prefix, scaled likelihood).

A group is ``entry_ptr[g]:entry_ptr[g + 1]`` of ``prefix`` and ``value``. Prefix ``s`` has ``k + 1``
lifts: index ``s * (k + 1)`` leaves the variable alone, ``s * (k + 1) + 1 + v`` sets it to v. ``cell``
is the group's cell in the variable's own table of ``table_rows * k`` entries.
"""

from libc.math cimport log, round
from libc.stdint cimport int32_t, int64_t, uint64_t

# A logarithm takes as long as the rest of a group: the factors of many take one, while their product
# is above this (so that no factor makes it less than the smallest double).
cdef double ORDINARY = 1e-75


def em_step(
    const int64_t[::1] entry_ptr not None,
    const int32_t[::1] pair not None,
    const double[::1] value not None,
    const double[::1] counts not None,
    const int32_t[::1] pair_cell not None,
    const int32_t[::1] pair_prefix not None,
    Py_ssize_t k,
    double impossible,
    const double[::1] weights not None,
    const double[::1] theta not None,
    double[::1] rate not None,
    double[::1] load not None,
    double[::1] mass not None,
    double[::1] stayed not None,
):
    """One E-step; adds to ``mass`` (lifts,) and ``stayed`` (table cells,); returns the log-likelihood.

    Whatever entries have the same cell and prefix has the same ``rate``, so that is found once for
    each such pair (``pair`` tells an entry's), and so is where the pair's ``load`` goes. These two
    (pairs,) are buffers.
    """
    cdef Py_ssize_t g, e, s, v, q
    cdef double total, scale, part, product = 1.0, objective = 0.0
    with nogil:
        for q in range(pair_cell.shape[0]):
            s = pair_prefix[q] * (k + 1)
            v = pair_cell[q] % k
            rate[q] = weights[s] * theta[pair_cell[q]] + weights[s + 1 + v]
            load[q] = 0.0
        for g in range(entry_ptr.shape[0] - 1):
            total = 0.0
            for e in range(entry_ptr[g], entry_ptr[g + 1]):
                total += value[e] * rate[pair[e]]
            if total <= 1e-290:
                objective -= counts[g] * impossible
                continue
            if total > ORDINARY and (counts[g] == 1.0 or counts[g] == 2.0):
                product *= total if counts[g] == 1.0 else total * total
                if product < ORDINARY:
                    objective += log(product)
                    product = 1.0
            else:
                objective += counts[g] * log(total)
            scale = counts[g] / total
            for e in range(entry_ptr[g], entry_ptr[g + 1]):
                load[pair[e]] += scale * value[e]
        for q in range(pair_cell.shape[0]):
            s = pair_prefix[q] * (k + 1)
            v = pair_cell[q] % k
            mass[s + 1 + v] += load[q] * weights[s + 1 + v]
            part = load[q] * weights[s] * theta[pair_cell[q]]
            mass[s] += part
            stayed[pair_cell[q]] += part
    return objective + log(product)


def drop_costs(
    const int64_t[::1] entry_ptr not None,
    const int32_t[::1] prefix not None,
    const double[::1] value not None,
    const int64_t[::1] cell not None,
    const double[::1] counts not None,
    Py_ssize_t k,
    const double[::1] weights not None,
    const double[::1] theta not None,
    double[::1] to_sibling not None,
    double[::1] to_all not None,
):
    """What dropping each lift would cost in nats before any refit.

    ``to_sibling``: its mass goes to the lift of the same prefix that sets nothing; ``to_all``: to
    everybody in proportion (add ``rows * log(1 - weight)``, which is the same for all rows).
    """
    cdef Py_ssize_t g, e, s, v, a
    cdef double w, total, none, r
    with nogil:
        for g in range(entry_ptr.shape[0] - 1):
            w = theta[cell[g]]
            v = cell[g] % k
            total = 0.0
            for e in range(entry_ptr[g], entry_ptr[g + 1]):
                s = prefix[e] * (k + 1)
                total += value[e] * (weights[s] * w + weights[s + 1 + v])
            if total <= 1e-290:
                continue
            for e in range(entry_ptr[g], entry_ptr[g + 1]):
                s = prefix[e] * (k + 1)
                none = value[e] * w / total
                for a in range(k):
                    if weights[s + 1 + a] <= 0:
                        continue
                    r = value[e] * weights[s + 1 + a] / total if a == v else 0.0
                    to_sibling[s + 1 + a] -= counts[g] * log(
                        max(1 + none * weights[s + 1 + a] - r, 1e-12))
                    if a == v:
                        to_all[s + 1 + a] -= counts[g] * log(max(1 - r, 1e-12))
                if weights[s] > 0:
                    to_all[s] -= counts[g] * log(max(1 - none * weights[s], 1e-12))


def advance(
    const int64_t[::1] entry_ptr not None,
    const int32_t[::1] prefix not None,
    const double[::1] value not None,
    const int64_t[::1] cell not None,
    Py_ssize_t k,
    const double[::1] weights not None,
    const double[::1] theta not None,
    const int64_t[::1] new_index not None,
    double negligible,
    int64_t[::1] out_ptr not None,
    int32_t[::1] out_prefix not None,
    double[::1] out_value not None,
):
    """Write each group's surviving lifts, scaled to a largest value of one.

    ``new_index`` (lifts,) numbers the lifts that are kept, -1 the others; a lift whose posterior is
    below ``negligible`` goes. ``out_prefix`` and ``out_value`` must hold twice the entries; the
    number used is ``out_ptr[-1]``.
    """
    cdef Py_ssize_t g, e, s, v, at = 0, first
    cdef double w, total, best
    with nogil:
        out_ptr[0] = 0
        for g in range(entry_ptr.shape[0] - 1):
            w = theta[cell[g]]
            v = cell[g] % k
            total = 0.0
            for e in range(entry_ptr[g], entry_ptr[g + 1]):
                s = prefix[e] * (k + 1)
                if new_index[s] >= 0:
                    total += value[e] * w * weights[s]
                if new_index[s + 1 + v] >= 0:
                    total += value[e] * weights[s + 1 + v]
            first = at
            best = 0.0
            for e in range(entry_ptr[g], entry_ptr[g + 1]):
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


def fingerprints(
    const int64_t[::1] entry_ptr not None,
    const int32_t[::1] prefix not None,
    const double[::1] value not None,
    double precision,
    uint64_t[::1] out not None,
):
    """Fill ``out`` (groups,) with hashes of the lists, log-likelihoods rounded to 1/precision."""
    cdef Py_ssize_t g, e
    cdef uint64_t h
    with nogil:
        for g in range(entry_ptr.shape[0] - 1):
            h = 0x9E3779B97F4A7C15ULL
            for e in range(entry_ptr[g], entry_ptr[g + 1]):
                h = (h ^ <uint64_t>(prefix[e] + 1)) * 0xFF51AFD7ED558CCDULL
                h ^= h >> 32
                h = (h ^ <uint64_t><int64_t>round(log(value[e]) * precision)) * 0xC4CEB9FE1A85EC53ULL
                h ^= h >> 29
            out[g] = h


def gather(
    const int64_t[::1] entry_ptr not None,
    const int32_t[::1] prefix not None,
    const double[::1] value not None,
    const int64_t[::1] groups not None,
    const int64_t[::1] out_ptr not None,
    int32_t[::1] out_prefix not None,
    double[::1] out_value not None,
):
    """Copy the lists of ``groups``, in that order, to where ``out_ptr`` says."""
    cdef Py_ssize_t g, e, first, at
    with nogil:
        for g in range(groups.shape[0]):
            first = entry_ptr[groups[g]]
            at = out_ptr[g]
            for e in range(out_ptr[g + 1] - at):
                out_prefix[at + e] = prefix[first + e]
                out_value[at + e] = value[first + e]
