"""One step of the induction: the lifts of one variable, and the system that their weights solve.

A prefix s is a target restricted to the variables before V. Its lifts are the targets that begin
with s: s itself, which does not set V, and (s, l), which sets V to its value l. Lifting reads P_mix
at the configuration v_s, with each value l of V.

References
----------
Kumar and Sinha (UAI 2021), Lemmas 4.3 to 4.7 and Equation 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from domix.core.tables import Target
from domix.core.targets import restricted
from domix.exact.theorem.dag import Configuration, Dag, can_occur_beside
from domix.exact.theorem.formulas import Formulas
from domix.exact.theorem.monomials import positive_ring
from domix.exact.theorem.obligations import Cases, Obligation, discharge


def definition(dag: Dag, formulas: Formulas) -> Obligation:
    """Return the obligation that the monomials are the interventional probabilities of this DAG."""
    # The tables are spelt out, so that no proof can pass for the proof of another DAG.
    tables = ", ".join(
        f"{name}({k}){' given ' * bool(parents)}{' '.join(dag.names[p] for p in parents)}"
        for name, k, parents in zip(dag.names, dag.cards, dag.parents, strict=True)
    )
    return discharge(
        "definition",
        "polynomial identity",
        _check_definition(dag, formulas),
        "P_t(v) is 0 where v contradicts t, and else the product of the table entries of the "
        "variables that t does not set, for every target and every configuration of every prefix. "
        f"The tables are {tables}.",
    )


def _check_definition(dag: Dag, formulas: Formulas) -> Cases:
    # Entries are found by variable, value and parents' values; the layout is not used.
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
                value_set = dict(target).get(i)
                if value_set is None:
                    expected *= entries[(i, *(values[p] for p in dag.parents[i]), x)]
                elif value_set != x:
                    expected *= 0
            p = formulas.interventional(dag, target, values)
            holds = polynomials.from_dict({p.powers: p.sign}) == expected
            yield None if holds else dag.describe(target, values=values)


def variable_obligations(dag: Dag, formulas: Formulas, j: int) -> Iterator[Obligation]:
    """Yield the obligations of variable ``j`` of the order."""
    name = dag.names[j]
    yield discharge(
        f"marginal[{name}]",
        "polynomial identity",
        _check_marginal(dag, formulas, j),
        f"Let s be t without {name}. Summed over {name}, P_t is P_s times the sum of a row of "
        f"{name}'s table if t does not set {name}, and P_s if t sets it. Rows sum to 1, so "
        f"summing out {name} turns every target into its prefix.",
    )
    yield discharge(
        f"lifts[{name}]",
        "finite check",
        _check_lifts(dag, j),
        f"Every target on the variables up to {name} is a prefix s, or s with one value of {name}, "
        f"for exactly one s (Lemma 4.3). If it uses no excluded value, neither does s, and the "
        f"lift of s to the excluded value of {name} does not occur.",
    )
    yield discharge(
        f"cells[{name}].subsets",
        "finite check",
        _check_subsets(dag, formulas, j),
        "Among the prefixes that use no excluded value, exactly the subsets of s agree with v_s "
        "(Lemma 4.5), and they come no later than s in the lexicographic order in which not "
        "setting a variable comes before setting it.",
    )
    yield discharge(
        f"cells[{name}].order",
        "finite check",
        _check_order(dag, formulas, j),
        "If values are excluded per prefix only, every prefix that agrees with v_s still comes no "
        "later than s in that order.",
    )
    yield discharge(
        f"cells[{name}].alone",
        "monomial identity",
        _check_not_set(dag, formulas, j),
        f"P_s(v_s, l) = P_s(v_s) a_l, where a_l = P({name} = l | parents as in v_s), and P_s(v_s) "
        "is a product of table entries, so positive.",
    )
    yield discharge(
        f"cells[{name}].set",
        "monomial identity",
        _check_set(dag, formulas, j),
        f"If {name} is set to l, P_(s,l)(v_s, l') is P_s(v_s) for l' = l and 0 otherwise.",
    )
    yield discharge(
        f"equation[{name}]",
        "polynomial identity",
        _check_equation(dag, formulas, j),
        "For any weights of the lifts of all prefixes that can occur beside s: P_mix(v_s, l), "
        "minus the terms of earlier prefixes, minus the weight of s times P_s(v_s, l), is row l of "
        f"Lemma 4.1's matrix times the weights of the lifts of s that set {name}, up to a multiple "
        f"of 1 minus the row sum of {name}'s table, which is 0 (Lemma 4.7, Equation 5).",
    )


def _check_marginal(dag: Dag, formulas: Formulas, j: int) -> Cases:
    polynomials, generators = positive_ring(dag.symbol_names)

    def probability(target: Target, values: Configuration) -> Any:
        p = formulas.interventional(dag, target, values)
        return polynomials.from_dict({p.powers: p.sign})

    for target, values in product(list(dag.targets(j + 1)), dag.configurations(j)):
        prefix = restricted(target, range(j))
        row_sum = sum(generators[dag.entry(j, x, values)] for x in range(dag.cards[j]))
        marginal = sum(probability(target, (*values, x)) for x in range(dag.cards[j]))
        factor = row_sum if prefix == target else 1
        holds = marginal == probability(prefix, values) * factor
        yield None if holds else dag.describe(target, values=values)


def _check_lifts(dag: Dag, j: int) -> Cases:
    lifts = [
        lift for s in dag.targets(j) for lift in (s, *((*s, (j, x)) for x in range(dag.cards[j])))
    ]
    yield None if len(lifts) == len(set(lifts)) else "a target is the lift of two prefixes"
    yield None if set(lifts) == set(dag.targets(j + 1)) else "some target is the lift of no prefix"
    for excluded in dag.configurations(j + 1):
        prefixes = set(dag.targets_avoiding(excluded[:j]))
        for target in dag.targets_avoiding(excluded):
            holds = restricted(target, range(j)) in prefixes and (j, excluded[j]) not in target
            yield None if holds else dag.describe(target, excluded=excluded)


def _read_configurations(
    dag: Dag, formulas: Formulas, j: int
) -> Iterator[tuple[Configuration, Target, Configuration]]:
    """Yield excluded values of the variables before j, each prefix s that avoids them, and v_s."""
    for excluded in dag.configurations(j):
        for s in dag.targets_avoiding(excluded):
            yield excluded, s, formulas.configuration_read(s, excluded)


def _agrees(target: Target, values: Configuration) -> bool:
    return all(values[i] == x for i, x in target)


def _describe_pair(dag: Dag, u: Target, s: Target, excluded: Configuration) -> str:
    return f"{dag.describe(u, excluded=excluded)}, beside {dag.describe(s)}"


def _check_subsets(dag: Dag, formulas: Formulas, j: int) -> Cases:
    rank = {target: r for r, target in enumerate(dag.targets(j))}
    for excluded, s, v_s in _read_configurations(dag, formulas, j):
        for u in dag.targets_avoiding(excluded):
            is_subset = set(u) <= set(s)
            holds = _agrees(u, v_s) == is_subset and (not is_subset or rank[u] <= rank[s])
            yield None if holds else _describe_pair(dag, u, s, excluded)


def _check_order(dag: Dag, formulas: Formulas, j: int) -> Cases:
    rank = {target: r for r, target in enumerate(dag.targets(j))}
    for excluded, s, v_s in _read_configurations(dag, formulas, j):
        for u in dag.targets(j):
            if can_occur_beside(s, u, excluded):
                holds = not _agrees(u, v_s) or rank[u] <= rank[s]
                yield None if holds else _describe_pair(dag, u, s, excluded)


def _check_not_set(dag: Dag, formulas: Formulas, j: int) -> Cases:
    for excluded, s, v_s in _read_configurations(dag, formulas, j):
        scale = formulas.interventional(dag, s, v_s)
        yield None if scale.sign == 1 else dag.describe(s, values=v_s, excluded=excluded)
        for x in range(dag.cards[j]):
            values = (*v_s, x)
            expected = scale * dag.symbol(dag.entry(j, x, v_s))
            holds = formulas.interventional(dag, s, values) == expected
            yield None if holds else dag.describe(s, values=values, excluded=excluded)


def _check_set(dag: Dag, formulas: Formulas, j: int) -> Cases:
    for excluded, s, v_s in _read_configurations(dag, formulas, j):
        scale = formulas.interventional(dag, s, v_s)
        for x, y in product(range(dag.cards[j]), repeat=2):
            lift, values = (*s, (j, x)), (*v_s, y)
            expected = scale if x == y else dag.zero
            holds = formulas.interventional(dag, lift, values) == expected
            yield None if holds else dag.describe(lift, values=values, excluded=excluded)


def _check_equation(dag: Dag, formulas: Formulas, j: int) -> Cases:
    """Check Equation 5 for a mixture of all targets on these variables, with symbols as weights."""
    k = dag.cards[j]
    targets = list(dag.targets(j + 1))
    polynomials, generators = positive_ring(
        [*dag.symbol_names, *(f"pi{m}" for m in range(len(targets)))]
    )
    entries = generators[: dag.size]
    weights = dict(zip(targets, generators[dag.size :], strict=True))
    unit = {t: tuple(int(t == other) for other in targets) for t in targets}
    rank = {u: r for r, u in enumerate(dag.targets(j))}

    def probability(prefixes: list[Target], values: Configuration) -> Any:
        """Return the contribution of the lifts of some prefixes to P_mix(values)."""
        terms = {}
        for u in prefixes:
            for t in (u, *((*u, (j, x)) for x in range(k))):
                p = formulas.interventional(dag, t, values)
                terms[p.powers + unit[t]] = p.sign
        return polynomials.from_dict(terms)

    for excluded, s, v_s in _read_configurations(dag, formulas, j):
        prefixes = [u for u in rank if can_occur_beside(s, u, excluded)]
        earlier = [u for u in prefixes if rank[u] < rank[s]]
        p = formulas.interventional(dag, s, v_s)
        scale = polynomials.from_dict({p.powers + (0,) * len(targets): p.sign})
        row = [entries[dag.entry(j, x, v_s)] for x in range(k)]
        a = [scale * w for w in row]
        xs = [weights[(*s, (j, x))] for x in range(k)]
        prefix_weight = weights[s] + sum(xs)
        matrix = formulas.system(sum(a), a)
        for value in range(k):
            values = (*v_s, value)
            right = probability(prefixes, values) - probability(earlier, values)
            right -= prefix_weight * a[value]
            left = sum(m * x for m, x in zip(matrix[value], xs, strict=True))
            # The only use of normalisation, with its factor: the row of V sums to 1.
            holds = right == left - (sum(row) - 1) * scale * xs[value]
            yield None if holds else dag.describe(s, values=values, excluded=excluded)
