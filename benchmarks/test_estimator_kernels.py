"""The estimator's kernels and their reference implementations, on arguments of one estimation.

Each takes the largest arguments of an estimation of sixteen targets on thirty variables from 8,192
rows, seed 1; the tables are learnt from as many.
"""

from __future__ import annotations

import numpy as np
import pytest

import reference.ambiguity
import reference.lift
import reference.mixture
import reference.moves
import reference.pairs
import reference.prefixes
import reference.rows
import reference.soft
import reference.squarem
from domix import Network, disentangle
from domix._kernels import (
    _ambiguity,
    _lift,
    _mixture,
    _moves,
    _pairs,
    _prefixes,
    _rows,
    _soft,
    _squarem,
)
from em_problems import arrays_of, copied
from strategies import planted

ROWS = 8192
KERNELS = [
    (module, plain, name)
    for module, plain, names in [
        (_lift, reference.lift, ["em_step", "drop_costs", "advance"]),
        (_prefixes, reference.prefixes, ["fingerprints", "gather"]),
        (_ambiguity, reference.ambiguity, ["log_ratios", "separate", "mark_informed"]),
        (_rows, reference.rows, ["weigh_entries"]),
        (_mixture, reference.mixture, ["em_step", "normalize_tables", "differential"]),
        (_squarem, reference.squarem, ["step_length", "extrapolate"]),
        (_soft, reference.soft, ["log_ratios", "e_step"]),
        (_moves, reference.moves, ["single_changes", "own_counts", "best_transfer"]),
        (_pairs, reference.pairs, ["pair_changes"]),
    ]
    for name in names
]


class Recorder:
    """Call a kernel, and keep its largest arguments."""

    def __init__(self, kernel):
        self.kernel, self.size, self.arguments = kernel, -1, None

    def __call__(self, *arguments):
        size = sum(array.size for argument in arguments for array in arrays_of(argument))
        if size > self.size:
            self.size, self.arguments = size, [copied(argument) for argument in arguments]
        return self.kernel(*arguments)


@pytest.fixture(scope="module")
def recorded():
    """Record every kernel's arguments, by module and name."""
    targets = [{}, *({i: 0, (i + 7) % 30: 1, (i + 13) % 30: 0} for i in range(0, 30, 2))]
    mix = planted(30, targets, seed=1)
    known = mix.network
    net = Network.fit(known.parents, known.sample(ROWS, rng=3), states=known.states)
    with pytest.MonkeyPatch.context() as patch:
        recorders = {}
        for module, _, name in KERNELS:
            recorders[module, name] = Recorder(getattr(module, name))
            patch.setattr(module, name, recorders[module, name])
        disentangle(net, mix.sample(ROWS, rng=2))
    return recorders


@pytest.mark.parametrize("implementation", ["kernel", "numpy"])
@pytest.mark.parametrize(
    ("module", "plain", "name"),
    [pytest.param(*k, id=f"{k[0].__name__.rsplit('.', 1)[1]}.{k[2]}") for k in KERNELS],
)
def test_kernel(benchmark, recorded, module, plain, name, implementation):
    benchmark.group = f"{module.__name__.rsplit('.', 1)[1]}.{name}"
    arguments = recorded[module, name].arguments
    taken, expected = ([copied(x) for x in arguments] for _ in range(2))
    returned, expected_return = getattr(module, name)(*taken), getattr(plain, name)(*expected)
    if expected_return is not None:
        np.testing.assert_allclose(returned, expected_return, rtol=1e-6)
    for one, other in zip(taken, expected, strict=True):
        for array, expected_array in zip(arrays_of(one), arrays_of(other), strict=True):
            np.testing.assert_allclose(array, expected_array, rtol=1e-6, atol=1e-6)
    # Sums grow from one round to the next, which takes no longer.
    function = getattr(plain if implementation == "numpy" else module, name)
    benchmark(function, *(copied(x) for x in arguments))
