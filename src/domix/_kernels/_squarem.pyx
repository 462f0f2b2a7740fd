"""Squared steps: how far and where to extrapolate, from three points of an iteration.

Weights and logarithms of table entries are separate vectors; the latter may be empty.
"""

from libc.math cimport INFINITY, sqrt

from ._checks cimport require


cdef inline void _lengths(double first, double second, double third, double scale,
                          double* speed, double* bend) noexcept nogil:
    cdef double r = second - first, v = third - 2 * second + first
    speed[0] += r * r * scale
    bend[0] += v * v * scale


def step_length(
    const double[::1] p0 not None,
    const double[::1] p1 not None,
    const double[::1] p2 not None,
    double total,
    const double[::1] l0 not None,
    const double[::1] l1 not None,
    const double[::1] l2 not None,
    const double[::1] table_counts not None,
):
    """Compute how many EM steps to take at once, from the weights and logarithms of three points.

    It is the ratio of the lengths of the first difference and of the second one. Squared
    differences of weights count ``total`` over the weight, those of logarithms ``table_counts``.
    The result is infinite where the three points are on a line, and negative where the iteration
    stands still.
    """
    cdef Py_ssize_t i
    cdef double speed = 0.0, bend = 0.0
    require(p0.shape[0] == p1.shape[0] == p2.shape[0], "weights")
    require(l0.shape[0] == l1.shape[0] == l2.shape[0] >= table_counts.shape[0], "logarithms")
    with nogil:
        for i in range(p0.shape[0]):
            _lengths(p0[i], p1[i], p2[i], total / (p0[i] + 1e-6), &speed, &bend)
        for i in range(table_counts.shape[0]):
            _lengths(l0[i], l1[i], l2[i], table_counts[i], &speed, &bend)
    if speed < 1e-12:
        return -1.0
    return sqrt(speed / bend) if bend > 0 else INFINITY


def extrapolate(
    const double[::1] first not None,
    const double[::1] second not None,
    const double[::1] third not None,
    double step,
    double[::1] out not None,
):
    """Fill ``out`` with the point that is ``step`` squared steps from the first."""
    cdef Py_ssize_t i, size = first.shape[0]
    cdef double r
    require(size == second.shape[0] == third.shape[0] == out.shape[0], "points")
    with nogil:
        for i in range(size):
            r = second[i] - first[i]
            out[i] = first[i] + 2 * step * r + step * step * (third[i] - second[i] - r)
