"""How much changes of a support would gain, from one pass over the data rows."""

from libc.math cimport exp, log
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t

from ._checks cimport require
from ._em_structures cimport LEAST_COUNT, LEAST_FACTOR, ComponentRows, DataRows

cdef extern from *:
    """
    /* Bounds of log P_t(x)/P_mix(x): below, a row adds nothing; above, its square overflows. */
    static const double LEAST_LOG_RATIO = -40.0, LARGEST_LOG_RATIO = 600.0;
    """
    const double LEAST_LOG_RATIO, LARGEST_LOG_RATIO


def single_changes(
    DataRows data not None,
    const double[::1] theta not None,
    const double[::1] log_theta not None,
    const double[::1] log_density not None,
    const int16_t[:, ::1] targets not None,
    const double[::1] log_weights not None,
    const int64_t[::1] slot_ptr not None,
    double[:, :, ::1] moments not None,
):
    """Add the first and second moment of each single-variable change to ``moments``.

    ``slots`` number the changes of a target: ``slot_ptr[i] + v`` sets variable i to v, and the last
    slot of i leaves i alone. ``moments`` has shape (2, targets, slots): when weight d moves from
    the target to its changed copy, the gain is about ``first * d - second * d**2 / 2``.

    ``targets`` (targets, variables) holds a state or -1. ``theta`` has zeros where a table has
    them, and ``log_theta`` has 0 there: the likelihoods of a row leave out its zeros, so a target
    can produce the row only if it sets every variable whose entry is zero there.
    """
    cdef const uint8_t[:, ::1] codes = data.codes
    cdef const int32_t[:, ::1] entries = data.entries
    cdef const double[::1] counts = data.counts
    cdef Py_ssize_t x, c, i, at, rows = codes.shape[0], n = codes.shape[1], m = targets.shape[0]
    cdef Py_ssize_t problem, problems
    cdef double count, own, u, w, total, own_first, own_second
    require(theta.shape[0] == log_theta.shape[0] == data.size, "tables")
    require(log_density.shape[0] == rows, "log_density")
    require(targets.shape[1] == n and log_weights.shape[0] == m, "targets or log_weights")
    require(slot_ptr.shape[0] == n + 1 and moments.shape[2] == slot_ptr[n], "slot_ptr")
    require(moments.shape[0] == 2 and moments.shape[1] == m, "moments")
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
                            total -= log_theta[entries[x, i]]
                    elif theta[entries[x, i]] == 0.0:
                        problems += 1
                        problem = i
                    if problems > 1:
                        break
                if problems > 1 or total < LEAST_LOG_RATIO:
                    continue
                own = exp(min(total, LARGEST_LOG_RATIO))
                if problems == 1:
                    # Only a change of that one variable lets the target reach the row.
                    w = theta[entries[x, problem]]
                    at = slot_ptr[problem]
                    if targets[c, problem] >= 0 and w > 0.0:
                        moments[0, c, slot_ptr[problem + 1] - 1] += count * own
                        moments[1, c, slot_ptr[problem + 1] - 1] += count * own * own
                    u = own / w if w > 0.0 else own
                    moments[0, c, at + codes[x, problem]] += count * u
                    moments[1, c, at + codes[x, problem]] += count * u * u
                    continue
                own_first += count * own
                own_second += count * own * own
                for i in range(n):
                    w = theta[entries[x, i]]
                    if targets[c, i] < 0:
                        u = own / w
                        at = slot_ptr[i] + codes[x, i]
                    else:
                        u = own * w
                        at = slot_ptr[i + 1] - 1
                    moments[0, c, at] += count * u
                    # (u - own)^2 - own^2, because own^2 of all rows is added once below.
                    moments[1, c, at] += count * u * (u - 2.0 * own)
            for i in range(moments.shape[2]):
                moments[0, c, i] -= own_first
                moments[1, c, i] += own_second


def own_counts(
    ComponentRows pairs not None,
    const double[::1] expected not None,
    double[:, ::1] out not None,
):
    """Add to ``out`` (components, entries) the expected counts that a component's rows read.

    ``expected`` (pairs,) holds the expected counts of the pairs.
    """
    cdef const int64_t[::1] ptr = pairs.ptr
    cdef const int32_t[::1] rows = pairs.rows
    cdef const int32_t[:, ::1] entries = pairs.data.entries
    cdef Py_ssize_t c, e, i, n = entries.shape[1]
    require(expected.shape[0] == rows.shape[0], "expected")
    require(out.shape[0] == pairs.components and out.shape[1] == pairs.data.size, "out")
    with nogil:
        for c in range(ptr.shape[0] - 1):
            for e in range(ptr[c], ptr[c + 1]):
                if expected[e] < LEAST_COUNT:
                    continue
                for i in range(n):
                    out[c, entries[rows[e], i]] += expected[e]


def best_transfer(
    const double[::1] change not None,
    const double[::1] counts not None,
):
    """Maximize sum counts * log(1 + d * change) over d in [0, 1].

    Returns
    -------
    tuple of float
        The maximum, and d there, by Newton's method within a bracket.
    """
    cdef Py_ssize_t a, _, size = change.shape[0]
    cdef double low = 0.0, high = 1.0, d = 0.5, slope = 0.0, curve, z, q, following, total = 0.0
    require(counts.shape[0] == size, "counts")
    with nogil:
        for a in range(size):
            slope += counts[a] * change[a]
        if slope > 0.0:
            for _ in range(40):
                slope = 0.0
                curve = 0.0
                for a in range(size):
                    z = max(1.0 + d * change[a], LEAST_FACTOR)
                    q = change[a] / z
                    slope += counts[a] * q
                    curve -= counts[a] * q * q
                if slope > 0.0:
                    low = d
                else:
                    high = d
                following = d - slope / curve if curve < 0.0 else 0.5 * (low + high)
                if not (low < following < high):
                    following = 0.5 * (low + high)
                if abs(following - d) < 1e-4 * d:
                    break
                d = following
            for a in range(size):
                total += counts[a] * log(max(1.0 + d * change[a], LEAST_FACTOR))
        else:
            d = 0.0
    return total, d
