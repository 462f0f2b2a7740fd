"""What was estimated, in labels: the results that users hold."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from domix.alternatives.exactness import Answer
from domix.claims.claims import Claims, make_claims
from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.core.tables import Target
from domix.data.rows import DistinctRows, distinct
from domix.errors import DomixWarning
from domix.estimation.answers import answer_mixtures
from domix.estimation.components import name_components, name_soft_components
from domix.estimation.contrast.contrast import Contrast
from domix.estimation.facts import describe_answer, describe_inputs, describe_unseen_tables
from domix.estimation.soft.soften import Softened
from domix.model.learn import posterior_mean_tables
from domix.model.network import Network
from domix.problems.groups import Estimate, Fitted
from domix.problems.inputs import Inputs
from domix.problems.mixture_rows import MixtureRows
from domix.problems.sharded_mixture import AnyMixtureRows
from domix.results.checks.check import ModelCheck
from domix.results.checks.independences import count_pairs, run_independence_tests
from domix.results.component import Component, relate
from domix.results.contrast import ContrastReport, WeightedTarget
from domix.results.graph import GraphReport
from domix.results.groups import GroupResults
from domix.results.record import UNDETECTED_STAGE
from domix.results.result import Disentanglement
from domix.results.soft import SoftReport, SoftShape
from domix.util.progress import Report
from domix.work.steps import attempt, stopping

Results = Disentanglement | GroupResults
"""One result, or one for each group."""

MOST_COUNTED_ROWS = 2**28
"""Distinct rows times independences of the largest check in a result, about a second."""

UNASKED_SHARE = 0.2
"""Share of alpha at which the check of a result rejects.

Where alpha is .05, one result in a hundred has a false warning, rather than one in twenty. Misfit
that matters to targets has p-values far below either.
"""


def report_estimates(
    inputs: Inputs,
    estimates: Sequence[Estimate],
    graph: GraphReport | None = None,
    lacks_edges: bool = False,
    contrast: Contrast | None = None,
    report: Report = lambda *_: None,
    soft: Sequence[Softened | None] = (),
) -> Results:
    """Return the result of each group, or the one result where there are no groups.

    Warns
    -----
    DomixWarning
        An iteration limit ended the search or a fit before it converged; control rows reject the
        graph, or contradict the model.
    """
    if contrast is not None:
        inputs, estimates = contrast.inputs, contrast.estimates
    softened = soft or [None] * len(estimates)
    final = [s or estimate for s, estimate in zip(softened, estimates, strict=True)]
    network = final_network(inputs, final)
    report("look-alikes", None)
    answers: Sequence[Sequence[Answer | None]]
    answers = [
        [None] * len(estimate.fit.support if s is None else s.soft.targets)
        for s, estimate in zip(softened, estimates, strict=True)
    ]
    if not inputs.is_completed:
        # Completed rows favor the targets under which they were completed.
        answers = attempt(
            "look-alikes",
            lambda: answer_mixtures(inputs.mixtures, estimates, softened, inputs.alpha),
            answers,
        )
    check = check_graph(inputs)
    by_size = contrast is not None and contrast.by_size
    claims = _make_claims(inputs, estimates, contrast)
    results = [
        _result(inputs, number, estimate, answer, own, network, by_size)
        if s is None
        else _soft_result(inputs, number, s, estimate, answer, network)
        for number, (s, estimate, answer, own) in enumerate(
            zip(softened, estimates, answers, claims, strict=True)
        )
    ]
    results = [replace(result, graph=graph) for result in results]
    if contrast is not None:
        check = None if check is None else replace(check, drift=contrast.drift)
        results = [_with_contrast(result, contrast, g) for g, result in enumerate(results)]
        misfits = _describe_misfits(inputs.groups, results)
        if misfits:
            warnings.warn(misfits, DomixWarning, stacklevel=3)
    if not all(estimate.converged for estimate in final) and not stopping():
        warnings.warn(
            "an iteration limit ended the estimation before it converged: weights and p-values may "
            "be inaccurate; more rows, or fewer groups at a time, can help",
            DomixWarning,
            stacklevel=3,
        )
    results = [
        _without_exactness(result) if result.contradicted else result
        for result in (replace(result, check=check) for result in results)
    ]
    if check is not None and check.rejected and not lacks_edges:
        warnings.warn(check.verdict, DomixWarning, stacklevel=3)
    if inputs.groups is None:
        return results[0]
    return GroupResults(zip(inputs.groups, results, strict=True))


def _describe_misfits(groups: Sequence[Label] | None, results: Sequence[Disentanglement]) -> str:
    """Describe the first mixture that control rows do not fit, and count the others."""
    found = [(g, r.contrast) for g, r in enumerate(results) if r.contrast and r.contrast.misfit]
    if not found:
        return ""
    number, first = found[0]
    group = "" if groups is None else f"group {groups[number]!r}: "
    others = "" if len(found) == 1 else f"; and {len(found) - 1} more of {len(results)} groups"
    # Drift and background are those of all mixtures, so that all or none are undecided.
    if first.undecided:
        return (
            f"control rows leave targets in doubt: {group}{first}{others}. With few rows these can "
            "be true, and with a wrong model they are mostly false: more control rows of the same "
            "batch as the mixture decide"
        )
    return (
        f"control rows and mixture do not fit one model: {group}{first}{others}. Targets that are "
        "left may still be traces of others: see their relation, and on how many halves of the "
        "rows they come back. Take controls of the same batch as the mixture"
    )


def check_graph(inputs: Inputs) -> ModelCheck | None:
    """Test the independences of the graph on control rows, if there are any and it is quick."""
    if inputs.control is None:
        return None
    network = inputs.network
    rows = inputs.controls_gathered
    if count_pairs(network.tables.layout) * len(rows.codes) > MOST_COUNTED_ROWS:
        return None
    alpha = UNASKED_SHARE * inputs.alpha
    return ModelCheck(
        alpha=alpha,
        controls=round(float(rows.counts.sum())),
        rows=None,
        graph=str(inputs.graph),
        independences=run_independence_tests(network, rows, alpha),
    )


def _with_contrast(result: Disentanglement, contrast: Contrast, mixture: int) -> Disentanglement:
    """Add what control rows say of a mixture and of its components."""
    network = result.network
    # Soft components explain what hard ones would be traces of.
    components = result.components if result.soft is not None else relate(result.components)
    if contrast.reproduced is not None and result.soft is None:
        counts = contrast.reproduced[mixture]
        components = tuple(
            replace(c, reproduced=counts.get(network.target(c.intervention), 0)) for c in components
        )
    report = ContrastReport(
        contrast.drift,
        _weighted_targets(network, contrast.background),
        _weighted_targets(network, contrast.explained[mixture]),
    )
    return replace(result, components=components, contrast=report)


def _without_exactness(result: Disentanglement) -> Disentanglement:
    """Call no target exact: what is near it was compared within a model that does not fit."""
    components = tuple(replace(c, exact=None) for c in result.components)
    return replace(result, components=components)


def _weighted_targets(
    network: Network, targets: Iterable[tuple[Target, float]]
) -> tuple[WeightedTarget, ...]:
    """Name targets that are not reported, by falling weight."""
    heaviest = sorted(targets, key=lambda item: (-item[1], item[0]))
    return tuple(
        WeightedTarget(Intervention(network.space.assignment(target)), weight)
        for target, weight in heaviest
    )


def final_network(inputs: Inputs, estimates: Sequence[Fitted | Softened]) -> Network:
    """Return the network with posterior-mean tables from all rows, if they are learnt."""
    if inputs.controls is None:
        return inputs.network
    labelled = (mixture.labelled_counts for mixture in inputs.mixtures)
    expected = (estimate.table_counts for estimate in estimates)
    counts = inputs.controls + np.sum([*labelled, *expected], axis=0)
    layout = inputs.network.tables.layout
    return inputs.network.with_values(posterior_mean_tables(layout, counts, inputs.pseudocount))


def _make_claims(
    inputs: Inputs, estimates: Sequence[Estimate], contrast: Contrast | None
) -> list[Claims]:
    """Compute the claims of each mixture, with the tables that all of them share.

    Targets that control rows explain as well are not missing, and where control rows contradict the
    model, no gain shows that the search ended too early.
    """
    explained = ((),) * len(estimates) if contrast is None else contrast.explained
    counts = [
        estimate.table_counts + mixture.labelled_counts
        for mixture, estimate in zip(inputs.mixtures, estimates, strict=True)
    ]
    claims = []
    for number, (mixture, estimate) in enumerate(zip(inputs.mixtures, estimates, strict=True)):
        problem, others = mixture.problem, [*counts[:number], *counts[number + 1 :]]
        if problem.learn and others:
            problem = problem.observing(np.sum(others, axis=0))
        passed_over = [target for target, _ in explained[number]]
        complete_rows = None
        if inputs.is_completed:
            complete_rows = problem.with_rows(_count_complete(inputs, number))
        claims.append(
            attempt(
                UNDETECTED_STAGE,
                partial(
                    make_claims,
                    problem,
                    mixture.criterion,
                    estimate.fit,
                    estimate.intervals,
                    passed_over,
                    complete_rows,
                ),
                Claims.of_intervals(estimate.intervals),
            )
        )
    if contrast is not None and contrast.reproduced is not None:
        return [replace(own, missed=None) for own in claims]
    return claims


def _count_complete(inputs: Inputs, number: int) -> DistinctRows:
    """Count the rows of a mixture that had no label and missed no entry."""
    rows = inputs.rows[number]
    assert isinstance(rows, MixtureRows)
    rows = rows.given or rows
    kept = ~rows.labels.known & (rows.weights > 0)
    if rows.absent is not None:
        kept &= ~rows.absent.any(axis=1)
    return distinct(rows.codes[kept], inputs.network.space.cards, rows.weights[kept])


def _result(
    inputs: Inputs,
    number: int,
    estimate: Estimate,
    answers: Sequence[Answer | None],
    claims: Claims,
    network: Network,
    by_size: bool,
) -> Disentanglement:
    """Return the estimate of one mixture in labels; ``network`` has its final tables."""
    rows, criterion = inputs.rows[number], inputs.mixtures[number].criterion
    components = name_components(rows, criterion, estimate, answers, claims, network, by_size)
    best_gain, best_critical = estimate.best_gain, estimate.best_critical
    if claims.missed is not None and claims.missed[0] > best_gain:
        best_gain, best_critical = claims.missed
    result = _assemble(inputs, rows, components, network, claims.unseen)
    return replace(
        result,
        facts={**result.facts, **describe_unseen_tables(inputs, rows, estimate)},
        best_move_gain=best_gain,
        best_move_significant=best_gain > best_critical,
        converged=estimate.converged,
    )


def _soft_result(
    inputs: Inputs,
    number: int,
    softened: Softened,
    hard: Estimate,
    answers: Sequence[Answer | None],
    network: Network,
) -> Disentanglement:
    """Return the soft estimate of one mixture in labels, with the hard answer beside it."""
    rows, criterion = inputs.rows[number], inputs.mixtures[number].criterion
    soft = softened.soft
    components = name_soft_components(rows, criterion, softened, answers, network)
    before = zip(hard.fit.support, hard.fit.weights.tolist(), strict=True)
    report = SoftReport(
        SoftShape(soft.shape), soft.gain, soft.rate, _weighted_targets(network, before)
    )
    result = _assemble(inputs, rows, components, network)
    facts = dict(result.facts)
    if soft.share < 1:
        facts["soft"] = f"fitted to a random sample, {soft.share:.2g} of these rows"
    return replace(result, facts=facts, soft=report, converged=softened.converged)


def _assemble(
    inputs: Inputs,
    rows: AnyMixtureRows,
    components: tuple[Component, ...],
    network: Network,
    unseen: tuple[float, Target] | None = None,
) -> Disentanglement:
    mixture = {network.any_target(c.intervention): float(c.weight) for c in components}
    log_likelihood, impossible = rows.explain(network.tables, mixture)
    return Disentanglement(
        network=network,
        components=components,
        method="likelihood",
        rows=rows.total,
        alpha=inputs.alpha,
        log_likelihood=log_likelihood,
        unexplained=impossible,
        facts={**describe_inputs(inputs), **describe_answer(inputs, rows, components, unseen)},
    )
