"""How much each single-variable change of each target would gain, from one pass over the rows.

``slots`` number the changes of a target: ``slot_ptr[i] + v`` sets variable i to v,
``slot_ptr[i] + cards[i]`` frees it. For mass d moved from the target to its changed copy, the gain is
about ``first * d - second * d**2 / 2``.
"""

from libc.math cimport exp, log
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t


def single_changes(
    const uint8_t[:, ::1] codes not None,
    const int32_t[:, ::1] cells not None,
    const double[::1] counts not None,
    const double[::1] log_theta not None,
    const double[::1] theta not None,
    const double[::1] log_density not None,
    const int16_t[:, ::1] targets not None,
    const double[::1] log_weights not None,
    const int64_t[::1] slot_ptr not None,
    double[:, ::1] first not None,
    double[:, ::1] second not None,
):
    """Add to ``first`` and ``second`` (targets, slots).

    ``targets`` (targets, n) holds a code or -1. ``theta`` has zeros where a table has them, and
    ``log_theta`` has 0 there: a row's likelihoods leave its zeros out, so a target can produce the
    row only if it sets every variable whose entry is zero there.
    """
    cdef Py_ssize_t x, c, i, at, rows = codes.shape[0], n = codes.shape[1], m = targets.shape[0]
    cdef Py_ssize_t problem, problems
    cdef double count, own, u, w, total, own_first, own_second
    with nogil:
        for c in range(m):
            own_first = 0.0
            own_second = 0.0
            for x in range(rows):
                count = counts[x]
                problems = 0
                problem = -1
                total = log_weights[c] - log_density[x]
                for i in range(n):
                    if targets[c, i] >= 0:
                        if targets[c, i] != codes[x, i]:
                            problems += 1
                            problem = i
                        else:
                            total -= log_theta[cells[x, i]]
                    elif theta[cells[x, i]] == 0.0:
                        problems += 1
                        problem = i
                    if problems > 1:
                        break
                if problems > 1 or total < -40.0:
                    continue
                own = exp(min(total, 600.0))
                if problems == 1:
                    # Only a change of that one variable lets the target reach the row.
                    w = theta[cells[x, problem]]
                    at = slot_ptr[problem]
                    if targets[c, problem] >= 0 and w > 0.0:
                        first[c, slot_ptr[problem + 1] - 1] += count * own
                        second[c, slot_ptr[problem + 1] - 1] += count * own * own
                    u = own / w if w > 0.0 else own
                    first[c, at + codes[x, problem]] += count * u
                    second[c, at + codes[x, problem]] += count * u * u
                    continue
                own_first += count * own
                own_second += count * own * own
                for i in range(n):
                    w = theta[cells[x, i]]
                    if targets[c, i] < 0:
                        u = own / w
                        at = slot_ptr[i] + codes[x, i]
                    else:
                        u = own * w
                        at = slot_ptr[i + 1] - 1
                    first[c, at] += count * u
                    # (u - own)^2 - own^2, because own^2 of all rows is added once below.
                    second[c, at] += count * u * (u - 2.0 * own)
            for i in range(first.shape[1]):
                first[c, i] -= own_first
                second[c, i] += own_second


def own_counts(
    const int64_t[::1] ptr not None,
    const int32_t[::1] rows not None,
    const double[::1] responsibility not None,
    const int32_t[:, ::1] cells not None,
    double[:, ::1] out not None,
):
    """Add to ``out`` (targets, table cells) the expected counts of the cells that a target's rows read."""
    cdef Py_ssize_t c, e, i, n = cells.shape[1]
    with nogil:
        for c in range(ptr.shape[0] - 1):
            for e in range(ptr[c], ptr[c + 1]):
                if responsibility[e] < 1e-12:
                    continue
                for i in range(n):
                    out[c, cells[rows[e], i]] += responsibility[e]


def best_transfer(
    const double[::1] change not None,
    const double[::1] counts not None,
):
    """Largest over d in [0, 1] of sum counts * log(1 + d * change), and the d that reaches it."""
    cdef Py_ssize_t a, step, size = change.shape[0]
    cdef double low = 0.0, high = 1.0, d = 0.5, slope = 0.0, curve, z, q, nxt, total = 0.0
    with nogil:
        for a in range(size):
            slope += counts[a] * change[a]
        if slope > 0.0:
            for step in range(40):
                slope = 0.0
                curve = 0.0
                for a in range(size):
                    z = max(1.0 + d * change[a], 1e-12)
                    q = change[a] / z
                    slope += counts[a] * q
                    curve -= counts[a] * q * q
                if slope > 0.0:
                    low = d
                else:
                    high = d
                nxt = d - slope / curve if curve < 0.0 else 0.5 * (low + high)
                if not (low < nxt < high):
                    nxt = 0.5 * (low + high)
                if abs(nxt - d) < 1e-4 * d:
                    break
                d = nxt
            for a in range(size):
                total += counts[a] * log(max(1.0 + d * change[a], 1e-12))
        else:
            d = 0.0
    return total, d
