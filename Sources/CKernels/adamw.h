// One step of Adam with decoupled weight decay (Loshchilov & Hutter 2019), in the order of operations of
// torch.optim.AdamW. Products and sums are rounded one by one, so every width gives the same bits.
#pragma once
#include "template.h"

INLINE void adamw_lanes(const ck_adamw *g, float *weight, float *first, float *second, float *gradient) {
    const vec d = loadv(gradient) * splatv(g->gradient_scale);
    vec mean = loadv(first), square = loadv(second);
    mean += splatv(g->first_share) * (d - mean);
    square = square * splatv(g->second_beta) + splatv(g->second_share) * (d * d);
    const vec divisor = __builtin_elementwise_sqrt(square) / splatv(g->correction) + splatv(g->epsilon);
    storev(weight, loadv(weight) * splatv(g->decay) - splatv(g->size) * (mean / divisor));
    storev(first, mean);
    storev(second, square);
    storev(gradient, splatv(0.0f));
}

static void TIER(adamw)(const ck_adamw *call) {
    const ck_adamw copy = *call, *g = &copy;  // what is written cannot be one of its fields
    size_t i = 0;
    for (; i + TIER_LANES <= g->count; i += TIER_LANES)
        adamw_lanes(g, g->weights + i, g->first + i, g->second + i, g->gradients + i);
    const size_t bytes = (g->count - i) * sizeof(float);
    if (bytes == 0) return;
    float rest[4][TIER_LANES] = {{0}};
    float *const arrays[4] = {g->weights + i, g->first + i, g->second + i, g->gradients + i};
    for (int a = 0; a < 4; a++) memcpy(rest[a], arrays[a], bytes);
    adamw_lanes(g, rest[0], rest[1], rest[2], rest[3]);
    for (int a = 0; a < 4; a++) memcpy(arrays[a], rest[a], bytes);
}
