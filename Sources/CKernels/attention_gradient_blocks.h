// Attention of narrow heads backwards where a register holds eight floats or four: weights and their slopes of some
// keys by 16 queries have the queries in the lanes, as in attention.h, and stay in the first cache. What queries sum
// over keys has the queries in the lanes, too; what keys sum over queries has the channels there, eight at a time, so
// that no lane is idle.
#pragma once
#include "attention_softmax.h"

/// Keys whose sums over queries are made abreast.
#define ATTENTION_SUMS (TIER_LANES == 8 ? 8 : 4)

INLINE v8 load8(const float *p) { return *(const v8 *)p; }
INLINE v8 splat8(float x) { return (v8){x, x, x, x, x, x, x, x}; }

/// Puts the weights of `count` keys in the place of their scores, and the scores' gradients in that of the weights'.
INLINE void attention_slope_keys(const attention_rows *r, size_t lane, float *scores, float *slopes, const int count) {
    const vec share = loadv(r->share + lane), mean = loadv(r->mean + lane);
    vec p[ATTENTION_ABREAST];
    attention_turn(scores, loadv(r->top + lane), p, splatv(0.0f), count, 0);
    ABREAST(count) p[i] *= share;
    ABREAST(count) storev(scores + i * CK_LANES, p[i]);
    ABREAST(count) storev(slopes + i * CK_LANES, p[i] * (loadv(slopes + i * CK_LANES) - mean));
}

INLINE void attention_slopes(const attention_rows *r, size_t keys, float *scores, float *slopes) {
#pragma clang loop unroll(full)
    for (int lane = 0; lane < CK_LANES; lane += TIER_LANES) {
        size_t j = 0;
        for (; j + ATTENTION_ABREAST <= keys; j += ATTENTION_ABREAST)
            attention_slope_keys(
                r, lane, scores + j * CK_LANES + lane, slopes + j * CK_LANES + lane, ATTENTION_ABREAST);
        for (; j < keys; j++)
            attention_slope_keys(r, lane, scores + j * CK_LANES + lane, slopes + j * CK_LANES + lane, 1);
    }
}

/// Adds the keys by their slopes to the queries' sums.
INLINE void attention_query_sums(const float *k, size_t keys, const float *slopes, v16 *sums, const int width) {
#pragma clang loop unroll(full)
    for (int first = 0; first < width; first += ATTENTION_CHANNELS) {
        v16 sum[ATTENTION_CHANNELS];
#pragma clang loop unroll(full)
        for (int c = 0; c < ATTENTION_CHANNELS; c++) sum[c] = sums[first + c];
        for (size_t j = 0; j < keys; j++) {
            const v16 slope = load(slopes + j * CK_LANES);
#pragma clang loop unroll(full)
            for (int c = 0; c < ATTENTION_CHANNELS; c++)
                sum[c] = fma16(slope, splat(k[j * 2 * width + first + c]), sum[c]);
        }
#pragma clang loop unroll(full)
        for (int c = 0; c < ATTENTION_CHANNELS; c++) sums[first + c] = sum[c];
    }
}

/// Adds rows of the queries, by the queries' factors, to the sums of `keys` keys.
INLINE void attention_key_run(
    const float *factors, const float *rows, size_t count, float *sums, const int keys, const int width) {
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c += 8) {
        v8 sum[8];
#pragma clang loop unroll(full)
        for (int j = 0; j < keys; j++) sum[j] = load8(sums + j * 2 * width + c);
        for (size_t i = 0; i < count; i++) {
            const v8 row = load8(rows + i * width + c);
#pragma clang loop unroll(full)
            for (int j = 0; j < keys; j++)
                sum[j] = __builtin_elementwise_fma(splat8(factors[j * CK_LANES + i]), row, sum[j]);
        }
#pragma clang loop unroll(full)
        for (int j = 0; j < keys; j++) *(v8 *)(sums + j * 2 * width + c) = sum[j];
    }
}

INLINE void attention_key_sums(
    const float *factors, size_t keys, const float *rows, size_t count, float *sums, const int width) {
    size_t j = 0;
    for (; j + ATTENTION_SUMS <= keys; j += ATTENTION_SUMS)
        attention_key_run(factors + j * CK_LANES, rows, count, sums + j * 2 * width, ATTENTION_SUMS, width);
    for (; j < keys; j++) attention_key_run(factors + j * CK_LANES, rows, count, sums + j * 2 * width, 1, width);
}

/// Up to 16 queries from `row` on. `packed` holds each key and its value side by side, `sums` their gradients.
INLINE void attention_gradient_queries(
    const ck_attention_gradient *g, const float *packed, float *sums, size_t row, size_t rows, const int width) {
    v16 q[16], dy[16], y[16], dq[16];
    float q_rows[CK_LANES * 16], dy_rows[CK_LANES * 16], scores[ATTENTION_BLOCK * CK_LANES],
        slopes[ATTENTION_BLOCK * CK_LANES];
    const float scale = g->scale * 1.44269504088896341f;  // scores in powers of two
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c += 8) {
        columns_of_rows(g->q + row * g->stride + c, g->stride, rows, q + c);
        columns_of_rows(g->dy + row * g->y_stride + c, g->y_stride, rows, dy + c);
        columns_of_rows(g->y + row * g->y_stride + c, g->y_stride, rows, y + c);
    }
    for (size_t i = 0; i < rows; i++) {
        memcpy(dy_rows + i * width, g->dy + (row + i) * g->y_stride, width * sizeof(float));
        for (int c = 0; c < width; c++) q_rows[i * width + c] = g->q[(row + i) * g->stride + c] * g->scale;
    }
    attention_rows r;
    v16 mean = splat(0.0f);
    for (int c = 0; c < width; c++) {
        mean = fma16(dy[c], y[c], mean);  // of dP by P: that of dy by y
        q[c] *= splat(scale);
        dq[c] = splat(0.0f);
    }
    attention_rows_begin(&r, g, row, mean);
    for (size_t j = 0; j < g->tokens; j += ATTENTION_BLOCK) {
        const size_t keys = least(g->tokens - j, ATTENTION_BLOCK);
        const float *block = packed + j * 2 * width;
        attention_scores(block, keys, q, mean, scores, width, 1);
        attention_scores(block + width, keys, dy, mean, slopes, width, 1);
        attention_slopes(&r, keys, scores, slopes);
        attention_query_sums(block, keys, slopes, dq, width);
        attention_key_sums(slopes, keys, q_rows, rows, sums + j * 2 * width, width);
        attention_key_sums(scores, keys, dy_rows, rows, sums + j * 2 * width + width, width);
    }
    for (int c = 0; c < width; c++) dq[c] *= splat(g->scale);
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c += 8) rows_of_columns(dq + c, g->dq + row * g->d_stride + c, g->d_stride, rows);
}

INLINE void attention_gradient_head(const ck_attention_gradient *g, const int width) {
    float *packed = g->scratch, *sums = packed + g->tokens * 2 * width;
    for (size_t t = 0; t < g->tokens; t++) {
        memcpy(packed + t * 2 * width, g->k + t * g->stride, width * sizeof(float));
        memcpy(packed + t * 2 * width + width, g->v + t * g->stride, width * sizeof(float));
    }
    memset(sums, 0, g->tokens * 2 * width * sizeof(float));
    for (size_t row = 0; row < g->tokens; row += CK_LANES)
        attention_gradient_queries(g, packed, sums, row, least(g->tokens - row, CK_LANES), width);
    for (size_t t = 0; t < g->tokens; t++) {
        memcpy(g->dk + t * g->d_stride, sums + t * 2 * width, width * sizeof(float));
        memcpy(g->dv + t * g->d_stride, sums + t * 2 * width + width, width * sizeof(float));
    }
}
