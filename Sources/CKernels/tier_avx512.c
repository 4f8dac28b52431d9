// AVX-512: 14 rows of two panels fill 28 of 32 registers.
#if defined(__x86_64__)
#pragma clang attribute push(                                                                                          \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define TIER(name) name##_avx512
#define TIER_NAME "avx512"
#define TIER_LANES 16
#define MICRO_ROWS 14
#define MICRO_PANELS 2
#include "tier.h"
#pragma clang attribute pop
#endif
