r"""Inputs whose rows are completed, each completion with its probability under an estimate.

A row with observed part :math:`o` becomes its completions :math:`m`, with counts

.. math:: q(m) = P_{mix}(o, m) \Big/ \sum_{m'} P_{mix}(o, m'),

so that a fit to the completed rows is an M-step of EM, for weights and tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from domix.core.tables import Tables, Target
from domix.data.completions import Completions, complete
from domix.em.mixture import Fit
from domix.model.incomplete import expect_counts
from domix.model.learn import posterior_mean_tables
from domix.problems.control_rows import ControlRows
from domix.problems.inputs import Inputs
from domix.problems.mixture_rows import MixtureRows
from domix.query.probability import log_prob, mixture_log_prob
from domix.util.arrays import Floats


class Model(NamedTuple):
    """An estimate of one mixture, as far as completions depend on it."""

    tables: Tables
    weights: Mapping[Target, float]


def start_models(inputs: Inputs) -> list[Model]:
    """Return do() alone for each mixture, with the tables that are known, or that controls give."""
    network, layout = inputs.network, inputs.network.tables.layout
    tables = network.tables
    control = inputs.control
    if control is not None:
        counts = (
            expect_counts(layout, control.codes, control.absent, inputs.pseudocount)
            if isinstance(control, ControlRows) and control.absent is not None
            else control.count_entries(layout)
        )
        if network.flat_counts is not None:
            counts = counts + network.flat_counts
        tables = Tables(layout, posterior_mean_tables(layout, counts, inputs.pseudocount))
    return [Model(tables, {(): 1.0})] * len(inputs.rows)


def read_model(inputs: Inputs, fit: Fit) -> Model:
    """Return a fit as a model."""
    tables = inputs.network.tables
    if inputs.controls is not None:
        tables = Tables(tables.layout, np.exp(fit.log_theta))
    return Model(tables, dict(zip(fit.support, fit.weights.tolist(), strict=True)))


class Completer:
    """The completions of all rows of inputs, which estimates weight.

    Parameters
    ----------
    inputs : Inputs
        With missing entries.
    """

    def __init__(self, inputs: Inputs) -> None:
        self._cards = inputs.network.tables.layout.cards
        # Where entries are summed out, all rows are in memory.
        self._rows = [rows for rows in inputs.rows if isinstance(rows, MixtureRows)]
        self._completions = [self._complete(rows) for rows in self._rows]
        control = inputs.control
        self.controls = self._complete(control) if isinstance(control, ControlRows) else None

    def _complete(self, rows: MixtureRows | ControlRows) -> Completions | None:
        return None if rows.absent is None else complete(rows.codes, rows.absent, self._cards)

    def weigh(self, inputs: Inputs, models: Sequence[Model]) -> Inputs:
        """Return inputs whose rows are completed; controls by the tables of the first model.

        ``inputs`` may have another graph than those at the start, not other rows.
        """
        rows = tuple(
            own if completions is None else _weigh_rows(own, completions, model)
            for own, completions, model in zip(self._rows, self._completions, models, strict=True)
        )
        if self.controls is None:
            return replace(inputs, rows=rows)
        shares = self.controls.shares(log_prob(models[0].tables, self.controls.codes))
        kept = shares > 0
        control = ControlRows(self.controls.codes[kept], self._cards, shares[kept])
        return replace(inputs, rows=rows, control=control)

    def unlabelled(self, mixture: int, learn: bool) -> tuple[Completions, Floats] | None:
        """Return the completions of a mixture's rows without a label, and how often rows occur.

        None if nothing is missing that the mixture's estimate depends on; it depends on control
        rows where tables are learnt.
        """
        rows = self._rows[mixture]
        absent = rows.absent
        if absent is None and (self.controls is None or not learn):
            return None
        if absent is None:
            absent = np.zeros(rows.codes.shape, dtype=bool)
        own = ~rows.labels.known & (rows.weights > 0)
        return complete(rows.codes[own], absent[own], self._cards), rows.weights[own]


def _weigh_rows(rows: MixtureRows, completions: Completions, model: Model) -> MixtureRows:
    tables, codes = model.tables, completions.codes
    logs = mixture_log_prob(tables, codes, list(model.weights), list(model.weights.values()))
    for target, members in rows.labels.by_target():
        labelled = np.isin(completions.rows, members)
        logs[labelled] = log_prob(tables, codes[labelled], target)
    counts = completions.shares(logs) * rows.weights[completions.rows]
    kept = counts > 0
    labels = rows.labels.select(completions.rows[kept])
    return MixtureRows(codes[kept], counts[kept], labels, rows.background, given=rows)
