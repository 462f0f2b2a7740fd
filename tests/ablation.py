"""Estimation with other search options than the defaults, for tests and benchmarks."""

from __future__ import annotations

import numpy as np

from domix.estimation.outputs import report_estimates
from domix.problems.groups import estimate_mixtures
from domix.problems.inputs import read_inputs


def disentangle_with(search, net, rows, observational=None, **options):
    """What ``domix.disentangle`` returns when ``search`` are its search options."""
    inputs = read_inputs(net, rows, observational, search=search, **options)
    estimates = estimate_mixtures(
        inputs.mixtures, np.random.default_rng(0), lambda stage, share: None, inputs.bootstrap
    )
    return report_estimates(inputs, estimates)
