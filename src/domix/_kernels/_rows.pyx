"""Rows packed into words, numbered by a hash table, and counted by table entry."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

import numpy as np

from ._checks cimport require
from ._structures cimport FlatLayout

cdef enum:
    TILE = 32


def pack(
    const uint8_t[:, :] codes not None,
    const uint64_t[::1] cards not None,
    const int64_t[::1] column_ptr not None,
    uint64_t[:, ::1] out not None,
):
    """Fill ``out`` (rows, words): word ``w`` holds columns ``column_ptr[w]:column_ptr[w + 1]``.

    In mixed radix, the first column the most significant: words are ordered as the rows are.
    """
    cdef Py_ssize_t rows = codes.shape[0], words = out.shape[1], r, w, i
    cdef uint64_t a, b, c, d, card
    require(out.shape[0] == rows and column_ptr.shape[0] == words + 1, "column_ptr or out")
    require(codes.shape[1] == cards.shape[0], "codes or cards")
    for w in range(words):
        require(0 <= column_ptr[w] <= column_ptr[w + 1] <= cards.shape[0], "column_ptr")
    with nogil:
        for w in range(words):
            # Four rows at once, because the products of one row depend on each other.
            for r in range(0, rows - 3, 4):
                a = b = c = d = 0
                for i in range(column_ptr[w], column_ptr[w + 1]):
                    card = cards[i]
                    a = a * card + codes[r, i]
                    b = b * card + codes[r + 1, i]
                    c = c * card + codes[r + 2, i]
                    d = d * card + codes[r + 3, i]
                out[r, w] = a
                out[r + 1, w] = b
                out[r + 2, w] = c
                out[r + 3, w] = d
            for r in range(rows - rows % 4, rows):
                a = 0
                for i in range(column_ptr[w], column_ptr[w + 1]):
                    a = a * cards[i] + codes[r, i]
                out[r, w] = a


cdef inline uint64_t _hash(const uint64_t* key, Py_ssize_t words) noexcept nogil:
    """Mix the bits of a key."""
    cdef uint64_t h = 0
    cdef Py_ssize_t w
    for w in range(words):
        h = (h ^ key[w]) * <uint64_t>0x9E3779B97F4A7C15
        h ^= h >> 32
    return h * <uint64_t>0xD6E8FEB86659FD93


def number(
    const uint64_t[:, ::1] keys not None,
    int32_t[::1] slots not None,
    int64_t[::1] first not None,
    int64_t[::1] number not None,
):
    """Number the distinct keys in the order of their first rows; return how many there are.

    ``number`` (rows,) is filled for every key, ``first`` (rows,) with a key of each number.
    ``slots`` is all zero, and its length is a power of two and more than twice that of the keys.
    """
    cdef Py_ssize_t rows = keys.shape[0], words = keys.shape[1], r, w, found = 0
    cdef uint64_t at, last = slots.shape[0] - 1
    cdef int shift = 64
    cdef int32_t held
    cdef const uint64_t* key
    cdef const uint64_t* other
    require(words > 0 and first.shape[0] == rows == number.shape[0], "keys, first or number")
    require(slots.shape[0] > 2 * rows and (slots.shape[0] & (slots.shape[0] - 1)) == 0, "slots")
    while (last >> (64 - shift)) != 0:
        shift -= 1
    with nogil:
        for r in range(rows):
            key = &keys[r, 0]
            at = _hash(key, words) >> shift
            while True:
                held = slots[at]
                if held == 0:
                    slots[at] = <int32_t>(found + 1)
                    first[found] = r
                    number[r] = found
                    found += 1
                    break
                other = &keys[first[held - 1], 0]
                w = 0
                while w < words and key[w] == other[w]:
                    w += 1
                if w == words:
                    number[r] = held - 1
                    break
                at = (at + 1) & last
    return found


cdef void _count_tile(
    const int32_t* columns, FlatLayout layout, Py_ssize_t rows, int32_t* entry, int64_t* counts
) noexcept nogil:
    """Find the entries that a tile of rows reads, and count them row by row."""
    cdef Py_ssize_t n = layout.n, r, i, e
    cdef int32_t offset, stride
    cdef int32_t* at = entry
    cdef const int32_t* column
    for i in range(n):
        column = columns + i * TILE
        offset = <int32_t>layout.offsets[i]
        for r in range(TILE):
            at[r] = offset + column[r]
        for e in range(layout.parent_ptr[i], layout.parent_ptr[i + 1]):
            column = columns + layout.parent_index[e] * TILE
            stride = <int32_t>layout.parent_stride[e]
            for r in range(TILE):
                at[r] += stride * column[r]
        at += TILE
    for r in range(rows):
        for i in range(n):
            counts[entry[i * TILE + r]] += 1


def count_entries(
    const uint8_t[:, :] codes not None, FlatLayout layout not None, int64_t[::1] out not None
):
    """Add to ``out`` (table entries,) how many rows read each entry; codes must be in range.

    The entries of a tile of rows are found at once, and counted row by row: neighbouring increments
    then fall into different tables and do not wait for one another, as they would in a column with
    a frequent value.
    """
    cdef Py_ssize_t rows = codes.shape[0], n = layout.n, tile, first, count, r, i
    # Zeros, because a last tile of fewer rows computes the entries of the rows that it lacks.
    cdef int32_t[:, ::1] columns = np.zeros((n, TILE), np.int32)
    cdef int32_t[:, ::1] entry = np.zeros((n, TILE), np.int32)
    require(codes.shape[1] == n and out.shape[0] == layout.size, "codes or out")
    if n == 0:
        return
    with nogil:
        for tile in range((rows + TILE - 1) // TILE):
            first = tile * TILE
            count = min(TILE, rows - first)
            for i in range(n):
                for r in range(count):
                    columns[i, r] = codes[first + r, i]
            _count_tile(&columns[0, 0], layout, count, &entry[0, 0], &out[0])


def weigh_entries(
    const int32_t[:, ::1] entries not None,
    const double[::1] weights not None,
    double[::1] out not None,
):
    """Add to ``out`` (table entries,) the weights (rows,) of the rows that read each entry.

    ``entries`` (rows, n) are those of ``_joint.entry_indices``.
    """
    cdef Py_ssize_t r, i
    require(weights.shape[0] == entries.shape[0], "entries or weights")
    with nogil:
        for r in range(entries.shape[0]):
            for i in range(entries.shape[1]):
                out[entries[r, i]] += weights[r]
