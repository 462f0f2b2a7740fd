"""What every kernel refuses: None for an array or an object, and arrays that do not fit."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domix import Network
from domix._kernels import _joint, _marginal, _merge, _order, _plan, _posterior, _rows, _sample
from domix._kernels._structures import FlatLayout, Plan
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.query.flat import flat_layout
from domix.query.merged import chunk_of_network, chunks, merged_tables
from em_problems import lift_arguments, mixture_arguments, soft_arguments

KERNELS = Path(__file__).parents[2] / "src" / "domix" / "_kernels"
ARGUMENT = re.compile(r"(?:const )?(\w+)(\[[:, 1]+\])? (\w+)(?: not None)?\s*(?:,|$)")
NET = Network(
    {"A": [], "B": ["A"]},
    {"A": [0, 1], "B": [0, 1, 2]},
    {"A": [0.5, 0.5], "B": [[0.2, 0.3, 0.5]] * 2},
)
LAYOUT = NET.tables.layout
CODES = NET.sample(5, rng=0)
MADE = Problem(NET.tables, distinct(CODES, [2, 3]), None), [(), ((0, 1),)], np.full(2, 0.5)
MIXTURE = mixture_arguments(*MADE, np.random.default_rng(0))
LIFT = lift_arguments(*MADE, np.random.default_rng(0))
ORDER = _order.order(
    flat_layout(LAYOUT), np.array([1]), np.array([0, _order.KEPT], np.uint8), False
)
OBJECTS: dict[str, Any] = {
    "FlatLayout": flat_layout(LAYOUT),
    "EliminationOrder": ORDER,
    "Plan": _plan.link(ORDER),
    "MergedGroups": merged_tables(NET.tables).groups,
    "Chunk": chunk_of_network(NET.tables),
    "DataRows": MADE[0].data_rows,
    "ComponentRows": MIXTURE["em_step"][0],
    "Workspace": MIXTURE["em_step"][-1],
    "SlotPairs": soft_arguments(*MADE, np.random.default_rng(0))["e_step"][0],
    "LiftPairs": LIFT["em_step"][0],
    "LiftGroups": LIFT["drop_costs"][0],
    "PrefixLists": LIFT["gather"][0],
}


def functions():
    """List every kernel with arguments of the right types: empty arrays, objects, and ones."""
    for path in sorted(KERNELS.glob("*.pyx")):
        module = importlib.import_module(f"domix._kernels.{path.stem}")
        parts = re.split(r"^def (\w+)\(", path.read_text(), flags=re.MULTILINE)
        for function, body in zip(parts[1::2], parts[2::2], strict=True):
            arguments = {}
            for kind, axes, argument in ARGUMENT.findall(body.split("):", 1)[0].strip()):
                shape = (0,) * axes.count(":, ") + (0,)
                dtype = {"double": "float64"}.get(kind, kind.removesuffix("_t"))
                arguments[argument] = np.empty(shape, dtype) if axes else OBJECTS.get(kind, 1)
            yield pytest.param(getattr(module, function), arguments, id=f"{path.stem}.{function}")


@pytest.mark.parametrize(("function", "arguments"), list(functions()))
def test_no_kernel_takes_none(function, arguments):
    assert list(arguments) == list(inspect.signature(function).parameters)
    for name, argument in arguments.items():
        if not isinstance(argument, int):
            with pytest.raises(TypeError, match=f"'{name}' (must not be None|has incorrect type)"):
                function(**{**arguments, name: None})


@pytest.mark.parametrize(("function", "arguments"), list(functions()))
def test_kernels_take_at_most_eight_arguments(function, arguments):
    assert len(arguments) <= 8, function


def test_kernel_files_stay_short():
    for path in KERNELS.glob("*.pyx"):
        assert len(path.read_text().splitlines()) <= 200, path.name


VALUES = NET.tables.values
SIZES = np.array([2, 3], np.uint64)
FITTING: dict[str, tuple] = {
    "entry_indices": (
        _joint.entry_indices,
        [CODES, flat_layout(LAYOUT), np.empty((5, 2), np.int32)],
    ),
    "log_prob": (_joint.log_prob, [CODES, VALUES, OBJECTS["Chunk"], np.empty((5, 1))]),
    "merge": (
        _merge.merge,
        [
            VALUES,
            OBJECTS["MergedGroups"],
            np.full((4, 2), -1),
            np.array([0]),
            np.array([0, 8]),
            np.empty((8, 4)),
        ],
    ),
    "contract": (_marginal.contract, [VALUES, OBJECTS["Plan"], np.full(2, -1), False, np.empty(6)]),
    "order": (_order.order, [flat_layout(LAYOUT), np.array([1]), np.zeros(2, np.uint8), False]),
    "sample": (
        _sample.sample,
        [
            np.full((5, 2), 0.5),
            flat_layout(LAYOUT),
            NET.tables.cumulative,
            np.full(2, -1),
            np.empty((2, _sample.BLOCK_ROWS), np.uint8),
            np.empty((5, 2), np.uint8),
        ],
    ),
    "count_entries": (_rows.count_entries, [CODES, flat_layout(LAYOUT), np.zeros(8, np.int64)]),
    "weigh_entries": (
        _rows.weigh_entries,
        [np.zeros((5, 2), np.int32), np.ones(5), np.zeros(8)],
    ),
    "pack": (_rows.pack, [CODES, SIZES, np.array([0, 2]), np.empty((5, 1), np.uint64)]),
    "number": (
        _rows.number,
        [
            np.zeros((5, 1), np.uint64),
            np.zeros(16, np.int32),
            np.empty(5, np.int64),
            np.empty(5, np.int64),
        ],
    ),
    "add": (_posterior.add, [np.zeros((5, 2)), np.zeros(5)]),
    "posterior": (_posterior.posterior, [np.zeros((5, 2)), np.zeros(5)]),
}
# Arrays that may have any length; the entries of `weigh_entries` are checked by their rows.
FREE = {("merge", 5), ("order", 1), ("count_entries", 0), ("weigh_entries", 2)}


@pytest.mark.parametrize("name", FITTING)
def test_arrays_that_do_not_fit_are_refused(name):
    kernel, arguments = FITTING[name]
    kernel(*arguments)
    for place, array in enumerate(arguments):
        if isinstance(array, np.ndarray) and (name, place) not in FREE:
            longer = np.concatenate([array, array[-1:]])
            with pytest.raises(ValueError, match="do not fit"):
                kernel(*arguments[:place], longer, *arguments[place + 1 :])


@pytest.mark.parametrize(
    ("place", "change"),
    [
        *((place, lambda array: array[:-1]) for place in range(6)),
        *((place, lambda array: array + 9) for place in range(6)),
        *((place, lambda array: array - 9) for place in range(6)),
    ],
)
def test_layouts_that_are_not_networks_are_refused(place, change):
    arrays: Any = flat_layout(LAYOUT).__reduce__()[1]
    FlatLayout(*arrays)
    spoilt = [*arrays[:place], change(arrays[place]), *arrays[place + 1 :]]
    with pytest.raises(ValueError, match="do not fit"):
        FlatLayout(*spoilt)


def test_a_layout_can_be_copied_and_pickled():
    codes, out = NET.sample(20, rng=0), np.empty((2, 20, 2), np.int32)
    _joint.entry_indices(codes, flat_layout(LAYOUT), out[0])
    for flat in (
        copy.deepcopy(flat_layout(LAYOUT)),
        pickle.loads(pickle.dumps(flat_layout(LAYOUT))),
    ):
        _joint.entry_indices(codes, flat, out[1])
        np.testing.assert_array_equal(*out)


@pytest.mark.parametrize("target", [((0, 1),), ((1, 2),)])
def test_chunks_that_do_not_fit_are_refused(target):
    [(_, chunk)] = chunks(NET.tables, [target], np.zeros(1))
    names = ["merged", "groups", "table_ptr", "tables", "wide", "set_groups", "set_table_ptr"]
    names += ["set_tables", "set_wide", "kept", "start"]
    arguments = {name: getattr(chunk, name) for name in names}
    type(chunk)(**arguments)
    for name in ("table_ptr", "tables", "set_groups", "set_table_ptr", "set_tables", "start"):
        shorter = np.asarray(arguments[name])[:-1]
        with pytest.raises(ValueError, match="do not fit"):
            type(chunk)(**{**arguments, name: shorter})


def test_steps_outside_a_plan_are_refused():
    plan = OBJECTS["Plan"]
    for step in (-1, plan.steps + 1):
        for question in (plan.axes, plan.factors):
            with pytest.raises(ValueError, match="do not fit"):
                question(step)
    assert isinstance(plan, Plan)
