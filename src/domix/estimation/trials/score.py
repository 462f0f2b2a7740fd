"""The score of a graph together with the targets that are found under it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domix.core.tables import Layout, Tables, Target
from domix.estimation.outputs import final_network
from domix.estimation.trials.likelihood import ClassLikelihood, WeightedRows
from domix.model.network import Network
from domix.options.graph import GraphOptions
from domix.problems.groups import Fitted
from domix.problems.inputs import Inputs
from domix.problems.mixture_rows import MixtureRows
from domix.query.probability import log_prob, posterior
from domix.structure.dag import Dag
from domix.structure.scores import EdgePrior, FamilyScores
from domix.util.arrays import Floats
from domix.util.numerics import dot
from domix.work.steps import recorded


@dataclass(frozen=True, eq=False)
class GraphEstimate:
    """The estimate of targets and tables under one graph.

    Attributes
    ----------
    dag : Dag
    inputs : Inputs
        With a network that has this graph.
    fits : tuple of Fitted
        Of each mixture.
    sample_size : float
        Equivalent sample size of the score of tables.
    prior : EdgePrior
        Of ``scores``.
    """

    dag: Dag
    inputs: Inputs
    fits: tuple[Fitted, ...]
    sample_size: float
    prior: EdgePrior

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Targets of all mixtures; one of two groups is one, or it would look like siblings."""
        return tuple(dict.fromkeys(target for f in self.fits for target in f.fit.support))

    @cached_property
    def score(self) -> float:
        """The score of graph and targets together, in nats."""
        return self._compute_score()

    @recorded()
    def _compute_score(self) -> float:
        inputs, controls, tables = self.inputs, self.inputs.controls_gathered, self._network.tables
        score = dot(log_prob(tables, controls.codes), controls.counts)
        for rows, mixture, weights in zip(
            inputs.rows_gathered, inputs.mixtures, self._weights, strict=True
        ):
            least = -mixture.problem.options.impossible_row_cost
            logs = np.maximum(rows.log_likelihoods(tables, weights), least)
            score += dot(logs, rows.weights) - mixture.criterion.penalty(tuple(weights))
        return score - self.scores.table_penalty(self.dag)

    @cached_property
    def scores(self) -> FamilyScores:
        """Scores on control rows, and on mixture rows as far as the variable was not set."""
        inputs, controls, tables = self.inputs, self.inputs.controls_gathered, self._network.tables
        gathered = inputs.rows_gathered
        unset_weights = [
            rows.weights * _unset_probabilities(tables, rows, weights)
            for rows, weights in zip(gathered, self._weights, strict=True)
        ]
        counts = np.broadcast_to(controls.counts, controls.codes.T.shape)
        return FamilyScores(
            np.concatenate([controls.codes, *(rows.codes for rows in gathered)]),
            np.concatenate([counts, *unset_weights], axis=1),
            inputs.network.space.cards,
            [self.sample_size],
            self.prior,
        )

    @cached_property
    def class_likelihood(self) -> ClassLikelihood:
        """The log-likelihoods of graphs of the same class, with these targets."""
        controls = self.inputs.controls_gathered
        mixtures = [WeightedRows(controls.codes, controls.counts, {(): 1.0})]
        for rows, weights in zip(self.inputs.rows_gathered, self._weights, strict=True):
            unlabelled = np.ones(len(rows.codes), dtype=bool)
            for target, labelled in rows.labels.by_target():
                unlabelled[labelled] = False
                codes, counts = rows.codes[labelled], rows.weights[labelled]
                mixtures.append(WeightedRows(codes, counts, {target: 1.0}))
            codes, counts = rows.codes[unlabelled], rows.weights[unlabelled]
            mixtures.append(WeightedRows(codes, counts, weights))
        return ClassLikelihood(mixtures, self._network.tables)

    @cached_property
    def _network(self) -> Network:
        return final_network(self.inputs, self.fits)

    @cached_property
    def _weights(self) -> list[dict[Target, float]]:
        fits = (f.fit for f in self.fits)
        return [dict(zip(fit.support, fit.weights.tolist(), strict=True)) for fit in fits]


def expect_edges(inputs: Inputs, dag: Dag, options: GraphOptions) -> EdgePrior:
    """Expect the edges of a graph in control rows."""
    controls = round(float(inputs.controls_gathered.counts.sum()))
    return EdgePrior.build(dag, controls, options)


def score_controls(inputs: Inputs, options: GraphOptions, prior: EdgePrior) -> FamilyScores:
    """Return the scores of families on control rows."""
    controls, cards = inputs.controls_gathered, inputs.network.space.cards
    return FamilyScores(controls.codes, controls.counts, cards, options.sample_sizes, prior)


def with_graph(network: Network, dag: Dag) -> Network:
    """Return a network with another graph; its tables are uniform until they are learnt."""
    layout = network.tables.layout
    parents = dag.parent_lists(layout.parents)
    if parents == [list(p) for p in layout.parents]:
        return network
    changed = Layout.build(layout.cards, parents)
    return network.with_tables(Tables(changed, 1.0 / changed.cards[changed.node_of_entry]))


def _unset_probabilities(tables: Tables, rows: MixtureRows, weights: dict[Target, float]) -> Floats:
    """Compute the probability that a variable was not set in a row, shape (variables, rows)."""
    targets = list(weights)
    responsibilities = np.nan_to_num(posterior(tables, rows.codes, targets, list(weights.values())))
    for target, labelled in rows.labels.by_target():
        responsibilities[labelled] = 0.0
        responsibilities[labelled, targets.index(target)] = 1.0
    sets = np.zeros((tables.layout.n, len(targets)))
    for c, target in enumerate(targets):
        sets[[variable for variable, _ in target], c] = 1.0
    unset: Floats = 1.0 - np.einsum("vt,rt->vr", sets, responsibilities)
    return np.clip(unset, 0.0, 1.0)
