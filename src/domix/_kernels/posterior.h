/* Densities of mixtures and posteriors of their components, from logarithms. */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "compiler.h"

/* e^x of x up to 0, or a few roundings above: 2^k e^r with |r| up to log(2) / 2, where thirteen terms
   of the series are as good as the format. Without a branch or a call, so that several are worked
   out at once. What would be less than 2^-1020 is 0. */
static DOMIX_INLINE double posterior_exp(double x)
{
    const double least = -707.0, shift = 6755399441055744.0; /* 1.5 * 2^52: sums round to integers */
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

/* density[r] = log(e^density[r] + sum of e^joint[r][t]), with the largest taken out first. */
DOMIX_CLONES static void posterior_add(
    const double *joint, ptrdiff_t step, ptrdiff_t rows, ptrdiff_t targets, double *density)
{
    double share[16];
    ptrdiff_t r, t, first;
    for (r = 0; r < rows; r++, joint += step) {
        double top = density[r], sum;
        for (t = 0; t < targets; t++)
            top = joint[t] > top ? joint[t] : top;
        if (top == -HUGE_VAL)
            continue;
        sum = density[r] == -HUGE_VAL ? 0.0 : posterior_exp(density[r] - top);
        for (first = 0; first < targets; first += 16) {
            const ptrdiff_t some = targets - first < 16 ? targets - first : 16;
            for (t = 0; t < some; t++)
                share[t] = posterior_exp(joint[first + t] - top);
            for (t = 0; t < some; t++)
                sum += share[t];
        }
        density[r] = top + log(sum);
    }
}

/* joint[r][t] becomes e^(joint[r][t] - density[r]); NaN where nothing can have produced the row. */
DOMIX_CLONES static void posterior_of(
    double *joint, ptrdiff_t step, ptrdiff_t rows, ptrdiff_t targets, const double *density)
{
    ptrdiff_t r, t;
    for (r = 0; r < rows; r++, joint += step) {
        const double whole = density[r];
        if (whole == -HUGE_VAL)
            for (t = 0; t < targets; t++)
                joint[t] = (double)NAN;
        else
            for (t = 0; t < targets; t++)
                joint[t] = posterior_exp(joint[t] - whole);
    }
}
