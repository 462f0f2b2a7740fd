/* Sums of rows under several targets side by side. */

#include "columns.h"

/* Four targets at once where the compiler has vector types; by itself it adds one by one. */
#if defined(__GNUC__)
typedef double columns_lanes __attribute__((vector_size(32), aligned(8)));
typedef int64_t columns_masks __attribute__((vector_size(32), aligned(8)));
enum { COLUMNS_LANES = 4 };
#define COLUMNS_MASKED(mask, number) \
    (columns_lanes)((mask) & (columns_masks)((columns_lanes){0} + (number)))
#else
typedef double columns_lanes;
typedef int64_t columns_masks;
enum { COLUMNS_LANES = 1 };
#define COLUMNS_MASKED(mask, number) ((mask) ? (number) : 0.0)
#endif

/* The terms of the sum for each row of a block and each target. */
typedef struct {
    const double *shared, *start; /* one for each row; one for each target */
    ptrdiff_t groups;             /* number of merged tables that some target changes */
    const uint8_t *index;         /* (group, row): the entry that each row reads */
    const double *tables;         /* (entry, target): their entries */
    const int64_t *table_ptr;     /* the first entry of each */
    ptrdiff_t wide;               /* number of further terms */
    const double *terms;          /* (term, row) */
    const int64_t *kept;          /* (term, target): all bits, or none to leave it out */
    ptrdiff_t step;               /* from one column of `index` or `terms` to the next */
} columns_sums;

static DOMIX_INLINE void columns_targets_of(
    const int width, const columns_sums *in, ptrdiff_t count, ptrdiff_t targets, double *out,
    ptrdiff_t out_step)
{
    enum { MOST = 16 / COLUMNS_LANES };
    const int lanes = width / COLUMNS_LANES;
    const columns_lanes *start = (const columns_lanes *)in->start;
    ptrdiff_t r, i;
    int k;
    for (r = 0; r < count; r++, out += out_step) {
        columns_lanes sum[MOST];
        for (k = 0; k < lanes; k++)
            sum[k] = start[k] + in->shared[r];
        for (i = 0; i < in->groups; i++) {
            const ptrdiff_t entry = in->table_ptr[i] + in->index[i * in->step + r];
            const columns_lanes *row = (const columns_lanes *)(in->tables + entry * width);
            for (k = 0; k < lanes; k++)
                sum[k] += row[k];
        }
        for (i = 0; i < in->wide; i++) {
            const double term = in->terms[i * in->step + r];
            const columns_masks *kept = (const columns_masks *)(in->kept + i * width);
            for (k = 0; k < lanes; k++)
                sum[k] += COLUMNS_MASKED(kept[k], term);
        }
        if (targets == width)
            for (k = 0; k < lanes; k++)
                ((columns_lanes *)out)[k] = sum[k];
        else
            for (k = 0; k < targets; k++)
                out[k] = ((const double *)sum)[k];
    }
}

/* Fill out[r][t] for the first `targets` of `width` targets. The width is 4, 8 or 16, a constant in
   each call, so that the sums stay in registers. */
DOMIX_CLONES static void columns_targets(
    int width, const columns_sums *in, ptrdiff_t count, ptrdiff_t targets, double *out,
    ptrdiff_t out_step)
{
    if (width == 4)
        columns_targets_of(4, in, count, targets, out, out_step);
    else if (width == 8)
        columns_targets_of(8, in, count, targets, out, out_step);
    else
        columns_targets_of(16, in, count, targets, out, out_step);
}
