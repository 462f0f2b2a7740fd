"""Rows packed into words, numbered by a hash table, and counted by table cell."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

TILE = 32
cdef enum:
    ROWS = 32


def pack(
    const uint8_t[:, :] codes not None,
    const uint64_t[::1] cards not None,
    const int64_t[::1] column_ptr not None,
    uint64_t[:, ::1] out not None,
):
    """Fill ``out`` (rows, words): word ``w`` holds columns ``column_ptr[w]:column_ptr[w + 1]``.

    Mixed radix, the first column the most significant: words compare as the rows do.
    """
    cdef Py_ssize_t rows = codes.shape[0], words = out.shape[1], r, w, i
    cdef uint64_t a, b, c, d, card
    with nogil:
        for w in range(words):
            # Four rows at once, because each is a chain of products.
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
    """Number the distinct keys as they come; how many there are.

    ``number`` is filled for every key, ``first`` (as long) with a key of each number. ``slots`` is
    all zero and has more than twice as many entries as there are keys, a power of two.
    """
    cdef Py_ssize_t rows = keys.shape[0], words = keys.shape[1], r, w, found = 0
    cdef uint64_t at, last = slots.shape[0] - 1
    cdef int shift = 64
    cdef int32_t held
    cdef const uint64_t* key
    cdef const uint64_t* other
    if words == 0:
        raise ValueError("a key needs a word")
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


def count_cells(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    int32_t[:, ::1] columns not None,
    int32_t[:, ::1] cell not None,
    int64_t[::1] out not None,
):
    """Add to ``out`` how many rows read each table cell.

    ``columns`` and ``cell`` (n, TILE) are scratch. Cells are found for a tile of rows at once, and
    counted row by row: neighbouring increments then fall into different tables and do not wait for
    one another, as they would down a skewed column.
    """
    cdef Py_ssize_t rows = codes.shape[0], n = codes.shape[1], tile, first, count, r, i, e
    cdef int32_t stride
    cdef int32_t* at
    cdef const int32_t* column
    with nogil:
        for tile in range((rows + ROWS - 1) // ROWS):
            first = tile * ROWS
            count = min(ROWS, rows - first)
            for i in range(n):
                for r in range(count):
                    columns[i, r] = codes[first + r, i]
            for i in range(n):
                at = &cell[i, 0]
                column = &columns[i, 0]
                for r in range(ROWS):
                    at[r] = <int32_t>offsets[i] + column[r]
                for e in range(parent_ptr[i], parent_ptr[i + 1]):
                    column = &columns[parent_index[e], 0]
                    stride = <int32_t>parent_stride[e]
                    for r in range(ROWS):
                        at[r] += stride * column[r]
            for r in range(count):
                for i in range(n):
                    out[cell[i, r]] += 1


def weigh_cells(
    const int32_t[:, ::1] cells not None,
    const double[::1] weights not None,
    double[::1] out not None,
):
    """Add to ``out`` (table cells,) the weights (rows,) of the rows that read each cell."""
    cdef Py_ssize_t r, i
    with nogil:
        for r in range(cells.shape[0]):
            for i in range(cells.shape[1]):
                out[cells[r, i]] += weights[r]
