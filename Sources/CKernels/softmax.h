// Softmax over the last axis. The sum runs in 16 lanes and ends in the fixed tree.
#pragma once
#include "activations.h"

static void TIER(softmax)(float *x, size_t stride, size_t rows, size_t count, float scale) {
    const size_t padded = (count + CK_LANES - 1) / CK_LANES * CK_LANES;
    for (size_t r = 0; r < rows; r++, x += stride) {
        for (size_t i = count; i < padded; i++) x[i] = -3.4e38f;
        v16 top = load(x);
        for (size_t i = CK_LANES; i < padded; i += CK_LANES) top = max16(top, load(x + i));
        const float peak = tree_max(top) * scale;
        v16 sum = splat(0.0f);
        for (size_t i = 0; i < padded; i += CK_LANES) {
            for (size_t j = i; j < i + CK_LANES; j += TIER_LANES)
                storev(x + j, expv(fmav(loadv(x + j), splatv(scale), splatv(-peak))));
            for (size_t j = count; j < i + CK_LANES; j++) x[j] = 0.0f;  // padding adds nothing to the sum
            sum += load(x + i);
        }
        const v16 share = splat(1.0f / tree_sum(sum));
        for (size_t i = 0; i < padded; i += CK_LANES) store(x + i, load(x + i) * share);
    }
}
