"""Log-probabilities of rows under many targets that share one sum over all variables."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from ._columns cimport ROWS, Columns, cells_of_node, columns_of, rows_at_once

cdef extern from "targets.h" nogil:
    void columns_targets(const uint8_t* columns, Py_ssize_t step, Py_ssize_t count,
                         const double* total, const int32_t* zeros, const double* terms,
                         Py_ssize_t term_step, const int64_t* slot, const int64_t* target_ptr,
                         const int64_t* variable, const int64_t* code, Py_ssize_t targets,
                         double* out)


def log_prob_targets(
    const uint8_t[:, :] codes not None,
    const int64_t[::1] offsets not None,
    const int64_t[::1] parent_ptr not None,
    const int64_t[::1] parent_index not None,
    const int64_t[::1] parent_stride not None,
    const double[::1] log_values not None,
    const double[::1] total not None,
    const int32_t[::1] zeros not None,
    const int64_t[::1] set_variable not None,
    const int64_t[::1] slot not None,
    const int64_t[::1] target_ptr not None,
    const int64_t[::1] target_variable not None,
    const int64_t[::1] target_value not None,
    uint8_t[::1] scratch not None,
    double[:, ::1] terms not None,
    double[:, ::1] out not None,
):
    """Fill ``out`` (rows, targets) with log P(row | do(target)).

    ``total`` (rows,) is the sum of all logarithms but those of zeros, of which there are ``zeros``:
    -inf could not be taken out of a sum again. ``terms`` (variables that any target sets, BLOCK)
    takes the logarithm of each of ``set_variable`` once, in the row that ``slot`` names; a target
    then takes its own out of the row's sum. The codes must be in range.
    """
    cdef Py_ssize_t block, first, r, s, rows = codes.shape[0], n = codes.shape[1]
    cdef Py_ssize_t targets = out.shape[1], most = rows_at_once(n)
    cdef int32_t[ROWS] cell
    cdef bint impossible
    cdef Columns columns
    if n == 0 or targets == 0:
        return
    with nogil:
        for block in range((rows + most - 1) // most):
            first = block * most
            columns = columns_of(codes, first, min(most, rows - first), &scratch[0])
            impossible = False
            for r in range(columns.count):
                impossible |= zeros[first + r] != 0
            for s in range(set_variable.shape[0]):
                cells_of_node(columns, set_variable[s], offsets, parent_ptr, parent_index,
                               parent_stride, cell)
                for r in range(columns.count):
                    terms[s, r] = log_values[cell[r]]
            columns_targets(columns.start, columns.step, columns.count, &total[first],
                            &zeros[first] if impossible else NULL, &terms[0, 0], terms.shape[1], &slot[0],
                            &target_ptr[0], &target_variable[0], &target_value[0], targets,
                            &out[first, 0])
