/* Blocks of rows as columns: plain C, with SSE2 where every processor has it. */

#ifndef DOMIX_COLUMNS_H
#define DOMIX_COLUMNS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define DOMIX_SSE2 1
#endif

#include "compiler.h"

#ifdef DOMIX_SSE2
/* Transpose 16 x 16 bytes: four rounds of interleaving register r with register r + 8. */
static DOMIX_INLINE void columns_transpose_tile(
    const uint8_t *in, ptrdiff_t in_step, uint8_t *out, ptrdiff_t out_step, ptrdiff_t width)
{
    __m128i a[16], b[16];
    int k, round;
    for (k = 0; k < 16; k++)
        a[k] = _mm_loadu_si128((const __m128i *)(in + k * in_step));
    for (round = 0; round < 2; round++) { /* two of the four at a time */
        for (k = 0; k < 8; k++) {
            b[2 * k] = _mm_unpacklo_epi8(a[k], a[k + 8]);
            b[2 * k + 1] = _mm_unpackhi_epi8(a[k], a[k + 8]);
        }
        for (k = 0; k < 8; k++) {
            a[2 * k] = _mm_unpacklo_epi8(b[k], b[k + 8]);
            a[2 * k + 1] = _mm_unpackhi_epi8(b[k], b[k + 8]);
        }
    }
    /* The test in the loop lets it be unrolled, so that the registers need no memory. */
    for (k = 0; k < 16; k++)
        if (k < width)
            _mm_storeu_si128((__m128i *)(out + k * out_step), a[k]);
}
#endif

/* Rows first .. first + count of (rows, n) bytes as columns that are `step` bytes apart. */
DOMIX_CLONES static void columns_transpose(
    const uint8_t *codes, ptrdiff_t row_step, ptrdiff_t column_step, ptrdiff_t rows, ptrdiff_t n,
    ptrdiff_t first, ptrdiff_t count, uint8_t *out, ptrdiff_t step)
{
    const uint8_t *block = codes + first * row_step;
    ptrdiff_t r = 0, i, k;
#ifdef DOMIX_SSE2
    /* A tile reads 16 bytes of each row, and of the next rows if there are fewer columns. */
    if (column_step == 1 && row_step >= n) {
        const ptrdiff_t width = n < 16 ? n : 16;
        for (; r + 16 <= count && (rows - 16 - first - r) * row_step + n >= 16; r += 16)
            for (i = 0; i < n; i += 16) {
                /* Each tile prefetches a share of the strip after the next: rows are read too fast
                   for the processor to predict. A prefetch past the end does nothing. */
                const char *ahead = (const char *)block + (r + 32) * row_step + 16 * i;
                /* The last tile of a strip overlaps the one before, rather than being narrower. */
                ptrdiff_t at = i + 16 <= n || n < 16 ? i : n - 16;
                for (k = 0; k < 4; k++)
                    _mm_prefetch(ahead + 64 * k, _MM_HINT_T0);
                columns_transpose_tile(block + r * row_step + at, row_step, out + at * step + r,
                                     step, width);
            }
    }
#endif
    for (i = 0; i < n; i++)
        for (k = r; k < count; k++)
            out[i * step + k] = block[k * row_step + i * column_step];
}

/* The table entry that each row of the columns reads for a variable. */
DOMIX_CLONES static void columns_entries(
    const uint8_t *columns, ptrdiff_t step, ptrdiff_t count, int64_t variable, int64_t offset,
    const int64_t *parents, const int64_t *strides, ptrdiff_t parent_count,
    int32_t *DOMIX_RESTRICT entry)
{
    const uint8_t *column = columns + variable * step;
    ptrdiff_t r, e;
    for (r = 0; r < count; r++)
        entry[r] = (int32_t)offset + column[r];
    for (e = 0; e < parent_count; e++) {
        const int32_t stride = (int32_t)strides[e];
        column = columns + parents[e] * step;
        for (r = 0; r < count; r++)
            entry[r] += stride * column[r];
    }
}

#endif
