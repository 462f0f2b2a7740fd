"""Random exact networks and mixtures, and every form in which P_mix can be given."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from domix import Mixture, Network

FORMS = ("mixture", "table", "mapping", "function")


def random_network(rng, cards, *, zeros=0.0, most_parents=3, top=9):
    """A random network; its variables are not in topological order."""
    n = len(cards)
    order = [f"V{i}" for i in rng.permutation(n)]
    card = {f"V{i}": cards[i] for i in range(n)}
    parents = {
        name: [order[p] for p in rng.permutation(i)[: rng.integers(0, min(i, most_parents) + 1)]]
        for i, name in enumerate(order)
    }
    names = [f"V{i}" for i in range(n)]
    tables = {
        name: _table(rng, [card[p] for p in parents[name]], card[name], zeros, top)
        for name in names
    }
    states = {name: [f"s{v}" for v in range(card[name])] for name in names}
    return Network({name: parents[name] for name in names}, states, tables)


def _table(rng, shape, k, zeros, top):
    counts = rng.integers(1, top + 1, size=(*shape, k))
    gone = rng.random(counts.shape) < zeros
    np.put_along_axis(gone, rng.integers(k, size=(*shape, 1)), False, axis=-1)
    counts[gone] = 0
    table = np.empty(counts.shape, dtype=object)
    for index in np.ndindex(*shape):
        row = counts[index]
        table[index] = [Fraction(int(c), int(row.sum())) for c in row]
    return table


def random_mixture(rng, net, most, *, per_prefix=False):
    """A mixture of up to ``most`` targets that respects exclusion.

    With ``per_prefix``, exclusion does not hold globally, if such targets are drawn.
    """
    for _ in range(200):
        targets = (_per_prefix if per_prefix else _global)(rng, net, most)
        if per_prefix == breaks_global_exclusion(net, targets):
            break
    parts = [int(p) for p in rng.integers(1, 100, size=len(targets))]
    weights = [Fraction(p, sum(parts)) for p in parts]
    return Mixture(
        net, [(net.space.assignment(t), w) for t, w in zip(targets, weights, strict=True)]
    )


def breaks_global_exclusion(net, targets):
    used = {pair for target in targets for pair in target}
    return any(sum(i == j for i, _ in used) == k for j, k in enumerate(net.space.cards))


def _global(rng, net, most):
    cards = net.space.cards.tolist()
    unused = [int(rng.integers(k)) for k in cards]
    wanted = int(rng.integers(1, min(most, int(np.prod(cards, dtype=float))) + 1))
    found = {}
    for _ in range(100 * wanted):
        size = rng.integers(0, len(cards) + 1)
        chosen = [i for i in rng.permutation(len(cards))[:size].tolist() if cards[i] > 1]
        steps = {i: int(rng.integers(1, cards[i])) for i in chosen}
        target = tuple(sorted((i, (unused[i] + step) % cards[i]) for i, step in steps.items()))
        found[target] = None
        if len(found) == wanted:
            break
    return list(found)


def _per_prefix(rng, net, most):
    """Every prefix leaves some state unused."""
    prefixes = [()]
    for variable in net.tables.layout.order:
        k = int(net.space.cards[variable])
        after = []
        for i, prefix in enumerate(prefixes):
            room = most - len(after) - (len(prefixes) - i - 1)
            unused = rng.integers(k)
            ways = [(), *(((variable, v),) for v in range(k) if v != unused)]
            count = min(int(rng.integers(1, len(ways) + 1)), max(room, 1))
            after += [prefix + ways[j] for j in sorted(rng.permutation(len(ways))[:count])]
        prefixes = after
    return [tuple(sorted(prefix)) for prefix in prefixes]


def random_instance(seed, *, n=None, zeros=0.0):
    """A mixture over 1 to 6 variables with 2 to 4 states; exclusion per prefix in every third."""
    rng = np.random.default_rng(seed)
    n = n or int(rng.integers(1, 7))
    cards = rng.integers(2, 5, size=n).tolist()
    net = random_network(rng, cards, zeros=zeros)
    return random_mixture(rng, net, 12, per_prefix=seed % 3 == 0)


def large_mixture(n, m, *, seed, chain=False, k=3, most_parents=3):
    """A mixture for timing: each target sets any number of variables, or (``chain``) one more than
    the previous target."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, [k] * n, most_parents=most_parents)
    if not chain:
        unused = rng.integers(k, size=n)
        drawn = set()
        while len(drawn) < m:
            chosen = rng.permutation(n)[: rng.integers(0, n + 1)].tolist()
            drawn.add(tuple(sorted((i, int(unused[i] + rng.integers(1, k)) % k) for i in chosen)))
        targets = sorted(drawn)
    else:
        order = net.tables.layout.order
        targets = [tuple(sorted((i, 0) for i in order[:size])) for size in range(m)]
    parts = [int(p) for p in rng.integers(1, 100, size=len(targets))]
    return Mixture(
        net,
        [
            (net.space.assignment(t), Fraction(p, sum(parts)))
            for t, p in zip(targets, parts, strict=True)
        ],
    )


def given_as(mixture, form):
    """The mixture in one of the forms that P_mix may have."""
    net = mixture.network
    if form == "mixture":
        return mixture
    if form == "function":
        return prefix_function(mixture)
    table = mixture.marginal(net.variables)
    if form == "table":
        return table.values
    labels = [net.states[name] for name in net.variables]
    return {
        tuple(states[c] for states, c in zip(labels, index, strict=True)): p
        for index, p in np.ndenumerate(table.values)
        if p
    }


def prefix_function(mixture):
    """P_mix of an assignment to the first variables of ``net.order``, by the chain rule.

    Fractions are kept as integers over a common denominator, so that this function is fast.
    """
    net, parents = mixture.network, mixture.network.parents
    codes = {name: {s: c for c, s in enumerate(net.states[name])} for name in net.variables}
    tables = {
        name: {at: _over_common_denominator(cpt[at].tolist()) for at in np.ndindex(cpt.shape[:-1])}
        for name, cpt in ((name, net.cpt(name)) for name in net.variables)
    }
    targets = [dict(target) for target in mixture.interventions]
    known = {(): _over_common_denominator(mixture.weights.tolist())}

    def parts(names, values):
        if values not in known:
            before, denominator = parts(names[:-1], values[:-1])
            name, value = names[-1], values[-1]
            at = dict(zip(names, values, strict=True))
            row, unit = tables[name][tuple(codes[p][at[p]] for p in parents[name])]
            w = row[codes[name][value]]
            after = [
                p and p * (w if name not in target else unit * (target[name] == value))
                for p, target in zip(before, targets, strict=True)
            ]
            known[values] = after, denominator * unit
        return known[values]

    def p_mix(assignment):
        weights, denominator = parts(tuple(assignment), tuple(assignment.values()))
        return Fraction(sum(weights), denominator) if mixture.is_exact else sum(weights)

    return p_mix


def _over_common_denominator(values):
    if isinstance(values[0], float):
        return values, 1
    denominator = math.lcm(*(value.denominator for value in values))
    return [int(value * denominator) for value in values], denominator
