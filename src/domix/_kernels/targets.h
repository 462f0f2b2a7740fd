/* Sums over all variables turned into one sum for each target. */

#include <math.h>

#include "columns.h"

enum { COLUMNS_CHUNK = 128, COLUMNS_LINE = 8 };

/* Each target takes the terms of its variables out of the rows' sums; a row that does not fit it, or
   that keeps a zero, gets -inf. `zeros` counts the terms that are -inf and not in `total`; it is
   NULL if there are none. Eight targets at a time fill whole cache lines of `out`. */
DOMIX_CLONES static void columns_targets(
    const uint8_t *columns, ptrdiff_t step, ptrdiff_t count, const double *total,
    const int32_t *zeros, const double *terms, ptrdiff_t term_step, const int64_t *slot,
    const int64_t *target_ptr, const int64_t *variable, const int64_t *code, ptrdiff_t targets,
    double *out)
{
    double value[COLUMNS_LINE][COLUMNS_CHUNK];
    int32_t left[COLUMNS_CHUNK];
    uint8_t unfit[COLUMNS_CHUNK];
    ptrdiff_t first, line, r, k, e;
    for (first = 0; first < count; first += COLUMNS_CHUNK) {
        const ptrdiff_t m = count - first < COLUMNS_CHUNK ? count - first : COLUMNS_CHUNK;
        for (line = 0; line < targets; line += COLUMNS_LINE) {
            const ptrdiff_t width = targets - line < COLUMNS_LINE ? targets - line : COLUMNS_LINE;
            for (k = 0; k < width; k++) {
                double *DOMIX_RESTRICT sum = value[k];
                memcpy(sum, total + first, m * sizeof(double));
                memset(unfit, 0, m);
                if (zeros)
                    memcpy(left, zeros + first, m * sizeof(int32_t));
                for (e = target_ptr[line + k]; e < target_ptr[line + k + 1]; e++) {
                    const double *term = terms + slot[variable[e]] * term_step + first;
                    const uint8_t *column = columns + variable[e] * step + first;
                    const uint8_t fits = (uint8_t)code[e];
                    for (r = 0; r < m; r++)
                        unfit[r] |= column[r] ^ fits;
                    if (zeros)
                        for (r = 0; r < m; r++) {
                            const int zero = term[r] == -HUGE_VAL;
                            sum[r] -= zero ? 0.0 : term[r];
                            left[r] -= zero;
                        }
                    else
                        for (r = 0; r < m; r++)
                            sum[r] -= term[r];
                }
                if (zeros)
                    for (r = 0; r < m; r++)
                        unfit[r] |= left[r] != 0;
                for (r = 0; r < m; r++)
                    sum[r] = unfit[r] ? -HUGE_VAL : sum[r];
            }
            for (r = 0; r < m; r++)
                for (k = 0; k < width; k++)
                    out[(first + r) * targets + line + k] = value[k][r];
        }
    }
}
