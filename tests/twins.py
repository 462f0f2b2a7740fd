"""Slow, plain versions of every kernel, shared by the tests and the benchmarks."""

from __future__ import annotations

import numpy as np

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
    out = np.empty(len(codes))
    fixed = dict(target)
    free = [i for i in range(tables.layout.n) if i not in fixed]
    for first in range(0, len(codes), BLOCK):
        block = codes[first : first + BLOCK]
        logs = tables.log_values[cells(tables.layout, block)[:, free]].sum(axis=1)
        for i, v in fixed.items():
            logs[block[:, i] != v] = -np.inf
        out[first : first + BLOCK] = logs
    return out


def log_prob_targets(tables, codes, targets):
    return np.column_stack([log_prob(tables, codes, t) for t in targets])


def _joint(tables, codes, targets, weights):
    with np.errstate(divide="ignore"):
        return log_prob_targets(tables, codes, targets) + np.log(np.asarray(weights, dtype=float))


def mixture_log_prob(tables, codes, targets, weights):
    """log of the sum of weights times P(row | do(target)), the largest taken out first."""
    joint = _joint(tables, codes, targets, weights)
    top = joint.max(axis=1, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return shift + np.log(np.exp(joint - shift[:, None]).sum(axis=1))


def posterior(tables, codes, targets, weights):
    """Shape (rows, targets); NaN for a row that no target can produce."""
    joint = _joint(tables, codes, targets, weights)
    with np.errstate(invalid="ignore"):
        return np.exp(joint - mixture_log_prob(tables, codes, targets, weights)[:, None])


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


def count_cells(layout, codes):
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
            moved[problem.cells[x, i]] += problem.counts[x]
    return best, left, left.sum(axis=1) > 1, mass, moved


def mixture_em_step(problem, targets, weights, log_theta, reference_ratio):
    """(objective, mass, moved) of one EM step, dense over rows x components."""
    u, m = len(problem.counts), len(targets)
    ratio = np.zeros((u, m))
    sets = np.zeros((u, m, problem.layout.n), dtype=bool)
    for c, target in enumerate(targets):
        rows = problem.rows_of(target)
        logs = np.zeros(len(rows))
        for i, _ in target:
            logs -= log_theta[problem.cells[rows, i]]
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
        np.add.at(moved, problem.cells[:, i], (expected * sets[:, :, i]).sum(axis=1))
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
            logs -= now.log_theta[problem.cells[rows, i]]
        out = np.zeros(len(problem.counts))
        out[rows] = w * np.exp(logs - outlook.log_density[rows])
        return out

    change = share(target) - share(now.support[donor])
    return problem.counts @ change, problem.counts @ change**2
