"""What is claimed of the targets of one mixture, computed from its final fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domix.claims.undetected import (
    Interval,
    Neighbour,
    are_neighbours,
    compute_hulls,
    fit_neighbours,
)
from domix.claims.unseen_share import find_unseen_share
from domix.core.tables import Target
from domix.em.mixture import Fit
from domix.em.sharded import AnyProblem
from domix.options.claims import ClaimOptions
from domix.selection.criterion import SelectionCriterion
from domix.work.steps import recorded


@dataclass(frozen=True, eq=False)
class Claims:
    """Claims of one mixture; lists have an entry for each target of the support.

    Attributes
    ----------
    intervals : list of Interval
        Those of the estimate; of the only target, down to what could have gone unseen.
    hulls : list of Interval
        Hulls of the intervals over the fits with one more target.
    undetected : list of tuple of (Target, float)
        Neighbours that are not reported, and their gains in nats.
    unseen : tuple of (float, Target) or None
        The largest share that could have gone unseen beside the only target, and its target.
    missed : tuple of (float, float) or None
        Gain, in nats, and critical value of the best neighbour that passes the test: the search
        ended too early.
    """

    intervals: list[Interval]
    hulls: list[Interval]
    undetected: list[tuple[tuple[Target, float], ...]]
    unseen: tuple[float, Target] | None
    missed: tuple[float, float] | None

    @classmethod
    def of_intervals(cls, intervals: Sequence[Interval]) -> Claims:
        """Claim no more than intervals do."""
        own = list(intervals)
        return cls(own, own, [()] * len(own), None, None)


@recorded(Claims)
def make_claims(
    problem: AnyProblem,
    criterion: SelectionCriterion,
    fitted: Fit,
    intervals: Sequence[Interval],
    passed_over: Collection[Target] = (),
    complete: AnyProblem | None = None,
) -> Claims:
    """Compute the claims of a mixture.

    Parameters
    ----------
    problem : Problem or ShardedProblem
    criterion : SelectionCriterion
    fitted : Fit
    intervals : sequence of Interval
        95 % intervals of the weights, the support taken as known.
    passed_over : collection of Target
        Targets that are known not to be missing.
    complete : Problem or ShardedProblem, optional
        Of the rows that missed no entry, where those of ``problem`` were completed: completed rows
        show no share of a target that they were not completed under.
    """
    options, support, unseen = ClaimOptions(), fitted.support, None
    intervals = list(intervals)
    if len(support) == 1:
        seen = problem if complete is None else complete
        share, other = 1.0, None
        if seen.distinct_rows:
            share, other = find_unseen_share(seen, criterion, support[0], options)
        intervals = [(1.0 - share, 1.0)]
        unseen = None if other is None else (share, other)
    neighbours = fit_neighbours(problem, fitted, passed_over, options)
    undetected = [
        tuple(
            (neighbour.target, neighbour.gain)
            for neighbour in neighbours
            if neighbour.gain >= options.flagged_gain and are_neighbours(target, neighbour.target)
        )
        for target in support
    ]
    return Claims(
        intervals,
        compute_hulls(problem, support, intervals, neighbours),
        undetected,
        unseen,
        _find_missed(criterion, neighbours),
    )


def _find_missed(
    criterion: SelectionCriterion, neighbours: Sequence[Neighbour]
) -> tuple[float, float] | None:
    for neighbour in neighbours:
        critical = criterion.critical_value(neighbour.target, neighbour.fit.support)
        if neighbour.gain > critical:
            return neighbour.gain, critical
    return None
