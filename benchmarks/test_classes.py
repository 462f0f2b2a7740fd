"""The kernels that divide rows into classes, and their reference implementations.

On 2^18 rows of 20 variables, the number of a shard, and a target of three variables.
"""

from __future__ import annotations

import numpy as np
import pytest

import reference.classes
from domix._kernels import _classes
from domix.data.rows import distinct
from domix.em.data import Problem
from em_problems import class_arguments, copied
from strategies import planted

TARGETS = [{}, {1: 0, 7: 1}, {2: 0, 5: 1, 11: 0}]


@pytest.fixture(scope="module")
def arguments():
    mix = planted(20, TARGETS, seed=1)
    rows = distinct(mix.sample(2**18, rng=1), mix.network.space.cards)
    problem = Problem(mix.network.tables, rows, None)
    targets = [mix.network.target(i) for i in mix.interventions]
    return class_arguments(problem, targets, None, np.random.default_rng(0))


@pytest.mark.parametrize("implementation", ["kernel", "numpy"])
@pytest.mark.parametrize("name", ["match", "append_entries", "add_expected_counts"])
def test_kernel(benchmark, arguments, name, implementation):
    benchmark.group = f"_classes.{name}"
    module = reference.classes if implementation == "numpy" else _classes
    benchmark(getattr(module, name), *map(copied, arguments[name]))
