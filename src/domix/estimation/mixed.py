"""The rows of one mixture: the problem that they pose, and the answer as users hold it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.core.tables import Tables
from domix.data.rows import distinct
from domix.estimation.background import BackgroundKnowledge
from domix.estimation.em.data import Problem
from domix.estimation.groups import Found
from domix.estimation.selection.criterion import SelectionCriterion
from domix.model.learn import count_entries
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.model.row_labels import RowLabels
from domix.results.result import Component, Disentanglement, by_weight
from domix.util.numerics import dot

__all__ = ["Mixed"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Mixed:
    """Rows of one mixture.

    Attributes
    ----------
    codes
        Shape (rows, n).
    counts
        Shape (rows,); None is one each.
    labels
    knowledge
        What is known of the targets, ``labels`` included.
    """

    codes: npt.NDArray[np.uint8]
    counts: Floats | None
    labels: RowLabels
    knowledge: BackgroundKnowledge

    @property
    def weights(self) -> Floats:
        """Shape (rows,)."""
        return np.ones(len(self.codes)) if self.counts is None else self.counts

    def labelled_cells(self, tables: Tables) -> Floats:
        """Shape (table cells,): what the rows with labels tell of the tables."""
        layout = tables.layout
        out = np.zeros(layout.size)
        for target, rows in self.labels.by_target():
            seen = count_entries(layout, self.codes[rows], self.weights[rows])
            for variable, _ in target:
                seen[layout.entries_of(variable)] = 0.0
            out += seen
        return out

    def problem(self, tables: Tables, observed: Floats | None, pseudocount: float) -> Problem:
        """What the estimator reads; rows with labels are in it as counts only."""
        codes, counts = self.codes, self.counts
        # What counts zero goes too: it would be refused if all other rows have labels.
        open_ = ~self.labels.known & (self.weights > 0)
        if not open_.all():
            codes, counts = codes[open_], None if counts is None else counts[open_]
        rows = distinct(codes, tables.layout.cards, counts)
        if observed is not None:
            observed = observed + self.labelled_cells(tables)
        return Problem(tables, rows, observed, pseudocount, self.knowledge)

    def answer(
        self, network: Network, criterion: SelectionCriterion, found: Found, facts: dict[str, str]
    ) -> Disentanglement:
        """What was found, in labels; ``network`` has its final tables."""
        now, space = found.fit, network.space
        components = by_weight(
            [
                Component(
                    Intervention(space.assignment(target)),
                    float(weight),
                    float(error),
                    interval,
                    criterion.p_value(cost, target, now.support),
                    self.knowledge.stays(target),
                )
                for target, weight, error, interval, cost in zip(
                    now.support,
                    now.weights,
                    found.errors,
                    found.limits,
                    found.costs,
                    strict=True,
                )
            ]
        )
        mixture = Mixture(network, [(c.intervention, c.weight) for c in components])
        logs = mixture.log_prob(self.codes)
        for target, rows in self.labels.by_target():
            with np.errstate(divide="ignore"):
                # Rows that count zero can leave their target without weight.
                weight = np.log(now.weights[now.support.index(target)])
            intervention = Intervention(space.assignment(target))
            logs[rows] = weight + network.log_prob(self.codes[rows], do=intervention)
        explained = np.isfinite(logs)
        counts = self.weights
        impossible = self.labels.row_numbers[~explained & (counts > 0)]
        if len(self.labels.targets):
            labelled = counts[self.labels.known].sum()
            facts = {**facts, "labels": f"known for {labelled:,.0f} of these rows"}
        return Disentanglement(
            network=network,
            components=components,
            method="likelihood",
            rows=float(counts.sum()),
            alpha=criterion.alpha,
            log_likelihood=dot(logs[explained], counts[explained]),
            best_move_gain=found.best_gain,
            best_move_significant=found.best_gain > found.best_critical,
            unexplained=tuple(impossible.tolist()),
            facts=facts,
        )
