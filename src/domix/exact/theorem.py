"""The uniqueness theorem for one DAG and all positive tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from domix.core.graph import CycleError, topological_order
from domix.core.space import listing
from domix.errors import CertificateError, NetworkError
from domix.exact.dual import dual
from domix.exact.lemma import lemma
from domix.exact.lifting import definition, lifting
from domix.exact.monomials import FORMULAS, Dag, Formulas
from domix.exact.obligations import Obligation, argue
from domix.util.checks import whole_number

__all__ = ["Proof", "demonstrate", "obligations", "prove"]

MAX_CONFIGURATIONS = 36
MAX_VALUES = 16
MAX_VARIABLES = 6
"""With these limits a proof takes seconds; five binary variables are within them."""


@dataclass(frozen=True, repr=False)
class Proof:
    """A proof that targets and weights are unique, for all positive tables of one DAG.

    Iterating gives the obligations, printing shows them all.

    Attributes
    ----------
    variables
        Names, in the order given.
    parents
        The parents of each of them.
    cardinalities
        The number of values of each of them.
    obligations
        What was shown, and how, in the order in which it is used.
    """

    variables: tuple[str, ...]
    parents: tuple[tuple[str, ...], ...]
    cardinalities: tuple[int, ...]
    obligations: tuple[Obligation, ...]

    @property
    def holds(self) -> bool:
        """Whether there are obligations, and every one is discharged."""
        return bool(self.obligations) and all(o.discharged for o in self.obligations)

    def check(self) -> None:
        """Prove it again from nothing but the DAG, and compare.

        Raises
        ------
        CertificateError
            An obligation is not discharged, or differs from the one that is proved now.
        NetworkError
            The DAG is invalid.
        """
        again = prove(dict(zip(self.variables, self.parents, strict=True)), self.cardinalities)
        if len(self.obligations) != len(again.obligations):
            raise CertificateError(
                f"the proof has {len(self.obligations)} obligations, where "
                f"{len(again.obligations)} are owed: make it anew with prove()"
            )
        for at, (mine, owed) in enumerate(zip(self, again, strict=True), start=1):
            if mine != owed:
                raise CertificateError(
                    f"obligation {at} of the proof is not {owed.name!r} as it is shown now: "
                    "make the proof anew with prove()"
                )

    def __iter__(self) -> Iterator[Obligation]:
        return iter(self.obligations)

    def __len__(self) -> int:
        return len(self.obligations)

    def _graph(self) -> str:
        return ", ".join(
            f"{name}({k})" + (f" <- {' '.join(parents)}" if parents else "")
            for name, k, parents in zip(
                self.variables, self.cardinalities, self.parents, strict=True
            )
        )

    def __repr__(self) -> str:
        verdict = "holds" if self.holds else "does not hold"
        return f"<Proof for {self._graph()}: {len(self)} obligations, {verdict}>"

    def __str__(self) -> str:
        verdict = "holds for all positive tables" if self.holds else "is not proved"
        lines = [f"Uniqueness of targets and weights in {self._graph()}: {verdict}."]
        for o in self.obligations:
            state = "" if o.discharged else "NOT DISCHARGED, "
            lines += ["", f"{o.name}: {state}{o.means}, {o.detail}"]
            lines += textwrap.wrap(o.statement, 96, initial_indent="    ", subsequent_indent="    ")
        return "\n".join(lines)


def obligations(dag: Dag, formulas: Formulas = FORMULAS) -> Iterator[Obligation]:
    """All obligations of the theorem, each computed when it is asked for."""
    found: dict[str, Obligation] = {}

    def keep(new: Iterable[Obligation]) -> Iterator[Obligation]:
        for o in new:
            found[o.name] = o
            yield o

    def conclude(name: str, uses: Sequence[str], statement: str) -> Iterator[Obligation]:
        return keep([argue(name, [found[used] for used in uses], statement)])

    for k in sorted(set(dag.cards)):
        yield from keep(lemma(formulas, k))
    yield from keep([definition(dag, formulas)])
    before: list[str] = []
    for j, name in enumerate(dag.names):
        yield from keep(lifting(dag, formulas, j))
        parts = [f"{part}[{name}]" for part in ("marginal", "lifts", "equation")]
        cells = [f"cells[{name}].{part}" for part in ("order", "alone", "set")]
        uses = ["definition", *before, *parts, *cells, f"lemma[{dag.cards[j]}]"]
        yield from conclude(f"step[{name}]", uses, _STEP.format(name))
        before = [f"step[{name}]"]
    yield from conclude("theorem.per-prefix", before, _PER_PREFIX)
    subsets = [f"cells[{name}].subsets" for name in dag.names]
    yield from conclude("theorem", ["theorem.per-prefix", *subsets], _THEOREM)
    yield from keep(dual(dag, formulas))
    yield from conclude(
        "dual", ["definition", *(name for name in found if name.startswith("dual."))], _DUAL
    )


_STEP = (
    "If the prefixes before {0} and their weights are unique (do() alone, if there is no variable "
    "before), so are those up to {0}. Two mixtures with one distribution have one distribution "
    "before {0}, hence the same prefixes with the same weights. Take the prefixes in the order in "
    "which silent goes before set. At v_s only s and earlier prefixes contribute, and the lifts of "
    "the earlier ones are the same in both mixtures. What is left is Lemma 4.1's system, with one "
    "right-hand side. The weights of the lifts that set {0} solve it, are not negative, and one is "
    "zero because a value is excluded, maybe not the same in both mixtures: so they are equal, and "
    "with them the weight of the lift that leaves {0} alone."
)
_PER_PREFIX = (
    "By induction along the order: two mixtures in which the lifts of every prefix leave some "
    "value of the next variable unused, and which have the same distribution, have the same "
    "targets with the same weights, whatever the positive tables."
)
_THEOREM = (
    "Theorem 1: if every variable has a value that no target uses, the lifts of every prefix leave "
    "that value unused. So two mixtures that respect exclusion, each with values of its own, and "
    "have the same distribution are the same. Only subsets of s need then be solved before s."
)
_DUAL = (
    "For given excluded values the weights are also read off directly: the weights are A's inverse "
    "times P_mix, so each is the mean of a product of one factor per variable."
)


def demonstrate(dag: Dag, formulas: Formulas = FORMULAS) -> tuple[Obligation, ...]:
    """The obligations, all discharged; :class:`CertificateError` at the first that is not."""
    found = []
    for obligation in obligations(dag, formulas):
        if not obligation.discharged:
            raise CertificateError(
                f"obligation {obligation.name!r} ({obligation.means}) fails at {obligation.detail}"
            )
        found.append(obligation)
    return tuple(found)


def prove(
    parents: Mapping[str, Sequence[str]], cardinalities: Mapping[str, int] | Sequence[int]
) -> Proof:
    """Prove, for all positive tables of a small DAG, that targets and weights are unique.

    The table entries are free positive symbols; no number is put in their place.

    Parameters
    ----------
    parents
        Variable to its parents.
    cardinalities
        Variable to its number of values, or these numbers in the order of ``parents``. There may
        be 6 variables with up to 16 values each, and 36 configurations in all.

    Returns
    -------
    Proof
        Immutable: print it, iterate over its obligations, or prove it again with ``check()``.

    Raises
    ------
    NetworkError
        The DAG is invalid or too large.
    CertificateError
        An obligation fails; the message names it and the place.

    Examples
    --------
    >>> proof = prove({"A": [], "B": ["A"]}, {"A": 2, "B": 2})
    >>> proof
    <Proof for A(2), B(2) <- A: 28 obligations, holds>
    >>> proof.check()
    >>> next(iter(proof)).means
    'polynomial identity'
    """
    variables = tuple(parents)
    lists = _checked_parents(parents)
    cards = _checked_cards(variables, cardinalities)
    positions = {name: i for i, name in enumerate(variables)}
    try:
        order = topological_order([[positions[p] for p in ps] for ps in lists])
    except CycleError as error:
        cycle = [variables[i] for i in [*error.cycle, error.cycle[0]]]
        raise NetworkError(f"the graph has the cycle {' -> '.join(cycle)}") from None
    ranks = {variables[i]: rank for rank, i in enumerate(order)}
    dag = Dag(
        [variables[i] for i in order],
        [cards[i] for i in order],
        [[ranks[p] for p in lists[i]] for i in order],
    )
    return Proof(variables, lists, cards, demonstrate(dag))


def _checked_parents(parents: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    if not isinstance(parents, Mapping) or not parents:
        raise NetworkError("parents must map the name of at least one variable to its parents")
    for name, ps in parents.items():
        if not isinstance(name, str) or not name:
            raise NetworkError(f"a variable's name must be a non-empty string, not {name!r}")
        if isinstance(ps, str) or not isinstance(ps, Iterable):
            raise NetworkError(f"variable {name!r}: parents must be a list of names, not {ps!r}")
        for p in ps:
            if not isinstance(p, str) or p not in parents:
                raise NetworkError(
                    f"variable {name!r}: unknown parent {p!r}; the graph has {listing(parents)}"
                )
        if len(set(ps)) < len(ps):
            raise NetworkError(f"variable {name!r}: a parent is there twice in {list(ps)}")
    return tuple(tuple(ps) for ps in parents.values())


def _checked_cards(
    variables: Sequence[str], cardinalities: Mapping[str, int] | Sequence[int]
) -> tuple[int, ...]:
    if isinstance(cardinalities, Mapping):
        for name in cardinalities:
            if name not in variables:
                raise NetworkError(
                    f"cardinality of an unknown variable {name!r}; the graph has "
                    f"{listing(variables)}"
                )
        for name in variables:
            if name not in cardinalities:
                raise NetworkError(f"variable {name!r} has no cardinality")
        given = [cardinalities[name] for name in variables]
    elif isinstance(cardinalities, str) or not isinstance(cardinalities, Iterable):
        raise NetworkError(
            f"cardinalities must be a mapping or a list of whole numbers, not {cardinalities!r}"
        )
    else:
        given = list(cardinalities)
        if len(given) != len(variables):
            raise NetworkError(
                f"{len(given)} cardinalities for {len(variables)} variables: {listing(variables)}"
            )
    cards = tuple(
        whole_number(k, f"cardinality of {name!r}", 1, NetworkError)
        for name, k in zip(variables, given, strict=True)
    )
    for what, size, limit in (
        ("variables", len(cards), MAX_VARIABLES),
        ("configurations", prod(cards), MAX_CONFIGURATIONS),
        (f"values of {variables[cards.index(max(cards))]!r}", max(cards), MAX_VALUES),
    ):
        if size > limit:
            raise NetworkError(
                f"the DAG is too large to prove: {size} {what}, the limit is {limit}"
            )
    return cards
