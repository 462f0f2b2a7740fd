"""Small problems of the estimator, and the arguments that its kernels take for them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from domix._kernels._em_structures import (
    ComponentRows,
    DataRows,
    LiftGroups,
    LiftPairs,
    PrefixLists,
    Workspace,
)
from domix._kernels._soft import SlotPairs
from domix.core.codes import target_codes
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.lift import number_distinct
from domix.em.mixture import Support, fit, log_density
from domix.options.search import EmLimits
from domix.query.flat import flat_layout
from domix.soft.components import Setting, SoftComponent
from domix.soft.em import SoftEm
from domix.soft.slots import SlotData
from strategies import interventions, networks

PARTS = {
    DataRows: ("codes", "entries", "counts", "size"),
    ComponentRows: ("data", "ptr", "rows", "variable_ptr", "variables"),
    Workspace: ("value", "density", "expected_counts", "intervened_counts"),
    PrefixLists: ("ptr", "prefix", "value"),
    LiftGroups: ("lists", "entry", "counts", "states", "size"),
    LiftPairs: ("groups", "place", "entry", "prefix"),
    SlotPairs: ("places", "counts", "ptr", "rows", "slot_ptr", "variables", "starts"),
}
"""What the objects of the kernels are made of, in the order of their constructors."""


def copied(x):
    """Copy an argument of a kernel, with all arrays that it owns."""
    if type(x) in PARTS:
        return type(x)(*(copied(getattr(x, part)) for part in PARTS[type(x)]))
    return np.array(x) if isinstance(x, (np.ndarray, memoryview)) else x


def arrays_of(x):
    """List the arrays that an argument of a kernel owns."""
    if type(x) in PARTS:
        names = [*PARTS[type(x)], *(("rate", "load") if type(x) is LiftPairs else ())]
        return [array for name in names for array in arrays_of(getattr(x, name))]
    return [np.asarray(x)] if isinstance(x, (np.ndarray, memoryview)) else []


@st.composite
def problems(draw, learn=None):
    """A network, data rows of a mixture on it, and a few targets that may have produced them."""
    net = draw(networks(most=4, cards=(2, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    targets = [net.target(draw(interventions(net))) for _ in range(draw(st.integers(1, 3)))]
    targets = list(dict.fromkeys([(), *targets]))
    codes = np.concatenate([net.sample(60, do=net.space.assignment(t), rng=rng) for t in targets])
    learnt = draw(st.booleans()) if learn is None else learn
    prior = rng.integers(1, 9, net.tables.layout.size) * 1.0 if learnt else None
    problem = Problem(net.tables, distinct(codes, net.space.cards), prior)
    weights = rng.dirichlet(np.ones(len(targets)))
    return problem, targets, weights


def mixture_arguments(problem, targets, weights, rng):
    """Arguments of the kernels that pass over pairs of components and rows, by kernel."""
    log_theta, size = problem.log_theta, problem.layout.size
    # Without do(), no component can produce some rows.
    support = Support(problem, targets[1:] if len(targets) > 2 else targets)
    weights = weights[-len(support.targets) :]
    pairs, rows, m = support.pairs, len(problem.counts), len(support.targets)
    ratio = support.log_ratios(log_theta)

    def workspace(value, entries=size):
        return Workspace(value.copy(), np.zeros(rows), np.ones(m), np.ones(entries))

    separated = [np.zeros(rows, np.int32), np.zeros(rows, np.int32)]
    separated += [np.zeros(m + 1, np.int64), np.zeros(len(ratio), np.int32)]
    negligible, few_counts = rng.choice([-690.0, -20.0, -1.0, -0.1]), rng.integers(0, 3, size) * 1.0
    learnt = size if problem.learn else 0
    change = np.exp(rng.normal(0, 0.3, learnt))
    final = workspace(ratio, learnt)
    every_row = np.arange(rows, dtype=np.int32)
    logs = ratio - support.row_maxima(ratio)[support.rows]
    fitted = fit(problem, targets, np.ones(len(targets)), log_theta, EmLimits(1e-3, 3))
    theta = np.where(problem.theta == 0, 0.0, np.exp(fitted.log_theta))
    slot_ptr = np.concatenate([[0], np.cumsum(problem.layout.cards + 1)])
    variables = np.array([i for i, _ in targets[-1]], np.int64)
    last = problem.rows_of(targets[-1])
    table_rows = len(problem.layout.row_starts)
    return {
        "log_ratios": [problem.data_rows, last, variables, log_theta, np.zeros(len(last))],
        "separate": [pairs, negligible, workspace(ratio, learnt), *separated],
        "mark_informed": [pairs, problem.layout.row_of_entry, np.zeros(table_rows, np.uint8)],
        "em_step": [pairs, every_row, np.exp(logs), change, 50.0, weights, final],
        "normalize_tables": [problem.layout.row_starts, few_counts, log_theta.copy()],
        "differential": [
            pairs,
            rng.random(len(ratio)),
            rng.normal(size=m),
            rng.normal(size=size),
            workspace(ratio),
        ],
        "single_changes": [
            problem.data_rows,
            theta,
            fitted.log_theta,
            log_density(problem, fitted),
            target_codes(targets, problem.layout.n).astype(np.int16),
            np.log(np.maximum(fitted.weights, 1e-300)),
            slot_ptr,
            np.zeros((2, len(targets), slot_ptr[-1])),
        ],
        "pair_changes": [
            problem.data_rows,
            theta,
            log_density(problem, fitted),
            np.arange(problem.layout.n),
            np.concatenate([[0], np.cumsum(problem.layout.cards)]),
            np.zeros(problem.layout.n),
            np.zeros((2, problem.layout.cards.sum(), problem.layout.cards.sum())),
        ],
        "own_counts": [pairs, rng.random(len(ratio)), np.zeros((m, size))],
        "best_transfer": [rng.random(rows) * 2 - 0.9, problem.counts],
    }


def class_arguments(problem, targets, weights, rng):
    """Arguments of the kernels that divide rows into classes; weights are shares of the classes."""
    columns, layout = np.ascontiguousarray(problem.codes.T), flat_layout(problem.layout)
    rows, m = len(problem.counts), len(targets)
    variables = np.array([i for i, _ in targets[-1]], np.int64)
    values = np.array([value for _, value in targets[-1]], np.uint8)
    chosen = np.sort(rng.permutation(rows)[: rng.integers(rows + 1)]).astype(np.int32)
    numbers = rng.integers(0, m, rows).astype(np.int32)
    ptr = np.concatenate([[0], np.cumsum(rng.integers(0, m + 1, m))])
    component = rng.integers(0, m, ptr[-1]).astype(np.int32)
    out = np.zeros((m, problem.layout.size))
    return {
        "match": [columns, variables, values, np.full(rows, -1, np.int32)],
        "append_entries": [
            columns,
            layout,
            chosen,
            variables,
            rng.integers(0, 9, len(chosen)).astype(np.uint64),
        ],
        "add_expected_counts": [
            columns,
            layout,
            problem.counts,
            numbers,
            ptr,
            component,
            rng.random(ptr[-1]),
            out,
        ],
    }


def lift_arguments(problem, targets, weights, rng):
    """Arguments of the kernels that lift the first variable, the targets as prefixes."""
    k, part = int(problem.layout.cards[0]), problem.layout.entries_of(0)
    size, prefixes = part.stop - part.start, len(targets)
    lengths = rng.integers(1, prefixes + 1, size=len(problem.counts))
    ptr = np.concatenate([[0], np.cumsum(lengths)])
    prefix = np.concatenate([np.sort(rng.permutation(prefixes)[:count]) for count in lengths])
    lists = PrefixLists(ptr, prefix.astype(np.int32), rng.random(len(prefix)) + 0.1)
    entry = problem.entries[:, 0].astype(np.int64) - part.start
    groups = LiftGroups(lists, entry, problem.counts, k, size)
    keys, place = number_distinct(np.repeat(entry, lengths) * prefixes + prefix)
    pairs = LiftPairs(groups, *(x.astype(np.int32) for x in (place, *np.divmod(keys, prefixes))))
    start = np.outer(weights, rng.dirichlet(np.ones(k + 1))).ravel()
    start[rng.random(len(start)) < 0.2] = 0.0
    # The lift that sets nothing keeps every group possible.
    start[:: k + 1] += 0.01
    theta = rng.dirichlet(np.ones(k), size // k).ravel()
    index = np.where(start > 0, np.cumsum(start > 0) - 1, -1)
    out = [
        PrefixLists(bounds, np.zeros(length, np.int32), np.zeros(length))
        for bounds, length in ((np.zeros_like(ptr), 2 * len(prefix)), (ptr, len(prefix)))
    ]
    zeros = np.zeros((3, len(start)))
    return {
        "em_step": [pairs, 50.0, start, theta, zeros[0], np.zeros(size)],
        "drop_costs": [groups, start, theta, zeros[1], zeros[2]],
        "advance": [groups, start, theta, index, 1e-3, out[0]],
        "fingerprints": [lists, 1e6, np.zeros(len(lengths), np.uint64)],
        "gather": [lists, np.arange(len(lengths)), out[1]],
    }


def squarem_arguments(problem, targets, weights, rng):
    """Arguments of the kernels of extrapolation, for three points near each other."""
    logs = rng.choice([0.0, 1e-2]) * rng.normal(size=(2, problem.layout.size))
    p = [weights, *(weights + rng.choice([0.0, 1e-2]) * rng.normal(size=(2, len(weights))))]
    log_theta = [problem.log_theta, *(problem.log_theta + logs)]
    counts = problem.entry_counts if problem.learn else np.zeros(0)
    points = [x if problem.learn else np.zeros(0) for x in log_theta]
    return {
        "step_length": [*p, problem.total, *points, counts],
        "extrapolate": [*log_theta, 3.5, np.zeros(problem.layout.size)],
    }


def soften(data, target, kinds, rng):
    """A component with the modes of a target, one kind of setting for each variable."""
    settings, readout = [], bool(rng.integers(2))
    for (v, value), kind in zip(target, kinds, strict=False):
        k = data.cards[v]
        if kind == "hard" or k == 1:
            settings.append(Setting.hard(v, value, k))
        elif kind == "shared":
            settings.append(Setting.failing(v, value, k, 0.1))
        else:
            settings.append(Setting.free(v, rng.dirichlet(np.ones(k)) + np.eye(k)[value], range(k)))
    return SoftComponent(tuple(settings), readout and bool(settings))


def soft_components(data, targets, rng):
    """Components with the modes of targets: hard, free and failing settings, and misread ones."""
    kinds = ["hard", "free", "shared"]
    return [soften(data, t, [kinds[i] for i in rng.integers(3, size=len(t))], rng) for t in targets]


def soft_arguments(problem, targets, weights, rng):
    """Arguments of the kernels that pass over pairs and slots."""
    data = SlotData(problem)
    components = soft_components(data, targets, rng)
    pairs = SoftEm(data, components, weights, problem.log_theta, 0.1).pairs
    ratio, change = rng.random(len(pairs.rows)), np.exp(rng.normal(0, 0.3, pairs.size))
    ratio[np.asarray(pairs.rows) == 0] = 0.0
    out = [np.zeros(len(ratio)), np.zeros(len(problem.counts))]
    out += [np.zeros(len(targets)), np.zeros(pairs.size)]
    return {
        "log_ratios": [pairs, np.log(change), np.zeros(len(ratio))],
        "e_step": [pairs, ratio, change, weights, 50.0, Workspace(*out)],
    }
