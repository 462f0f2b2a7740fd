"""Random networks, interventions and mixtures for property tests."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from domix import Misread, Mixture, Network, do


@st.composite
def networks(draw, *, most=5, cards=(1, 4), zeros=True, exact=False):
    """A network of up to ``most`` variables in an order that is not topological."""
    n = draw(st.integers(1, most))
    names = draw(st.permutations([f"V{i}" for i in range(n)]))
    ks = {name: draw(st.integers(*cards)) for name in names}
    order = draw(st.permutations(names))
    parents = {
        name: draw(st.lists(st.sampled_from(order[:i]), unique=True, max_size=3)) if i else []
        for i, name in enumerate(order)
    }
    kinds = draw(st.sampled_from(["text", "number"]))
    states = {name: [f"s{v}" if kinds == "text" else v for v in range(ks[name])] for name in names}
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cpts = {
        name: _table(rng, [ks[p] for p in parents[name]], ks[name], zeros, exact) for name in names
    }
    return Network({name: parents[name] for name in names}, states, cpts)


def _table(rng, shape, k, zeros, exact):
    counts = rng.integers(0 if zeros else 1, 7, size=(*shape, k))
    counts[..., 0] += counts.sum(axis=-1) == 0
    if not exact:
        return counts / counts.sum(axis=-1, keepdims=True)
    rows = [[Fraction(int(c), int(row.sum())) for c in row] for row in counts.reshape(-1, k)]
    table = np.empty((len(rows), k), dtype=object)
    table[:] = rows
    return table.reshape(*shape, k)


@st.composite
def interventions(draw, net):
    names = draw(st.lists(st.sampled_from(net.variables), unique=True))
    return do({name: draw(st.sampled_from(net.states[name])) for name in names})


@st.composite
def mixtures(draw, net):
    targets = draw(st.lists(interventions(net), unique=True, min_size=1, max_size=5))
    parts = [draw(st.integers(1, 9)) for _ in targets]
    number = Fraction if net.is_exact else float
    weights = [number(Fraction(p, sum(parts))) for p in parts]
    return Mixture(net, dict(zip(targets, weights, strict=True)))


def every_row(net):
    """All configurations as codes, shape (rows, variables), in C order."""
    cards = [len(net.states[name]) for name in net.variables]
    return np.indices(cards).reshape(len(cards), -1).T.astype(np.uint8)


def planted(n, targets, *, k=3, seed=0):
    """A mixture of given targets ({variable: code}) on a random network without zeros.

    Every variable has up to two parents among those before it; the last state is left unused where
    the targets allow it.
    """
    rng = np.random.default_rng(seed)
    names = [f"V{i}" for i in range(n)]
    parents = {
        name: [names[p] for p in sorted(rng.choice(i, min(i, 2), replace=False))]
        for i, name in enumerate(names)
    }
    states = {name: [f"s{v}" for v in range(k)] for name in names}
    cpts = {name: rng.dirichlet([2] * k, size=[k] * len(parents[name])) for name in names}
    net = Network(parents, states, cpts)
    weights = rng.dirichlet([4] * len(targets))
    components = {
        do({names[i]: states[names[i]][v] for i, v in target.items()}): float(w)
        for target, w in zip(targets, weights, strict=True)
    }
    return Mixture(net, components)


def network_of_many_states(n: int, seed: int = 0) -> Network:
    """Up to three parents each, of 2 to 6 states; some zeros, and tables larger than a byte."""
    rng = np.random.default_rng(seed)
    names = [f"V{i}" for i in range(n)]
    parents = {v: [names[j] for j in range(max(0, i - 3), i)] for i, v in enumerate(names)}
    states = {v: list(range(2 + i % 5)) for i, v in enumerate(names)}
    cpts = {}
    for v in names:
        table = rng.dirichlet(np.ones(len(states[v])), [len(states[p]) for p in parents[v]])
        table[..., 0] += table[..., -1] * (rng.random(table.shape[:-1]) < 0.2)
        table[..., -1][table.sum(axis=-1) > 1 + 1e-9] = 0.0
        cpts[v] = table / table.sum(axis=-1, keepdims=True)
    return Network(parents, states, cpts)


LABELS = st.text(min_size=1)
"""Names and states."""

SIGNS = st.text(alphabet='a~{}:,=\\@"\n ', min_size=1)
"""Names and states of the signs that texts of interventions use."""


@st.composite
def distributions(draw, states, exact=None):
    """State to probability for some of the states: fractions, or floats."""
    if exact is None:
        exact = draw(st.booleans())
    some = draw(st.lists(st.sampled_from(states), unique=True, min_size=1, max_size=4))
    parts = [draw(st.integers(1, 9)) for _ in some]
    number = Fraction if exact else float
    return {s: number(Fraction(p, sum(parts))) for s, p in zip(some, parts, strict=True)}


@st.composite
def values(draw, states, exact=None):
    """A state, a distribution, or a misread state."""
    kind = draw(st.sampled_from(["hard", "drawn", "misread"]))
    if kind == "hard":
        return draw(st.sampled_from(states))
    drawn = draw(distributions(states, exact))
    return drawn if kind == "drawn" else Misread(draw(st.sampled_from(states)), drawn)


@st.composite
def soft_assignments(draw, texts=LABELS | SIGNS):
    """Any names to values over any states."""
    names = draw(st.lists(texts, unique=True, max_size=3))
    states = draw(st.lists(texts | st.just(""), unique=True, min_size=1, max_size=4))
    return {name: draw(values(states)) for name in names}


@st.composite
def soft_interventions(draw, net, exact=None):
    """An intervention on a network with a hard, drawn or misread value for some variables."""
    names = draw(st.lists(st.sampled_from(net.variables), unique=True))
    return do({name: draw(values(net.states[name], exact)) for name in names})


@st.composite
def soft_mixtures(draw, net):
    """A mixture of hard and soft interventions, exact if the network is."""
    targets = draw(
        st.lists(soft_interventions(net, net.is_exact), min_size=1, max_size=4).map(
            lambda some: list({net.any_target(t): t for t in some}.values())
        )
    )
    parts = [draw(st.integers(1, 9)) for _ in targets]
    number = Fraction if net.is_exact else float
    weights = [number(Fraction(p, sum(parts))) for p in parts]
    return Mixture(net, dict(zip(targets, weights, strict=True)))
