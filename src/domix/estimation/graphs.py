"""Estimation where the graph may be wrong: repairs of the given graph, or a graph from the rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from domix.core.tables import Layout, Tables, Target
from domix.data.rows import distinct
from domix.errors import DomixWarning
from domix.estimation.edges import edge_support, find_directions
from domix.estimation.groups import Estimate, estimate_mixtures
from domix.estimation.inputs import Inputs, MixtureRows
from domix.estimation.outputs import final_network, log_likelihoods
from domix.model.network import Network
from domix.options import GraphOptions
from domix.query.probability import log_prob, posterior
from domix.results.graph import EdgeChange, GraphEdge, GraphReport
from domix.structure.controls import search_controls
from domix.structure.dag import Dag
from domix.structure.edges import GraphMode
from domix.structure.joint import JointSearch
from domix.structure.scores import FamilyScores
from domix.util.arrays import Floats
from domix.util.checks import Rng, generator
from domix.util.numerics import dot
from domix.util.progress import Report


@dataclass(frozen=True, eq=False)
class GraphEstimate:
    """The estimate of targets and tables under one graph.

    Attributes
    ----------
    dag : Dag
    inputs : Inputs
        With a network that has this graph.
    estimates : list of Estimate
    targets : tuple of Target
        Of all mixtures, each once.
    score : float
        Of graph and targets together, in nats.
    scores : FamilyScores
        Of families, on expected counts.
    """

    dag: Dag
    inputs: Inputs
    estimates: list[Estimate]
    targets: tuple[Target, ...]
    score: float
    scores: FamilyScores


class Estimation(NamedTuple):
    """What was estimated: of which inputs, for each mixture, and under which graph."""

    inputs: Inputs
    estimates: list[Estimate]
    graph: GraphReport | None


def estimate(inputs: Inputs, rng: Rng, report: Report) -> Estimation:
    """Estimate all mixtures, and the graph if it may be changed.

    ``rng`` None is seed 0.
    """
    if inputs.graph is GraphMode.GIVEN:
        draws = generator(0 if rng is None else rng)
        estimates = estimate_mixtures(inputs.mixtures, draws, report, inputs.bootstrap)
        return Estimation(inputs, estimates, None)
    seed = int(generator(0 if rng is None else rng).integers(2**63))
    best = estimate_with_graph(inputs, seed, report, GraphOptions())
    estimates = best.estimates
    if inputs.bootstrap:
        draws = np.random.default_rng(seed)
        estimates = estimate_mixtures(best.inputs.mixtures, draws, report, inputs.bootstrap)
    return Estimation(best.inputs, estimates, report_graph(best, inputs.network, inputs.graph))


def estimate_with_graph(
    inputs: Inputs, seed: int, report: Report, options: GraphOptions
) -> GraphEstimate:
    """Search for the graph and the targets with the highest score together.

    Parameters
    ----------
    inputs : Inputs
        With control rows. Repair: edges of its network are added and deleted where control rows
        ask for it, and reversed only where targets do. Learn: its graph is no more than a start.
    seed : int
        Of every estimation under one graph, so that their scores are comparable.
    report : callable
    options : GraphOptions
    """
    assert inputs.control_codes is not None
    cards = inputs.network.space.cards
    given = inputs.constraints.impose(Dag.build(inputs.network.tables.layout.parents))
    controls = distinct(inputs.control_codes, cards)
    scores = FamilyScores(controls.codes, controls.counts, cards, options.sample_sizes)
    report("graph of the control rows", None)
    learn = inputs.graph is GraphMode.LEARN
    start = search_controls(scores, given, inputs.constraints, options, reversals=learn)
    size = options.sample_sizes[start.size]
    fits: dict[Dag, GraphEstimate] = {}

    def fit(dag: Dag) -> GraphEstimate:
        if dag not in fits:
            fits[dag] = _estimate_under(inputs, dag, size, seed, report)
        return fits[dag]

    search = JointSearch(fit, inputs.constraints, options)
    first = fit(start.dag)
    if learn:
        return fits[search.repeat(first, scores, start, given).dag]
    best = search.repair(first)
    if search.has_siblings(first):
        # Some direction is wrong: compare with a graph learnt without the given directions.
        start = search_controls(scores, given, inputs.constraints, options, reversals=True)
        free = search.repeat(fit(start.dag), scores, start, given)
        if free.score > best.score + options.least_gain:
            best = free
    return fits[best.dag]


def _estimate_under(
    inputs: Inputs, dag: Dag, sample_size: float, seed: int, report: Report
) -> GraphEstimate:
    """Estimate targets and tables under a graph, and score both."""
    inputs = replace(inputs, network=_with_graph(inputs.network, dag))
    estimates = estimate_mixtures(inputs.mixtures, np.random.default_rng(seed), report)
    network = final_network(inputs, estimates)
    assert inputs.control_codes is not None
    log_likelihood = float(log_prob(network.tables, inputs.control_codes).sum())
    penalty, unset_weights = 0.0, []
    for rows, mixture, estimate in zip(inputs.rows, inputs.mixtures, estimates, strict=True):
        weights = dict(zip(estimate.fit.support, estimate.fit.weights.tolist(), strict=True))
        least = -mixture.problem.options.impossible_row_cost
        logs = np.maximum(log_likelihoods(rows, weights, network), least)
        log_likelihood += dot(logs, rows.weights)
        penalty += mixture.criterion.penalty(estimate.fit.support)
        unset = _unset_probabilities(network.tables, rows, weights)
        unset_weights.append(rows.weights[:, None] * unset)
    scores = _expected_scores(inputs, unset_weights, sample_size)
    score = log_likelihood - penalty - scores.table_penalty(dag)
    # A target of two groups is one: taken twice, it would look like siblings.
    targets = tuple(
        dict.fromkeys(target for estimate in estimates for target in estimate.fit.support)
    )
    return GraphEstimate(dag, inputs, estimates, targets, score, scores)


def _with_graph(network: Network, dag: Dag) -> Network:
    """Return a network with another graph; its tables are uniform until they are learnt."""
    layout = network.tables.layout
    parents = dag.parent_lists(layout.parents)
    if parents == [list(p) for p in layout.parents]:
        return network
    changed = Layout.build(layout.cards, parents)
    return network.with_tables(Tables(changed, 1.0 / changed.cards[changed.node_of_entry]))


def _unset_probabilities(tables: Tables, rows: MixtureRows, weights: dict[Target, float]) -> Floats:
    """Compute the probability that a variable was not set in a row, shape (rows, variables)."""
    targets = list(weights)
    responsibilities = np.nan_to_num(posterior(tables, rows.codes, targets, list(weights.values())))
    for target, labelled in rows.labels.by_target():
        responsibilities[labelled] = 0.0
        responsibilities[labelled, targets.index(target)] = 1.0
    sets = np.zeros((len(targets), tables.layout.n))
    for c, target in enumerate(targets):
        sets[c, [variable for variable, _ in target]] = 1.0
    return np.clip(1.0 - responsibilities @ sets, 0.0, 1.0)


def _expected_scores(
    inputs: Inputs, unset_weights: Sequence[Floats], sample_size: float
) -> FamilyScores:
    """Score families on control rows, and on mixture rows as far as the variable was not set."""
    assert inputs.control_codes is not None
    cards = inputs.network.space.cards
    controls = distinct(inputs.control_codes, cards)
    codes = np.concatenate([controls.codes, *(rows.codes for rows in inputs.rows)])
    counts = np.broadcast_to(controls.counts[:, None], controls.codes.shape)
    return FamilyScores(codes, np.concatenate([counts, *unset_weights]), cards, [sample_size])


def report_graph(estimate: GraphEstimate, given: Network, mode: GraphMode) -> GraphReport:
    """Report the edges of an estimate, and warn of what was changed of a given graph."""
    before = Dag.build(given.tables.layout.parents)
    edges = tuple(_report_edges(estimate, before, given.variables))
    report = GraphReport(str(mode), edges)
    if mode is GraphMode.REPAIR and report.changes:
        warnings.warn(
            f"the rows contradict the graph, which was repaired: {report.changes_text()}. To keep "
            "an edge, name it in required_edges; to keep one out, in forbidden_edges; to keep the "
            'whole graph, pass graph="given"',
            DomixWarning,
            stacklevel=4,
        )
    return report


def _report_edges(
    estimate: GraphEstimate, before: Dag, names: Sequence[str]
) -> Iterator[GraphEdge]:
    dag, scores = estimate.dag, estimate.scores
    sets = [{variable for variable, _ in target} for target in estimate.targets]
    directions = find_directions(dag, estimate.inputs.constraints, sets)
    for (a, b), direction in directions.items():
        change = EdgeChange.ADDED
        if (a, b) in before.edges:
            change = EdgeChange.GIVEN
        elif (b, a) in before.edges:
            change = EdgeChange.REVERSED
        support = edge_support(scores, dag, a, b)
        yield GraphEdge(names[a], names[b], change, direction, support)
    for a, b in sorted(before.edges, key=lambda edge: edge[::-1]):
        if not dag.adjacent(a, b):
            support = edge_support(scores, dag, a, b)
            yield GraphEdge(names[a], names[b], EdgeChange.REMOVED, None, support)
