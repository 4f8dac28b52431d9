// Vector types and loads shared by every kernel file. A tier includes this with TIER(name), TIER_LANES and MICRO_ROWS
// set. The 16-lane type is split by the compiler into 1, 2 or 4 registers: lanes never change meaning with the width.
// What is done lane by lane may as well be done a register at a time (`vec`): the bits are the same, and nothing
// spills.
#pragma once
#include <stdint.h>
#include <string.h>

#include "CKernels.h"

// Every function that takes or returns a 16-lane vector is inlined, so no calling convention is involved.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i16 __attribute__((vector_size(64), aligned(4)));

/// One register of the tier: TIER_LANES floats, a divisor of 16.
typedef float vec __attribute__((vector_size(4 * TIER_LANES), aligned(4)));
typedef int32_t ivec __attribute__((vector_size(4 * TIER_LANES), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
/// Bodies that would compete for registers with their neighbours, were they inlined beside them.
#define OUTLINE static __attribute__((noinline))

INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }

INLINE v16 splat(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE v16 load(const float *p) { return *(const v16 *)p; }
INLINE void store(float *p, v16 v) { *(v16 *)p = v; }
INLINE v16 fma16(v16 a, v16 b, v16 c) { return __builtin_elementwise_fma(a, b, c); }
INLINE v16 max16(v16 a, v16 b) { return (v16)(((i16)a & (a > b)) | ((i16)b & ~(a > b))); }

// A scalar beside a vector is spread over its lanes, whatever their number; subtracting zero keeps the sign of -0.
INLINE vec splatv(float x) { return x - (vec){0}; }
INLINE vec loadv(const float *p) { return *(const vec *)p; }
INLINE void storev(float *p, vec v) { *(vec *)p = v; }
INLINE vec fmav(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }
INLINE vec minv(vec a, vec b) { return (vec)(((ivec)a & (a < b)) | ((ivec)b & ~(a < b))); }
INLINE vec maxv(vec a, vec b) { return (vec)(((ivec)a & (a > b)) | ((ivec)b & ~(a > b))); }
INLINE vec pickv(ivec mask, vec yes, vec no) { return (vec)(((ivec)yes & mask) | ((ivec)no & ~mask)); }

/// Registers that a chain of dependent operations is taken through side by side: the CPU looks ahead some operations
/// only, and one chain after the other would fill its view with operations that wait.
#define CK_ABREAST (TIER_LANES == CK_LANES ? 4 : 2)
#define ABREAST(n) _Pragma("clang loop unroll(full)") for (int i = 0; i < n; i++)

/// The fixed final tree of every 16-lane sum: halves are added, 16 -> 8 -> 4 -> 2 -> 1.
INLINE float tree_sum(v16 v) {
    float x[16];
    memcpy(x, &v, sizeof x);
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) x[i] += x[i + half];
    return x[0];
}

INLINE float tree_max(v16 v) {
    float x[16];
    memcpy(x, &v, sizeof x);
    for (int half = 8; half > 0; half /= 2)
        for (int i = 0; i < half; i++) x[i] = x[i] > x[i + half] ? x[i] : x[i + half];
    return x[0];
}
