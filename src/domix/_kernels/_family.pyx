"""Counts of one variable and its parents, and their score under a Dirichlet prior."""

from libc.math cimport lgamma, log
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint8_t

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


def score_additions(
    const uint8_t[:, ::1] columns not None,
    const double[::1] weights not None,
    const int64_t[::1] cards not None,
    const int64_t[::1] family not None,
    double sample_size,
    int32_t[::1] at not None,
    double[::1] counts not None,
    double[::1] out not None,
):
    """Write the score of the family with one more parent to ``out``, for each other variable.

    The same as :func:`count` and :func:`bdeu` for each, but a row's place in the family's table is
    looked up once, into ``at`` (rows,). Where ``counts`` has no room for a table, ``out`` stays.
    """
    cdef Py_ssize_t r, a, last = family.shape[0] - 1, size = 1
    cdef int64_t first
    cdef bint fits = True
    require(cards.shape[0] == columns.shape[0] == out.shape[0], "cards")
    require(last >= 0 and below(family, cards.shape[0]), "family")
    require(weights.shape[0] == columns.shape[1] == at.shape[0], "weights")
    for a in range(last + 1):
        size *= cards[family[a]]
    require(size <= INT32_MAX, "family")
    for r in range(columns.shape[1]):
        first = 0
        for a in range(last + 1):
            first = first * cards[family[a]] + columns[family[a], r]
        fits = fits and first < size
        at[r] = <int32_t> first
    require(fits, "codes")
    for a in range(columns.shape[0]):
        if cards[a] > counts.shape[0] // size or _contains(family, a):
            continue
        require(_count_more(columns[a], weights, cards[a], at, counts[: size * cards[a]]), "codes")
        out[a] = _score_more(counts[: size * cards[a]], cards[family[last]], cards[a], sample_size)


cdef inline bint _contains(const int64_t[::1] values, Py_ssize_t value) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        if values[i] == value:
            return True
    return False


cdef bint _count_more(
    const uint8_t[::1] column,
    const double[::1] weights,
    Py_ssize_t card,
    const int32_t[::1] at,
    double[::1] counts,
) noexcept nogil:
    """Count rows by their place and one more variable, which varies fastest."""
    cdef Py_ssize_t r
    counts[:] = 0.0
    for r in range(column.shape[0]):
        if column[r] >= card:
            return False
        counts[at[r] * card + column[r]] += weights[r]
    return True


cdef double _score_more(
    const double[::1] counts, Py_ssize_t card, Py_ssize_t more, double sample_size
) noexcept nogil:
    """Compute the score where one parent, with ``more`` values, varies faster than the variable."""
    cdef Py_ssize_t q, v, x, place
    cdef double entry = sample_size / counts.shape[0], row = entry * card
    cdef double at_entry = lgamma(entry), at_row = lgamma(row), total, score = 0.0
    for q in range(counts.shape[0] // (card * more)):
        for x in range(more):
            total = 0.0
            for v in range(card):
                place = (q * card + v) * more + x
                if counts[place] > 0.0:
                    total += counts[place]
                    score += lgamma(entry + counts[place]) - at_entry
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
