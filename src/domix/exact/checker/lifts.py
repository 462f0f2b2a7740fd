"""The lifts of a certificate, verified in order.

Of the record of a lift only the solution and the excluded value are read. All other entries are
derived from them, from the network and from the lifts that are already verified, and must be
written in the same form: so a certificate that is not canonical is refused too.

Notation: s is the prefix of a lift, v the configuration at which it reads P_mix, l a value of its
variable, and u any prefix of this variable, s included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from domix.core.space import Label
from domix.core.tables import Target
from domix.core.targets import with_value
from domix.exact.checker.claims import compare, is_same, read_summands
from domix.exact.checker.network import GivenNetwork
from domix.util.rational import brief, rational_text, rational_texts
from domix.util.strict_json import Node

UNSET = -1
"""In the place of a value: the variable is not set."""

Terms = dict[int, Fraction]
"""Index of a prefix u among those of its variable, to P_u(v), where that is not 0."""

Children = list[dict[int, int]]
"""For each prefix of a variable: the value it is lifted to, to the index of the resulting prefix
among those of the next variable."""


@dataclass
class VerifiedLifts:
    """The lifts of a certificate, verified.

    Attributes
    ----------
    children : list of Children
        By position.
    mixture : list of tuple
        Targets and weights, in the order of the last lifts.
    is_weak : bool
        Whether the answer is unique only among the mixtures whose unused states are possible.
    readings : list of tuple
        For each lift: its configuration v, and P_mix(v, l) for every value l.
    """

    children: list[Children] = field(default_factory=list)
    mixture: list[tuple[Target, Fraction]] = field(default_factory=list)
    is_weak: bool = False
    readings: list[tuple[tuple[int, ...], list[Fraction]]] = field(default_factory=list)


class _Prefix(NamedTuple):
    """A prefix s, as the lifts of the variables before leave it."""

    target: Target
    weight: Fraction
    configuration: tuple[int, ...]
    scale: Fraction
    """P_s(v)."""
    others: Terms
    """The other prefixes that can produce v; all of them come before s."""


class _Solution(NamedTuple):
    """The claims of a lift from which its other claims follow."""

    row: list[Fraction]
    """P(l | v); not a claim, but read from the network."""
    unset: Fraction
    """The weight that does not set the variable."""
    sets: list[Fraction]
    """The weight that sets the variable to l, for every value l."""
    excluded: int

    @property
    def zeros(self) -> list[int]:
        """The values to which the variable is not set."""
        return [value for value, weight in enumerate(self.sets) if not weight]

    @property
    def free(self) -> list[int]:
        """Those of them that are possible at v."""
        return [value for value in self.zeros if self.row[value]]


def verify_lifts(network: GivenNetwork, claims: Node) -> VerifiedLifts:
    """Verify all lifts.

    Raises
    ------
    CertificateError
        A lift is missing, superfluous or wrong; its place is named.
    """
    lifts = claims.items()
    verified = VerifiedLifts()
    prefixes = [_Prefix((), Fraction(1), (), Fraction(1), {})]
    first = 0
    for position, (name, states) in enumerate(network.variables):
        solutions: list[_Solution] = []
        for number, prefix in enumerate(prefixes, start=first):
            if number == len(lifts):
                claims.fail(f"lift {number}, of {name!r}, is missing")
            row = network.conditionals.row(position, prefix.configuration)
            solution = _read_solution(lifts[number], row, states, prefix.weight)
            if not solution.unset or position + 1 == len(network.order):
                # No later lift uses the excluded value, so the least free value must be named.
                solution = solution._replace(excluded=solution.free[0])
            solutions.append(solution)
            terms = {**prefix.others, number - first: prefix.scale}
            probabilities = _probabilities(terms, solutions)
            known = {first + u: p for u, p in prefix.others.items()}
            expected = _expected_lift(network, prefix, solution, probabilities, known)
            compare(lifts[number], expected)
            verified.is_weak |= bool(solution.unset) and solution.free != solution.zeros
            verified.readings.append((prefix.configuration, probabilities))
        first += len(prefixes)
        children = _number_children(solutions)
        verified.children.append(children)
        prefixes = _lift_prefixes(network.order[position], prefixes, solutions, children)
    if first < len(lifts):
        lifts[first].fail("superfluous: all prefixes are lifted")
    verified.mixture = [(prefix.target, prefix.weight) for prefix in prefixes]
    return verified


def _read_solution(
    claim: Node, row: list[Fraction], states: Sequence[Label], weight: Fraction
) -> _Solution:
    """Read the solution of a lift; whether it is written in canonical form is checked later."""
    not_set, sets, excluded = map(claim.field, ("silent", "solution", "excluded"))
    unset, *weights = read_summands([not_set, *sets.items(len(row))])
    if min(unset, *weights) < 0:
        sets.fail("a weight is negative")
    if unset + sum(weights) != weight:
        sets.fail(f"with `silent`, it does not sum to {brief(weight)}")
    solution = _Solution(row, unset, weights, excluded=0)
    if not solution.free:
        sets.fail("no value that is possible at v has the weight 0")
    named = (v for v in solution.free if is_same(excluded.value, states[v]))
    return solution._replace(excluded=next(named, solution.free[0]))


def _expected_lift(
    network: GivenNetwork,
    prefix: _Prefix,
    solution: _Solution,
    probabilities: Sequence[Fraction],
    known: Mapping[int, Fraction],
) -> dict[str, Any]:
    """Return the record of a lift: its system (c I - a 1') x = b (Equation 5) and its solution.

    ``known`` maps the number of the lift of another prefix u to P_u(v).
    """
    c, row = prefix.scale, solution.row
    a = [c * p for p in row]
    r = [solution.unset * p + x for p, x in zip(row, solution.sets, strict=True)]
    b = [c * r_l - prefix.weight * a_l for r_l, a_l in zip(r, a, strict=True)]
    matrix = [[(c if i == j else 0) - a_i for j in range(len(a))] for i, a_i in enumerate(a)]
    name, states = network.variables[len(prefix.configuration)]
    return {
        "variable": name,
        "prefix": network.space.assignment(prefix.target),
        "weight": rational_text(prefix.weight),
        "cell": list(network.assignment(prefix.configuration).values()),
        "scale": rational_text(c),
        "conditional": rational_texts(row),
        "p_mix": rational_texts(probabilities),
        "known": [{"lift": u, "ratio": rational_text(p / c)} for u, p in known.items()],
        "r": rational_texts(r),
        "matrix": [rational_texts(line) for line in matrix],
        "rhs": rational_texts(b),
        "rank": len(row) - 1,
        "null_vector": rational_texts(row),
        "silent": rational_text(solution.unset),
        "solution": rational_texts(solution.sets),
        "zeros": [states[value] for value in solution.zeros],
        "excluded": states[solution.excluded],
    }


def _probabilities(terms: Terms, solutions: Sequence[_Solution]) -> list[Fraction]:
    """Return P_mix(v, l) for every l; the last solution is that of the lift that reads v."""
    row = solutions[-1].row
    unset, out = Fraction(0), [Fraction(0) for _ in row]
    for u, p in terms.items():
        unset += p * solutions[u].unset
        for value, weight in enumerate(solutions[u].sets):
            if weight:
                out[value] += p * weight
    return [p + unset * p_l for p, p_l in zip(out, row, strict=True)]


def _number_children(solutions: Sequence[_Solution]) -> Children:
    """Assign numbers to the lifts of positive weight: by prefix, UNSET first, then by value."""
    children: Children = []
    count = 0
    for solution in solutions:
        values = [UNSET] * bool(solution.unset)
        values += [value for value, weight in enumerate(solution.sets) if weight]
        children.append({value: count + i for i, value in enumerate(values)})
        count += len(values)
    return children


def _lift_prefixes(
    variable: int,
    prefixes: Sequence[_Prefix],
    solutions: Sequence[_Solution],
    children: Children,
) -> list[_Prefix]:
    """Return the prefixes of the next variable."""
    out = []
    for i, (prefix, solution) in enumerate(zip(prefixes, solutions, strict=True)):
        for lifted_to, index in children[i].items():
            target, weight, value = prefix.target, solution.unset, solution.excluded
            if lifted_to != UNSET:
                target = with_value(target, variable, lifted_to)
                weight, value = solution.sets[lifted_to], lifted_to
            terms = {**prefix.others, i: prefix.scale}
            others = extend(terms, children, value, solution.row[value])
            scale = others.pop(index)
            out.append(_Prefix(target, weight, (*prefix.configuration, value), scale, others))
    return out


def extend(terms: Terms, children: Sequence[Mapping[int, int]], value: int, p: Fraction) -> Terms:
    """Return the terms of (v, value) for the next variable; ``p`` is P(value | v)."""
    out = {}
    for u, term in terms.items():
        if UNSET in children[u] and p:
            out[children[u][UNSET]] = term * p
        if value in children[u]:
            out[children[u][value]] = term
    return out
