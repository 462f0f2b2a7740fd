"""The rows that are expected of a mixture and of its controls, with their probabilities.

Targets differ only in the tables of the variables that they set. So two mixtures are compared by
the distribution of these variables and their parents alone, which is computed exactly unless they
have too many configurations.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.tables import Layout, Tables, Target
from domix.data.rows import DistinctRows, distinct
from domix.em.data import Problem
from domix.model.learn import count_entries
from domix.options.search import SearchOptions
from domix.query.marginal import mixed_marginal
from domix.query.sampling import sample
from domix.util.arrays import Codes, Floats

MOST_CONFIGURATIONS = 2**18
"""Configurations that are enumerated; of more, rows are drawn."""

SAMPLE = 2**18
"""Rows that are drawn of the mixture, and as many of the controls."""

ROWS = 1e4
"""Rows whose expected counts are fitted. Drop costs are proportional to it; tolerances are not."""

NO_PRIOR = SearchOptions(max_prior_count=1e-6)
"""Without a prior, what is computed depends on rows and control rows through their ratio alone."""


@dataclass(frozen=True, eq=False)
class Population:
    """The distributions of some variables, in the mixture and without interventions.

    Attributes
    ----------
    variables : tuple of int
        What targets set, and the parents; in increasing order.
    tables : Tables
        Of these variables. Those that no target sets have no parents and a table without meaning:
        it is the same in every mixture.
    codes : ndarray of uint8, shape (configurations, variables)
    mixed, control : ndarray of float64, shape (configurations,)
        Probabilities.
    is_exact : bool
        Whether they were enumerated; else they are shares of a sample.
    """

    variables: tuple[int, ...]
    tables: Tables
    codes: Codes
    mixed: Floats
    control: Floats
    is_exact: bool

    def translate(self, target: Target) -> Target:
        """Return a target with the positions of its variables among these."""
        return tuple((self.variables.index(variable), value) for variable, value in target)

    def expect(self, ratio: float | None) -> Problem:
        """Return the expected rows of the mixture, with ``ratio`` times as many control rows.

        The tables are known if the ratio is None.
        """
        possible = np.flatnonzero(self.mixed)
        rows = DistinctRows(self.codes[possible], ROWS * self.mixed[possible], possible)
        observed = None
        if ratio is not None:
            observed = count_entries(self.tables.layout, self.codes, ratio * ROWS * self.control)
        return Problem(self.tables, rows, observed, options=NO_PRIOR)


def relevant_variables(layout: Layout, targets: Collection[Target]) -> set[int]:
    """Return the variables that some target sets, and their parents."""
    changed = {variable for target in targets for variable, _ in target}
    return changed.union(*(layout.parents[variable] for variable in changed))


def count_configurations(layout: Layout, variables: Collection[int]) -> int:
    """Count the configurations of some variables."""
    return math.prod(int(layout.cards[variable]) for variable in variables)


def build_population(
    tables: Tables, support: Sequence[Target], weights: Sequence[float], others: Sequence[Target]
) -> Population:
    """Compute the distributions that mixtures of some targets are compared by.

    Parameters
    ----------
    tables : Tables
    support : sequence of Target
        Of the mixture.
    weights : sequence of float
    others : sequence of Target
        Targets of the mixtures that it is compared with.
    """
    targets = [*support, *others]
    variables = tuple(sorted(relevant_variables(tables.layout, targets)))
    reduced = _reduce(tables, variables, {i for target in targets for i, _ in target})
    if count_configurations(tables.layout, variables) <= MOST_CONFIGURATIONS:
        cards = tuple(reduced.layout.cards.tolist())
        codes = np.indices(cards, dtype=np.uint8).reshape(len(variables), -1).T
        mixed = mixed_marginal(tables, variables, support, weights).ravel()
        control = mixed_marginal(tables, variables, [()], [1.0]).ravel()
        return Population(
            variables, reduced, np.ascontiguousarray(codes), mixed, control, is_exact=True
        )
    drawn = np.concatenate(_draw(tables, support, weights, variables))
    rows = distinct(drawn, reduced.layout.cards)
    mixed, control = (
        np.bincount(part, minlength=len(rows.codes)) / SAMPLE
        for part in np.split(rows.inverse, [SAMPLE])
    )
    return Population(variables, reduced, rows.codes, mixed, control, is_exact=False)


def _reduce(tables: Tables, variables: Sequence[int], changed: Collection[int]) -> Tables:
    """Return the tables of the changed variables, and uniform ones of the others."""
    layout, position = tables.layout, {variable: i for i, variable in enumerate(variables)}
    parents = [[position[p] for p in layout.parents[v]] if v in changed else [] for v in variables]
    cards = layout.cards[list(variables)]
    values = [
        tables.node(v).ravel() if v in changed else np.full(k, 1.0 / k)
        for v, k in zip(variables, cards.tolist(), strict=True)
    ]
    return Tables(Layout.build(cards, parents), np.concatenate(values))


def _draw(
    tables: Tables, support: Sequence[Target], weights: Sequence[float], variables: Sequence[int]
) -> tuple[Codes, Codes]:
    """Draw rows of the mixture and of the controls, each target as often as is expected."""
    rng = np.random.default_rng(0)
    ends = np.rint(SAMPLE * np.cumsum(weights) / math.fsum(weights)).astype(int)
    numbers = np.diff(ends, prepend=0).tolist()
    parts = [
        sample(tables, number, target, rng)[:, variables]
        for number, target in zip(numbers, support, strict=True)
    ]
    return np.concatenate(parts), sample(tables, SAMPLE, (), rng)[:, variables]
