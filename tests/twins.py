"""Slow, plain versions of every kernel, shared by the tests and the benchmarks."""

from __future__ import annotations

import numpy as np

from domix.estimation.em.mixture import Em
from domix.estimation.em.squarem import normalized_logs


def settle(problem, support, ratio, log_negligible):
    """Rows apart by how many components may have produced them, dense over rows x components.

    Returns the best ratio of each row, the components that are not negligible and the contested
    rows as masks, and the settled rows' (mass, moved).
    """
    u, m = len(problem.counts), len(support.targets)
    component = np.repeat(np.arange(m), np.diff(support.ptr))
    logs = np.full((u, m), -np.inf)
    logs[support.rows, component] = ratio
    best = logs.max(axis=1)
    left = np.isfinite(logs) & (logs > best[:, None] + log_negligible)
    settled = np.flatnonzero(left.sum(axis=1) == 1)
    owner = left[settled].argmax(axis=1)
    mass = np.bincount(owner, problem.counts[settled], m)
    moved = np.zeros(problem.layout.size)
    for x, c in zip(settled, owner, strict=True):
        for i, _ in support.targets[c]:
            moved[problem.entries[x, i]] += problem.counts[x]
    return best, left, left.sum(axis=1) > 1, mass, moved


def step_length(p, total, logs, table_counts):
    """How many steps to go at once, from three points of weights and of logarithms; or -1."""
    weigh = [total / (p[0] + 1e-6), table_counts]
    pairs = list(zip((p, logs), weigh, strict=True))
    speed = sum(((x[1] - x[0]) ** 2 * w).sum() for x, w in pairs)
    bend = sum(((x[2] - 2 * x[1] + x[0]) ** 2 * w).sum() for x, w in pairs)
    if speed < 1e-12:
        return -1.0
    return np.sqrt(speed / bend) if bend > 0 else np.inf


def extrapolate(x, step):
    r = x[1] - x[0]
    return x[0] + 2 * step * r + step * step * (x[2] - x[1] - r)


def mixture_em_step(problem, targets, weights, log_theta, reference_ratio):
    """(objective, mass, moved) of one EM step, dense over rows x components."""
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
    reached = density > 0
    objective = problem.counts[reached] @ np.log(density[reached])
    posterior = np.zeros_like(joint)
    posterior[reached] = joint[reached] / density[reached, None]
    expected = posterior * problem.counts[:, None]
    moved = np.zeros(problem.layout.size)
    for i in range(problem.layout.n):
        np.add.at(moved, problem.entries[:, i], (expected * sets[:, :, i]).sum(axis=1))
    return objective, expected.sum(axis=0), moved


def lift_em_step(groups, k, weights, theta):
    """(objective, mass, stayed) of one EM step of a lift, entry by entry."""
    mass, stayed, objective = np.zeros_like(weights), np.zeros_like(theta), 0.0
    for g in range(len(groups.counts)):
        part = slice(groups.entry_ptr[g], groups.entry_ptr[g + 1])
        s = groups.prefix[part].astype(np.int64) * (k + 1)
        v = groups.cell[g] % k
        stay = groups.value[part] * weights[s] * theta[groups.cell[g]]
        sets = groups.value[part] * weights[s + 1 + v]
        total = stay.sum() + sets.sum()
        objective += groups.counts[g] * np.log(total)
        scale = groups.counts[g] / total
        np.add.at(mass, s, scale * stay)
        np.add.at(mass, s + 1 + v, scale * sets)
        stayed[groups.cell[g]] += scale * stay.sum()
    return objective, mass, stayed


def single_change_gain(outlook, donor, target):
    """(first, second) moments of one change, from whole density ratios."""
    problem, now = outlook.problem, outlook.fit
    w = now.weights[donor]

    def share(t):
        rows = problem.rows_of(t)
        logs = np.zeros(len(rows))
        for i, _ in t:
            logs -= now.log_theta[problem.entries[rows, i]]
        out = np.zeros(len(problem.counts))
        out[rows] = w * np.exp(logs - outlook.log_density[rows])
        return out

    change = share(target) - share(now.support[donor])
    return problem.counts @ change, problem.counts @ change**2


# The estimator's smaller kernels take their own arguments, and fill the same arrays.


def lift_step(
    entry_ptr, pair, value, counts, pair_cell, pair_prefix, k, impossible, weights, theta, *out
):
    rate, load, mass, stayed = out
    g = np.repeat(np.arange(len(entry_ptr) - 1), np.diff(entry_ptr))
    stays = pair_prefix * (k + 1)
    sets = stays + 1 + pair_cell % k
    rate[:] = weights[stays] * theta[pair_cell] + weights[sets]
    total = np.bincount(g, value * rate[pair], len(entry_ptr) - 1)
    reached = total > 1e-290
    scale = np.where(reached, counts / np.where(reached, total, 1.0), 0.0)[g]
    load[:] = np.bincount(pair, scale * value, len(load))
    alone = load * weights[stays] * theta[pair_cell]
    mass += np.bincount(sets, load * weights[sets], len(mass))
    mass += np.bincount(stays, alone, len(mass))
    stayed += np.bincount(pair_cell, alone, len(stayed))
    lost = impossible * counts[~reached].sum()
    return counts[reached] @ np.log(total[reached]) - lost


def _lifts(entry_ptr, prefix, value, cell, k, weights, theta):
    """For each entry its group, its silent lift, and what both lifts give; each group's sum."""
    g = np.repeat(np.arange(len(entry_ptr) - 1), np.diff(entry_ptr))
    s = prefix.astype(np.int64) * (k + 1)
    stay = value * weights[s] * theta[cell[g]]
    sets = value * weights[s + 1 + cell[g] % k]
    return g, s, stay, sets, np.bincount(g, stay + sets, len(entry_ptr) - 1)


def drop_costs(entry_ptr, prefix, value, cell, counts, k, weights, theta, to_sibling, to_all):
    g, s, stay, _, total = _lifts(entry_ptr, prefix, value, cell, k, weights, theta)
    some = total[g] > 1e-290
    g, s, stay, value = g[some], s[some], stay[some], value[some]
    none = value * theta[cell[g]] / total[g]
    for a in range(k):
        at = s + 1 + a
        there, hit = weights[at] > 0, cell[g] % k == a
        r = np.where(hit, value * weights[at] / total[g], 0.0)
        kept = np.maximum(1 + none * weights[at] - r, 1e-12)
        to_sibling -= np.bincount(at, there * counts[g] * np.log(kept), len(to_sibling))
        lost = there * hit * counts[g] * np.log(np.maximum(1 - r, 1e-12))
        to_all -= np.bincount(at, lost, len(to_all))
    lost = counts[g] * np.log(np.maximum(1 - none * weights[s], 1e-12))
    to_all -= np.bincount(s, (weights[s] > 0) * lost, len(to_all))


def advance(
    entry_ptr,
    prefix,
    value,
    cell,
    k,
    weights,
    theta,
    new_index,
    negligible,
    out_ptr,
    out_prefix,
    out_value,
):
    groups = len(entry_ptr) - 1
    g, s, stay, sets, _ = _lifts(entry_ptr, prefix, value, cell, k, weights, theta)
    lift = np.column_stack([s, s + 1 + cell[g] % k]).ravel()
    share = np.column_stack([stay, sets]).ravel() * (new_index[lift] >= 0)
    owner = np.repeat(g, 2)
    scaled = np.column_stack([value * theta[cell[g]], value]).ravel()
    kept = share > negligible * np.bincount(owner, share, groups)[owner]
    owner, scaled = owner[kept], scaled[kept]
    best = np.zeros(groups)
    np.maximum.at(best, owner, scaled)
    out_ptr[1:] = np.cumsum(np.bincount(owner, minlength=groups))
    out_ptr[0] = 0
    out_prefix[: len(owner)] = new_index[lift][kept]
    out_value[: len(owner)] = scaled / best[owner]


def fingerprints(entry_ptr, prefix, value, precision, out):
    """One entry of every list at a time."""
    lengths = np.diff(entry_ptr)
    out[:] = 0x9E3779B97F4A7C15
    # Halves away from zero, as in C.
    logs = np.log(value[: entry_ptr[-1]]) * precision
    rounded = (np.sign(logs) * np.floor(np.abs(logs) + 0.5)).astype(np.int64).view(np.uint64)
    for place in range(lengths.max(initial=0)):
        longer = np.flatnonzero(lengths > place)
        e, h = entry_ptr[longer] + place, out[longer]
        h = (h ^ (prefix[e] + 1).astype(np.uint64)) * np.uint64(0xFF51AFD7ED558CCD)
        h ^= h >> np.uint64(32)
        h = (h ^ rounded[e]) * np.uint64(0xC4CEB9FE1A85EC53)
        out[longer] = h ^ (h >> np.uint64(29))


def gather(entry_ptr, prefix, value, groups, out_ptr, out_prefix, out_value):
    lengths = np.diff(out_ptr)
    at = np.repeat(entry_ptr[groups] - out_ptr[:-1], lengths) + np.arange(out_ptr[-1])
    out_prefix[: len(at)] = prefix[at]
    out_value[: len(at)] = value[at]


def log_ratios(rows, variables, cells, log_theta, out):
    out[:] = -log_theta[cells[rows][:, variables]].sum(axis=1)


def touched(ptr, rows, variable_ptr, variables, cells, row_of_entry, out):
    for c in range(len(ptr) - 1):
        sets = variables[variable_ptr[c] : variable_ptr[c + 1]]
        out[row_of_entry[cells[rows[ptr[c] : ptr[c + 1]]][:, sets]]] = 1


def normalise_tables(row_starts, counts, log_theta):
    lengths = np.diff(np.append(row_starts, len(counts)))
    totals = np.repeat(np.add.reduceat(counts, row_starts), lengths)
    there = totals > 0
    with np.errstate(divide="ignore"):
        log_theta[there] = np.log(counts[there] / totals[there])


def differential(
    ptr,
    rows,
    variable_ptr,
    variables,
    cells,
    counts,
    posterior,
    log_weight_change,
    log_theta_change,
    scratch,
    row_mean,
    mass,
    moved,
):
    for c in range(len(ptr) - 1):
        part = slice(ptr[c], ptr[c + 1])
        sets = variables[variable_ptr[c] : variable_ptr[c + 1]]
        log_ratios(rows[part], sets, cells, log_theta_change, scratch[part])
    component = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    scratch += log_weight_change[component]
    row_mean += np.bincount(rows, posterior * scratch, len(row_mean))
    change = counts[rows] * posterior * (scratch - row_mean[rows])
    mass += np.bincount(component, change, len(mass))
    for c in range(len(ptr) - 1):
        part, sets = slice(ptr[c], ptr[c + 1]), variables[variable_ptr[c] : variable_ptr[c + 1]]
        at = cells[rows[part]][:, sets]
        moved += np.bincount(at.ravel(), np.repeat(change[part], len(sets)), len(moved))


def own_counts(ptr, rows, responsibility, cells, out):
    for c in range(len(ptr) - 1):
        part = slice(ptr[c], ptr[c + 1])
        weights = np.repeat(responsibility[part], cells.shape[1])
        out[c] += np.bincount(cells[rows[part]].ravel(), weights, out.shape[1])


def best_transfer(change, counts):
    """Newton's method kept inside a bracket, as in the kernel, a pass of NumPy for each sum."""
    low, high, d = 0.0, 1.0, 0.5
    if not counts @ change > 0:
        return 0.0, 0.0
    for _ in range(40):
        q = change / np.maximum(1 + d * change, 1e-12)
        slope, curve = counts @ q, -(counts @ q**2)
        low, high = (d, high) if slope > 0 else (low, d)
        after = d - slope / curve if curve < 0 else (low + high) / 2
        if not low < after < high:
            after = (low + high) / 2
        if abs(after - d) < 1e-4 * d:
            break
        d = after
    return float(counts @ np.log(np.maximum(1 + d * change, 1e-12))), d


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
        em.intervened_counts = em.unambiguous_intervened.copy()
        objective, weights = em.expect(weights, np.exp(difference))
        objective += em.unambiguous_intervened @ difference + problem.entry_totals @ log_theta
        counts = problem.prior + np.maximum(problem.entry_counts - em.intervened_counts, 0.0)
        return objective, weights, normalized_logs(self.row_starts, counts, log_theta)
