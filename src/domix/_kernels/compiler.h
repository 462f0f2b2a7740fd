/* What compilers call differently. GCC on glibc compiles each loop marked DOMIX_CLONES for AVX2 too
   and picks one when the module is loaded, so that a wheel built for plain x86-64 is no slower. */

#ifndef DOMIX_COMPILER_H
#define DOMIX_COMPILER_H

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define DOMIX_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define DOMIX_CLONES
#endif

#if defined(_MSC_VER)
#define DOMIX_RESTRICT __restrict
#define DOMIX_INLINE __forceinline
#else
#define DOMIX_RESTRICT restrict
#define DOMIX_INLINE inline __attribute__((always_inline))
#endif

#endif
