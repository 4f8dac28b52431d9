// Attention of narrow heads (Vaswani et al. 2017, equation 1) with the queries in the lanes: no score is ever stored beyond
// a block of keys, nothing is padded, and the softmax is accumulated online (Milakov & Gimelshein 2018).
#pragma once
#include "attention_values.h"

/// Keys whose scores are held at once. The order of a row's sums depends on it and on nothing else.
#define ATTENTION_BLOCK 64

/// Keys that are scored together, so that a query's channel once loaded serves them all.
#define ATTENTION_KEYS 4

/// Scores of `keys` keys from `k` on.
INLINE v16 attention_score_keys(const float *k, const v16 *q, v16 top, float *scores, const int keys, const int width) {
    v16 sum[ATTENTION_KEYS];
#pragma clang loop unroll(full)
    for (int j = 0; j < keys; j++) sum[j] = splat(0.0f);
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c++)
#pragma clang loop unroll(full)
        for (int j = 0; j < keys; j++) sum[j] = fma16(q[c], splat(k[j * 2 * width + c]), sum[j]);
#pragma clang loop unroll(full)
    for (int j = 0; j < keys; j++) {
        store(scores + j * CK_LANES, sum[j]);
        top = max16(top, sum[j]);
    }
    return top;
}

/// Scores of `keys` keys, in powers of two; returns the largest of each lane and `top`.
INLINE v16 attention_scores(const float *k, size_t keys, const v16 *q, v16 top, float *scores, const int width) {
    size_t j = 0;
    for (; j + ATTENTION_KEYS <= keys; j += ATTENTION_KEYS)
        top = attention_score_keys(k + j * 2 * width, q, top, scores + j * CK_LANES, ATTENTION_KEYS, width);
    for (; j < keys; j++) top = attention_score_keys(k + j * 2 * width, q, top, scores + j * CK_LANES, 1, width);
    return top;
}

/// Up to 16 queries from `row` on; `packed` holds each key and its value side by side. Two vectors of queries are not quicker.
INLINE void attention_queries(const ck_attention *g, const float *packed, size_t row, size_t rows, const int width) {
    v16 q[16], out[16], top = splat(-3.4e38f), total = splat(0.0f);
    const float scale = g->scale * 1.44269504088896341f;  // scores in powers of two
    float turned[16 * CK_LANES];  // by channel
    for (size_t lane = 0; lane < CK_LANES; lane++) {  // lanes beyond the rows repeat the last row
        const float *from = g->q + (row + (lane < rows ? lane : rows - 1)) * g->stride;
#pragma clang loop unroll(full)
        for (int c = 0; c < width; c++) turned[c * CK_LANES + lane] = from[c];
    }
    for (int c = 0; c < width; c++) {
        out[c] = splat(0.0f);
        q[c] = load(turned + c * CK_LANES) * splat(scale);
    }
    float scores[ATTENTION_BLOCK * CK_LANES];
    for (size_t j = 0; j < g->tokens; j += ATTENTION_BLOCK) {
        const size_t keys = g->tokens - j < ATTENTION_BLOCK ? g->tokens - j : ATTENTION_BLOCK;
        const v16 before = top;
        top = attention_scores(packed + j * 2 * width, keys, q, top, scores, width);
        float factors[CK_LANES];
        store(factors, before - top);
        for (int lane = 0; lane < CK_LANES; lane += TIER_LANES) {
            vec factor = loadv(factors + lane);
            attention_exponentials(&factor, 1);
            storev(factors + lane, factor);
        }
        const v16 shrink = load(factors);
        total = attention_values(packed + j * 2 * width + width, keys, scores, top, shrink, out, total * shrink, width);
    }
    const v16 share = splat(1.0f) / total;
    for (int c = 0; c < width; c++) store(turned + c * CK_LANES, out[c] * share);
    for (size_t lane = 0; lane < rows; lane++) {
        float *y = g->y + (row + lane) * g->y_stride;
#pragma clang loop unroll(full)
        for (int c = 0; c < width; c++) y[c] = turned[c * CK_LANES + lane];
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
