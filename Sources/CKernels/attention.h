// Attention of narrow heads (Vaswani et al. 2017, equation 1) with the queries in the lanes: no score is ever stored beyond
// a block of keys, nothing is padded, and the softmax is accumulated online (Milakov & Gimelshein 2018).
#pragma once
#include "activations.h"

/// Keys whose scores are held at once. The order of a row's sums depends on it and on nothing else.
#define ATTENTION_BLOCK 64

/// Scores of `keys` keys, in powers of two; returns the largest of each lane and `top`.
INLINE v16 attention_scores(const float *k, size_t keys, const v16 *q, v16 top, float *scores, const int width) {
    for (size_t j = 0; j < keys; j++, k += 2 * width) {
        v16 sum = splat(0.0f);
#pragma clang loop unroll(full)
        for (int c = 0; c < width; c++) sum = fma16(q[c], splat(k[c]), sum);
        store(scores + j * CK_LANES, sum);
        top = max16(top, sum);
    }
    return top;
}

/// Adds the block's weighted values to `out`; returns `total` and the block's weights.
INLINE v16 attention_values(
    const float *value, size_t keys, const float *scores, v16 top, v16 *out, v16 total, const int width) {
    for (size_t j = 0; j < keys; j++, value += 2 * width) {
        const v16 p = exp2_16(max16(load(scores + j * CK_LANES) - top, splat(-126.0f)));
        total += p;
#pragma clang loop unroll(full)
        for (int c = 0; c < width; c++) out[c] = fma16(p, splat(value[c]), out[c]);
    }
    return total;
}

/// Up to 16 queries from `row` on; `packed` holds each key and its value side by side. One vector of queries is quicker than
/// two: their broadcasts fold into the multiply-adds.
INLINE void attention_queries(const ck_attention *g, const float *packed, size_t row, size_t rows, const int width) {
    v16 q[16], out[16], top = splat(-3.4e38f), total = splat(0.0f);
    const float scale = g->scale * 1.44269504088896341f;  // scores in powers of two
    for (int c = 0; c < width; c++) {
        out[c] = splat(0.0f);
        for (size_t lane = 0; lane < CK_LANES; lane++)  // lanes beyond the rows repeat the last row
            q[c][lane] = g->q[(row + (lane < rows ? lane : rows - 1)) * g->stride + c] * scale;
    }
    float scores[ATTENTION_BLOCK * CK_LANES];
    for (size_t j = 0; j < g->tokens; j += ATTENTION_BLOCK) {
        const size_t keys = g->tokens - j < ATTENTION_BLOCK ? g->tokens - j : ATTENTION_BLOCK;
        const v16 before = top;
        top = attention_scores(packed + j * 2 * width, keys, q, top, scores, width);
        const v16 shrink = exp2_16(max16(before - top, splat(-126.0f)));
        total *= shrink;
#pragma clang loop unroll(full)
        for (int c = 0; c < width; c++) out[c] *= shrink;
        total = attention_values(packed + j * 2 * width + width, keys, scores, top, out, total, width);
    }
    const v16 share = splat(1.0f) / total;
    for (int c = 0; c < width; c++) {
        const v16 answer = out[c] * share;
        for (size_t lane = 0; lane < rows; lane++) g->y[(row + lane) * g->y_stride + c] = answer[lane];
    }
}

INLINE void attention_head(const ck_attention *g, const int width) {
    float *packed = g->scratch;
    for (size_t t = 0; t < g->tokens; t++) {
        memcpy(packed + t * 2 * width, g->k + t * g->stride, width * sizeof(float));
        memcpy(packed + t * 2 * width + width, g->v + t * g->stride, width * sizeof(float));
    }
    for (size_t row = 0; row < g->rows; row += CK_LANES)
        attention_queries(g, packed, row, g->rows - row < CK_LANES ? g->rows - row : CK_LANES, width);
}

static void TIER(attention)(const ck_attention *g) {
    if (g->width == 8) attention_head(g, 8);
    else attention_head(g, 16);
}
