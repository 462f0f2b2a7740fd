"""The estimator's kernels and their reference implementations, in one suite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reference.ambiguity
import reference.classes
import reference.lift
import reference.mixture
import reference.moves
import reference.pairs
import reference.prefixes
import reference.soft
import reference.squarem
from domix._kernels import (
    _ambiguity,
    _classes,
    _lift,
    _mixture,
    _moves,
    _pairs,
    _prefixes,
    _soft,
    _squarem,
)
from domix._kernels._em_structures import ComponentRows, Workspace
from em_problems import (
    PARTS,
    arrays_of,
    class_arguments,
    copied,
    lift_arguments,
    mixture_arguments,
    problems,
    soft_arguments,
    squarem_arguments,
)

SUITE = [
    (_ambiguity, reference.ambiguity, mixture_arguments, ["log_ratios", "separate"]),
    (_ambiguity, reference.ambiguity, mixture_arguments, ["mark_informed"]),
    (_classes, reference.classes, class_arguments, ["match", "append_entries"]),
    (_classes, reference.classes, class_arguments, ["add_expected_counts"]),
    (_mixture, reference.mixture, mixture_arguments, ["em_step", "normalize_tables"]),
    (_mixture, reference.mixture, mixture_arguments, ["differential"]),
    (_moves, reference.moves, mixture_arguments, ["single_changes", "own_counts"]),
    (_moves, reference.moves, mixture_arguments, ["best_transfer"]),
    (_pairs, reference.pairs, mixture_arguments, ["pair_changes"]),
    (_lift, reference.lift, lift_arguments, ["em_step", "drop_costs", "advance"]),
    (_prefixes, reference.prefixes, lift_arguments, ["fingerprints", "gather"]),
    (_soft, reference.soft, soft_arguments, ["log_ratios", "e_step"]),
    (_squarem, reference.squarem, squarem_arguments, ["step_length", "extrapolate"]),
]
KERNELS = [
    pytest.param(kernel, plain, arguments, name, id=f"{kernel.__name__.split('.')[-1]}.{name}")
    for kernel, plain, arguments, names in SUITE
    for name in names
]


@pytest.mark.parametrize(("kernel", "plain", "arguments", "name"), KERNELS)
@given(made=problems(), seed=st.integers(0, 2**32 - 1))
def test_kernel_equals_reference(kernel, plain, arguments, name, made, seed):
    given_arguments = arguments(*made, np.random.default_rng(seed))[name]
    outputs = []
    for module in (kernel, plain):
        taken = [copied(argument) for argument in given_arguments]
        returned = getattr(module, name)(*taken)
        arrays = [array for argument in taken for array in arrays_of(argument)]
        outputs.append(([] if returned is None else [np.array(returned)]) + arrays)
    for array, expected in zip(*outputs, strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("module", [_squarem, reference.squarem])
def test_a_step_along_a_line_is_infinite(module):
    p = [np.array([0.25, 0.75]), np.array([0.5, 0.5]), np.array([0.75, 0.25])]
    none = np.empty(0)
    assert module.step_length(*p, 10.0, none, none, none, none) == np.inf


@pytest.mark.parametrize("module", [_squarem, reference.squarem])
def test_no_step_where_em_stands_still(module):
    p = [np.array([0.25, 0.75])] * 3
    none = np.empty(0)
    assert module.step_length(*p, 10.0, none, none, none, none) == -1


@pytest.mark.parametrize("module", [_ambiguity, reference.ambiguity])
@given(made=problems())
def test_no_pairs_are_separated_into_nothing(module, made):
    problem, _, _ = made
    rows, none = len(problem.counts), np.zeros(0, np.int32)
    for components in (0, 1):
        ptr, variable_ptr = np.zeros((2, components + 1), np.int64)
        pairs = ComponentRows(problem.data_rows, ptr, none, variable_ptr, np.zeros(0, np.int64))
        workspace = Workspace(np.zeros(0), np.zeros(rows), np.zeros(components), np.zeros(0))
        number, ambiguous = np.zeros((2, rows), np.int32)
        out_ptr = np.ones(components + 1, np.int64)
        listed = module.separate(pairs, -23.0, workspace, number, ambiguous, out_ptr, none)
        assert listed == (0, 0)
        assert np.all(np.asarray(workspace.density) == -np.inf)
        assert not out_ptr.any()
        assert not np.asarray(workspace.expected_counts).any()


INDICES = {"entries", "ptr", "rows", "variable_ptr", "variables", "entry", "place", "prefix"}
INDICES |= {"places", "slot_ptr", "starts"}
"""Arrays whose values are checked as well as their length."""


@given(made=problems(learn=True))
def test_objects_refuse_arrays_that_do_not_fit(made):
    rng = np.random.default_rng(0)
    pairs = mixture_arguments(*[*made, rng])["em_step"][0]
    lift_pairs = lift_arguments(*[*made, rng])["em_step"][0]
    slots = soft_arguments(*[*made, rng])["e_step"][0]
    for x in (pairs, pairs.data, lift_pairs, lift_pairs.groups, slots):
        parts = {name: getattr(x, name) for name in PARTS[type(x)]}
        type(x)(*parts.values())
        for name, part in parts.items():
            if not isinstance(part, memoryview) or not len(part):
                continue
            array = np.asarray(part)
            spoilt = [array[:-1]]
            if name in INDICES:
                spoilt += [array - 10**6, array + 10**6]
            for other in spoilt:
                with pytest.raises(ValueError, match="do not fit"):
                    type(x)(*{**parts, name: other}.values())


@given(made=problems(learn=True))
def test_kernels_refuse_arrays_that_do_not_fit(made):
    rng = np.random.default_rng(0)
    for kernel, _, build, names in SUITE:
        for name in names:
            arguments = [copied(x) for x in build(*[*made, rng])[name]]
            for place, array in enumerate(arguments):
                if isinstance(array, np.ndarray) and len(array) and (name, place) not in FREE:
                    longer = np.concatenate([array, array[-1:]])
                    with pytest.raises(ValueError, match="do not fit"):
                        getattr(kernel, name)(*arguments[:place], longer, *arguments[place + 1 :])


FREE = {("log_ratios", 2), ("mark_informed", 2), ("em_step", 1), ("normalize_tables", 0)}
FREE |= {("match", 0), ("append_entries", 3), ("add_expected_counts", 4)}
FREE |= {("add_expected_counts", 7)}
"""Arguments of any length."""
