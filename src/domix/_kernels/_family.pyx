"""Counts of one variable and its parents, and their score under a Dirichlet prior."""

from libc.math cimport lgamma, log
from libc.stdint cimport int64_t, uint8_t

from ._checks cimport below, require


def count(
    const uint8_t[:, ::1] columns not None,
    const double[::1] weights not None,
    const int64_t[::1] cards not None,
    const int64_t[::1] family not None,
    double[::1] out not None,
):
    """Add to ``out`` (configurations of the parents * card,) the weights of the rows.

    ``columns`` (variables, rows) holds the codes. ``family`` lists the parents and then the
    variable; the configuration of the first parent varies slowest.
    """
    cdef Py_ssize_t r, a, last = family.shape[0] - 1, size = 1
    cdef int64_t at
    cdef bint fits = True
    require(cards.shape[0] == columns.shape[0], "cards")
    require(last >= 0 and below(family, cards.shape[0]), "family")
    require(weights.shape[0] == columns.shape[1], "weights")
    for a in range(last + 1):
        size *= cards[family[a]]
    require(out.shape[0] == size, "out")
    with nogil:
        for r in range(columns.shape[1]):
            at = 0
            for a in range(last + 1):
                at = at * cards[family[a]] + columns[family[a], r]
            if at >= size:
                fits = False
                break
            out[at] += weights[r]
    require(fits, "codes")


def bdeu(const double[::1] counts not None, Py_ssize_t card, double sample_size):
    """Return the log marginal likelihood of counts (configurations * card,), rows independent.

    The prior is Dirichlet with ``sample_size`` in all, the same for every entry. A configuration
    without counts adds nothing.
    """
    cdef Py_ssize_t q, first, v, size = counts.shape[0]
    require(card > 0 and size > 0 and size % card == 0, "counts")
    cdef double entry = sample_size / size, row = entry * card
    cdef double at_entry = lgamma(entry), at_row = lgamma(row), total, score = 0.0
    with nogil:
        for q in range(size // card):
            first = q * card
            total = 0.0
            for v in range(first, first + card):
                if counts[v] > 0.0:
                    total += counts[v]
                    score += lgamma(entry + counts[v]) - at_entry
            if total > 0.0:
                score -= lgamma(row + total) - at_row
    return score


def log_likelihood(const double[::1] counts not None, Py_ssize_t card):
    """Return the largest log-likelihood of counts (configurations * card,), rows independent."""
    cdef Py_ssize_t q, first, v, size = counts.shape[0]
    cdef double total, score = 0.0
    require(card > 0 and size % card == 0, "counts")
    with nogil:
        for q in range(size // card):
            first = q * card
            total = 0.0
            for v in range(first, first + card):
                total += counts[v]
            for v in range(first, first + card):
                if counts[v] > 0.0:
                    score += counts[v] * log(counts[v] / total)
    return score
