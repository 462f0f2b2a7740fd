/* Sums of the table entries that bytes of the columns index. */

#include "columns.h"

DOMIX_CLONES static uint8_t columns_largest(const uint8_t *column, ptrdiff_t count)
{
    uint8_t most = 0;
    ptrdiff_t r;
    for (r = 0; r < count; r++)
        most = column[r] > most ? column[r] : most;
    return most;
}

/* index |= column << shift, eight rows at a time: codes in range leave no byte. */
DOMIX_CLONES static void columns_shift_in(
    const uint8_t *DOMIX_RESTRICT column, int shift, ptrdiff_t count, uint8_t *DOMIX_RESTRICT index)
{
    ptrdiff_t r;
    uint64_t part, all;
    for (r = 0; r + 8 <= count; r += 8) {
        memcpy(&part, column + r, 8);
        memcpy(&all, index + r, 8);
        all |= part << shift;
        memcpy(index + r, &all, 8);
    }
    for (; r < count; r++)
        index[r] |= (uint8_t)(column[r] << shift);
}

DOMIX_CLONES static void columns_add_one(
    const uint8_t *DOMIX_RESTRICT index, const double *DOMIX_RESTRICT table, ptrdiff_t count,
    double *DOMIX_RESTRICT out)
{
    ptrdiff_t r;
    for (r = 0; r < count; r++)
        out[r] += table[index[r]];
}

/* Four tables in one pass: the sums are loaded and stored a quarter as often. */
DOMIX_CLONES static void columns_add_four(
    const uint8_t *DOMIX_RESTRICT index, ptrdiff_t step, const double *const *tables,
    ptrdiff_t count, double *DOMIX_RESTRICT out)
{
    const double *DOMIX_RESTRICT a = tables[0], *DOMIX_RESTRICT b = tables[1];
    const double *DOMIX_RESTRICT c = tables[2], *DOMIX_RESTRICT d = tables[3];
    ptrdiff_t r;
    for (r = 0; r < count; r++)
        out[r] += (a[index[r]] + b[index[step + r]])
                  + (c[index[2 * step + r]] + d[index[3 * step + r]]);
}
