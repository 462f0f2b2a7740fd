"""The matrix of all targets that avoid given values, its inverse and its determinant."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import mul
from typing import Any

from domix.core.tables import Target
from domix.exact.monomials import Codes, Dag, Formulas, Monomial, positive_ring, total
from domix.exact.obligations import Cases, Obligation, discharge

__all__ = ["dual"]


def _pairs(dag: Dag, excluded: Codes) -> dict[Codes, Target]:
    """Every configuration v with t_v, which sets what differs from the excluded values.

    In an order where subsets come first, so that the matrix is triangular.
    """
    paired = {
        values: tuple((i, x) for i, x in enumerate(values) if x != excluded[i])
        for values in dag.configurations(len(dag))
    }
    return dict(sorted(paired.items(), key=lambda pair: len(pair[1])))


def _pairing(dag: Dag, formulas: Formulas) -> Cases:
    for excluded in dag.configurations(len(dag)):
        paired = _pairs(dag, excluded)
        targets = list(paired.values())
        holds = len(set(targets)) == len(targets) and set(targets) == set(
            dag.targets_avoiding(excluded)
        )
        yield None if holds else dag.place(excluded=excluded)
        for values, mine in paired.items():
            for target in targets:
                found = formulas.interventional(dag, target, values)
                holds = found.sign == int(set(target) <= set(mine))
                yield None if holds else dag.place(target, values=values, excluded=excluded)


def _inverse(dag: Dag, formulas: Formulas) -> Cases:
    for excluded in dag.configurations(len(dag)):
        paired = _pairs(dag, excluded)
        columns: dict[Codes, list[tuple[Target, Monomial]]] = {
            values: [
                (target, entry)
                for target in paired.values()
                if (entry := formulas.interventional(dag, target, values))
            ]
            for values in paired
        }
        for target in paired.values():
            terms: dict[Target, list[Monomial]] = {other: [] for other in paired.values()}
            for values, entries in columns.items():
                if factor := formulas.inverse(dag, excluded, target, values):
                    for other, entry in entries:
                        terms[other].append(factor * entry)
            for other, products in terms.items():
                wanted = {dag.one.powers: 1} if other == target else {}
                yield (
                    None
                    if total(products) == wanted
                    else f"{dag.place(target, excluded=excluded)}, times the column of "
                    f"{dag.place(other)}"
                )


def _determinant(dag: Dag, formulas: Formulas) -> Cases:
    for excluded in dag.configurations(len(dag)):
        diagonal = (
            formulas.interventional(dag, target, values)
            for values, target in _pairs(dag, excluded).items()
        )
        holds = reduce(mul, diagonal, dag.one) == formulas.determinant(dag, excluded)
        yield None if holds else dag.place(excluded=excluded)


def _field(dag: Dag, formulas: Formulas) -> Cases:
    """Eliminate A over the rational functions, and compare with the closed forms."""
    from sympy.polys.matrices import DomainMatrix
    from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

    polynomials, _ = positive_ring(dag.symbol_names)
    fractions = polynomials.to_field()

    def fraction(m: Monomial) -> Any:
        over = polynomials.from_dict({tuple(max(p, 0) for p in m.powers): m.sign})
        under = polynomials.from_dict({tuple(max(-p, 0) for p in m.powers): 1})
        return fractions.raw_new(over, under)  # coprime as they are

    for excluded in dag.configurations(len(dag)):
        paired = _pairs(dag, excluded)
        shape = (len(paired), len(paired))
        rows = [
            [fraction(formulas.interventional(dag, t, v)) for t in paired.values()] for v in paired
        ]
        matrix = DomainMatrix(rows, shape, fractions.to_domain())
        try:
            solved = matrix.inv().to_list()
        except DMNonInvertibleMatrixError:
            yield f"{dag.place(excluded=excluded)}: the matrix is singular"
            return
        for row, target in enumerate(paired.values()):
            for column, values in enumerate(paired):
                claimed = fraction(formulas.inverse(dag, excluded, target, values))
                holds = solved[row][column] == claimed
                yield None if holds else dag.place(target, values=values, excluded=excluded)
        _, upper, swaps = matrix.lu()
        found = reduce(mul, upper.diagonal(), fractions.one * (-1) ** len(swaps))
        holds = found == fraction(formulas.determinant(dag, excluded))
        yield None if holds else f"{dag.place(excluded=excluded)}: the determinant"


def dual(dag: Dag, formulas: Formulas) -> Iterator[Obligation]:
    """The obligations of the closed-form inverse, for every choice of excluded values."""
    yield discharge(
        "dual.pairing",
        "finite check",
        _pairing(dag, formulas),
        "For given excluded values, v and t_v = {i: v_i not excluded} pair the configurations with "
        "the targets that avoid those values, and A[v, t] = P_t(v) is not 0 exactly when t is a "
        "subset of t_v: A is triangular, with a positive diagonal.",
    )
    yield discharge(
        "dual.inverse",
        "monomial identity",
        _inverse(dag, formulas),
        "The product of the closed-form inverse with A is the identity: term by term, the signed "
        "monomials cancel or leave 1.",
    )
    yield discharge(
        "dual.determinant",
        "monomial identity",
        _determinant(dag, formulas),
        "The product of A's diagonal is the product of w_i(e_i|c) over variables i and their "
        "parents' values c, each to the number of configurations of all but i and its parents.",
    )
    yield discharge(
        "dual.field",
        "fraction field",
        _field(dag, formulas),
        "Gaussian elimination of A over the field of rational functions, which knows nothing of "
        "the closed forms, ends in the same inverse and the same determinant.",
    )
