"""Keys of classes as words of 64 bits: packed, merged and numbered.

A key has a number for the class that was divided and one for each stage of each reading, in mixed
radix. As many as fit share a word, the first the most significant, so that words are ordered as
keys are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from domix._kernels import _rows
from domix.data.rows import WORD
from domix.util.arrays import Floats, Indices, Ints

Words = npt.NDArray[np.uint64]
Found = tuple[Words, Floats]
"""Words, shape (classes, words), and the counts of the classes."""


def pack(columns: Words, sizes: Sequence[int]) -> Words:
    """Pack keys, shape (classes, columns), whose columns are below ``sizes``.

    Examples
    --------
    >>> keys = np.array([[3, 1, 2], [0, 0, 1]], np.uint64)
    >>> pack(keys, [4, 2, 3])[:, 0].tolist(), pack(keys, [2**40, 2**30, 3]).shape
    ([23, 1], (2, 2))
    """
    words = []
    for group in _groups(sizes):
        word = np.zeros(len(columns), np.uint64)
        for column in group:
            word = word * np.uint64(sizes[column]) + columns[:, column]
        words.append(word)
    return np.column_stack(words)


def unpack(words: Words, sizes: Sequence[int]) -> Words:
    """Return the keys that were packed."""
    columns = np.empty((len(words), len(sizes)), np.uint64)
    for word, group in zip(words.T, _groups(sizes), strict=True):
        left = word
        for column in group[::-1]:
            left, columns[:, column] = np.divmod(left, np.uint64(sizes[column]))
    return columns


def _groups(sizes: Sequence[int]) -> list[list[int]]:
    """Group the columns that share a word."""
    groups: list[list[int]] = [[]]
    for column, size in enumerate(sizes):
        if math.prod(sizes[other] for other in groups[-1]) * size > WORD:
            groups.append([])
        groups[-1].append(column)
    return groups


def merge(found: Sequence[Found]) -> Found:
    """Merge equal words of several shards: the distinct ones in order, with their counts.

    Examples
    --------
    >>> one = np.array([[5], [2]], np.uint64), np.array([1.0, 2.0])
    >>> other = np.array([[7], [5]], np.uint64), np.array([4.0, 8.0])
    >>> words, counts = merge([one, other])
    >>> words[:, 0].tolist(), counts.tolist()
    ([2, 5, 7], [2.0, 9.0, 4.0])
    """
    words = np.concatenate([own for own, _ in found])
    first, number = _number(words)
    order = np.lexsort(words[first].T[::-1]) if words.shape[1] > 1 else np.argsort(words[first, 0])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    counts = np.bincount(rank[number], np.concatenate([own for _, own in found]), len(order))
    return words[first[order]], counts.astype(np.float64, copy=False)


def find(words: Words, of_shards: Sequence[Words]) -> list[Indices]:
    """Return the places of the words of several shards among distinct words that include them.

    Examples
    --------
    >>> everything = np.array([[2], [5], [7]], np.uint64)
    >>> find(everything, [np.array([[7], [2]], np.uint64)])[0].tolist()
    [2, 0]
    """
    _, number = _number(np.concatenate([words, *of_shards]))
    places = number[len(words) :].astype(np.int32)
    return np.split(places, np.cumsum([len(own) for own in of_shards])[:-1])


def _number(words: Words) -> tuple[Ints, Ints]:
    """Give numbers to distinct words, in the order in which they come first.

    Returns
    -------
    first, number : ndarray of int64
        Where each number comes first, and the number of each word.
    """
    slots = np.zeros(2 ** (2 * len(words)).bit_length(), dtype=np.int32)
    first, number = np.empty(len(words), np.int64), np.empty(len(words), np.int64)
    return first[: _rows.number(np.ascontiguousarray(words), slots, first, number)], number
