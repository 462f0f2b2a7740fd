"""Rows as sets of bits, one set for each value of each variable."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef enum:
    BLOCK = 512

cdef extern from *:
    """
    #include <stdint.h>
    #if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
    /* A plain build has no instruction for it; which one there is shows at run time. */
    __attribute__((target_clones("popcnt", "default")))
    #endif
    static int64_t ones(const uint64_t *words, int64_t count) {
        int64_t total = 0;
        for (int64_t i = 0; i < count; i++) {
    #if defined(__GNUC__)
            total += __builtin_popcountll(words[i]);
    #else
            uint64_t x = words[i];
            x -= (x >> 1) & 0x5555555555555555u;
            x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
            x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
            total += (int64_t)((x * 0x0101010101010101u) >> 56);
    #endif
        }
        return total;
    }
    """
    int64_t ones(const uint64_t* words, int64_t count) noexcept nogil


def pack(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] starts not None,
    uint64_t[:, ::1] out not None,
):
    """Set bit ``r`` of set ``starts[i] + code`` for every row ``r`` and column ``i``."""
    cdef Py_ssize_t rows = codes.shape[0], n = codes.shape[1], r, i
    with nogil:
        for r in range(rows):
            for i in range(n):
                out[starts[i] + codes[r, i], r // 64] |= <uint64_t>1 << (r % 64)


def count(const uint64_t[:, ::1] bits not None, const int64_t[::1] sets not None):
    """How many bits all of ``sets`` have in common; there is at least one set."""
    cdef Py_ssize_t words = bits.shape[1], block, first, size, s, w
    cdef uint64_t[BLOCK] common
    cdef const uint64_t* other
    cdef int64_t total = 0
    if sets.shape[0] == 0:
        raise ValueError("no set to count")
    with nogil:
        for block in range((words + BLOCK - 1) // BLOCK):
            first = block * BLOCK
            size = min(<Py_ssize_t>BLOCK, words - first)
            other = &bits[sets[0], first]
            if sets.shape[0] == 1:
                total += ones(other, size)
                continue
            for w in range(size):
                common[w] = other[w]
            for s in range(1, sets.shape[0]):
                other = &bits[sets[s], first]
                for w in range(size):
                    common[w] &= other[w]
            total += ones(common, size)
    return total
