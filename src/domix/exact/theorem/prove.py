"""The uniqueness theorem for one DAG and all its positive tables: the public call and its proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from domix.core.space import Space, listing
from domix.errors import CertificateError, NetworkError
from domix.exact.theorem import rendering
from domix.exact.theorem.dag import Dag
from domix.exact.theorem.obligations import Obligation
from domix.exact.theorem.outline import discharge_all
from domix.model.validate import check_same_keys, resolve_parents
from domix.util.checks import whole_number

MAX_CONFIGURATIONS = 36
MAX_VALUES = 16
MAX_VARIABLES = 6
"""Limits within which a proof takes seconds; five binary variables are within them."""


@dataclass(frozen=True, repr=False)
class Proof:
    """A proof that targets and weights are unique, for all positive tables of one DAG.

    Iterating gives the obligations; printing shows them all.

    Attributes
    ----------
    variables : tuple of str
        The variables, in the order given.
    parents : tuple of tuple of str
        The parents of each variable.
    cardinalities : tuple of int
        The number of values of each variable.
    obligations : tuple of Obligation
        The statements that were established, and how, in the order in which they are used.
    """

    variables: tuple[str, ...]
    parents: tuple[tuple[str, ...], ...]
    cardinalities: tuple[int, ...]
    obligations: tuple[Obligation, ...]

    @property
    def holds(self) -> bool:
        """Whether there are obligations, and all of them are discharged."""
        return bool(self.obligations) and all(o.discharged for o in self.obligations)

    def check(self) -> None:
        """Prove the theorem again from nothing but the DAG, and compare the obligations.

        Raises
        ------
        CertificateError
            An obligation is not discharged, or differs from the one that is computed.
        NetworkError
            The DAG is invalid.
        """
        again = prove(dict(zip(self.variables, self.parents, strict=True)), self.cardinalities)
        if len(self) != len(again):
            raise CertificateError(
                f"the proof has {len(self)} obligations, not {len(again)}: make it again with "
                "prove()"
            )
        for number, (own, expected) in enumerate(zip(self, again, strict=True), start=1):
            if own != expected:
                raise CertificateError(
                    f"obligation {number} of the proof differs from {expected.name!r} as it is "
                    "computed: make the proof again with prove()"
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

    def _title(self) -> str:
        verdict = "holds for all positive tables" if self.holds else "is not proved"
        return f"Uniqueness of targets and weights in {self._graph()}: {verdict}."

    def __str__(self) -> str:
        return rendering.text(self._title(), self.obligations)

    def _repr_html_(self) -> str:
        return rendering.html(self._title(), self.obligations)

    def latex(self) -> str:
        """Return all obligations in LaTeX: the body of a document that needs amsmath.

        Notebooks show it by ``IPython.display.display(Latex(proof.latex()))``.

        Returns
        -------
        str
            Sentences, with formulas that MathJax knows.

        Examples
        --------
        >>> proof = prove({"A": []}, {"A": 2})
        >>> print(proof.latex().splitlines()[0])
        Uniqueness of targets and weights in A(2): holds for all positive tables.
        """
        return rendering.latex(self._title(), self.obligations)


def prove(
    parents: Mapping[str, Sequence[str]], cardinalities: Mapping[str, int] | Sequence[int]
) -> Proof:
    """Prove, for all positive tables of a small DAG, that targets and weights are unique.

    The table entries are free positive symbols; no number is substituted for them.

    Parameters
    ----------
    parents : mapping of str to sequence of str
        Variable to its parents.
    cardinalities : mapping of str to int, or sequence of int
        Variable to its number of values, or these numbers in the order of ``parents``. At most 6
        variables, 16 values of a variable, and 36 configurations.

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

    See Also
    --------
    certify : Certify the answer for one network and one distribution.

    References
    ----------
    Kumar and Sinha (UAI 2021), Theorem 1.

    Examples
    --------
    >>> proof = prove({"A": [], "B": ["A"]}, {"A": 2, "B": 2})
    >>> proof
    <Proof for A(2), B(2) <- A: 28 obligations, holds>
    >>> proof.check()
    >>> next(iter(proof)).means
    'polynomial identity'
    """
    cards = _read_cardinalities(parents, cardinalities)
    space = Space({name: range(k) for name, k in cards.items()})
    layout = resolve_parents(space, parents)
    positions = {variable: position for position, variable in enumerate(layout.order)}
    dag = Dag(
        [space.names[i] for i in layout.order],
        [cards[space.names[i]] for i in layout.order],
        [[positions[p] for p in layout.parents[i]] for i in layout.order],
    )
    names = tuple(tuple(space.names[p] for p in ps) for ps in layout.parents)
    return Proof(space.names, names, tuple(cards.values()), discharge_all(dag))


def _read_cardinalities(
    parents: Mapping[str, Sequence[str]], cardinalities: Mapping[str, int] | Sequence[int]
) -> dict[str, int]:
    """Return the number of values of each variable, in the order of ``parents``."""
    by_name: Any = cardinalities
    is_list = isinstance(cardinalities, Iterable) and not isinstance(cardinalities, (Mapping, str))
    if is_list and isinstance(parents, Mapping):
        given = list(cardinalities)
        if len(given) != len(parents):
            message = f"{len(given)} numbers for {len(parents)} variables: {listing(parents)}"
            raise NetworkError(message, argument="cardinalities")
        by_name = dict(zip(parents, given, strict=True))
    check_same_keys("cardinalities", by_name, parents)
    cards = {
        name: whole_number(by_name[name], f"cardinalities[{name!r}]", 1, NetworkError)
        for name in parents
    }
    most_values = max(cards, key=cards.__getitem__, default="")
    for noun, size, limit in (
        ("variables", len(cards), MAX_VARIABLES),
        ("configurations", prod(cards.values()), MAX_CONFIGURATIONS),
        (f"values of {most_values!r}", cards.get(most_values, 0), MAX_VALUES),
    ):
        if size > limit:
            raise NetworkError(
                f"the DAG is too large to prove: {size} {noun}, the limit is {limit}"
            )
    return cards
