"""The local search: propose moves family by family, and accept what improves the score.

The score of a support is its penalized log-likelihood: the maximized log-likelihood minus
:meth:`~domix.selection.criterion.SelectionCriterion.penalty`. All families rank their
moves by a predicted gain; a proposal is accepted only after everything was refitted and the targets
that fail the test were dropped.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import Any

from domix.core.exclusion import exhausted
from domix.em.mixture import Fit
from domix.em.sharded import AnyProblem
from domix.em.squarem import Ended
from domix.selection.backward import DropCost, DropCosts, eliminate, safe_targets
from domix.selection.baseline.baseline import Baseline
from domix.selection.baseline.sharded import begin
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.additions import rank_additions
from domix.selection.moves.excluded_values import (
    propose_excluded_values,
    propose_relifts,
)
from domix.selection.moves.extensions import list_extensions
from domix.selection.moves.joint.additions import propose_joint_additions
from domix.selection.moves.joint.revisions import rank_revisions
from domix.selection.moves.merges import propose_merges
from domix.selection.moves.move import Move, Proposal, best_per_target
from domix.selection.moves.replacements import rank_replacements
from domix.selection.moves.single_changes import rank_single_changes
from domix.selection.moves.splits import list_splits, propose_split
from domix.selection.moves.swaps import propose_swaps
from domix.util.progress import Report
from domix.work.steps import recorded, stopping


class Search:
    """The state of a search: the best support so far, and what was learnt on the way.

    Parameters
    ----------
    problem : Problem or ShardedProblem
    criterion : SelectionCriterion
    start : Fit
    drop_costs : DropCosts, optional
        Known from other supports.

    Attributes
    ----------
    fit : Fit
        Of the best support so far.
    score : float
        Its penalized log-likelihood.
    drop_costs : DropCosts
    converged : bool
        Whether the last local search ended because no move improved the score, and not because it
        reached its limit of rounds.
    best_gain, best_critical : float
        The largest predicted gain, in nats, among the single changes and additions that were left
        in the last round, and the critical value of its target.
    """

    types = Fit, Ended, DropCost

    def __init__(
        self,
        problem: AnyProblem,
        criterion: SelectionCriterion,
        start: Fit,
        drop_costs: DropCosts | None = None,
    ) -> None:
        self.problem = problem
        self.criterion = criterion
        self.fit = start
        self.score = start.objective - criterion.penalty(start.support)
        self.drop_costs: DropCosts = {} if drop_costs is None else drop_costs
        self.converged = False
        self.best_gain = 0.0
        self.best_critical = 0.0
        self._tried: dict[Hashable, None] = {}

    def mark(self) -> tuple[Fit, int, Any]:
        """Return the present fit and how much was tried; see :mod:`domix.work.journal`."""
        return self.fit, len(self._tried), self.problem.mark()

    def changes(self, mark: tuple[Fit, int, Any]) -> tuple[Any, ...]:
        """Return what a search has found and tried since."""
        fit, tried, problem = mark
        return (
            None if self.fit is fit else self.fit,
            (self.score, self.converged, self.best_gain, self.best_critical),
            self.drop_costs,
            list(islice(self._tried, tried, None)),
            self.problem.changes(problem),
        )

    def apply(self, changes: tuple[Any, ...]) -> None:
        """Take over what was found and tried."""
        fit, found, drop_costs, tried, problem = changes
        self.fit = self.fit if fit is None else fit
        self.score, self.converged, self.best_gain, self.best_critical = found
        self.drop_costs.clear()
        self.drop_costs.update(drop_costs)
        self._tried.update(dict.fromkeys(tried))
        self.problem.apply(problem)

    def accept(self, proposal: Proposal) -> bool:
        """Refit a proposal, drop what fails the test, and keep the rest if the score improves."""
        key = (frozenset(self.fit.support), proposal.key)
        # Whatever a family proposes, background knowledge is checked here.
        allowed = all(map(self.problem.knowledge.allows, proposal.targets))
        if key in self._tried or not allowed:
            return False
        self._tried[key] = None
        return self._try(proposal)

    @recorded()
    def _try(self, proposal: Proposal) -> bool:
        fit = self._explore(proposal) if proposal.explored else self._eliminate(proposal)
        score = fit.objective - self.criterion.penalty(fit.support)
        # The parts of a split may use all values of a variable; what is kept of them must not.
        improves = self._improves(score) and score > self.score + proposal.least_gain
        if not improves or any(exhausted(self.problem.layout, fit.support)):
            return False
        self.fit, self.score = fit, score
        return True

    def _eliminate(self, proposal: Proposal) -> Fit:
        return eliminate(
            self.problem,
            self.criterion,
            proposal.targets,
            proposal.weights,
            proposal.log_theta,
            self.drop_costs,
            self._can_improve,
        )

    def _explore(self, proposal: Proposal) -> Fit:
        """Improve a proposal by the fast moves before its score is compared."""
        start = (proposal.targets, proposal.weights, proposal.log_theta)
        drop_costs: DropCosts = {}
        fit = eliminate(self.problem, self.criterion, *start, drop_costs)
        if set(fit.support) == set(self.fit.support):
            return fit
        search = Search(self.problem, self.criterion, fit, drop_costs)
        if search.score > self.score - self.problem.options.max_explored_loss:
            improve_support(search, lambda *_: None, thorough=False)
        return search.fit

    def _improves(self, score: float) -> bool:
        return score > self.score + self.problem.options.min_score_gain

    def _can_improve(self, fit: Fit) -> bool:
        """Whether a fit may improve the score once targets that fail the test are dropped.

        Its penalty is at least that of the targets which are certain to stay, and one new one.
        """
        new = [target for target in fit.support if target not in self.fit.support]
        if not new:
            return len(fit.support) < len(self.fit.support)
        safe = safe_targets(self.problem, fit, self.drop_costs)
        least_penalty = min(self.criterion.penalty([*safe, target]) for target in new)
        return self._improves(fit.objective - least_penalty)

    def note_best(self, moves: Sequence[Move]) -> None:
        """Record the largest predicted gain and the critical value of its target."""
        best = max(moves, key=lambda move: move.gain, default=None)
        self.best_gain = 0.0 if best is None else best.gain
        if best is not None:
            support = (*self.fit.support, best.target)
            self.best_critical = self.criterion.critical_value(best.target, support)


def improve_support(search: Search, report: Report, *, thorough: bool = True) -> None:
    """Accept moves until none improves the score; the slow families only if ``thorough``."""
    search.converged = False
    for number in range(1, search.problem.options.max_rounds + 1):
        if stopping():
            return
        report(f"search, round {number}", None)
        if not _improve_once(search, thorough):
            search.converged = True
            return


@recorded()
def _improve_once(search: Search, thorough: bool) -> bool:
    """Accept the first move that improves the score; return whether there may be others."""
    for proposal in _propose_moves(search, thorough):
        if stopping() or search.accept(proposal):
            return True
    return False


def _propose_moves(search: Search, thorough: bool) -> Iterator[Proposal]:
    """Propose moves, the families that succeed most often first, each computed when needed."""
    criterion, fit, options = search.criterion, search.fit, search.problem.options
    baseline = begin(search.problem, fit)
    allowed = baseline.allows
    smallest_critical = min(
        criterion.least_critical_value(len(fit.support)),
        *(criterion.critical_value(target, fit.support) for target in fit.support),
    )
    listed_gain = options.listed_gain * smallest_critical
    trial_gain = options.trial_gain * smallest_critical
    changes = best_per_target(
        rank_single_changes(baseline, allowed, listed_gain, options.max_line_searches)
    )
    batch = [move for move in changes if move.gain > trial_gain][: options.max_batch]
    if batch:
        yield baseline.with_moves("batch", batch)
    additions = rank_additions(baseline, allowed, trial_gain, options.max_additions)
    search.note_best([*changes, *additions])
    for move in additions:
        yield baseline.with_moves("addition", [move])
    replacements = rank_replacements(baseline, criterion)
    if len(replacements) > 1:
        yield baseline.with_moves("replacement", replacements)
    for move in replacements:
        yield baseline.with_moves("replacement", [move])
    if not thorough:
        return
    assert isinstance(baseline, Baseline)
    for move in list_extensions(baseline):
        yield baseline.with_moves("extension", [move])
    for split in list_splits(baseline):
        yield from propose_split(baseline, split, smallest_critical)
    yield from propose_excluded_values(baseline, trial_gain)
    yield from propose_merges(baseline, criterion)
    for move in changes[: options.max_single_changes]:
        yield baseline.with_moves("single change", [move])
    for moves in rank_revisions(baseline, criterion):
        yield baseline.with_moves("revision", moves)
    yield from propose_joint_additions(baseline, criterion)
    yield from propose_swaps(baseline, criterion, smallest_critical)
    yield from propose_relifts(baseline)
