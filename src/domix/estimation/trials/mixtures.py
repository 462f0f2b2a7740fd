"""Estimates that are good enough to compare graphs by: without tests, orders and standard errors.

A first one lifts targets along one order. Others start from the support under another graph, which
is nearly always nearly right: what changed is the edges between a few variables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from domix.core.tables import Target
from domix.em.mixture import Fit
from domix.em.mixture import fit as fit_support
from domix.em.squarem import Ended
from domix.problems.groups import Block, Fitted, MixtureProblem, are_independent
from domix.selection.backward import eliminate
from domix.selection.local_search import Search, improve_support
from domix.selection.search import draft
from domix.structure.dag import Edge
from domix.structure.siblings import merged_siblings
from domix.util.arrays import Floats
from domix.util.progress import Report
from domix.work.steps import recorded


class Trial(NamedTuple):
    """The trial estimate of one mixture, as :class:`domix.problems.groups.Estimate` has it."""

    fit: Fit
    table_counts: Floats


_recorded = recorded(Trial, Fit, Ended)


class Start(NamedTuple):
    """A support and weights to start from; weights need not be normalized."""

    targets: tuple[Target, ...]
    weights: Floats


@_recorded
def draft_mixtures(
    mixtures: Sequence[MixtureProblem], rng: np.random.Generator, report: Report
) -> list[Trial]:
    """Find targets along one order, and improve them by the fast moves."""

    def search(block: Block) -> Fit:
        return draft(block.problem, block.criterion, rng, report).fit

    return _in_turn([Block(mixture) for mixture in mixtures], search)


@_recorded
def eliminate_mixtures(mixtures: Sequence[MixtureProblem], starts: Sequence[Start]) -> list[Trial]:
    """Fit the supports of other graphs, and drop what fails the test."""
    blocks = [Block(mixture) for mixture in mixtures]
    start_of = dict(zip(blocks, starts, strict=True))
    if not are_independent(blocks):
        # The others need to know what each mixture says of the tables.
        for block, start in start_of.items():
            block.take(fit_support(block.problem, *start, block.problem.log_theta))

    def search(block: Block) -> Fit:
        return eliminate(block.problem, block.criterion, *start_of[block], block.problem.log_theta)

    return _in_turn(blocks, search)


@_recorded
def improve_mixtures(
    mixtures: Sequence[MixtureProblem], trials: Sequence[Fitted], report: Report
) -> list[Trial]:
    """Improve trial estimates of the same graph by the fast moves."""
    blocks = [Block(mixture) for mixture in mixtures]
    for block, trial in zip(blocks, trials, strict=True):
        block.fit, block.table_counts = trial.fit, trial.table_counts + block.labelled_counts

    def search(block: Block) -> Fit:
        found = Search(block.problem, block.criterion, block.fit)
        improve_support(found, report, thorough=False)
        return found.fit

    return _in_turn(blocks, search)


def _in_turn(blocks: Sequence[Block], search: Callable[[Block], Fit]) -> list[Trial]:
    """Search each mixture once; the rows of the others are observations of the tables."""
    for block in blocks:
        if not are_independent(blocks):
            block.observe(blocks)
        block.take(search(block))
    return [Trial(block.fit, block.table_counts - block.labelled_counts) for block in blocks]


def merge_siblings(fit: Fit, edges: Iterable[Edge]) -> Start:
    """Add to a support the targets that new edges would leave of its siblings."""
    weights = dict(zip(fit.support, fit.weights.tolist(), strict=True))
    for cause, effect in sorted(edges):
        for merged, members in merged_siblings(fit.support, cause, effect).items():
            weights[merged] = sum(float(fit.weights[i]) for i in members)
    return Start(tuple(weights), np.array(list(weights.values())))
