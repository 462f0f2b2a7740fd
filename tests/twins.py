"""Slow, plain versions of every kernel, shared by the tests and the benchmarks."""

from __future__ import annotations

import math

import numpy as np

from domix.estimation.em.mixture import Em
from domix.estimation.em.squarem import normalized_logs

BLOCK = 16_384


def cells(layout, codes):
    """Flat table cells that each row reads, one variable at a time."""
    out = np.empty(codes.shape, dtype=np.int32)
    wide = codes.astype(np.int64)
    for node in range(layout.n):
        at = layout.offsets[node] + wide[:, node]
        for e in range(layout.parent_ptr[node], layout.parent_ptr[node + 1]):
            at = at + layout.parent_stride[e] * wide[:, layout.parent_index[e]]
        out[:, node] = at
    return out


def log_prob(tables, codes, target=()):
    """log P(row | do(target)) in blocks of rows."""
    return log_prob_targets(tables, codes, [target])[:, 0]


def log_prob_targets(tables, codes, targets):
    """As log_prob; each logarithm is looked up once for all targets."""
    out = np.empty((len(codes), len(targets)))
    for first in range(0, len(codes), BLOCK):
        block = codes[first : first + BLOCK]
        logs = tables.log_values[cells(tables.layout, block)]
        for t, target in enumerate(targets):
            fixed = dict(target)
            free = [i for i in range(tables.layout.n) if i not in fixed]
            sums = (logs[:, free] if fixed else logs).sum(axis=1)
            for i, v in target:
                sums[block[:, i] != v] = -np.inf
            out[first : first + BLOCK, t] = sums
    return out


def _joint(tables, codes, targets, weights):
    """Logarithms of each target's share of each row's density, and of the density."""
    with np.errstate(divide="ignore"):
        joint = log_prob_targets(tables, codes, targets) + np.log(np.asarray(weights, dtype=float))
        top = joint.max(axis=1, initial=-np.inf)
        shift = np.where(np.isfinite(top), top, 0.0)
        return joint, shift + np.log(np.exp(joint - shift[:, None]).sum(axis=1))


def mixture_log_prob(tables, codes, targets, weights):
    """log of the sum of weights times P(row | do(target)), the largest taken out first."""
    return _joint(tables, codes, targets, weights)[1]


def posterior(tables, codes, targets, weights):
    """Shape (rows, targets); NaN for a row that no target can produce."""
    joint, density = _joint(tables, codes, targets, weights)
    with np.errstate(invalid="ignore"):
        return np.exp(joint - density[:, None])


def merge(tables, nodes, places, target):
    """One merged table, (2 ** bits,), from the codes that each of its indices stands for."""
    layout, fixed = tables.layout, dict(target)
    bits = {i: max(1, (int(layout.cards[i]) - 1).bit_length()) for i in places}
    index = np.arange(1 << sum(bits.values()))
    codes = np.zeros((len(index), layout.n), dtype=np.uint8)
    for i, place in places.items():
        codes[:, i] = np.minimum(index >> place & ((1 << bits[i]) - 1), layout.cards[i] - 1)
    out = np.zeros(len(index))
    at = cells(layout, codes)
    for node in nodes:
        if node in fixed:
            out[codes[:, node] != fixed[node]] = -np.inf
        else:
            out += tables.log_values[at[:, node]]
    return out


def marginal(tables, names, do, given):
    """P(names, given | do) by enumeration of all configurations."""
    layout = tables.layout
    codes = np.indices(layout.cards).reshape(layout.n, -1).T.astype(np.uint8)
    joint = np.ones(len(codes))
    for node, at in enumerate(cells(layout, codes).T):
        joint *= codes[:, node] == do[node] if node in do else tables.values[at].astype(float)
    for node, value in given.items():
        joint *= codes[:, node] == value
    others = tuple(i for i in range(layout.n) if i not in names)
    table = joint.reshape(layout.cards).sum(axis=others)
    return table.transpose([sorted(names).index(i) for i in names])


def elimination_order(layout, names, by_fill=False):
    """What P(names) sums out, in order: by the smallest table, or by the least that it ties."""
    waiting, found = sorted(names), []
    seen = set(waiting)
    while waiting:
        found.append(i := waiting.pop())
        parents = [p for p in layout.parents[i] if p not in seen]
        waiting.extend(parents)
        seen.update(parents)
    cards = layout.cards.tolist()
    free = [i for i in found if cards[i] > 1]
    rank = {i: r for r, i in enumerate(free)}
    near = {i: {i} for i in free}
    for i in found:
        family = {j for j in (i, *layout.parents[i]) if j in rank}
        for j in family:
            near[j] |= family

    def score(i):
        if by_fill:
            return sum(cards[a] * cards[b] for a in near[i] for b in near[i] - near[a])
        return sum(math.log(cards[a]) for a in sorted(near[i], key=rank.get))

    left, order = [i for i in free if i not in names], []
    scores = {i: score(i) for i in left}
    while left:
        best = min(left, key=scores.get)
        order.append(best)
        left.remove(best)
        others = near.pop(best) - {best}
        for i in others:
            near[i] = (near[i] | others) - {best}
        changed = others.union(*(near[i] for i in others)) if by_fill else others
        scores.update((i, score(i)) for i in changed.intersection(left))
    return order


def distinct(codes):
    """The distinct rows, in order, their counts, and where each row stands among them."""
    found, inverse, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    return found, counts, inverse.ravel()


def count_assignment(codes, assignment):
    """How many rows agree with a partial assignment."""
    agree = np.ones(len(codes), dtype=bool)
    for i, v in assignment:
        agree &= codes[:, i] == v
    return int(agree.sum())


def count_entries(layout, codes):
    out = np.zeros(layout.size)
    for first in range(0, len(codes), BLOCK):
        block = cells(layout, codes[first : first + BLOCK])
        out += np.bincount(block.ravel(), minlength=layout.size)
    return out


def sample(tables, uniforms, target=()):
    """Inverse CDF, one variable at a time over all rows."""
    layout = tables.layout
    fixed = dict(target)
    out = np.zeros(uniforms.shape, dtype=np.uint8)
    for node in layout.order:
        if node in fixed:
            out[:, node] = fixed[node]
            continue
        table = tables.node(node).reshape(-1, int(layout.cards[node]))
        row = np.zeros(len(out), dtype=np.int64)
        for p in layout.parents[node]:
            row = row * layout.cards[p] + out[:, p]
        running = np.cumsum(table, axis=1)
        last = table.shape[1] - 1 - np.argmax(table[:, ::-1] > 0, axis=1)
        drawn = (uniforms[:, node, None] >= running[row]).sum(axis=1)
        out[:, node] = np.minimum(drawn, last[row])
    return out


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


def weigh_cells(cells, weights, out):
    out += np.bincount(cells.ravel(), np.repeat(weights, cells.shape[1]), len(out))


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
