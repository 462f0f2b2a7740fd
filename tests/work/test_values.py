"""Values as bytes: what was recorded comes back exactly, and nothing else does."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from domix.work.values import decode, encode


class Color(Enum):
    RED = "red"


@dataclass(frozen=True)
class Point:
    x: Any
    y: Any


class Pair(NamedTuple):
    first: Any
    second: Any


TYPES = {own.__name__: own for own in (Color, Point, Pair)}

KEYS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.just(Color.RED))
ATOMS = st.one_of(KEYS, st.floats(), st.floats().map(np.float64), st.integers(0, 9).map(np.int32))
ARRAYS = arrays.arrays(
    st.one_of(arrays.floating_dtypes(sizes=64), arrays.integer_dtypes(), arrays.boolean_dtypes()),
    arrays.array_shapes(min_dims=0, min_side=0),
)
VALUES = st.recursive(
    ATOMS | ARRAYS,
    lambda own: st.one_of(
        st.lists(own),
        st.lists(own).map(tuple),
        st.frozensets(KEYS),
        st.dictionaries(KEYS | st.tuples(KEYS, KEYS), own),
        st.builds(Point, own, own),
        st.builds(Pair, own, own),
    ),
)


def same(one, other):
    """Whether two values are of the same types throughout, and equal to the last bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        form = one.dtype == other.dtype and one.shape == other.shape
        return form and one.tobytes() == other.tobytes()
    if isinstance(one, float):
        return np.float64(one).tobytes() == np.float64(other).tobytes() or one != one != other
    if isinstance(one, Point):
        return same((one.x, one.y), (other.x, other.y))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@given(VALUES)
def test_values_come_back_exactly(value):
    assert same(decode(encode(value, TYPES), TYPES), value)


def test_columns_stay_columns():
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert decode(encode(array, {}), {}).flags.f_contiguous


@pytest.mark.parametrize("value", [Point(1, 2), Color.RED, Pair(1, 2), object(), b"1", len])
def test_other_types_are_not_recorded(value):
    with pytest.raises(TypeError, match="cannot be recorded"):
        encode([value], {})


def test_other_types_are_not_read():
    data = encode([Point(1, 2)], TYPES)
    with pytest.raises(KeyError):
        decode(data, {"Pair": Pair})


def test_no_pickle_is_written_or_read():
    with pytest.raises(ValueError, match="allow_pickle=False"):
        encode(np.array([object()]), {})
    text = b'["array",0]'
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (117 - len(header)) + b"\n"
    npy = b"\x93NUMPY\x01\x00v\x00" + header + pickle.dumps([object()])
    with pytest.raises(ValueError, match="allow_pickle=False"):
        decode(len(text).to_bytes(8, "little") + text + npy, {})
