"""Results that figures are tested with."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from domix import Alternative, Component, Disentanglement, Network, do, example


def planted_result():
    """Six targets of the example; one is not exact, one has a hull."""
    mix = example.planted()
    components = []
    for number, (target, weight) in enumerate(zip(mix.interventions, mix.weights, strict=True)):
        w = float(weight)
        hull, exact = None, True
        alternatives: tuple[Alternative, ...] = ()
        if number == 1:
            hull = (w - 0.08, w + 0.02)
        if number == 2:
            exact = False
            others = [do({**target, "Rhun": "high"}), do(Yarl="low"), do(Vesk="low"), do()]
            shares = [0.5, 0.2, 0.15, 0.1, 0.02]
            alternatives = tuple(map(Alternative, [target, *others], shares))
        interval = (w - 0.02, w + 0.02)
        components.append(
            Component(
                *(target, w, 0.01, interval, 1e-4),
                hull=hull,
                exact=exact,
                alternatives=alternatives,
            )
        )
    return Disentanglement(mix.network, tuple(components), "likelihood", rows=4000.0)


def exact_result():
    """Exact weights, without intervals."""
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [Fraction(1, 2), Fraction(1, 2)]})
    weights = [Fraction(2, 3), Fraction(1, 3)]
    found = tuple(map(Component, [do(A=0), do()], weights))
    return Disentanglement(net, found, "population")


def soft_result():
    """One target that draws a value, and one that sets two variables."""
    states = ["off", "on", "broken"]
    parents = {"lamp": [], "fan": ["lamp"]}
    row = np.array([0.25, 0.5, 0.25])
    cpts = {"lamp": row, "fan": np.array([row] * 3)}
    net = Network(parents, dict.fromkeys(parents, states), cpts)
    drawn = do(lamp={"on": 0.75, "broken": 0.25})
    found = (Component(drawn, 0.75), Component(do(lamp="off", fan="on"), 0.25))
    return Disentanglement(net, found, "likelihood")


def one_target():
    """One target, do(), in a network of one variable."""
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [0.5, 0.5]})
    return Disentanglement(net, (Component(do(), 1.0),), "likelihood")


def wide_targets(targets=100, variables=400):
    """Targets of ten variables each, of which some are set by no other, in a chain."""
    names = [f"V{i}" for i in range(variables)]
    parents = {v: names[i - 1 : i] if i else [] for i, v in enumerate(names)}
    cpts = {v: np.full((2,) * (len(ps) + 1), 0.5) for v, ps in parents.items()}
    net = Network(parents, dict.fromkeys(names, ("low", "high")), cpts)
    found = [
        Component(do({names[(4 * t + i) % variables]: "high" for i in range(10)}), 1 / targets)
        for t in range(targets)
    ]
    return Disentanglement(net, tuple(found), "likelihood")


def many_targets(targets=20, variables=30, name="$gene_{i}$_with_a_rather_long_name"):
    """Many targets of variables whose names are long, and mathematics to matplotlib."""
    rng = np.random.default_rng(0)
    names = [name.replace("{i}", str(i)) for i in range(variables)]
    states = ["low_$a$", "usual", "very_high_indeed"]
    parents = {v: names[i // 2 : i // 2 + 1] if i % 3 else [] for i, v in enumerate(names)}
    cpts = {v: np.full((3,) * (len(ps) + 1), 1 / 3) for v, ps in parents.items()}
    net = Network(parents, dict.fromkeys(names, states), cpts)
    found = [do()]
    while len(found) < targets:
        chosen = sorted(rng.choice(variables, rng.integers(1, 5), replace=False))
        target = do({names[i]: states[rng.integers(3)] for i in chosen})
        found += [target] * (target not in found)
    weights = np.sort(rng.dirichlet(np.full(targets, 2.0)))[::-1]
    components = [
        Component(target, float(w), 0.01, (float(w) * 0.5, float(w) * 1.5), 1e-4)
        for target, w in zip(found, weights, strict=True)
    ]
    return Disentanglement(net, tuple(components), "likelihood", rows=1000.0)
