/* Densities of mixtures and posteriors of their components, from logarithms. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "compiler.h"

/* e^x for x up to 0, or a few roundings above: 2^k e^r with |r| up to log(2) / 2, where thirteen
   terms of the series give full precision. It has no branch and no call, so that several are
   computed at once. Results below 2^-1020 are 0. */
static DOMIX_INLINE double posterior_exp(double x)
{
    /* Sums with 1.5 * 2^52 round to integers. */
    const double least = -707.0, shift = 6755399441055744.0;
    double k = x * 1.4426950408889634 + shift, r, e;
    uint64_t power, bits;
    memcpy(&power, &k, 8);
    k -= shift;
    /* log(2) in two parts, of which k times the first is exact. */
    r = x - k * 6.93147180369123816490e-01 - k * 1.90821492927058770002e-10;
    e = 1.0 / 6227020800.0;
    e = e * r + 1.0 / 479001600.0;
    e = e * r + 1.0 / 39916800.0;
    e = e * r + 1.0 / 3628800.0;
    e = e * r + 1.0 / 362880.0;
    e = e * r + 1.0 / 40320.0;
    e = e * r + 1.0 / 5040.0;
    e = e * r + 1.0 / 720.0;
    e = e * r + 1.0 / 120.0;
    e = e * r + 1.0 / 24.0;
    e = e * r + 1.0 / 6.0;
    e = e * r + 0.5;
    e = e * r + 1.0;
    e = e * r + 1.0;
    memcpy(&bits, &e, 8);
    bits = (bits + (power << 52)) & (0 - (uint64_t)(x >= least));
    memcpy(&e, &bits, 8);
    return e;
}

enum { POSTERIOR_BLOCK = 1024 };

/* Of many adjacent numbers, whatever rows they belong to, so that vectors are full. */
static DOMIX_INLINE void posterior_exps(double *x, ptrdiff_t count)
{
    ptrdiff_t i;
    for (i = 0; i < count; i++)
        x[i] = posterior_exp(x[i]);
}

/* density[r] = log(e^density[r] + sum over t of e^joint[r][t]), computed relative to the largest
   term; at most POSTERIOR_BLOCK targets. */
DOMIX_CLONES static void posterior_add(
    const double *joint, ptrdiff_t step, ptrdiff_t rows, ptrdiff_t targets, double *density)
{
    double share[POSTERIOR_BLOCK], top[POSTERIOR_BLOCK];
    const ptrdiff_t most = POSTERIOR_BLOCK / targets;
    ptrdiff_t first, r, t;
    for (first = 0; first < rows; first += most) {
        const ptrdiff_t count = rows - first < most ? rows - first : most;
        const double *row = joint + first * step;
        for (r = 0; r < count; r++, row += step) {
            double best = density[first + r];
            for (t = 0; t < targets; t++)
                best = row[t] > best ? row[t] : best;
            for (t = 0; t < targets; t++)
                share[r * targets + t] = row[t] - best;
            top[r] = best;
        }
        posterior_exps(share, count * targets);
        for (r = 0; r < count; r++) {
            const double old = density[first + r];
            double sum = old == -HUGE_VAL ? 0.0 : posterior_exp(old - top[r]);
            for (t = 0; t < targets; t++)
                sum += share[r * targets + t];
            density[first + r] = top[r] == -HUGE_VAL ? -HUGE_VAL : top[r] + log(sum);
        }
    }
}

/* joint[r][t] becomes e^(joint[r][t] - density[r]); NaN where no target can produce the row. */
DOMIX_CLONES static void posterior_of(
    double *joint, ptrdiff_t rows, ptrdiff_t targets, const double *density)
{
    const ptrdiff_t most = targets < POSTERIOR_BLOCK ? POSTERIOR_BLOCK / targets : 1;
    ptrdiff_t first, r, t;
    for (first = 0; first < rows; first += most) {
        const ptrdiff_t count = rows - first < most ? rows - first : most;
        double *block = joint + first * targets;
        for (r = 0; r < count; r++) {
            const double whole = density[first + r];
            for (t = 0; t < targets; t++)
                block[r * targets + t] -= whole;
        }
        posterior_exps(block, count * targets);
        for (r = 0; r < count; r++)
            if (density[first + r] == -HUGE_VAL)
                for (t = 0; t < targets; t++)
                    block[r * targets + t] = (double)NAN;
    }
}
