"""Checks of arrays before a loop: inside one, an error could not be raised."""

from libc.stdint cimport int32_t, int64_t


cdef inline int require(bint condition, str what) except -1:
    """Raise ValueError where arrays do not fit each other."""
    if not condition:
        raise ValueError(f"{what} do not fit")
    return 0


cdef inline bint rises(const int64_t[::1] ptr, Py_ssize_t last) noexcept:
    """Whether the pointers of compressed rows rise from 0 to ``last``."""
    cdef Py_ssize_t i
    for i in range(ptr.shape[0] - 1):
        if ptr[i] > ptr[i + 1]:
            return False
    return ptr.shape[0] > 0 and ptr[0] == 0 and ptr[ptr.shape[0] - 1] == last


cdef inline bint below(const int64_t[::1] indices, Py_ssize_t size) noexcept:
    """Whether all are indices into ``size`` things."""
    cdef Py_ssize_t i
    for i in range(indices.shape[0]):
        if not 0 <= indices[i] < size:
            return False
    return True


cdef inline bint below32(const int32_t[::1] indices, Py_ssize_t size) noexcept:
    """Whether all are indices into ``size`` things, where there are many of them."""
    cdef Py_ssize_t i
    cdef int32_t low = 0, high = -1
    for i in range(indices.shape[0]):
        low = min(low, indices[i])
        high = max(high, indices[i])
    return low >= 0 and high < size
