// Attention of narrow heads (Vaswani et al. 2017, equation 1) with the queries in the lanes: no score is ever stored
// beyond a block of keys, and nothing is padded. Softmax does not change when all scores are shifted: where they are
// known to be small, they are taken as they are, else less the largest so far (online softmax, Milakov & Gimelshein
// 2018).
#pragma once
#include "attention_values.h"
#include "transpose.h"

/// Keys whose scores are held at once. The order of a row's sums depends on it and on nothing else.
#define ATTENTION_BLOCK 64

/// Scores of so little magnitude, in powers of two, are taken as they are. Weights of up to 2^74 leave room for sums of
/// values as large as any that can be normed in float32.
#define ATTENTION_SMALL 64.0f

/// Keys that are scored together, so that a query's channel once loaded serves them all.
#define ATTENTION_KEYS 4

/// Scores of `keys` keys from `k` on; returns the largest of each lane and `top`, which small scores need not have.
INLINE v16 attention_score_keys(
    const float *k, const v16 *q, v16 top, float *scores, const int keys, const int width, const int is_small) {
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
        if (!is_small) top = max16(top, sum[j]);
    }
    return top;
}

/// Scores of `keys` keys, in powers of two.
INLINE v16 attention_scores(
    const float *k, size_t keys, const v16 *q, v16 top, float *scores, const int width, const int is_small) {
    size_t j = 0;
    for (; j + ATTENTION_KEYS <= keys; j += ATTENTION_KEYS)
        top = attention_score_keys(k + j * 2 * width, q, top, scores + j * CK_LANES, ATTENTION_KEYS, width, is_small);
    for (; j < keys; j++)
        top = attention_score_keys(k + j * 2 * width, q, top, scores + j * CK_LANES, 1, width, is_small);
    return top;
}

/// 2^before / 2^now of each lane.
INLINE v16 attention_shrinkage(v16 before, v16 now) {
    float factors[CK_LANES];
    store(factors, before - now);
    for (int lane = 0; lane < CK_LANES; lane += TIER_LANES) {
        vec factor = maxv(loadv(factors + lane), splatv(-126.0f));
        exp2s(&factor, 1);
        storev(factors + lane, factor);
    }
    return load(factors);
}

/// Sums the values of all keys by their weights into `out`; returns the sum of the weights. `*taken` is what was taken
/// from the scores.
INLINE v16 attention_sums(
    const float *packed, size_t tokens, const v16 *q, v16 *out, v16 *taken, const int width, const int is_small) {
    v16 top = splat(-3.4e38f), total = splat(0.0f);
    float scores[ATTENTION_BLOCK * CK_LANES];
    for (int c = 0; c < width; c++) out[c] = splat(0.0f);
    for (size_t j = 0; j < tokens; j += ATTENTION_BLOCK) {
        const size_t keys = least(tokens - j, ATTENTION_BLOCK);
        const v16 before = top;
        top = attention_scores(packed + j * 2 * width, keys, q, top, scores, width, is_small);
        if (!is_small) {
            const v16 shrink = attention_shrinkage(before, top);
            total *= shrink;
#pragma clang loop unroll(full)
            for (int c = 0; c < width; c++) out[c] *= shrink;
        }
        total = attention_values(packed + j * 2 * width + width, keys, scores, top, out, total, width, is_small);
    }
    *taken = is_small ? splat(0.0f) : top;
    return total;
}

/// No score of these queries is of more magnitude, as long as `reach` holds the keys' largest in each channel.
INLINE float attention_bound(const v16 *q, const float *reach, const int width) {
    v16 bound = splat(0.0f);
    for (int c = 0; c < width; c++) bound = fma16(max16(q[c], -q[c]), splat(reach[c]), bound);
    return tree_max(bound);
}

/// Up to 16 queries from `row` on; `packed` holds each key and its value side by side. Two vectors of queries are not
/// quicker.
INLINE void attention_queries(
    const ck_attention *g, const float *packed, const float *reach, size_t row, size_t rows, const int width) {
    v16 q[16], out[16], taken;
    const float scale = g->scale * 1.44269504088896341f;  // scores in powers of two
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c += 8) columns_of_rows(g->q + row * g->stride + c, g->stride, rows, q + c);
    for (int c = 0; c < width; c++) q[c] *= splat(scale);
    const v16 total = attention_bound(q, reach, width) <= ATTENTION_SMALL
        ? attention_sums(packed, g->tokens, q, out, &taken, width, 1)
        : attention_sums(packed, g->tokens, q, out, &taken, width, 0);
    if (g->tops) {
        store(g->tops + row, taken);
        store(g->totals + row, total);
    }
    const v16 share = splat(1.0f) / total;
    for (int c = 0; c < width; c++) out[c] *= share;
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c += 8) rows_of_columns(out + c, g->y + row * g->y_stride + c, g->y_stride, rows);
}

INLINE void attention_head(const ck_attention *g, const int width) {
    float *packed = g->scratch, reach[16] = {0};
    for (size_t t = 0; t < g->tokens; t++) {
        const float *k = g->k + t * g->stride;
        memcpy(packed + t * 2 * width, k, width * sizeof(float));
        memcpy(packed + t * 2 * width + width, g->v + t * g->stride, width * sizeof(float));
        for (int c = 0; c < width; c++) {
            const float size = __builtin_fabsf(k[c]);
            reach[c] = size > reach[c] ? size : reach[c];
        }
    }
    for (size_t row = 0; row < g->rows; row += CK_LANES)
        attention_queries(g, packed, reach, row, least(g->rows - row, CK_LANES), width);
}

static void TIER(attention)(const ck_attention *g) {
    if (g->width == 8) attention_head(g, 8);
    else attention_head(g, 16);
}
