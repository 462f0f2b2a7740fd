"""The likelihood of drift between the tables of control rows and of the mixture."""

from libc.math cimport lgamma
from libc.stdint cimport int64_t

from ._checks cimport require, rises


def log_likelihood(
    const int64_t[::1] row_ptr not None,
    const double[::1] counts not None,
    const double[::1] means not None,
    const double[::1] sampling not None,
    double inverse_kappa,
):
    """Sum the Dirichlet-multinomial log-likelihoods of rows of CPTs, in nats.

    Row ``r`` has the entries ``row_ptr[r]:row_ptr[r + 1]`` of ``counts`` and of ``means``, which
    are positive and sum to 1; its precision is ``1 / (inverse_kappa + sampling[r])``. Terms that
    do not depend on the precision are left out.
    """
    cdef Py_ssize_t r, a, rows = row_ptr.shape[0] - 1
    cdef double precision, alpha, total, score = 0.0
    require(rises(row_ptr, counts.shape[0]) and means.shape[0] == counts.shape[0], "row_ptr")
    require(sampling.shape[0] == rows, "sampling")
    with nogil:
        for r in range(rows):
            precision, total = 1.0 / (inverse_kappa + sampling[r]), 0.0
            for a in range(row_ptr[r], row_ptr[r + 1]):
                alpha = precision * means[a]
                total += counts[a]
                score += lgamma(alpha + counts[a]) - lgamma(alpha)
            score += lgamma(precision) - lgamma(precision + total)
    return score
