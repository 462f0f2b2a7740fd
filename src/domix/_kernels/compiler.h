/* Names that differ between compilers. GCC on glibc compiles each function marked DOMIX_CLONES for
   AVX2 as well and chooses one when the module is loaded, so that a wheel for plain x86-64 is as
   fast. */

#ifndef DOMIX_COMPILER_H
#define DOMIX_COMPILER_H

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define DOMIX_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define DOMIX_CLONES
#endif

#if defined(_MSC_VER)
#include <intrin.h>
#define DOMIX_RESTRICT __restrict
#define DOMIX_INLINE __forceinline
static DOMIX_INLINE int lowest_bit(unsigned __int64 word)
{
    unsigned long bit;
    _BitScanForward64(&bit, word);
    return (int)bit;
}
#else
#define DOMIX_RESTRICT restrict
#define DOMIX_INLINE inline __attribute__((always_inline))
#define lowest_bit(word) __builtin_ctzll(word)
#endif

#endif
