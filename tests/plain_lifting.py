"""Lifting as it is defined, from a table and without any trick, for networks without zeros."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np


def lift_plainly(net, table):
    """What a distribution comes to, by absolute probabilities and sums over the whole table.

    Returns one of ``("found", {target: weight})``, ``("ExclusionError", variable)`` and
    ``("NotAMixtureError", configurations in which the reconstruction differs)``.
    """
    table = np.asarray(table).transpose(net.tables.layout.order)
    return _lifted(net, table, common=True) or _lifted(net, table, common=False)


def prefix_prob(net, target, cell):
    """P_target of the first variables of the order."""
    layout = net.tables.layout
    codes = dict(zip(layout.order, cell, strict=False))
    fixed = dict(target)
    if any(codes.get(i, v) != v for i, v in target):
        return Fraction(0)
    free = (i for i in codes if i not in fixed)
    return prod(
        (net.tables.node(i)[(*(codes[p] for p in layout.parents[i]), codes[i])] for i in free),
        start=Fraction(1),
    )


def _lifted(net, table, common):
    """With one unused value per variable, or one per prefix; None if there is no such value."""
    prefixes, known = [((), ())], {}
    for i in net.tables.layout.order:
        known, lifts = {}, []
        for target, cell in prefixes:
            cells = [(*cell, value) for value in range(int(net.space.cards[i]))]
            r = [
                np.sum(table[c]) - sum(w * prefix_prob(net, t, c) for t, w in known.items())
                for c in cells
            ]
            if min(r) < 0:
                return "ExclusionError", net.variables[i]
            alone = [prefix_prob(net, target, c) for c in cells]
            silent = min(left / p for left, p in zip(r, alone, strict=True))
            scale = prefix_prob(net, target, cell)
            sets = [(left - silent * p) / scale for left, p in zip(r, alone, strict=True)]
            lifts.append((target, cell, silent, sets))
            if silent:
                known[target] = silent
            known.update({_with(target, i, v): x for v, x in enumerate(sets) if x})
        unused = [{v for v, x in enumerate(sets) if not x} for _, _, _, sets in lifts]
        if common:
            unused = [set.intersection(*unused)] * len(lifts)
            if not unused[0] and i != net.tables.layout.order[-1]:
                return None
        prefixes = []
        for (target, cell, silent, sets), free in zip(lifts, unused, strict=True):
            if silent and free:
                prefixes.append((target, (*cell, min(free))))
            prefixes += [(_with(target, i, v), (*cell, v)) for v, x in enumerate(sets) if x]
    wrong = [
        net.space.assignment(zip(net.tables.layout.order, cell, strict=True))
        for cell, p in np.ndenumerate(table)
        if p != sum(w * prefix_prob(net, t, cell) for t, w in known.items())
    ]
    return ("NotAMixtureError", wrong) if wrong else ("found", known)


def _with(target, variable, value):
    return tuple(sorted((*target, (variable, value))))


def weakly_positive(mixture):
    """Whether every prefix has, along one cell, a value that none of its targets sets and that is
    possible there."""
    layout, tables = mixture.network.tables.layout, mixture.network.tables

    def fine(targets, cell):
        if len(cell) == layout.n:
            return True
        i = layout.order[len(cell)]
        codes = dict(zip(layout.order, cell, strict=False))
        row = tables.node(i)[tuple(codes[p] for p in layout.parents[i])]
        silent = [t for t in targets if i not in t]
        setting = {}
        for target in targets:
            if i in target:
                setting.setdefault(target[i], []).append(target)
        if not all(fine(group, (*cell, value)) for value, group in setting.items()):
            return False
        unused = [v for v, p in enumerate(row) if p and v not in setting]
        return any(not silent or fine(silent, (*cell, v)) for v in unused)

    return fine([dict(target) for target in mixture.targets], ())
