"""A second way to uniqueness: the matrix of all targets that avoid given values, and its inverse.

For excluded values e, A[v, t] = P_t(v) is a square matrix over configurations v and targets t that
use no excluded value. Its closed-form inverse gives the weights directly: pi = A^-1 P_mix.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import mul
from typing import Any

from domix.core.tables import Target
from domix.exact.theorem.dag import Configuration, Dag
from domix.exact.theorem.formulas import Formulas
from domix.exact.theorem.monomials import Monomial, add_up, positive_ring
from domix.exact.theorem.obligations import Cases, Obligation, discharge


def _pair_targets(dag: Dag, excluded: Configuration) -> dict[Configuration, Target]:
    """Return every configuration v with t_v = {i: v_i for v_i != e_i}, subsets first."""
    pairs = {
        values: tuple((i, x) for i, x in enumerate(values) if x != excluded[i])
        for values in dag.configurations(len(dag))
    }
    return dict(sorted(pairs.items(), key=lambda pair: len(pair[1])))


def _check_pairing(dag: Dag, formulas: Formulas) -> Cases:
    for excluded in dag.configurations(len(dag)):
        pairs = _pair_targets(dag, excluded)
        targets = list(pairs.values())
        holds = len(set(targets)) == len(targets) and set(targets) == set(
            dag.targets_avoiding(excluded)
        )
        yield None if holds else dag.describe(excluded=excluded)
        for values, paired in pairs.items():
            for target in targets:
                p = formulas.interventional(dag, target, values)
                holds = p.sign == int(set(target) <= set(paired))
                yield None if holds else dag.describe(target, values=values, excluded=excluded)


def _check_inverse(dag: Dag, formulas: Formulas) -> Cases:
    for excluded in dag.configurations(len(dag)):
        pairs = _pair_targets(dag, excluded)
        columns: dict[Configuration, list[tuple[Target, Monomial]]] = {
            values: [
                (target, entry)
                for target in pairs.values()
                if (entry := formulas.interventional(dag, target, values))
            ]
            for values in pairs
        }
        for target in pairs.values():
            terms: dict[Target, list[Monomial]] = {other: [] for other in pairs.values()}
            for values, entries in columns.items():
                if factor := formulas.inverse(dag, excluded, target, values):
                    for other, entry in entries:
                        terms[other].append(factor * entry)
            for other, products in terms.items():
                expected = {dag.one.powers: 1} if other == target else {}
                yield (
                    None
                    if add_up(products) == expected
                    else f"{dag.describe(target, excluded=excluded)}, times the column of "
                    f"{dag.describe(other)}"
                )


def _check_determinant(dag: Dag, formulas: Formulas) -> Cases:
    for excluded in dag.configurations(len(dag)):
        diagonal = (
            formulas.interventional(dag, target, values)
            for values, target in _pair_targets(dag, excluded).items()
        )
        holds = reduce(mul, diagonal, dag.one) == formulas.determinant(dag, excluded)
        yield None if holds else dag.describe(excluded=excluded)


def _check_field(dag: Dag, formulas: Formulas) -> Cases:
    """Invert A by elimination over the rational functions; compare with the closed forms."""
    from sympy.polys.matrices import DomainMatrix
    from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

    polynomials, _ = positive_ring(dag.symbol_names)
    fractions = polynomials.to_field()

    def fraction(m: Monomial) -> Any:
        numerator = polynomials.from_dict({tuple(max(p, 0) for p in m.powers): m.sign})
        denominator = polynomials.from_dict({tuple(max(-p, 0) for p in m.powers): 1})
        return fractions.raw_new(numerator, denominator)  # they are coprime

    for excluded in dag.configurations(len(dag)):
        pairs = _pair_targets(dag, excluded)
        shape = (len(pairs), len(pairs))
        rows = [
            [fraction(formulas.interventional(dag, t, v)) for t in pairs.values()] for v in pairs
        ]
        matrix = DomainMatrix(rows, shape, fractions.to_domain())
        try:
            inverted = matrix.inv().to_list()
        except DMNonInvertibleMatrixError:
            yield f"{dag.describe(excluded=excluded)}: the matrix is singular"
            return
        for row, target in enumerate(pairs.values()):
            for column, values in enumerate(pairs):
                claimed = fraction(formulas.inverse(dag, excluded, target, values))
                holds = inverted[row][column] == claimed
                yield None if holds else dag.describe(target, values=values, excluded=excluded)
        _, upper, swaps = matrix.lu()
        determinant = reduce(mul, upper.diagonal(), fractions.one * (-1) ** len(swaps))
        holds = determinant == fraction(formulas.determinant(dag, excluded))
        yield None if holds else f"{dag.describe(excluded=excluded)}: the determinant"


def dual(dag: Dag, formulas: Formulas) -> Iterator[Obligation]:
    """Yield the obligations of the closed-form inverse, for every choice of excluded values."""
    yield discharge(
        "dual.pairing",
        "finite check",
        _check_pairing(dag, formulas),
        "For given excluded values, v and t_v = {i: v_i not excluded} pair the configurations with "
        "the targets that use none of those values, and A[v, t] = P_t(v) is not 0 exactly when t "
        "is a subset of t_v: A is triangular, with a positive diagonal.",
    )
    yield discharge(
        "dual.inverse",
        "monomial identity",
        _check_inverse(dag, formulas),
        "The product of the closed-form inverse with A is the identity: term by term, the signed "
        "monomials cancel or leave 1.",
    )
    yield discharge(
        "dual.determinant",
        "monomial identity",
        _check_determinant(dag, formulas),
        "The product of A's diagonal is the product of w_i(e_i | c) over variables i and their "
        "parents' values c, each to the number of configurations of all variables but i and its "
        "parents.",
    )
    yield discharge(
        "dual.field",
        "fraction field",
        _check_field(dag, formulas),
        "Gaussian elimination of A over the field of rational functions, which does not use the "
        "closed forms, gives the same inverse and the same determinant.",
    )
