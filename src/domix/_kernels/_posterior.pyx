"""Densities of mixtures and posteriors of their components, from logarithms."""

from ._checks cimport require

cdef extern from "posterior.h" nogil:
    void posterior_add(const double* joint, Py_ssize_t step, Py_ssize_t rows, Py_ssize_t targets,
                       double* density)
    void posterior_of(double* joint, Py_ssize_t rows, Py_ssize_t targets, const double* density)

cdef Py_ssize_t DOUBLE = sizeof(double)


def add(const double[:, :] joint not None, double[::1] density not None):
    """Add components to the density of a mixture.

    ``joint`` (rows, components) holds the logarithms of weights times probabilities, the components
    of a row side by side, at most 1024. ``density`` (rows,) is the logarithm of the sum over all
    components added so far, -inf at first.
    """
    require(joint.shape[0] == density.shape[0] and joint.shape[1] <= 1024, "joint or density")
    require(joint.shape[1] < 2 or joint.strides[1] == DOUBLE, "joint")
    if joint.shape[0] and joint.shape[1]:
        with nogil:
            posterior_add(&joint[0, 0], joint.strides[0] // DOUBLE, joint.shape[0], joint.shape[1],
                          &density[0])


def posterior(double[:, ::1] joint not None, const double[::1] density not None):
    """Turn ``joint``, as in :func:`add`, into the posterior probability of each component.

    A row of density -inf gets NaN.
    """
    require(joint.shape[0] == density.shape[0], "joint or density")
    if joint.shape[0] and joint.shape[1]:
        with nogil:
            posterior_of(&joint[0, 0], joint.shape[0], joint.shape[1], &density[0])
