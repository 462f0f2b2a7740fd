"""Control rows and soft targets: the contrast is for what no soft component explains."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

from domix import DomixWarning, disentangle, do
from wrong_models import World

EDITS = [((2, 1), (3, 2)), ((1, 0),)]
"""Two targets, (variable, value) by setting."""


def edited_rows(world, rows):
    """Rows of the targets, a third of the mixture each, whose settings hold in 8 of 10 rows."""
    settings = [{}] * 100
    for edit in EDITS:
        names = [v for v, _ in edit]
        held = [[a] * 8 + [(a + 1) % 3, (a + 2) % 3] for _, a in edit]
        outcomes = [dict(zip(names, values, strict=True)) for values in itertools.product(*held)]
        settings += outcomes * (100 // len(outcomes))
    return world.mixture(rows, settings)


def modes_of(result):
    net = result.network
    return {net.target(c.intervention.mode) for c in result.components}


@pytest.mark.parametrize("seed", range(8))
def test_incomplete_edits_are_no_misfit(seed):
    """Of hard targets alone, the contrast leaves some out in two of these worlds."""
    world = World(seed)
    rows, controls = edited_rows(world, 3000), world.controls(3000)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DomixWarning)
        result = disentangle(world.network, rows, controls)
    assert modes_of(result) >= {(), EDITS[0]}
    assert len(result.components) == 3
    assert result.soft is not None
    assert not result.contrast.misfit
    assert result.contrast.explained == ()


def test_soft_targets_do_not_hide_drift():
    world = World(7, drift=0.02)
    rows, controls = edited_rows(world, 9000), world.controls(9000)
    with pytest.warns(DomixWarning, match="do not fit one model"):
        result = disentangle(world.network, rows, controls, graph="given")
    assert np.isfinite(result.contrast.drift)


def test_groups_of_either_kind_are_compared_together():
    world = World(1)
    hard = world.mixture(3000, [{}, dict(EDITS[0])])
    rows = np.concatenate([edited_rows(world, 3000), hard])
    groups = ["soft"] * 3000 + ["hard"] * 3000
    results = disentangle(world.network, rows, world.controls(3000), groups=groups)
    assert modes_of(results["soft"]) >= {(), EDITS[0]}
    assert results["soft"].soft is not None
    assert modes_of(results["hard"]) == {(), EDITS[0]}
    assert results["hard"].soft is None
    assert not any(result.contrast.misfit for result in results.values())


def test_soft_targets_in_the_control_rows_are_seen():
    """Tables that fit both do not show it: the control rows hold one of the targets."""
    world = World(0)
    rows = edited_rows(world, 3000)
    controls = np.concatenate([world.controls(2850), world.mixture(150, [dict(EDITS[0])])])
    with (
        pytest.warns(DomixWarning, match="contradict the graph"),
        pytest.warns(DomixWarning, match="do not fit one model"),
    ):
        result = disentangle(world.network, rows, controls, graph="given")
    assert result.contrast.drift == np.inf
    assert result.network.target(do(V2="mid", V3="high")) in {
        result.network.target(found.intervention) for found in result.contrast.background
    }
