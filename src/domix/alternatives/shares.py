r"""The targets that could stand in the place of a reported one, each with its share.

Let S be the reported support and f one of its targets. A support S' in which another target stands
in place of f has the posterior weight exp(score(S')), where the score is the penalized
log-likelihood by which supports are compared everywhere. Among S and all these S',

.. math:: p_f = 1 / \sum_{S'} \exp(\mathrm{score}(S') - \mathrm{score}(S))

is the share of f itself; that of an alternative u is the part of the S' that bring u in.

The S' are S - f + u, for u that differ from f in one variable, or from a u that scores nearly as
well; exact look-alikes, which differ in any number; and S - f - g + h, where h is the part that f
and another target g have in common. Exclusion and background knowledge hold in every S'.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domix.alternatives.neighbours import admit, list_neighbours
from domix.alternatives.predictions import Predictor, Start
from domix.core.look_alikes import exact_look_alikes
from domix.core.tables import Tables, Target
from domix.core.targets import from_pairs
from domix.em.data import Problem
from domix.em.mixture import Fit
from domix.em.mixture import fit as fit_support
from domix.em.squarem import Ended
from domix.options.alternatives import AlternativesOptions
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.baseline import Baseline


@dataclass(frozen=True, eq=False)
class Shares:
    """What could stand in the place of one target.

    Attributes
    ----------
    own : float
        The share of the target itself.
    members : tuple of (Target, float)
        The credible set, by falling share: the target itself, and as many others as it takes.
    """

    own: float
    members: tuple[tuple[Target, float], ...]


class AlternativesSearch:
    """The search for alternatives of the targets of one support.

    Parameters
    ----------
    problem : Problem
    criterion : SelectionCriterion
    start : Fit
        Of the reported support; it is fitted on from here.
    options : AlternativesOptions, optional
    among : sequence of collection of Target, optional
        By component, the only targets that are tried in its place; None is all.
    """

    def __init__(
        self,
        problem: Problem,
        criterion: SelectionCriterion,
        start: Fit,
        options: AlternativesOptions | None = None,
        among: Sequence[Collection[Target]] | None = None,
    ) -> None:
        self.problem, self.criterion, self._among = problem, criterion, among
        self.options = AlternativesOptions() if options is None else options
        self.fit = fit_support(
            problem, start.support, start.weights, start.log_theta, self.options.fit
        )
        self.baseline = Baseline(problem, self.fit)
        self.score = self.fit.objective - criterion.penalty(self.fit.support)
        self.best: tuple[float, Fit] = self.score, self.fit
        self.fits = 0
        self._joins = list(self._fit_joins())

    def shares(self, index: int) -> Shares:
        """Return the shares of what could stand in place of a component's target.

        A target that the user included is certain.
        """
        return credible_set(self.fit.support[index], self.scores(index), self.options.coverage)

    def scores(self, index: int) -> dict[Target, float]:
        """Return the targets that could stand in place of a component's, with their scores.

        If a target stands there in several supports, it has the logarithm of the sum of their
        posterior weights.
        """
        own_target = self.fit.support[index]
        if self.problem.knowledge.stays(own_target):
            return {own_target: self.score}
        scores = dict(self._replace(index))
        for pair, target, score in self._joins:
            if index in pair:
                scores[target] = float(np.logaddexp(scores.get(target, -math.inf), score))
        return scores

    def _replace(self, index: int) -> Iterator[tuple[Target, float]]:
        """Yield the targets that can replace a component's, with the scores of the supports."""
        options, support = self.options, self.fit.support
        others = [target for c, target in enumerate(support) if c != index]
        admits = admit(self.problem, others)
        reduced = self._fit_without(index)
        yield support[index], self.score
        seen, best = {support[index]}, self.score
        queue: list[tuple[float, Target, Fit]] = [(-self.score, support[index], self.fit)]
        for target, score in self._exact(index):
            if target not in seen and admits(target):
                seen.add(target)
                yield target, score
        for _ in range(1 + options.most_expansions):
            if not queue or -queue[0][0] < best - options.expansion_loss:
                break
            _, center, fit = heapq.heappop(queue)
            baseline = self.baseline if fit is self.fit else Baseline(self.problem, fit)
            predictor = Predictor(baseline, index, reduced)
            for target in list_neighbours(self.problem.layout, center):
                if target in seen or not admits(target) or not self._tries(index, target):
                    continue
                seen.add(target)
                start = predictor.predict(target)
                if not self._promises(start, reduced, best):
                    continue
                found = self._fit(start, best)
                if found is not None:
                    best = max(best, found[0])
                    heapq.heappush(queue, (-found[0], target, found[1]))
                    yield target, found[0]

    def _tries(self, index: int, target: Target) -> bool:
        return self._among is None or target in self._among[index]

    def _exact(self, index: int) -> Iterator[tuple[Target, float]]:
        """Yield exact look-alikes, whose support has the same log-likelihood."""
        problem, support = self.problem, list(self.fit.support)
        if problem.learn or not (problem.theta == 1).any():
            return
        tables = Tables(problem.layout, problem.theta.copy())
        for number, target in enumerate(exact_look_alikes(tables, support[index])):
            if number == self.options.most_exact:
                return
            support[index] = target
            yield target, self.fit.objective - self.criterion.penalty(support)

    def _fit_without(self, index: int) -> Baseline | None:
        fit = self.fit
        kept = [c for c in range(len(fit.support)) if c != index]
        if not kept:
            return None
        weights = fit.weights[kept] + self.problem.options.remaining_start_weight
        targets = [fit.support[c] for c in kept]
        reduced = fit_support(
            self.problem, targets, weights, fit.log_theta, self.options.reduced_fit
        )
        return Baseline(self.problem, reduced)

    def _promises(self, start: Start, reduced: Baseline | None, best: float) -> bool:
        """Whether the score of a support may come near the best."""
        options = self.options
        most = start.objective
        if reduced is not None:
            gain = max(start.objective - reduced.fit.objective, 0.0)
            most = max(most, reduced.fit.objective + options.prediction_factor * gain)
        most += options.prediction_loss
        if most - self.criterion.least_critical_value(len(start.targets)) < best - options.score_loss:
            return False
        return most - self.criterion.penalty(start.targets) >= best - options.score_loss

    def _fit(self, start: Start, best: float) -> tuple[float, Fit] | None:
        """Fit a support; None if its score is clearly below the best."""
        penalty = self.criterion.penalty(start.targets)
        least = best - self.options.score_loss + penalty
        self.fits += 1
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
        score = fit.objective - penalty
        if score > self.best[0]:
            self.best = score, fit
        return score, fit

    def _fit_joins(self) -> Iterator[tuple[tuple[int, int], Target, float]]:
        """Yield two components, the part common to their targets, and the score with it alone."""
        support, weights = self.fit.support, self.fit.weights
        free = [c for c, t in enumerate(support) if t and not self.problem.knowledge.stays(t)]
        for place, a in enumerate(free):
            for b in free[:place]:
                common = from_pairs(set(support[a]) & set(support[b]))
                if common in (support[a], support[b]):
                    continue
                if not (self._tries(a, common) and self._tries(b, common)):
                    continue
                others = [c for c in range(len(support)) if c not in (a, b)]
                kept = [support[c] for c in others]
                joined = dict(zip(kept, weights[others].tolist(), strict=True))
                if common not in joined and not admit(self.problem, kept)(common):
                    continue
                joined[common] = joined.get(common, 0.0) + float(weights[a] + weights[b])
                start = Start(
                    math.nan,
                    tuple(joined),
                    np.array(list(joined.values())),
                    self.fit.log_theta,
                )
                found = self._fit(start, self.score)
                if found is not None:
                    yield (a, b), common, found[0]


def find_shares(
    problem: Problem,
    criterion: SelectionCriterion,
    fit: Fit,
    options: AlternativesOptions | None = None,
) -> list[Shares]:
    """Return the shares of what could stand in place of each target of a fit.

    Where there are many distinct rows, only those alternatives are tried that a sample of the rows
    does not rule out.
    """
    among = None
    search_options = problem.options
    if len(problem.codes) >= search_options.sample_factor * search_options.sample_rows:
        share = search_options.sample_rows / len(problem.codes)
        sample = problem.thinned(share, np.random.default_rng(0))
        first = AlternativesSearch(sample, criterion, fit, options)
        among = [first.scores(c).keys() for c in range(len(fit.support))]
    search = AlternativesSearch(problem, criterion, fit, options, among)
    return [search.shares(c) for c in range(len(fit.support))]


def credible_set(own: Target, scores: Mapping[Target, float], coverage: float) -> Shares:
    """Turn scores into shares, and keep the largest until they reach ``coverage``.

    The target itself is always kept.

    Examples
    --------
    >>> credible_set((), {(): 2.0, ((0, 1),): 2.0, ((0, 0),): -9.0}, 0.95).members
    (((), 0.49999...), (((0, 1),), 0.49999...))
    """
    best = max(scores.values())
    raw = {target: math.exp(score - best) for target, score in scores.items()}
    total = math.fsum(raw.values())
    ranked = sorted(raw, key=lambda target: (-raw[target], target != own, target))
    members, sum_of_shares = [], 0.0
    for target in ranked:
        if sum_of_shares < coverage or target == own:
            members.append((target, raw[target] / total))
        sum_of_shares += raw[target] / total
    return Shares(raw[own] / total, tuple(members))
