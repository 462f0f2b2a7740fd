"""The contrast with control rows: a right model loses nothing, a wrong one its false targets.

A :class:`~wrong_models.World` draws the rows, by NumPy alone.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from domix import DataError, Disentanglement, DomixWarning, do, example
from domix import disentangle as warning_disentangle
from domix.results.component import HALVES
from domix.results.contrast import ContrastReport, RelationKind
from wrong_models import STATES, World

TARGETS: list[dict[int, int]] = [{}, {0: 1}, {1: 0, 3: 2}, {4: 1}]
TRUTH = {do({f"V{i}": STATES[v] for i, v in target.items()}) for target in TARGETS}
WRONG: dict[str, tuple[int, dict[str, Any]]] = {
    "missing": (3, {"missing": 2}),
    "drift": (0, {"drift": 0.01}),
}
"""Seeds of worlds where nothing was done, and yet targets are reported without the contrast."""


def disentangle(*args, **options):
    """Disentangle under the graph that is given, without warnings: most models are wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        return warning_disentangle(*args, graph="given", **options)


def targets_of(result):
    return {c.intervention for c in result.components}


@pytest.fixture(scope="module", params=WRONG)
def null_rows(request):
    """A network that is wrong, and rows to which nothing was done: 3,000, and as many controls."""
    seed, kind = WRONG[request.param]
    world = World(seed, **kind)
    controls = world.controls(3000)
    return world.network, world.mixture(3000), controls


@pytest.fixture(scope="module")
def drifted():
    """Tables drifted, and something was done: 3,000 rows, as many controls, a result; seed 1."""
    world = World(1, drift=0.01)
    net, rows, controls = world.network, world.mixture(3000, TARGETS), world.controls(3000)
    return net, rows, controls, disentangle(net, rows, controls)


@pytest.mark.parametrize("seed", range(5))
def test_a_right_model_is_not_contradicted(seed):
    """As many control rows as rows: components are the same to the last digit, tests aside."""
    world = World(seed)
    net, rows, controls = world.network, world.mixture(3000, TARGETS), world.controls(3000)
    plain = disentangle(net, rows, controls, contrast=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DomixWarning)
        result = warning_disentangle(net, rows, controls, graph="given")
    assert plain.contrast is None
    assert not result.contrast.misfit
    assert str(result.contrast) == "control rows and mixture fit the model"
    assert targets_of(result) >= TRUTH
    for one, other in zip(plain.components, result.components, strict=True):
        assert (one.intervention, one.weight) == (other.intervention, other.weight)
        assert (one.std_error, one.interval) == (other.std_error, other.interval)
        assert one.p_value <= other.p_value <= 0.05
        assert other.reproduced is None


def test_controls_show_false_targets_and_one_warning_says_so(null_rows):
    net, rows, controls = null_rows
    with pytest.warns(DomixWarning) as record:
        result = warning_disentangle(net, rows, controls, graph="given")
    assert targets_of(result) == {do()}
    assert result.components[0].reproduced == HALVES
    assert result.contrast.misfit
    (text,) = [str(w.message) for w in record if "do not fit one model" in str(w.message)]
    assert text.startswith(
        f"control rows and mixture do not fit one model: {result.contrast}. Targets that"
    )
    assert f"controls: {result.contrast}" in result.summary()


def test_few_null_runs_of_wrong_models_have_targets(is_full):
    """3,000 rows and as many controls, seeds 10 to 12 for each model, or the first."""
    false = {True: 0, False: 0}
    for kind in ({"missing": 2}, {"drift": 0.01}):
        for seed in range(10, 13 if is_full else 11):
            world = World(seed, **kind)
            net, rows, controls = world.network, world.mixture(3000), world.controls(3000)
            for contrast in (True, False):
                result = disentangle(net, rows, controls, contrast=contrast)
                false[contrast] += len(result.components) > 1
    assert false[True] == 0
    assert false[False] >= (3 if is_full else 1)


def test_true_targets_are_found_where_tables_drifted(drifted):
    net, rows, controls, result = drifted
    plain = disentangle(net, rows, controls, contrast=False)
    assert targets_of(result) == TRUTH
    assert len(plain.components) > len(result.components)
    # Precision of tables that differ by .01 nats per row: (3 - 1) / (2 * .01).
    assert 40 < result.contrast.drift < 250
    for component in result.components:
        assert abs(component.weight - 0.25) < 4 * component.std_error
        assert component.p_value <= 0.05
        assert component.reproduced >= 3
    dropped = {target.intervention for target in result.contrast.explained}
    assert dropped == targets_of(plain) - targets_of(result)


def test_a_misread_value_is_a_leak():
    """In one of 25 rows of a target, one of its values is misread; seed 3."""
    world = World(3)
    rows = world.mixture(4000, [{}, {2: 1, 3: 2}])
    rows[2000:2080, 2] = 0
    result = disentangle(world.network, rows, world.controls(4000))
    relations = {c.intervention: c.relation for c in result.components}
    relation = relations[do(V2="low", V3="high")]
    assert relation.kind is RelationKind.LEAK
    assert relation.intervention == do(V2="mid", V3="high")
    assert "leak of do(V2=mid, V3=high)" in result.summary()


def test_every_group_is_compared(drifted):
    net, rows, controls, _ = drifted
    null = World(1, drift=0.01).mixture(2000)
    groups = ["done"] * len(rows) + ["not"] * len(null)
    results = disentangle(net, np.concatenate([rows, null]), controls, groups=groups)
    assert targets_of(results["done"]) == TRUTH
    assert targets_of(results["not"]) == {do()}
    assert results["done"].contrast.drift == results["not"].contrast.drift < math.inf
    assert results["done"].contrast.background == results["not"].contrast.background


def test_counts_say_how_often_a_row_occurred(drifted):
    net, rows, controls, each = drifted
    distinct_rows, counts = np.unique(rows, axis=0, return_counts=True)
    once = disentangle(net, distinct_rows, controls, counts=counts)
    assert targets_of(once) == targets_of(each)
    for one, other in zip(once.components, each.components, strict=True):
        assert one.weight == pytest.approx(other.weight, abs=1e-4)
    assert once.contrast.drift == each.contrast.drift


def test_included_and_labelled_targets_stay(null_rows):
    net, rows, controls = null_rows
    plain = targets_of(disentangle(net, rows, controls, contrast=False, soft=False))
    assert len(plain) > 1
    included = sorted(plain - {do()}, key=str)[0]
    labelled = do(V5=net.states["V5"][int(rows[0, 5])])
    labels = [labelled if r < 100 and x == rows[0, 5] else None for r, x in enumerate(rows[:, 5])]
    result = disentangle(net, rows, controls, include=[included], labels=labels)
    assert {c.intervention for c in result.components if c.known} == {included, labelled}


def test_labels_and_bootstrap_work_with_drift(drifted):
    net, rows, controls, _ = drifted
    target = do({"V0": "mid"})
    # The rows are in the order of the targets.
    labels = [target if 750 <= r < 850 else None for r in range(3000)]
    result = disentangle(net, rows, controls, labels=labels, bootstrap=5)
    assert targets_of(result) == TRUTH
    known = {c.intervention: c for c in result.components if c.known}
    assert known.keys() == {target}
    low, high = known[target].interval
    assert low < known[target].weight < high
    assert result.contrast.drift < math.inf


def test_the_same_seed_gives_the_same_json_and_it_round_trips():
    world = World(3, drift=0.01)
    rows, controls = world.mixture(3000, [{}, {1: 0}, {1: 0, 3: 2}]), world.controls(3000)
    one, two = (disentangle(world.network, rows, controls, rng=7).to_json() for _ in range(2))
    assert one == two
    result = Disentanglement.from_json(one)
    assert result.to_json() == one
    assert result.contrast.misfit
    relations = {str(c.intervention): str(c.relation) for c in result.components if c.relation}
    assert relations == {"do(V1=low, V3=high)": "refinement of do(V1=low)"}
    assert all(c.reproduced >= 3 for c in result.components)
    assert "refinement of do(V1=low), on " in result.summary()


def test_auto_asks_for_enough_control_rows():
    world = World(0)
    net, rows, controls = world.network, world.mixture(400), world.controls(200)
    assert disentangle(net, rows, controls).contrast is not None
    assert disentangle(net, rows, controls[:199]).contrast is None
    assert disentangle(net, rows, controls[:199], contrast=True).contrast is not None
    assert disentangle(net, rows, controls, contrast=False).contrast is None
    assert disentangle(net, rows).contrast is None
    fitted = net.with_observations(world.controls(200))
    assert disentangle(fitted, rows).contrast is None
    assert disentangle(fitted, rows, controls).contrast is None


def test_impossible_requests_are_refused():
    world = World(0)
    net, rows, controls = world.network, world.mixture(50), world.controls(50)
    fitted = net.with_observations(controls[:40])
    for args in ((net, rows), (fitted, rows), (fitted, rows, controls)):
        with pytest.raises(DataError, match="contrast: needs the control rows themselves: pass"):
            disentangle(*args, contrast=True)
    for value in ("yes", 1, None):
        with pytest.raises(DataError, match="contrast: must be 'auto', True or False, not"):
            disentangle(net, rows, controls, contrast=value)


def test_a_label_whose_rows_count_zero_is_legal(drifted):
    net, rows, controls, _ = drifted
    labels = [do(V0="mid") if 750 <= r < 760 else None for r in range(3000)]
    counts = [0.0 if label else 1.0 for label in labels]
    result = disentangle(net, rows, controls, labels=labels, counts=counts)
    assert targets_of(result) == TRUTH


def test_a_group_of_one_row_is_legal(drifted):
    net, rows, controls, _ = drifted
    results = disentangle(net, rows, controls, groups=["all"] * 2999 + ["one"])
    assert targets_of(results["all"]) == TRUTH
    assert results["one"].contrast.misfit


def test_no_target_is_exact_where_controls_contradict(drifted, null_rows):
    *_, result = drifted
    assert result.contrast.misfit
    assert {c.exact for c in result.components} == {None}
    assert all(c.alternatives for c in result.components)
    net, rows, controls = null_rows
    assert {c.exact for c in disentangle(net, rows, controls).components} == {None}


def test_targets_are_exact_where_controls_fit():
    world = World(0)
    result = disentangle(world.network, world.mixture(3000, TARGETS), world.controls(3000))
    assert not result.contrast.misfit
    assert {c.exact for c in result.components} == {True}


def test_few_rows_leave_true_targets_in_doubt():
    """The embedded example, whose model is right, with 300 rows and as many control rows."""
    truth = example.planted()
    control = truth.network.sample(300, rng=5003, as_frame=True)
    rows = truth.sample(300, rng=105003, as_frame=True)
    with pytest.warns(DomixWarning, match="control rows leave targets in doubt: not reported"):
        result = warning_disentangle(truth.network.parents, rows, control)
    assert result.contrast.undecided
    assert {target.intervention for target in result.contrast.explained} <= set(truth.interventions)
    assert "controls: not reported, as control rows may explain them as well" in result.summary()
    assert {c.exact for c in result.components} == {None}


def test_drift_and_background_contradict_a_model(null_rows):
    net, rows, controls = null_rows
    contrast = disentangle(net, rows, controls).contrast
    assert contrast.misfit
    assert not contrast.undecided
    assert not ContrastReport(math.inf).undecided
