"""One variable of the order: what its lifts look like at the cells that lifting reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from domix.core.tables import Target
from domix.exact.monomials import Codes, Dag, Formulas, positive_ring, respecting
from domix.exact.obligations import Cases, Obligation, discharge

__all__ = ["definition", "lifting"]


def _definition(dag: Dag, formulas: Formulas) -> Cases:
    # Nothing here asks the layout: entries are found by name, value and parents' values.
    polynomials, generators = positive_ring(dag.symbol_names)
    keys = (
        (i, *row, x)
        for i, parents in enumerate(dag.parents)
        for row in product(*(range(dag.cards[p]) for p in parents))
        for x in range(dag.cards[i])
    )
    entries = dict(zip(keys, generators, strict=True))
    for j in range(1, len(dag) + 1):
        for target, values in product(list(dag.targets(j)), dag.configurations(j)):
            expected = polynomials.one
            for i, x in enumerate(values):
                set_to = dict(target).get(i)
                if set_to is None:
                    expected *= entries[(i, *(values[p] for p in dag.parents[i]), x)]
                elif set_to != x:
                    expected *= 0
            claimed = formulas.interventional(dag, target, values)
            holds = polynomials.from_dict({claimed.powers: claimed.sign}) == expected
            yield None if holds else dag.place(target, values=values)


def definition(dag: Dag, formulas: Formulas) -> Obligation:
    """That the monomials are the interventional probabilities of this DAG."""
    # Spelt out, so that no proof passes for the proof of another DAG.
    tables = ", ".join(
        f"{name}({k}){' given ' * bool(parents)}{' '.join(dag.names[p] for p in parents)}"
        for name, k, parents in zip(dag.names, dag.cards, dag.parents, strict=True)
    )
    return discharge(
        "definition",
        "polynomial identity",
        _definition(dag, formulas),
        "P_t(v) is 0 where v disagrees with t, and else the product of the table entries of the "
        "variables that t leaves alone, for every target and every configuration of every prefix. "
        f"The tables are {tables}.",
    )


def _marginal(dag: Dag, formulas: Formulas, j: int) -> Cases:
    polynomials, generators = positive_ring(dag.symbol_names)

    def p(target: Target, values: Codes) -> Any:
        found = formulas.interventional(dag, target, values)
        return polynomials.from_dict({found.powers: found.sign})

    for target, values in product(list(dag.targets(j + 1)), dag.configurations(j)):
        prefix = tuple(pair for pair in target if pair[0] < j)
        row = sum(generators[dag.cell(j, x, values)] for x in range(dag.cards[j]))
        summed = sum(p(target, (*values, x)) for x in range(dag.cards[j]))
        holds = summed == p(prefix, values) * (row if prefix == target else 1)
        yield None if holds else dag.place(target, values=values)


def _lifts(dag: Dag, j: int) -> Cases:
    lifts = [
        lift for s in dag.targets(j) for lift in (s, *((*s, (j, x)) for x in range(dag.cards[j])))
    ]
    yield None if len(lifts) == len(set(lifts)) else "a target is the lift of two prefixes"
    yield None if set(lifts) == set(dag.targets(j + 1)) else "some target is the lift of no prefix"
    for excluded in dag.configurations(j + 1):
        prefixes = set(dag.targets_avoiding(excluded[:j]))
        for target in dag.targets_avoiding(excluded):
            holds = (
                tuple(pair for pair in target if pair[0] < j) in prefixes
                and (j, excluded[j]) not in target
            )
            yield None if holds else dag.place(target, excluded=excluded)


def _points(dag: Dag, formulas: Formulas, j: int) -> Iterator[tuple[Codes, Target, Codes]]:
    """Excluded values of the variables before j, a prefix that avoids them, its point v_s."""
    for excluded in dag.configurations(j):
        for s in dag.targets_avoiding(excluded):
            yield excluded, s, formulas.meeting_point(s, excluded)


def _agrees(target: Target, values: Codes) -> bool:
    return all(values[i] == x for i, x in target)


def _subsets(dag: Dag, formulas: Formulas, j: int) -> Cases:
    rank = {target: at for at, target in enumerate(dag.targets(j))}
    for excluded, s, point in _points(dag, formulas, j):
        for u in dag.targets_avoiding(excluded):
            is_subset = set(u) <= set(s)
            holds = _agrees(u, point) == is_subset and (not is_subset or rank[u] <= rank[s])
            yield None if holds else f"{dag.place(u, excluded=excluded)}, beside {dag.place(s)}"


def _order(dag: Dag, formulas: Formulas, j: int) -> Cases:
    rank = {target: at for at, target in enumerate(dag.targets(j))}
    for excluded, s, point in _points(dag, formulas, j):
        for u in dag.targets(j):
            if respecting(s, u, excluded):
                holds = not _agrees(u, point) or rank[u] <= rank[s]
                yield None if holds else f"{dag.place(u, excluded=excluded)}, beside {dag.place(s)}"


def _left_alone(dag: Dag, formulas: Formulas, j: int) -> Cases:
    for excluded, s, point in _points(dag, formulas, j):
        at_prefix = formulas.interventional(dag, s, point)
        positive = at_prefix.sign == 1
        yield None if positive else dag.place(s, values=point, excluded=excluded)
        for x in range(dag.cards[j]):
            claimed = at_prefix * dag.symbol(dag.cell(j, x, point))
            holds = formulas.interventional(dag, s, (*point, x)) == claimed
            yield None if holds else dag.place(s, values=(*point, x), excluded=excluded)


def _set(dag: Dag, formulas: Formulas, j: int) -> Cases:
    for excluded, s, point in _points(dag, formulas, j):
        at_prefix = formulas.interventional(dag, s, point)
        for x, y in product(range(dag.cards[j]), repeat=2):
            lift, values = (*s, (j, x)), (*point, y)
            claimed = at_prefix if x == y else dag.zero
            holds = formulas.interventional(dag, lift, values) == claimed
            yield None if holds else dag.place(lift, values=values, excluded=excluded)


def _equation(dag: Dag, formulas: Formulas, j: int) -> Cases:
    """Equation 5, from a mixture of every target there may be, its weights symbols as well."""
    k = dag.cards[j]
    targets = list(dag.targets(j + 1))
    polynomials, generators = positive_ring(
        [*dag.symbol_names, *(f"pi{m}" for m in range(len(targets)))]
    )
    tables = generators[: dag.size]
    weights = dict(zip(targets, generators[dag.size :], strict=True))
    unit = {t: tuple(int(t == other) for other in targets) for t in targets}
    rank = {u: at for at, u in enumerate(dag.targets(j))}

    def at_cell(prefixes: list[Target], values: Codes) -> Any:
        terms = {}
        for u in prefixes:
            for t in (u, *((*u, (j, x)) for x in range(k))):
                p = formulas.interventional(dag, t, values)
                terms[p.powers + unit[t]] = p.sign
        return polynomials.from_dict(terms)

    for excluded, s, point in _points(dag, formulas, j):
        present = [u for u in rank if respecting(s, u, excluded)]
        solved = [u for u in present if rank[u] < rank[s]]
        p = formulas.interventional(dag, s, point)
        scale = polynomials.from_dict({p.powers + (0,) * len(targets): p.sign})
        row = [tables[dag.cell(j, x, point)] for x in range(k)]
        a = [scale * w for w in row]
        xs = [weights[(*s, (j, x))] for x in range(k)]
        mass = weights[s] + sum(xs)
        matrix = formulas.system(sum(a), a)
        for value in range(k):
            values = (*point, value)
            right = at_cell(present, values) - at_cell(solved, values) - mass * a[value]
            left = sum(m * x for m, x in zip(matrix[value], xs, strict=True))
            # The only use of normalisation, with what it multiplies: the row of V sums to 1.
            holds = right == left - (sum(row) - 1) * scale * xs[value]
            yield None if holds else dag.place(s, values=values, excluded=excluded)


def lifting(dag: Dag, formulas: Formulas, j: int) -> Iterator[Obligation]:
    """The obligations of variable ``j`` of the order."""
    name = dag.names[j]
    yield discharge(
        f"marginal[{name}]",
        "polynomial identity",
        _marginal(dag, formulas, j),
        f"Let s be t without {name}. Summed over {name}, P_t is P_s times the sum of a row of "
        f"{name}'s table if t leaves {name} alone, and P_s if t sets it. Rows sum to 1, so "
        f"marginalising {name} turns every target into its prefix.",
    )
    yield discharge(
        f"lifts[{name}]",
        "finite check",
        _lifts(dag, j),
        f"Every target on the variables up to {name} is a prefix s, or s with one value of {name}, "
        f"for exactly one s. If it avoids the excluded values so does s, and the lift of s to the "
        f"excluded value of {name} does not occur.",
    )
    yield discharge(
        f"cells[{name}].subsets",
        "finite check",
        _subsets(dag, formulas, j),
        "Among the prefixes that avoid the excluded values, exactly the subsets of s agree with "
        "v_s, and they come no later than s in the order in which silent goes before set.",
    )
    yield discharge(
        f"cells[{name}].order",
        "finite check",
        _order(dag, formulas, j),
        "If values are excluded per prefix only, every prefix that agrees with v_s still comes no "
        "later than s in that order.",
    )
    yield discharge(
        f"cells[{name}].alone",
        "monomial identity",
        _left_alone(dag, formulas, j),
        f"P_s(v_s, l) = P_s(v_s) a_l, where a_l = P({name} = l | parents as in v_s), and P_s(v_s) "
        "is a product of table entries, so positive.",
    )
    yield discharge(
        f"cells[{name}].set",
        "monomial identity",
        _set(dag, formulas, j),
        f"With l set on {name}, P_(s,l)(v_s, l') is P_s(v_s) for l' = l and 0 otherwise.",
    )
    yield discharge(
        f"equation[{name}]",
        "polynomial identity",
        _equation(dag, formulas, j),
        "For any weights of the lifts of all prefixes that may stand beside s: P_mix(v_s, l), less "
        "the terms of earlier prefixes, less the weight of s times P_s(v_s, l), is row l of Lemma "
        f"4.1's matrix times the weights of the lifts of s that set {name}, up to a multiple of 1 "
        f"less the row sum of {name}'s table, which is 0.",
    )
