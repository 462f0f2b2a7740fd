"""Supports compared with the reported one by their scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from domix.alternatives.predictions import Start
from domix.em.base import OnProblem
from domix.em.data import Problem
from domix.em.mixture import Fit
from domix.em.mixture import fit as fit_support
from domix.em.sharded import AnyProblem
from domix.em.squarem import Ended
from domix.options.alternatives import AlternativesOptions
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion


@dataclass(frozen=True, eq=False)
class ScoredFit:
    """A fit, and its score: its log-likelihood less the penalty of its support."""

    score: float
    fit: Fit


class Comparison(OnProblem):
    """The reported support, and how others are scored beside it.

    Attributes
    ----------
    problem : Problem or ShardedProblem
    criterion : SelectionCriterion
    options : AlternativesOptions
    fit : Fit
        Of the reported support, fitted on from ``start``.
    score : float
    """

    def __init__(
        self,
        problem: AnyProblem,
        criterion: SelectionCriterion,
        start: Fit,
        options: AlternativesOptions,
    ) -> None:
        self.problem, self.criterion, self.options = problem, criterion, options
        self.fit = fit_support(problem, start.support, start.weights, start.log_theta, options.fit)
        self.score = self.fit.objective - criterion.penalty(self.fit.support)
        knowledge = problem.knowledge
        # Every support has a target that is counted by its size: do() is the cheapest to report,
        # unless others were named.
        self._least_penalty = min(
            criterion.critical_value(target, (), by_size=True)
            for target in ((), *knowledge.included, *knowledge.suspected)
        )

    @property
    def rows(self) -> Problem:
        """The problem, of rows in memory."""
        assert isinstance(self.problem, Problem)
        return self.problem

    @cached_property
    def baseline(self) -> Baseline:
        """What moves from the reported support start from."""
        return Baseline(self.rows, self.fit)

    def try_support(self, start: Start, best: float) -> ScoredFit | None:
        """Fit a support; None if its score is far below the best in the same place."""
        penalty = self.criterion.penalty(start.targets)
        least = best - self.options.score_loss + penalty
        fit = fit_support(
            self.problem,
            start.targets,
            start.weights,
            start.log_theta,
            self.options.fit,
            least=least,
        )
        if fit.ended is Ended.UNREACHABLE or fit.objective < least:
            return None
        return ScoredFit(fit.objective - penalty, fit)

    def promises(self, start: Start, best: float) -> bool:
        """Whether the score of a support may come near the best, by its prediction."""
        options = self.options
        loss = options.learnt_prediction_loss if self.problem.learn else options.prediction_loss
        most = start.objective + loss
        least = best - options.score_loss
        # The penalty takes longer to compute.
        if most - self._least_penalty < least:
            return False
        return most - self.criterion.penalty(start.targets) >= least

    def free(self) -> list[int]:
        """Return the components that something else may stand for: not those that must stay."""
        stays = self.problem.knowledge.stays
        return [c for c, target in enumerate(self.fit.support) if not stays(target)]
