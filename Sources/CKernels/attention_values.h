// The second half of a block of attention: scores become weights, and the values are summed by them. What the registers of a tier
// hold decides how; the sums run in the same order.
#pragma once
#include "activations.h"

/// Keys whose weights are made abreast.
#define ATTENTION_ABREAST (2 * CK_ABREAST)

/// 2^x in place, x small or a score less the largest of its lane.
INLINE void attention_exponentials(vec *x, const int count, const int is_small) {
    if (!is_small) ABREAST(count) x[i] = maxv(x[i], splatv(-126.0f));
    exp2s(x, count);
}

/// The weights `p` of `count` keys; returns `sum` and them.
INLINE vec attention_weigh(const float *scores, vec most, vec sum, vec *p, const int count, const int is_small) {
    ABREAST(count) p[i] = loadv(scores + i * CK_LANES);
    if (!is_small) ABREAST(count) p[i] -= most;
    attention_exponentials(p, count, is_small);
    ABREAST(count) sum += p[i];
    return sum;
}

#if TIER_LANES == CK_LANES
/// Adds the values of `count` keys, whose weights never leave the registers.
INLINE v16 attention_add(
    const float *value, const float *scores, v16 top, v16 total, v16 *out, const int width, const int count, const int is_small) {
    vec p[ATTENTION_ABREAST];
    total = attention_weigh(scores, top, total, p, count, is_small);
    ABREAST(count) {
#pragma clang loop unroll(full)
        for (int c = 0; c < width; c++) out[c] = fma16(p[i], splat(value[i * 2 * width + c]), out[c]);
    }
    return total;
}

/// Adds the block's weighted values to `out`; returns `total` and the block's weights.
INLINE v16 attention_values(
    const float *value, size_t keys, float *scores, v16 top, v16 *out, v16 total, const int width, const int is_small) {
    size_t j = 0;
    for (; j + ATTENTION_ABREAST <= keys; j += ATTENTION_ABREAST)
        total = attention_add(value + j * 2 * width, scores + j * CK_LANES, top, total, out, width, ATTENTION_ABREAST, is_small);
    for (; j < keys; j++) total = attention_add(value + j * 2 * width, scores + j * CK_LANES, top, total, out, width, 1, is_small);
    return total;
}
#else
/// Channels that are summed together: all of them would not stay in registers.
#define ATTENTION_CHANNELS 4

/// Turns `count` keys' scores into weights; returns `sum` and theirs.
INLINE vec attention_turn(float *scores, vec most, vec sum, const int count, const int is_small) {
    vec p[ATTENTION_ABREAST];
    sum = attention_weigh(scores, most, sum, p, count, is_small);
    ABREAST(count) storev(scores + i * CK_LANES, p[i]);
    return sum;
}

/// Turns the block's scores into weights, a register at a time; returns `total` and their sum.
INLINE v16 attention_weights(size_t keys, float *scores, v16 top, v16 total, const int is_small) {
    float tops[CK_LANES], totals[CK_LANES];
    store(tops, top);
    store(totals, total);
#pragma clang loop unroll(full)
    for (int lane = 0; lane < CK_LANES; lane += TIER_LANES) {
        const vec most = loadv(tops + lane);
        vec sum = loadv(totals + lane);
        size_t j = 0;
        for (; j + ATTENTION_ABREAST <= keys; j += ATTENTION_ABREAST)
            sum = attention_turn(scores + j * CK_LANES + lane, most, sum, ATTENTION_ABREAST, is_small);
        for (; j < keys; j++) sum = attention_turn(scores + j * CK_LANES + lane, most, sum, 1, is_small);
        storev(totals + lane, sum);
    }
    return load(totals);
}

/// Adds the block's weighted values to `out`; returns `total` and the block's weights.
INLINE v16 attention_values(
    const float *value, size_t keys, float *scores, v16 top, v16 *out, v16 total, const int width, const int is_small) {
    total = attention_weights(keys, scores, top, total, is_small);
#pragma clang loop unroll(full)
    for (int first = 0; first < width; first += ATTENTION_CHANNELS) {
        v16 sum[ATTENTION_CHANNELS];
#pragma clang loop unroll(full)
        for (int c = 0; c < ATTENTION_CHANNELS; c++) sum[c] = out[first + c];
#pragma clang loop unroll_count(2)
        for (size_t j = 0; j < keys; j++) {
            const v16 p = load(scores + j * CK_LANES);
#pragma clang loop unroll(full)
            for (int c = 0; c < ATTENTION_CHANNELS; c++) sum[c] = fma16(p, splat(value[j * 2 * width + first + c]), sum[c]);
        }
#pragma clang loop unroll(full)
        for (int c = 0; c < ATTENTION_CHANNELS; c++) out[first + c] = sum[c];
    }
    return total;
}
#endif
