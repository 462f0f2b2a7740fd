"""Marginals by enumeration, and orders of elimination in plain Python."""

from __future__ import annotations

import math

import numpy as np

from reference.joint import entry_indices


def marginal(tables, names, do, given):
    """Compute P(names, given | do) by enumerating all configurations."""
    layout = tables.layout
    codes = np.indices(layout.cards).reshape(layout.n, -1).T.astype(np.uint8)
    joint = np.ones(len(codes))
    for node, entries in enumerate(entry_indices(layout, codes).T):
        joint *= codes[:, node] == do[node] if node in do else tables.values[entries].astype(float)
    for node, value in given.items():
        joint *= codes[:, node] == value
    others = tuple(i for i in range(layout.n) if i not in names)
    table = joint.reshape(layout.cards).sum(axis=others)
    return table.transpose([sorted(names).index(i) for i in names])


def elimination_order(layout, names, by_fill=False):
    """List what P(names) sums out: next the smallest table, or the fewest that it connects."""
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
