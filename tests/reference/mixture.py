"""EM of a mixture with a fixed support, for `domix._kernels._mixture` and `domix.em`."""

from __future__ import annotations

import numpy as np

from domix.em.mixture import Em
from domix.em.squarem import normalized_logs
from reference.ambiguity import components_of, log_ratios, variables_of


def em_step(pairs, ambiguous, ratio, change, impossible_row_cost, weights, workspace):
    """Take an E-step over all pairs at once, a product over the variables of each component."""
    rows, component = np.asarray(pairs.rows), components_of(pairs)
    entries, counts = np.asarray(pairs.data.entries), np.asarray(pairs.data.counts)
    value, density = np.asarray(workspace.value), np.asarray(workspace.density)
    value[:] = weights[component] * ratio
    for c, variables in enumerate(variables_of(pairs)):
        mine = component == c
        for i in variables if len(change) else ():
            value[mine] *= change[entries[rows[mine], i]]
    total = np.bincount(rows, value, len(counts))[ambiguous]
    possible = total > 1e-290
    density[ambiguous] = 0.0
    density[ambiguous[possible]] = counts[ambiguous[possible]] / total[possible]
    _add_counts(pairs, value * density[rows], workspace)
    impossible = counts[ambiguous[~possible]].sum() * impossible_row_cost
    return counts[ambiguous[possible]] @ np.log(total[possible]) - impossible


def normalize_tables(row_starts, counts, log_theta):
    """Divide by sums of table rows, spread over their entries."""
    lengths = np.diff(np.append(row_starts, len(counts)))
    totals = np.repeat(np.add.reduceat(counts, row_starts), lengths) if len(counts) else counts
    positive = totals > 0
    with np.errstate(divide="ignore"):
        log_theta[positive] = np.log(counts[positive] / totals[positive])


def differential(pairs, responsibility, log_weight_change, log_theta_change, workspace):
    """Differentiate the expected counts of pairs, then add them up."""
    rows, component = np.asarray(pairs.rows), components_of(pairs)
    counts, value = np.asarray(pairs.data.counts), np.asarray(workspace.value)
    for c, variables in enumerate(variables_of(pairs)):
        part = slice(pairs.ptr[c], pairs.ptr[c + 1])
        log_ratios(pairs.data, rows[part], variables, log_theta_change, value[part])
    value += log_weight_change[component]
    row_mean = np.asarray(workspace.density)
    row_mean += np.bincount(rows, responsibility * value, len(row_mean))
    _add_counts(pairs, counts[rows] * responsibility * (value - row_mean[rows]), workspace)


def _add_counts(pairs, expected, workspace):
    """Add the expected counts of pairs to those of components and of the entries that they set."""
    rows, component = np.asarray(pairs.rows), components_of(pairs)
    entries, intervened = np.asarray(pairs.data.entries), np.asarray(workspace.intervened_counts)
    by_component = np.asarray(workspace.expected_counts)
    by_component += np.bincount(component, expected, pairs.components)
    for c, variables in enumerate(variables_of(pairs)):
        mine = component == c
        for i in variables if len(intervened) else ():
            np.add.at(intervened, entries[rows[mine], i], expected[mine])


def dense_em_step(problem, targets, weights, log_theta, reference_ratio):
    """Return objective, expected and intervened counts of a step, dense over rows x components."""
    u, m = len(problem.counts), len(targets)
    ratio = np.zeros((u, m))
    sets = np.zeros((u, m, problem.layout.n), dtype=bool)
    for c, target in enumerate(targets):
        rows = problem.rows_of(target)
        logs = np.zeros(len(rows))
        for i, _ in target:
            logs -= log_theta[problem.entries[rows, i]]
            sets[rows, c, i] = True
        ratio[rows, c] = np.exp(logs - reference_ratio[rows])
    joint = ratio * weights
    density = joint.sum(axis=1)
    possible = density > 0
    objective = problem.counts[possible] @ np.log(density[possible])
    responsibility = np.zeros_like(joint)
    responsibility[possible] = joint[possible] / density[possible, None]
    expected = responsibility * problem.counts[:, None]
    intervened = np.zeros(problem.layout.size)
    for i in range(problem.layout.n):
        np.add.at(intervened, problem.entries[:, i], (expected * sets[:, :, i]).sum(axis=1))
    return objective, expected.sum(axis=0), intervened


class PlainEm:
    """EM of weights and all tables of a support, from its E-step."""

    def __init__(self, problem, targets, log_theta):
        self.em, self.problem, self.total = Em(problem, targets, log_theta), problem, problem.total
        self.table_counts = problem.entry_totals if problem.learn else None
        self.row_starts = problem.layout.row_starts

    def step(self, weights, log_theta):
        em, problem = self.em, self.problem
        if not problem.learn:
            return *em.expect(weights), log_theta
        difference = em.reference - log_theta
        em.intervened_counts[:] = em.unambiguous_intervened
        objective, weights = em.expect(weights, np.exp(difference))
        objective += em.unambiguous_intervened @ difference + problem.entry_totals @ log_theta
        counts = problem.prior + np.maximum(problem.entry_counts - em.intervened_counts, 0.0)
        return objective, weights, normalized_logs(self.row_starts, counts, log_theta)
