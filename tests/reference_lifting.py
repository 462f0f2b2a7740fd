"""Reference implementation of lifting for networks without zeros, by sums over the joint table."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np


def lift_by_definition(net, table):
    """Lift a distribution with absolute probabilities and sums over the whole table.

    Returns one of ``("found", {target: weight})``, ``("ExclusionError", variable)`` and
    ``("NotAMixtureError", configurations in which the reconstruction differs)``.
    """
    table = np.asarray(table).transpose(net.tables.layout.order)
    return _lift(net, table, common=True) or _lift(net, table, common=False)


def prefix_prob(net, target, values):
    """P_target of the first variables of the order."""
    layout = net.tables.layout
    codes = dict(zip(layout.order, values, strict=False))
    fixed = dict(target)
    if any(codes.get(i, v) != v for i, v in target):
        return Fraction(0)
    unset = (i for i in codes if i not in fixed)
    return prod(
        (net.tables.node(i)[(*(codes[p] for p in layout.parents[i]), codes[i])] for i in unset),
        start=Fraction(1),
    )


def _lift(net, table, common):
    """Use one unused value per variable, or one per prefix; None if there is no such value."""
    prefixes: list[tuple] = [((), ())]
    known: dict = {}
    for i in net.tables.layout.order:
        known, lifts = {}, []
        for target, values in prefixes:
            places = [(*values, value) for value in range(int(net.space.cards[i]))]
            r = [
                np.sum(table[x]) - sum(w * prefix_prob(net, t, x) for t, w in known.items())
                for x in places
            ]
            if min(r) < 0:
                return "ExclusionError", net.variables[i]
            p = [prefix_prob(net, target, x) for x in places]
            unset = min(left / q for left, q in zip(r, p, strict=True))
            scale = prefix_prob(net, target, values)
            sets = [(left - unset * q) / scale for left, q in zip(r, p, strict=True)]
            lifts.append((target, values, unset, sets))
            if unset:
                known[target] = unset
            known.update({_with_value(target, i, v): x for v, x in enumerate(sets) if x})
        unused = [{v for v, x in enumerate(sets) if not x} for _, _, _, sets in lifts]
        if common:
            unused = [set.intersection(*unused)] * len(lifts)
            if not unused[0] and i != net.tables.layout.order[-1]:
                return None
        prefixes = []
        for (target, values, unset, sets), free in zip(lifts, unused, strict=True):
            if unset and free:
                prefixes.append((target, (*values, min(free))))
            prefixes += [(_with_value(target, i, v), (*values, v)) for v, x in enumerate(sets) if x]
    wrong = [
        net.space.assignment(zip(net.tables.layout.order, values, strict=True))
        for values, p in np.ndenumerate(table)
        if p != sum(w * prefix_prob(net, t, values) for t, w in known.items())
    ]
    return ("NotAMixtureError", wrong) if wrong else ("found", known)


def _with_value(target, variable, value):
    return tuple(sorted((*target, (variable, value))))


def is_weakly_positive(mixture):
    """Whether every prefix has, along one configuration, an unused value that is possible there."""
    layout, tables = mixture.network.tables.layout, mixture.network.tables

    def holds(targets, values):
        if len(values) == layout.n:
            return True
        i = layout.order[len(values)]
        codes = dict(zip(layout.order, values, strict=False))
        row = tables.node(i)[tuple(codes[p] for p in layout.parents[i])]
        unset = [t for t in targets if i not in t]
        groups = {}
        for target in targets:
            if i in target:
                groups.setdefault(target[i], []).append(target)
        if not all(holds(group, (*values, value)) for value, group in groups.items()):
            return False
        unused = [v for v, p in enumerate(row) if p and v not in groups]
        return any(not unset or holds(unset, (*values, v)) for v in unused)

    return holds([dict(target) for target in mixture.targets], ())
