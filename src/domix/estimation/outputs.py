"""What was estimated, in labels: the results that users hold."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.errors import DomixWarning
from domix.estimation.groups import Estimate
from domix.estimation.inputs import Inputs, MixtureRows
from domix.model.learn import posterior_mean_tables
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.results.component import Component, by_weight
from domix.results.result import Disentanglement
from domix.util.arrays import Floats
from domix.util.numerics import dot


def report_estimates(
    inputs: Inputs, estimates: Sequence[Estimate]
) -> Disentanglement | dict[Label, Disentanglement]:
    """Return the result of each group, or the one result where there are no groups.

    Warns
    -----
    DomixWarning
        An iteration limit ended the search or a fit before it converged.
    """
    network = _with_final_tables(inputs, estimates)
    facts = _facts(inputs)
    results = [
        _result(inputs, rows, estimate, network, facts)
        for rows, estimate in zip(inputs.rows, estimates, strict=True)
    ]
    if not all(estimate.converged for estimate in estimates):
        warnings.warn(
            "an iteration limit ended the estimation before it converged: weights and p-values may "
            "be inaccurate; more rows, or fewer groups at a time, can help",
            DomixWarning,
            stacklevel=3,
        )
    return results[0] if inputs.groups is None else dict(zip(inputs.groups, results, strict=True))


def _with_final_tables(inputs: Inputs, estimates: Sequence[Estimate]) -> Network:
    """Return the network with posterior-mean tables from all rows, if they are learnt."""
    if inputs.controls is None:
        return inputs.network
    labelled = (rows.mixture.labelled_counts for rows in inputs.rows)
    expected = (estimate.table_counts for estimate in estimates)
    counts = inputs.controls + np.sum([*labelled, *expected], axis=0)
    layout = inputs.network.tables.layout
    return inputs.network.with_values(posterior_mean_tables(layout, counts, inputs.pseudocount))


def _facts(inputs: Inputs) -> dict[str, str]:
    """State what the answer relies on."""
    facts = {"tables": "known"}
    if inputs.controls is not None:
        layout = inputs.network.tables.layout
        controls = float(inputs.controls[layout.entries_of(0)].sum())
        facts["tables"] = f"learnt from {controls:,.0f} control rows and these"
    if inputs.bootstrap:
        facts["intervals"] = f"percentiles of {inputs.bootstrap} bootstrap replicates"
    return facts


def _result(
    inputs: Inputs, rows: MixtureRows, estimate: Estimate, network: Network, facts: dict[str, str]
) -> Disentanglement:
    """Return the estimate of one mixture in labels; ``network`` has its final tables."""
    components = _components(rows, estimate, network)
    logs = _log_likelihoods(rows, estimate, network, components)
    explained = np.isfinite(logs)
    impossible = rows.labels.row_numbers[~explained & (rows.weights > 0)]
    if len(rows.labels.targets):
        labelled = rows.weights[rows.labels.known].sum()
        facts = {**facts, "labels": f"known for {labelled:,.0f} of these rows"}
    return Disentanglement(
        network=network,
        components=components,
        method="likelihood",
        rows=float(rows.weights.sum()),
        alpha=inputs.alpha,
        log_likelihood=dot(logs[explained], rows.weights[explained]),
        best_move_gain=estimate.best_gain,
        best_move_significant=estimate.best_gain > estimate.best_critical,
        unexplained=tuple(impossible.tolist()),
        facts=facts,
        converged=estimate.converged,
    )


def _components(rows: MixtureRows, estimate: Estimate, network: Network) -> tuple[Component, ...]:
    """Name the targets of a fit, with the uncertainty of their weights and their p-values."""
    support, criterion = estimate.fit.support, rows.mixture.criterion
    stays = rows.mixture.problem.knowledge.stays
    numbers = zip(
        support,
        estimate.fit.weights.tolist(),
        estimate.std_errors.tolist(),
        estimate.intervals,
        estimate.drop_costs,
        strict=True,
    )
    return by_weight(
        [
            Component(
                Intervention(network.space.assignment(target)),
                weight,
                std_error,
                interval,
                criterion.p_value(drop_cost, target, support),
                stays(target),
            )
            for target, weight, std_error, interval, drop_cost in numbers
        ]
    )


def _log_likelihoods(
    rows: MixtureRows, estimate: Estimate, network: Network, components: Sequence[Component]
) -> Floats:
    """Shape (rows,): log P_mix(row); of a labelled row, log of weight times P(row | its target)."""
    mixture = Mixture(network, [(c.intervention, c.weight) for c in components])
    logs = mixture.log_prob(rows.codes)
    for target, labelled in rows.labels.by_target():
        with np.errstate(divide="ignore"):
            # Rows of count 0 can leave their target without weight.
            log_weight = np.log(estimate.fit.weights[estimate.fit.support.index(target)])
        intervention = Intervention(network.space.assignment(target))
        logs[labelled] = log_weight + network.log_prob(rows.codes[labelled], do=intervention)
    return logs
