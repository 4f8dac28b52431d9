// AVX2 + FMA: 6 rows of one panel fill 12 of 16 registers.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define TIER(name) name##_avx2
#define TIER_NAME "avx2"
#define TIER_LANES 8
#define MICRO_ROWS 6
#define MICRO_PANELS 1
#include "tier.h"
#pragma clang attribute pop
#endif
