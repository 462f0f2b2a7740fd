"""How much targets of two variables would gain, from one pass over the data rows."""

from libc.math cimport exp
from libc.stdint cimport int32_t, int64_t, uint8_t

from ._checks cimport require
from ._em_structures cimport DataRows

cdef extern from *:
    """
    /* Bound of -log P_mix(x) / P(x): above, squares overflow. */
    static const double LARGEST_LOG_DENSITY_RATIO = 300.0;
    """
    const double LARGEST_LOG_DENSITY_RATIO


def pair_changes(
    DataRows data not None,
    const double[::1] theta not None,
    const double[::1] log_density not None,
    const int64_t[::1] variables not None,
    const int64_t[::1] first_slot not None,
    double[::1] inverse not None,
    double[:, :, ::1] moments not None,
):
    """Add sum N(x) r(x) and sum N(x) r(x)^2 of each pair of values to ``moments``.

    r(x) = P_t(x) / P_mix(x) for the target t that sets two of ``variables``. The slot of a value v
    of ``variables[a]`` is ``first_slot[a] + v``; ``moments`` has shape (2, slots, slots), and a
    pair is at the slot of its earlier variable, then at that of the other. ``theta`` has zeros
    where a table has them; a target can produce a row only if it sets every variable whose entry
    is zero there. ``inverse`` (chosen variables,) is overwritten.
    """
    cdef const uint8_t[:, ::1] codes = data.codes
    cdef const int32_t[:, ::1] entries = data.entries
    cdef const double[::1] counts = data.counts
    cdef Py_ssize_t x, a, b, i, one, other, zeros, unlisted
    cdef Py_ssize_t rows = codes.shape[0], n = codes.shape[1], m = variables.shape[0]
    cdef double density, first, u
    require(theta.shape[0] == data.size, "theta")
    require(log_density.shape[0] == rows, "log_density")
    require(first_slot.shape[0] == m + 1 and inverse.shape[0] == m, "first_slot or inverse")
    require(moments.shape[0] == 2, "moments")
    require(moments.shape[1] == moments.shape[2] == first_slot[m], "moments")
    for a in range(m):
        require(0 <= variables[a] < n, "variables")
    with nogil:
        for x in range(rows):
            zeros = 0
            for i in range(n):
                zeros += theta[entries[x, i]] == 0.0
            if zeros > 2:
                continue
            unlisted = zeros
            for a in range(m):
                u = theta[entries[x, variables[a]]]
                # The sign marks a value that only a target can produce.
                inverse[a] = 1.0 / u if u > 0.0 else -1.0
                unlisted -= u == 0.0
            if unlisted > 0:
                continue
            density = exp(min(-log_density[x], LARGEST_LOG_DENSITY_RATIO))
            for a in range(m):
                if zeros == 2 and inverse[a] > 0.0:
                    continue
                one = first_slot[a] + codes[x, variables[a]]
                first = density * abs(inverse[a])
                for b in range(a + 1, m):
                    if zeros - (inverse[a] < 0.0) - (inverse[b] < 0.0) > 0:
                        continue
                    other = first_slot[b] + codes[x, variables[b]]
                    u = first * abs(inverse[b])
                    moments[0, one, other] += counts[x] * u
                    moments[1, one, other] += counts[x] * u * u
