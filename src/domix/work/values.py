"""Values as bytes and back, exactly, by a closed list of types: reading runs no code of a file.

JSON describes the value; arrays follow it in NumPy's own format, which is read without pickles.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]

ATOMS = (type(None), bool, int, float, str)
"""Types that JSON keeps: its numbers are read as they were written, infinite ones included."""

CONTAINERS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


Types = Mapping[str, type]
"""Enumerations, named tuples and dataclasses by name."""


def encode(value: object, types: Types) -> bytes:
    """Return a value as bytes.

    Parameters
    ----------
    value : object
        Made of numbers, texts, None, lists, tuples, sets, dicts, arrays, and of ``types``.
    types : mapping of str to type

    Raises
    ------
    TypeError
        It is made of something else.

    Examples
    --------
    >>> decode(encode({(0, 1): [1.5, None]}, {}), {})
    {(0, 1): [1.5, None]}
    """
    arrays: Arrays = []
    text = json.dumps(_to_json(value, arrays, types), separators=(",", ":")).encode()
    file = io.BytesIO()
    file.write(len(text).to_bytes(8, "little") + text)
    for array in arrays:
        np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def decode(data: bytes, types: Types) -> Any:
    """Return the value of some bytes.

    Parameters
    ----------
    data : bytes
        What :func:`encode` returned.
    types : mapping of str to type
        Those that may occur.

    Raises
    ------
    ValueError, KeyError, TypeError
        The bytes are something else, or an object of another type.
    """
    size = int.from_bytes(data[:8], "little")
    document, file = json.loads(data[8 : 8 + size]), io.BytesIO(data)
    file.seek(8 + size)
    arrays: Arrays = []
    while file.tell() < len(data):
        arrays.append(np.lib.format.read_array(file, allow_pickle=False))
    return _from_json(document, arrays, types)


def _to_json(value: Any, arrays: Arrays, types: Types) -> Any:
    if type(value) in ATOMS:
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        arrays.append(np.asarray(value))
        return ["array" if isinstance(value, np.ndarray) else "scalar", len(arrays) - 1]
    if type(value) is dict:
        pairs = value.items()
        return ["dict", *([_to_json(part, arrays, types) for part in pair] for pair in pairs)]
    for name, kind in CONTAINERS.items():
        if type(value) is kind:
            return [name, *(_to_json(own, arrays, types) for own in value)]
    name = type(value).__name__
    if types.get(name) is not type(value):
        raise TypeError(f"a value of type {name} cannot be recorded")
    if isinstance(value, Enum):
        return ["enum", name, value.name]
    parts: Any = value
    if not isinstance(value, tuple):
        parts = [getattr(value, field.name) for field in fields(parts)]
    return ["object", name, *(_to_json(own, arrays, types) for own in parts)]


def _from_json(document: Any, arrays: Arrays, types: Types) -> Any:
    if not isinstance(document, list):
        return document
    tag, *rest = document
    if tag == "array":
        return arrays[rest[0]]
    if tag == "scalar":
        return arrays[rest[0]][()]
    if tag == "dict":
        return {_from_json(key, arrays, types): _from_json(own, arrays, types) for key, own in rest}
    if tag == "enum":
        return types[rest[0]][rest[1]]  # type: ignore[index]
    if tag == "object":
        return types[rest[0]](*(_from_json(own, arrays, types) for own in rest[1:]))
    return CONTAINERS[tag](_from_json(own, arrays, types) for own in rest)
