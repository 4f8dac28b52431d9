// Keys and values of wide heads as matmul reads them: panels of 16 columns.
#pragma once
#include "template.h"

/// One of the four rounds of a 16 x 16 transpose: rows a half apart are interleaved.
INLINE void interleave(v16 x[16]) {
    v16 y[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
        y[2 * i] = __builtin_shufflevector(x[i], x[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        y[2 * i + 1] =
            __builtin_shufflevector(x[i], x[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) x[i] = y[i];
}

static void TIER(key_panel)(const ck_key_panel *g) {
    size_t c = 0;
    if (g->tokens == CK_LANES)
        for (; c + CK_LANES <= g->channels; c += CK_LANES) {
            v16 x[16];
            for (int t = 0; t < CK_LANES; t++) x[t] = load(g->keys + t * g->stride + c);
            for (int round = 0; round < 4; round++) interleave(x);
            for (int i = 0; i < CK_LANES; i++) store(g->key_panel + (c + i) * CK_LANES, x[i]);
        }
    for (; c < g->channels; c++)
        for (size_t t = 0; t < CK_LANES; t++)
            g->key_panel[c * CK_LANES + t] = t < g->tokens ? g->keys[t * g->stride + c] : 0.0f;
    for (size_t start = 0; start < g->channels; start += CK_LANES) {
        const size_t width = least(g->channels - start, CK_LANES);
        for (size_t t = 0; t < g->tokens; t++) {
            float *to = g->value_panels + start * g->value_pitch + t * CK_LANES;
            const float *from = g->values + t * g->stride + start;
            if (width == CK_LANES) store(to, load(from));
            else for (size_t i = 0; i < CK_LANES; i++) to[i] = i < width ? from[i] : 0.0f;
        }
    }
}
