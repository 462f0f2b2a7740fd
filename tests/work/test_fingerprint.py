"""Fingerprints: the same for the same inputs, another one for whatever differs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from domix.work.fingerprint import fingerprint


@dataclass
class Rows:
    codes: np.ndarray
    engine: object = field(default=None, compare=False)
    _cache: list = field(default_factory=list)


VALUES = [
    None,
    0,
    False,
    0.0,
    "0",
    "",
    [],
    {},
    frozenset(),
    [[1], 2],
    [1, [2]],
    ["a", "b"],
    ["a b"],
    {"a": 1},
    [("a", 1)],
    np.zeros(2),
    np.zeros((2, 1)),
    np.zeros((0, 2)),
    np.zeros(2, np.uint8),
    np.zeros(2, np.int8),
    Rows(np.arange(3)),
    Rows(np.arange(4)),
]


def test_different_values_differ():
    assert len({fingerprint(value) for value in VALUES}) == len(VALUES)


def test_caches_and_memory_layout_do_not_count():
    codes = np.arange(6).reshape(2, 3)
    same = Rows(np.asfortranarray(codes), object(), ["computed"])
    assert fingerprint(Rows(codes)) == fingerprint(same)


def test_unknown_types_are_refused():
    with pytest.raises(TypeError, match="a value of type object has no fingerprint"):
        fingerprint([object()])
