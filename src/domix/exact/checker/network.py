"""The network that a certificate is about."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NoReturn, Protocol

import numpy as np

from domix.core.space import Label, Space
from domix.core.tables import Conditionals, Tables
from domix.errors import CertificateError


class NetworkLike(Protocol):
    """A network as the checker reads it."""

    @property
    def space(self) -> Space:
        """Variables and states."""

    @property
    def tables(self) -> Tables:
        """All conditional probability tables."""


class GivenNetwork:
    """An exact network by position: the place of a variable in the order of lifting.

    Attributes
    ----------
    space : Space
    conditionals : Conditionals
    entries : list of Fraction
        All table entries.
    order : tuple of int
        The variable of each position.
    variables : list of tuple
        Name and states of each position's variable.

    Raises
    ------
    CertificateError
        It is not a network, not exact, or a row of a table is not a distribution.
    """

    def __init__(self, net: NetworkLike) -> None:
        try:
            self.space = net.space
            self.conditionals = Conditionals(net.tables)
            self.entries: list[Fraction] = net.tables.values.tolist()
            is_exact = net.tables.is_exact
        except AttributeError:
            _refuse(f"{type(net).__name__} is not a network")
        if not is_exact:
            _refuse("a certificate is about an exact network: use net.to_exact()")
        row_sums = np.add.reduceat(net.tables.values, net.tables.layout.row_starts)
        if min(self.entries, default=0) < 0 or any(total != 1 for total in row_sums):
            _refuse("a row of a table is not a distribution")
        self.order = self.conditionals.order
        self.variables = [(self.space.names[i], self.space.states[i]) for i in self.order]

    def assignment(self, configuration: Sequence[int]) -> dict[str, Label]:
        """Return the labels of values of the first variables."""
        return self.space.assignment(zip(self.order, configuration, strict=False))

    def is_same(self, other: GivenNetwork) -> bool:
        """Whether another network has the same variables, states, graph and entries."""
        own, others = self.conditionals, other.conditionals
        same_graph = (own.order, own.parents) == (others.order, others.parents)
        return self.space == other.space and same_graph and self.entries == other.entries


def _refuse(message: str) -> NoReturn:
    raise CertificateError(message, argument="net")
