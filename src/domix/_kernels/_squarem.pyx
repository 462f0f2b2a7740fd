"""Squared steps: how far, and where to, from three points of an iteration.

Weights and logarithms of table entries are separate vectors; the latter may be empty.
"""

from libc.math cimport INFINITY, sqrt


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
    """How many steps to go at once; infinite where the third point is on the line of the others.

    Weights are weighed with ``total`` over themselves, logarithms with ``table_counts``. Negative
    once the iteration stands still.
    """
    cdef Py_ssize_t i
    cdef double speed = 0.0, bend = 0.0
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
    cdef Py_ssize_t i
    cdef double r
    with nogil:
        for i in range(out.shape[0]):
            r = second[i] - first[i]
            out[i] = first[i] + 2 * step * r + step * step * (third[i] - second[i] - r)
