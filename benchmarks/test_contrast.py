"""What the contrast with control rows costs where the model is right, and its kernel.

The screen has thirty variables of three states and eight targets, 8,192 rows and as many control
rows; seed 1.
"""

from __future__ import annotations

import numpy as np
import pytest

from domix import disentangle
from domix._kernels import _drift
from reference import drift as reference
from strategies import planted

ROWS, VARIABLES = 8192, 30
CPT_ROWS, CARD = 2000, 4


@pytest.fixture(scope="module")
def screen():
    """Draw rows of the mixture and control rows."""
    rng = np.random.default_rng(1)
    targets: list[dict[int, int]] = [{}]
    for size in (1, 1, 2, 2, 2, 3, 3):
        variables = rng.choice(VARIABLES, size, replace=False)
        targets.append({int(i): int(rng.integers(2)) for i in variables})
    mix = planted(VARIABLES, targets, seed=1)
    return mix.network, mix.sample(ROWS, rng=1), mix.network.sample(ROWS, rng=2)


@pytest.mark.parametrize(
    "contrast",
    [pytest.param(False, id="plain", marks=pytest.mark.large), pytest.param(True, id="contrast")],
)
@pytest.mark.benchmark(group="disentangle: 30 variables, 8,192 rows, right model")
def test_right_model(benchmark, screen, contrast):
    run = benchmark.pedantic(disentangle, screen, {"contrast": contrast}, rounds=3)
    assert len(run.components) >= 8
    assert run.contrast is None or not run.contrast.misfit


@pytest.mark.parametrize("module", [_drift, reference], ids=["kernel", "python"])
@pytest.mark.benchmark(group="likelihood of drift: 2,000 rows of CPTs of four states")
def test_log_likelihood(benchmark, module):
    rng = np.random.default_rng(1)
    counts = rng.exponential(20.0, CPT_ROWS * CARD)
    means = rng.dirichlet(np.full(CARD, 2.0), CPT_ROWS).ravel()
    arguments = np.arange(CPT_ROWS + 1) * CARD, counts, means, np.full(CPT_ROWS, 0.001), 0.01
    score = benchmark(module.log_likelihood, *arguments)
    assert score == pytest.approx(reference.log_likelihood(*arguments))
