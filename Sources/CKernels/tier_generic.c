// Baseline of the architecture: SSE2 on x86-64 (fused multiply-add through libm, correct and slow), NEON on AArch64.
#define TIER(name) name##_generic
#define TIER_NAME "generic"
#define TIER_LANES 4
#if defined(__aarch64__)
#define MICRO_ROWS 6
#else
#define MICRO_ROWS 2
#endif
#define MICRO_PANELS 1
#include "tier.h"
