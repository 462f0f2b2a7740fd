"""The lemma that likelihood does not orient a covered edge, for all positive tables.

The edge is a -> b, without other parents. Its tables are free: with free positive symbols x_ij as
weights of the pair (a_i, b_j), P(a) and P(b | a) are all the positive tables that there are. The
factor that the other variables contribute at (a_i, b_j) is a free symbol f_ij, whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from domix.errors import NetworkError
from domix.exact.orientation import reversed_tables, sibling_weights
from domix.exact.theorem.monomials import positive_ring
from domix.exact.theorem.obligations import Cases, Obligation, argue, discharge, require
from domix.util.checks import whole_number

MAX_PAIRS = 9
"""States of the pair within which the proof takes seconds."""


A, B = 0, 1
"""The two variables."""

Pairs = dict[int, int]
"""What a target does to the two: variable to the value to which it is set."""


class _Pair:
    """Tables of an edge and of its reversal, as rational functions of free positive symbols."""

    def __init__(self, k_a: int, k_b: int) -> None:
        names = [f"{letter}{i}_{j}" for letter in "xf" for i in range(k_a) for j in range(k_b)]
        polynomials, symbols = positive_ring(names)
        field = polynomials.to_field()
        free = [field(symbol) for symbol in symbols]
        rows = [free[i * k_b : (i + 1) * k_b] for i in range(2 * k_a)]
        x, self._context = rows[:k_a], rows[k_a:]
        total = sum(sum(row) for row in x)
        self._a = [sum(row) / total for row in x]
        self._b_given_a = [[entry / sum(row) for entry in row] for row in x]
        self._b, self._a_given_b = reversed_tables(self._a, self._b_given_a)
        self.cards = (k_a, k_b)
        self.states = list(product(range(k_a), range(k_b)))

    def given(self, i: int, j: int, target: Pairs) -> Any:
        """Return P_t at a_i and b_j, where the edge is a -> b."""
        a, b = self._a[i], self._b_given_a[i][j]
        return self._truncated(i, j, target, a, b)

    def reversed(self, i: int, j: int, target: Pairs) -> Any:
        """Return P'_t at a_i and b_j, where the edge is b -> a."""
        a, b = self._a_given_b[j][i], self._b[j]
        return self._truncated(i, j, target, a, b)

    def _truncated(self, i: int, j: int, target: Pairs, a: Any, b: Any) -> Any:
        """Multiply the factors of the variables that are not set, and those of all others."""
        if target.get(A, i) != i or target.get(B, j) != j:
            return 0 * a
        factor = self._context[i][j]
        return (factor if A in target else a * factor) * (1 if B in target else b)

    def responses(self, variable: int, value: int) -> tuple[list[Any], list[Any]]:
        """Return the distributions p and q of the other variable if this one is set."""
        if variable == A:
            return self._b_given_a[value], self._b
        return self._a, self._a_given_b[value]


def prove_orientation(cardinalities: Sequence[int]) -> tuple[Obligation, ...]:
    """Prove that likelihood does not orient an edge without other parents, for all positive tables.

    Parameters
    ----------
    cardinalities : sequence of int
        The numbers of states of cause and effect; their product is at most 9.

    Returns
    -------
    tuple of Obligation
        The statements that were established, and how; the last one is the lemma.

    Raises
    ------
    NetworkError
        There are not two numbers, or they are too large.
    CertificateError
        An obligation fails; the message names it and the place.

    See Also
    --------
    reverse_edge : The same for one network and one intervention, with its weights.

    Examples
    --------
    >>> for obligation in prove_orientation([2, 3]):
    ...     print(f"{obligation.name}: {obligation.means}, {obligation.detail}")
    unsplit: fraction field, 42 cases
    cause.mixture: fraction field, 36 cases
    cause.weights: fraction field, 24 cases
    effect.mixture: fraction field, 36 cases
    effect.weights: fraction field, 18 cases
    lemma: argument, from unsplit, cause.mixture, cause.weights, effect.mixture, effect.weights
    """
    cards = list(cardinalities)
    if len(cards) != 2:
        raise NetworkError(
            f"two numbers are needed, of cause and effect, not {len(cards)}",
            argument="cardinalities",
        )
    k_a, k_b = (whole_number(k, "cardinalities", 1, NetworkError) for k in cards)
    if k_a * k_b > MAX_PAIRS:
        raise NetworkError(
            f"the tables are too large to prove: {k_a * k_b} states of the pair, the limit is "
            f"{MAX_PAIRS}",
            argument="cardinalities",
        )
    return require(_obligations(_Pair(k_a, k_b)))


def _obligations(pair: _Pair) -> Iterator[Obligation]:
    parts = [
        discharge(
            "unsplit",
            "fraction field",
            _check_unsplit(pair),
            "P_t(a_i, b_j) = P'_t(a_i, b_j) if t sets neither a nor b, or both: without "
            "interventions, the two directions have the same distributions.",
        )
    ]
    for name, variable in (("cause", A), ("effect", B)):
        parts += [
            discharge(
                f"{name}.mixture",
                "fraction field",
                _check_mixture(pair, variable),
                f"If t sets the {name} and not the other variable y, then P_t = w_0 P'_t + sum_j "
                "w_j P'_(t, y=j), with w_0 = p_m / q_m and w_j = p_j - w_0 q_j, where p and q are "
                "the distributions of y under the two directions. This holds for every m, at every "
                "configuration.",
            ),
            discharge(
                f"{name}.weights",
                "fraction field",
                _check_weights(pair, variable),
                "The weights sum to 1, w_m = 0, and w_j = q_j (p_j / q_j - p_m / q_m) with q_j > "
                "0: if m is the place of the least ratio p_j / q_j, no weight is negative.",
            ),
        ]
    yield from parts
    yield argue(
        "lemma",
        parts,
        "A mixture of targets under a -> b is a mixture of targets under b -> a, with the same "
        "distribution; targets that set both variables or neither stay as they are. Every target "
        "that sets one of the two is replaced by at most as many targets as the other variable has "
        "states, and leaves one of these states unused. So the likelihood does not tell the two "
        "directions apart; the number of targets does.",
    )


def _check_unsplit(pair: _Pair) -> Cases:
    for i, j in pair.states:
        both = [{A: v, B: w} for v, w in pair.states]
        for target in [{}, *both]:
            holds = pair.given(i, j, target) == pair.reversed(i, j, target)
            yield None if holds else f"a={i}, b={j}, target {target}"


def _check_mixture(pair: _Pair, variable: int) -> Cases:
    other = B if variable == A else A
    for value, least in product(range(pair.cards[variable]), range(pair.cards[other])):
        kept, added = sibling_weights(*pair.responses(variable, value), least)
        target = {variable: value}
        for i, j in pair.states:
            mixed = kept * pair.reversed(i, j, target)
            for state, weight in enumerate(added):
                mixed += weight * pair.reversed(i, j, target | {other: state})
            holds = mixed == pair.given(i, j, target)
            yield None if holds else f"a={i}, b={j}, target {target}, least ratio at {least}"


def _check_weights(pair: _Pair, variable: int) -> Cases:
    other = B if variable == A else A
    for value, least in product(range(pair.cards[variable]), range(pair.cards[other])):
        p, q = pair.responses(variable, value)
        kept, added = sibling_weights(p, q, least)
        place = f"set to {value}, least ratio at {least}"
        holds = kept + sum(added) == 1 and added[least] == 0
        yield None if holds else f"{place}: the sum, or the weight that is 0"
        for j, weight in enumerate(added):
            holds = weight == q[j] * (p[j] / q[j] - p[least] / q[least])
            yield None if holds and _is_positive(q[j]) else f"{place}: the weight of {j}"


def _is_positive(function: Any) -> bool:
    """Whether a rational function of positive symbols has positive coefficients only."""
    return all(c > 0 for part in (function.numer, function.denom) for c in part.coeffs())
