"""A fingerprint of inputs: two are the same only if all that is read of them is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

PLAIN = (type(None), bool, int, float, str, np.generic)
"""Types that ``repr`` spells out."""


def fingerprint(value: object) -> str:
    """Return 64 hexadecimal digits that stand for a value.

    Parameters
    ----------
    value : object
        Made of numbers, texts, None, enumerations, sequences, sets, mappings, arrays, dataclasses,
        and of whatever has a method ``identity`` that returns what stands for it. Fields that begin
        with an underscore, or with ``compare=False``, are left out.

    Examples
    --------
    >>> fingerprint([1, {"a": 2.0}])[:8] == fingerprint((1, {"a": 2.0}))[:8]
    True
    >>> fingerprint(np.zeros(2)) == fingerprint(np.zeros((2, 1)))
    False
    """
    digest = hashlib.sha256()
    _add(digest.update, value)
    return digest.hexdigest()


def _add(update: Any, value: Any) -> None:
    """Add a value: what it is, how long, then its parts."""
    if isinstance(value, Enum):
        value = value.name
    if isinstance(value, np.ndarray):
        update(f"array {value.dtype.str} {value.shape};".encode())
        update(np.ascontiguousarray(value).data)
    elif hasattr(value, "identity"):
        _add(update, value.identity())
    elif is_dataclass(value) and not isinstance(value, type):
        update(f"{type(value).__name__};".encode())
        for field in fields(value):
            if field.compare and not field.name.startswith("_"):
                update(f"{field.name};".encode())
                _add(update, getattr(value, field.name))
    elif isinstance(value, Mapping):
        _add_all(update, "mapping", list(value.items()))
    elif isinstance(value, (set, frozenset)):
        _add_all(update, "set", sorted(value))
    elif isinstance(value, (list, tuple)):
        _add_all(update, "sequence", value)
    elif isinstance(value, PLAIN):
        text = repr(value)
        update(f"{type(value).__name__} {len(text)} {text};".encode())
    else:
        raise TypeError(f"a value of type {type(value).__name__} has no fingerprint")


def _add_all(update: Any, kind: str, values: Iterable[Any]) -> None:
    parts = list(values)
    update(f"{kind} {len(parts)};".encode())
    for part in parts:
        _add(update, part)
