// Taps summed up, for convolutions of so few outputs that a panel of them is mostly padding.
#pragma once
#include "template.h"

INLINE void collect_outputs(const ck_collect *g, const size_t outputs) {
    const float *row0 = g->rows[0], *row1 = g->rows[1], *row2 = g->rows[2], *residual = g->residual;
    float *y = g->y;
    for (size_t x = 0; x < g->width; x++, row0 += g->pitch, row1 += g->pitch, row2 += g->pitch, y += g->y_pitch) {
        for (size_t c = CK_LANES; c < g->y_pitch; c += CK_LANES) store(y + c, splat(0.0f));
        float pixel[CK_LANES] = {0};
#pragma clang loop unroll(full)
        for (size_t o = 0; o < outputs; o++) {
            float sum = 0;
#pragma clang loop unroll(full)
            for (size_t kx = 0; kx < 3; kx++) sum += row0[kx * g->pitch + kx * outputs + o];
#pragma clang loop unroll(full)
            for (size_t kx = 0; kx < 3; kx++) sum += row1[kx * g->pitch + (3 + kx) * outputs + o];
#pragma clang loop unroll(full)
            for (size_t kx = 0; kx < 3; kx++) sum += row2[kx * g->pitch + (6 + kx) * outputs + o];
            sum += g->bias[o];
            if (residual) sum += residual[x * g->y_pitch + o];
            pixel[o] = sum * g->scale;
        }
        memcpy(y, pixel, sizeof pixel);
    }
}

static void TIER(collect)(const ck_collect *call) {
    const ck_collect g = *call;  // a copy: what is written cannot be one of its fields
    switch (g.outputs) {  // one body per count: pixels are put together in registers
    case 1: collect_outputs(&g, 1); break;
    case 2: collect_outputs(&g, 2); break;
    case 3: collect_outputs(&g, 3); break;
    }
}
