"""The distribution of the rows under a soft intervention, by enumeration."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from domix import Misread, Stochastic


def joint_of(net, intervention):
    """P(row | do(intervention)) as an array with an axis per variable.

    What a variable is (its children follow that) and what the row shows of it are enumerated apart.
    """
    cards = [len(net.states[name]) for name in net.variables]
    zero = Fraction(0) if net.is_exact else 0.0
    out = np.full(cards, zero, dtype=object if net.is_exact else float)
    choices = [
        _choices(net, name, intervention.get(name), range(card))
        for name, card in zip(net.variables, cards, strict=True)
    ]
    for choice in itertools.product(*choices):
        actual = {name: a for name, (a, _, _) in zip(net.variables, choice, strict=True)}
        p = 1
        for name, (_, _, drawn) in zip(net.variables, choice, strict=True):
            key = (*(actual[parent] for parent in net.parents[name]), actual[name])
            p = p * (net.cpt(name)[key] if drawn is None else drawn)
        out[tuple(shown for _, shown, _ in choice)] += p
    return out


def _choices(net, name, value, codes):
    """What the variable is, what the row shows, and its probability (None: see the table)."""
    states = net.states[name]
    if value is None:
        return [(v, v, None) for v in codes]
    if isinstance(value, Stochastic):
        return [(states.index(s), states.index(s), p) for s, p in value.items()]
    if isinstance(value, Misread):
        actual = states.index(value.state)
        return [(actual, states.index(s), p) for s, p in value.read.items()]
    return [(states.index(value), states.index(value), 1)]
