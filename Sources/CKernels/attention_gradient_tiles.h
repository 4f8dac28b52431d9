// Attention of narrow heads backwards where a register holds 16 floats: tiles of 16 queries by 16 keys. Scores, weights
// and their slopes have the keys in the lanes, and so has what keys sum over queries; for what queries sum over keys
// the slopes are turned, and have the queries there. So every multiplication fills its register.
#pragma once
#include "attention_softmax.h"

/// 16 queries as they come to every key, row by row: as scores need them, as keys' gradients do, and the gradients of
/// their answers. Rows beyond the last repeat it.
typedef struct {
    float scaled[CK_LANES * 16], q[CK_LANES * 16], dy[CK_LANES * 16];
    attention_rows softmax;
} attention_tile_rows;

/// Adds part `step` of ATTENTION_STEPS of the products of four queries with 16 keys, and of their answers' gradients
/// with the values.
INLINE void attention_tile_products(
    const float *q, const float *dy, const float *panel, vec *score, vec *slope, const int step, const int width) {
    const int each = width / ATTENTION_STEPS;
#pragma clang loop unroll(full)
    for (int c = step * each; c < (step + 1) * each; c++) {
        const vec key = loadv(panel + c * CK_LANES), value = loadv(panel + (width + c) * CK_LANES);
        ABREAST(ATTENTION_ABREAST) score[i] = fmav(splatv(q[i * width + c]), key, score[i]);
        ABREAST(ATTENTION_ABREAST) slope[i] = fmav(splatv(dy[i * width + c]), value, slope[i]);
    }
}

/// Weights of 16 keys and their slopes for 16 queries, [query][key]. While some queries' products are made, which is
/// all multiplications, the weights of those before are, which is additions mostly.
INLINE void attention_tile_slopes(
    const attention_tile_rows *r, const float *panel, float *weights, float *slopes, const int width) {
    attention_weighing w;
    vec score[ATTENTION_ABREAST], slope[ATTENTION_ABREAST], before[ATTENTION_ABREAST], p[ATTENTION_ABREAST];
#pragma clang loop unroll(full)
    for (int first = 0; first <= CK_LANES; first += ATTENTION_ABREAST) {
        const int last = first - ATTENTION_ABREAST;
        ABREAST(ATTENTION_ABREAST) score[i] = slope[i] = splatv(0.0f);
#pragma clang loop unroll(full)
        for (int step = 0; step < ATTENTION_STEPS; step++) {
            if (first < CK_LANES)
                attention_tile_products(
                    r->scaled + first * width, r->dy + first * width, panel, score, slope, step, width);
            if (first > 0) attention_step(&w, step, ATTENTION_ABREAST);
        }
        if (first > 0) {
            attention_weighed(&w, p, splatv(0.0f), ATTENTION_ABREAST);
            ABREAST(ATTENTION_ABREAST) p[i] *= splatv(r->softmax.share[last + i]);
            ABREAST(ATTENTION_ABREAST) storev(weights + (last + i) * CK_LANES, p[i]);
            ABREAST(ATTENTION_ABREAST)
            storev(slopes + (last + i) * CK_LANES, p[i] * (before[i] - splatv(r->softmax.mean[last + i])));
        }
        if (first < CK_LANES) {
            ABREAST(ATTENTION_ABREAST) w.x[i] = maxv(score[i] - splatv(r->softmax.top[first + i]), splatv(-126.0f));
            ABREAST(ATTENTION_ABREAST) before[i] = slope[i];
        }
    }
}

/// Adds `rows` queries to the sums of 16 keys and their values, [2 * width][key].
INLINE void attention_tile_keys(
    const attention_tile_rows *r, size_t rows, const float *weights, const float *slopes, float *sums,
    const int width) {
#pragma clang loop unroll(full)
    for (int first = 0; first < width; first += 8) {
        float *keys = sums + first * CK_LANES, *values = keys + width * CK_LANES;
        v16 key[8], value[8];
#pragma clang loop unroll(full)
        for (int c = 0; c < 8; c++) key[c] = load(keys + c * CK_LANES), value[c] = load(values + c * CK_LANES);
        for (size_t i = 0; i < rows; i++) {
            const v16 slope = load(slopes + i * CK_LANES), weight = load(weights + i * CK_LANES);
            const float *q = r->q + i * width + first, *dy = r->dy + i * width + first;
#pragma clang loop unroll(full)
            for (int c = 0; c < 8; c++) {
                key[c] = fma16(slope, splat(q[c]), key[c]);
                value[c] = fma16(weight, splat(dy[c]), value[c]);
            }
        }
#pragma clang loop unroll(full)
        for (int c = 0; c < 8; c++) store(keys + c * CK_LANES, key[c]), store(values + c * CK_LANES, value[c]);
    }
}

/// Adds the keys of a panel, 1 to 16, by their slopes to the sums of 16 queries.
INLINE void attention_tile_queries(const float *slopes, const float *panel, size_t keys, v16 *sums, const int width) {
    v16 slope[CK_LANES];
#pragma clang loop unroll(full)
    for (int i = 0; i < CK_LANES; i++) slope[i] = load(slopes + i * CK_LANES);
    transpose16(slope);
#pragma clang loop unroll(full)
    for (int first = 0; first < width; first += 8) {
        v16 sum[8];
#pragma clang loop unroll(full)
        for (int c = 0; c < 8; c++) sum[c] = sums[first + c];
#pragma clang loop unroll(full)
        for (int j = 0; j < CK_LANES; j++) {
            if ((size_t)j == keys) break;
#pragma clang loop unroll(full)
            for (int c = 0; c < 8; c++) sum[c] = fma16(slope[j], splat(panel[(first + c) * CK_LANES + j]), sum[c]);
        }
#pragma clang loop unroll(full)
        for (int c = 0; c < 8; c++) sums[first + c] = sum[c];
    }
}

/// Up to 16 queries from `row` on. `panels` holds 16 keys and their values after the other, [2 * width][key], `sums`
/// their gradients.
INLINE void attention_gradient_queries(
    const ck_attention_gradient *g, const float *panels, float *sums, size_t row, size_t rows, const int width) {
    _Alignas(64) float weights[CK_LANES * CK_LANES], slopes[CK_LANES * CK_LANES];
    _Alignas(64) attention_tile_rows r;
    v16 dy[16], y[16], dq[16], mean = splat(0.0f);
    const float scale = g->scale * 1.44269504088896341f;  // scores in powers of two
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c += 8) {
        columns_of_rows(g->dy + row * g->y_stride + c, g->y_stride, rows, dy + c);
        columns_of_rows(g->y + row * g->y_stride + c, g->y_stride, rows, y + c);
    }
    for (size_t i = 0; i < CK_LANES; i++) {
        const size_t token = row + least(i, rows - 1);
        const float *q = g->q + token * g->stride;
        memcpy(r.dy + i * width, g->dy + token * g->y_stride, width * sizeof(float));
        for (int c = 0; c < width; c++) {
            r.q[i * width + c] = q[c] * g->scale;
            r.scaled[i * width + c] = q[c] * scale;
        }
    }
    for (int c = 0; c < width; c++) {
        mean = fma16(dy[c], y[c], mean);
        dq[c] = splat(0.0f);
    }
    attention_rows_begin(&r.softmax, g, row, mean);
    for (size_t j = 0; j < g->tokens; j += CK_LANES) {
        const float *panel = panels + j * 2 * width;
        attention_tile_slopes(&r, panel, weights, slopes, width);
        attention_tile_keys(&r, rows, weights, slopes, sums + j * 2 * width, width);
        attention_tile_queries(slopes, panel, least(g->tokens - j, CK_LANES), dq, width);
    }
    for (int c = 0; c < width; c++) dq[c] *= splat(g->scale);
#pragma clang loop unroll(full)
    for (int c = 0; c < width; c += 8) rows_of_columns(dq + c, g->dq + row * g->d_stride + c, g->d_stride, rows);
}

INLINE void attention_gradient_head(const ck_attention_gradient *g, const int width) {
    const size_t floats = (g->tokens + CK_LANES - 1) / CK_LANES * CK_LANES * 2 * width;
    float *panels = g->scratch, *sums = panels + floats;
    v16 column[8];
    for (size_t t = 0; t < g->tokens; t += CK_LANES)
        for (int c = 0; c < 2 * width; c += 8) {
            const float *rows = c < width ? g->k + c : g->v + c - width;
            columns_of_rows(rows + t * g->stride, g->stride, least(g->tokens - t, CK_LANES), column);
            for (int i = 0; i < 8; i++) store(panels + t * 2 * width + (c + i) * CK_LANES, column[i]);
        }
    memset(sums, 0, floats * sizeof(float));
    for (size_t row = 0; row < g->tokens; row += CK_LANES)
        attention_gradient_queries(g, panels, sums, row, least(g->tokens - row, CK_LANES), width);
    for (size_t t = 0; t < g->tokens; t += CK_LANES)
        for (int c = 0; c < 2 * width; c += 8) {
            float *rows = c < width ? g->dk + c : g->dv + c - width;
            for (int i = 0; i < 8; i++) column[i] = load(sums + t * 2 * width + (c + i) * CK_LANES);
            rows_of_columns(column, rows + t * g->d_stride, g->d_stride, least(g->tokens - t, CK_LANES));
        }
}
