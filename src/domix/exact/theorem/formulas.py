"""The closed forms that the theorem rests on.

They are arguments of a proof, so that tests can show that wrong ones are refused. In all of them,
w_i(v) is the table entry P(v_i | parents of i as in v), and e_i the excluded value of variable i.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from domix.core.tables import Target
from domix.exact.theorem.dag import Configuration, Dag
from domix.exact.theorem.monomials import Monomial


def interventional(dag: Dag, target: Target, values: Configuration) -> Monomial:
    """Return P_t(v): 0 if v contradicts t, else the product of w_i(v) over i that t does not set.

    Examples
    --------
    >>> interventional(Dag("A", [2], [[]]), (), (1,))
    Monomial(sign=1, powers=(0, 1))
    """
    if any(values[i] != x for i, x in target):
        return dag.zero
    variables_set = {i for i, _ in target}
    powers = [0] * dag.size
    for i, entry in enumerate(dag.entries(values)):
        if i not in variables_set:
            powers[entry] = 1
    return Monomial(1, tuple(powers))


def inverse(dag: Dag, excluded: Configuration, target: Target, values: Configuration) -> Monomial:
    """Return the entry (t, v) of the inverse of A, where A[v, t] = P_t(v).

    It is the product over i of these factors: for i that t sets, 1 if v_i = t_i,
    -w_i(t_i) / w_i(e_i) if v_i = e_i, and else 0; for other i, 1 / w_i(e_i) if v_i = e_i, and
    else 0. The parents of i are as in v.
    """
    value_set = dict(target)
    sign, powers = 1, [0] * dag.size
    for i, e in enumerate(excluded):
        if i in value_set:
            if values[i] == value_set[i]:
                continue
            sign = -sign
            powers[dag.entry(i, value_set[i], values)] += 1
        if values[i] != e:
            return dag.zero
        powers[dag.entry(i, e, values)] -= 1
    return Monomial(sign, tuple(powers))


def determinant(dag: Dag, excluded: Configuration) -> Monomial:
    """Return det A.

    It is the product of w_i(e_i | c) over variables i and configurations c of their parents, each
    to the number of configurations of all variables but i and its parents.
    """
    powers = [0] * dag.size
    for i, e in enumerate(excluded):
        family = {i, *dag.parents[i]}
        times = prod(k for other, k in enumerate(dag.cards) if other not in family)
        for entry in {dag.entry(i, e, values) for values in dag.configurations(i)}:
            powers[entry] = times
    return Monomial(1, tuple(powers))


def configuration_read(target: Target, excluded: Configuration) -> Configuration:
    """Return v_s: the values that the prefix s sets, and else the excluded ones."""
    value_set = dict(target)
    return tuple(value_set.get(i, e) for i, e in enumerate(excluded))


def system(c: Any, a: Sequence[Any]) -> list[list[Any]]:
    """Return the matrix of Lemma 4.1, c I - a 1', as rows, over any ring.

    Examples
    --------
    >>> system(4, [1, 3])
    [[3, -1], [-3, 1]]
    """
    return [[c - x if m == row else -x for m in range(len(a))] for row, x in enumerate(a)]


@dataclass(frozen=True)
class Formulas:
    """The closed forms, each of which a test can replace."""

    interventional: Callable[[Dag, Target, Configuration], Monomial] = interventional
    inverse: Callable[[Dag, Configuration, Target, Configuration], Monomial] = inverse
    determinant: Callable[[Dag, Configuration], Monomial] = determinant
    configuration_read: Callable[[Target, Configuration], Configuration] = configuration_read
    system: Callable[[Any, Sequence[Any]], list[list[Any]]] = system


FORMULAS = Formulas()
