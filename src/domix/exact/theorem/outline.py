"""The proof as a list of obligations: Lemma 4.1, the induction over the variables, and the dual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domix.exact.theorem.dag import Dag
from domix.exact.theorem.dual import dual
from domix.exact.theorem.formulas import FORMULAS, Formulas
from domix.exact.theorem.lemma import lemma
from domix.exact.theorem.obligations import Obligation, argue, require
from domix.exact.theorem.variables import definition, variable_obligations

STEP = (
    "If the prefixes before {0} and their weights are unique (before the first variable: do() "
    "alone), so are those up to {0}. Two mixtures with one distribution have one distribution "
    "before {0}, hence the same prefixes with the same weights. Take the prefixes in the "
    "lexicographic order in which not setting a variable comes before setting it. At v_s only s "
    "and earlier prefixes contribute, and the lifts of the earlier ones are the same in both "
    "mixtures. The remainder is Lemma 4.1's system, with one right-hand side. The weights of the "
    "lifts that set {0} solve it, are not negative, and one is zero because a value is excluded, "
    "perhaps not the same value in both mixtures: so they are equal, and with them the weight of "
    "the lift that does not set {0}."
)
PER_PREFIX = (
    "By induction along the order: two mixtures in which the lifts of every prefix leave some "
    "value of the next variable unused, and which have the same distribution, have the same "
    "targets with the same weights, whatever the positive tables."
)
THEOREM = (
    "Theorem 1: if every variable has a value that no target uses, the lifts of every prefix leave "
    "that value unused. So two mixtures that respect exclusion, each with excluded values of its "
    "own, and have the same distribution are the same. Only subsets of s need to be solved before "
    "s in this case."
)
DUAL = (
    "For given excluded values the weights are also given directly: they are A's inverse times "
    "P_mix, so each is the mean of a product of one factor per variable."
)


def obligations(dag: Dag, formulas: Formulas = FORMULAS) -> Iterator[Obligation]:
    """Yield all obligations of the theorem, each computed when it is asked for."""
    known: dict[str, Obligation] = {}

    def record(new: Iterable[Obligation]) -> Iterator[Obligation]:
        for o in new:
            known[o.name] = o
            yield o

    def conclude(name: str, uses: Sequence[str], statement: str) -> Iterator[Obligation]:
        return record([argue(name, [known[used] for used in uses], statement)])

    for k in sorted(set(dag.cards)):
        yield from record(lemma(formulas, k))
    yield from record([definition(dag, formulas)])
    previous: list[str] = []
    for j, name in enumerate(dag.names):
        yield from record(variable_obligations(dag, formulas, j))
        parts = [f"{part}[{name}]" for part in ("marginal", "lifts", "equation")]
        cells = [f"cells[{name}].{part}" for part in ("order", "alone", "set")]
        uses = ["definition", *previous, *parts, *cells, f"lemma[{dag.cards[j]}]"]
        yield from conclude(f"step[{name}]", uses, STEP.format(name))
        previous = [f"step[{name}]"]
    yield from conclude("theorem.per-prefix", previous, PER_PREFIX)
    subsets = [f"cells[{name}].subsets" for name in dag.names]
    yield from conclude("theorem", ["theorem.per-prefix", *subsets], THEOREM)
    yield from record(dual(dag, formulas))
    dual_parts = [name for name in known if name.startswith("dual.")]
    yield from conclude("dual", ["definition", *dual_parts], DUAL)


def discharge_all(dag: Dag, formulas: Formulas = FORMULAS) -> tuple[Obligation, ...]:
    """Compute all obligations.

    Raises
    ------
    CertificateError
        An obligation is not discharged; the first one is named.
    """
    return require(obligations(dag, formulas))
