"""Densities of mixtures and posteriors of their components, from logarithms."""

cdef extern from "posterior.h" nogil:
    void posterior_add(const double* joint, Py_ssize_t step, Py_ssize_t rows, Py_ssize_t targets,
                       double* density)
    void posterior_of(double* joint, Py_ssize_t rows, Py_ssize_t targets, const double* density)

cdef Py_ssize_t DOUBLE = sizeof(double)


def add(const double[:, :] joint not None, double[::1] density not None):
    """Add components to a mixture: ``joint`` (rows, components) are the logarithms of their weights
    times their probabilities, and ``density`` (rows,) that of all so far, -inf at first. The
    components of a row lie side by side; there are at most 1024.
    """
    if joint.shape[0] and joint.shape[1]:
        with nogil:
            posterior_add(&joint[0, 0], joint.strides[0] // DOUBLE, joint.shape[0], joint.shape[1],
                          &density[0])


def posterior(double[:, ::1] joint not None, const double[::1] density not None):
    """Turn ``joint``, as in :func:`add`, into each component's probability given the row.

    A row of density -inf gets NaN.
    """
    if joint.shape[0] and joint.shape[1]:
        with nogil:
            posterior_of(&joint[0, 0], joint.shape[0], joint.shape[1], &density[0])
