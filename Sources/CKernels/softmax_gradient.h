// Softmax backwards: the derivative of p = softmax(x scale) is dx = p (dp - the sum of dp p) scale.
#pragma once
#include "template.h"

static void TIER(softmax_gradient)(const float *p, float *dp, size_t stride, size_t rows, size_t count, float scale) {
    const size_t padded = (count + CK_LANES - 1) / CK_LANES * CK_LANES;
    for (size_t r = 0; r < rows; r++, p += stride, dp += stride) {
        // Beyond the last entry p is zero.
        v16 sum = splat(0.0f);
        for (size_t i = 0; i < padded; i += CK_LANES) sum = fma16(load(p + i), load(dp + i), sum);
        const v16 mean = splat(tree_sum(sum)), by = splat(scale);
        for (size_t i = 0; i < padded; i += CK_LANES) store(dp + i, (load(dp + i) - mean) * load(p + i) * by);
    }
}
