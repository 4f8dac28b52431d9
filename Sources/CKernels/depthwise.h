// Depthwise convolution: every channel by a kernel of its own.
#pragma once
#include "activations.h"

/// Outputs along a row that share the loads of a tap's weights.
#define CK_DEPTHWISE 4

/// `together` outputs from column `x` of a row on, channels from `c` on in `vectors` registers. Each output is one
/// chain: the bias, then the taps in their order.
INLINE void depthwise_outputs(
    const ck_depthwise *g, const float *row, float *y, size_t x, size_t c, const ck_activation activation,
    const int together, const int vectors) {
    vec sums[CK_DEPTHWISE * CK_LANES / TIER_LANES];
    const size_t step = g->stride * g->pitch;
    for (int o = 0; o < together; o++)
        for (int i = 0; i < vectors; i++) sums[o * vectors + i] = loadv(g->bias + c + i * TIER_LANES);
    const float *w = g->w + c;
    for (size_t ky = 0; ky < g->kernel; ky++) {
        const float *in = row + ky * g->row_pitch + x * step + c;
        for (size_t kx = 0; kx < g->kernel; kx++, in += g->pitch, w += g->channels) {
            vec tap[CK_LANES / TIER_LANES];
            for (int i = 0; i < vectors; i++) tap[i] = loadv(w + i * TIER_LANES);
            for (int o = 0; o < together; o++)
                for (int i = 0; i < vectors; i++)
                    sums[o * vectors + i] = fmav(loadv(in + o * step + i * TIER_LANES), tap[i], sums[o * vectors + i]);
        }
    }
    for (int o = 0; o < together; o++)
        for (int i = 0; i < vectors; i++) {
            activates(&sums[o * vectors + i], activation, 1);
            storev(y + (x + o) * g->y_pitch + c + i * TIER_LANES, sums[o * vectors + i]);
        }
}

INLINE void depthwise_all(const ck_depthwise *g, const ck_activation activation) {
    const int vectors = CK_LANES / TIER_LANES;
    for (size_t r = 0; r < g->rows; r++) {
        const float *row = g->x + r * g->stride * g->row_pitch;
        float *y = g->y + r * g->y_row;
        for (size_t c = 0; c < g->channels; c += CK_LANES) {
            size_t x = 0;
            for (; x + CK_DEPTHWISE <= g->width; x += CK_DEPTHWISE)
                depthwise_outputs(g, row, y, x, c, activation, CK_DEPTHWISE, vectors);
            for (; x < g->width; x++) depthwise_outputs(g, row, y, x, c, activation, 1, vectors);
        }
    }
}

static void TIER(depthwise)(const ck_depthwise *call) {
    const ck_depthwise copy = *call, *g = &copy;  // what is written cannot be one of its fields
    switch (g->activation) {
    case CK_RELU6: depthwise_all(g, CK_RELU6); break;
    default: depthwise_all(g, CK_IDENTITY); break;
    }
}
