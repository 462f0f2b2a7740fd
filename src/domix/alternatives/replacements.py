"""Replacements: another target in the place of one, everything else refitted."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator

from domix.alternatives.comparison import Comparison
from domix.alternatives.neighbours import admit, list_neighbours
from domix.alternatives.predictions import Predictor, Start
from domix.core.look_alikes import exact_look_alikes
from domix.core.tables import Tables, Target
from domix.em.mixture import Fit
from domix.em.mixture import fit as fit_support
from domix.selection.baseline.baseline import Baseline


def replace_target(
    comparison: Comparison, index: int, tries: Callable[[Target], bool]
) -> Iterator[tuple[Target, float]]:
    """Yield the targets that can stand in place of a component's, with the scores of the supports.

    Exact look-alikes come first. Then neighbours are tried: of the target, and of what scores
    nearly as well, the best first.

    Parameters
    ----------
    comparison : Comparison
    index : int
        Of the component.
    tries : callable
        Whether a target is tried at all.
    """
    problem, options, fit = comparison.rows, comparison.options, comparison.fit
    own = fit.support[index]
    admits = admit(problem, [target for c, target in enumerate(fit.support) if c != index])
    seen = {own}
    for target, score in _list_exact(comparison, index):
        if target not in seen and admits(target):
            seen.add(target)
            yield target, score
    reduced = _fit_without(comparison, index)
    best = comparison.score
    queue: list[tuple[float, Target, Fit]] = [(-comparison.score, own, fit)]
    for _ in range(1 + options.most_expansions):
        if not queue or -queue[0][0] < best - options.expansion_loss:
            break
        _, center, base = heapq.heappop(queue)
        baseline = comparison.baseline if base is fit else Baseline(problem, base)
        predictor = Predictor(baseline, index, reduced)
        for target in list_neighbours(problem.layout, center):
            if target in seen or not admits(target) or not tries(target):
                continue
            seen.add(target)
            start = predictor.predict(target)
            if not comparison.promises(start, best):
                continue
            found = comparison.try_support(start, best)
            if found is not None:
                best = max(best, found.score)
                heapq.heappush(queue, (-found.score, target, found.fit))
                yield target, found.score


def replace_directly(
    comparison: Comparison, index: int, targets: Iterable[Target]
) -> Iterator[tuple[Target, float]]:
    """Yield those of some targets that can stand in place of a component's, without predictions.

    Few are tried where there are many rows: what a sample does not rule out.
    """
    fit, best = comparison.fit, comparison.score
    others = [target for c, target in enumerate(fit.support) if c != index]
    admits = admit(comparison.problem, others)
    exact = dict(_list_exact(comparison, index))
    yield from ((target, score) for target, score in exact.items() if admits(target))
    tried = [t for t in targets if t != fit.support[index] and t not in exact and admits(t)]
    supports = [(*fit.support[:index], target, *fit.support[index + 1 :]) for target in tried]
    for target, support in zip(tried, supports, strict=True):
        found = comparison.try_support(Start(support, fit.weights, fit.log_theta), best)
        if found is not None:
            best = max(best, found.score)
            yield target, found.score


def _list_exact(comparison: Comparison, index: int) -> Iterator[tuple[Target, float]]:
    """List exact look-alikes, whose supports have the same log-likelihood."""
    problem, support = comparison.problem, list(comparison.fit.support)
    if problem.learn or not (problem.theta == 1).any():
        return
    tables = Tables(problem.layout, problem.theta.copy())
    for number, target in enumerate(exact_look_alikes(tables, support[index])):
        if number == comparison.options.most_exact:
            return
        support[index] = target
        yield target, comparison.fit.objective - comparison.criterion.penalty(support)


def _fit_without(comparison: Comparison, index: int) -> Baseline | None:
    fit, problem = comparison.fit, comparison.rows
    kept = [c for c in range(len(fit.support)) if c != index]
    if not kept:
        return None
    weights = fit.weights[kept] + problem.options.remaining_start_weight
    targets = [fit.support[c] for c in kept]
    reduced = fit_support(problem, targets, weights, fit.log_theta, comparison.options.reduced_fit)
    return Baseline(problem, reduced)
