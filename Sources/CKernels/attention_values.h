// The second half of a block of attention: scores become weights, and the values are summed by them. What the registers
// of a tier hold decides how; the sums run in the same order.
#pragma once
#include "activations.h"

/// Keys whose weights are made abreast.
#define ATTENTION_ABREAST 4

/// Scores on their way to weights.
typedef struct {
    vec x[ATTENTION_ABREAST], shifted[ATTENTION_ABREAST], y[ATTENTION_ABREAST], z[ATTENTION_ABREAST];
} attention_weighing;

/// Begins with the scores of `count` keys, less the largest of each lane unless they are known to be small.
INLINE void attention_weigh(attention_weighing *w, const float *scores, vec most, const int count, const int is_small) {
    ABREAST(count) w->x[i] = loadv(scores + i * CK_LANES);
    if (!is_small) ABREAST(count) w->x[i] = maxv(w->x[i] - most, splatv(-126.0f));
}

#define ATTENTION_STEPS 8

/// A step of the way to 753.2 2^x: softmax divides by the sum of the weights, so that the polynomial of degree 5 may
/// begin with r^5. It is Knuth's (The Art of Computer Programming 2, section 4.6.4): ((z + a1) z + a2) (r + a3) + a4
/// with z = (r + a0)^2 takes three multiplications in place of five, and additions have units of their own on some
/// CPUs. Relative error 4.4e-7, 1.1e-7 in the mean square (Tests/Fixtures/tensors/fit_exp2.py remakes the
/// coefficients).
INLINE void attention_step(attention_weighing *w, const int step, const int count) {
    const vec magic = splatv(12582912.0f);
    switch (step) {
    case 0: ABREAST(count) w->shifted[i] = w->x[i] + magic; break;
    case 1: ABREAST(count) w->y[i] = magic - w->shifted[i]; break;
    case 2: ABREAST(count) w->x[i] += w->y[i]; break;
    case 3: ABREAST(count) w->z[i] = w->x[i] + splatv(0.6034247765f); break;
    case 4:
        ABREAST(count) w->z[i] *= w->z[i];
        ABREAST(count) w->x[i] += splatv(4.874036076f);
        break;
    case 5: ABREAST(count) w->y[i] = w->z[i] + splatv(27.85946089f); break;
    case 6: ABREAST(count) w->y[i] = fmav(w->y[i], w->z[i], splatv(343.6504984f)); break;
    case 7: ABREAST(count) w->y[i] = fmav(w->y[i], w->x[i], splatv(-971.8422866f)); break;
    }
}

/// The weights `p` when all steps are done; returns `sum` and them.
INLINE vec attention_weighed(const attention_weighing *w, vec *p, vec sum, const int count) {
    ABREAST(count) p[i] = (vec)((ivec)w->y[i] + ((ivec)w->shifted[i] << 23));
    ABREAST(count) sum += p[i];
    return sum;
}

/// All steps at once.
INLINE vec attention_turn(const float *scores, vec most, vec *p, vec sum, const int count, const int is_small) {
    attention_weighing w;
    attention_weigh(&w, scores, most, count, is_small);
#pragma clang loop unroll(full)
    for (int step = 0; step < ATTENTION_STEPS; step++) attention_step(&w, step, count);
    return attention_weighed(&w, p, sum, count);
}

#if TIER_LANES == CK_LANES
/// Adds part `index` of `parts` of the products of some keys' values with their weights, which never leave the
/// registers.
INLINE void attention_add(
    const float *value, const vec *p, v16 *out, const int width, const int count, const int index, const int parts) {
    const int share = count * width / parts;
#pragma clang loop unroll(full)
    for (int e = index * share; e < (index + 1) * share; e++)
        out[e % width] = fma16(p[e / width], splat(value[e / width * 2 * width + e % width]), out[e % width]);
}

/// Adds the block's weighted values to `out`; returns `total` and the block's weights. While some keys' values are
/// added, which is all multiplications, the next keys' weights are made, which is additions mostly.
INLINE v16 attention_values(
    const float *value, size_t keys, const float *scores, v16 top, v16 *out, v16 total, const int width,
    const int is_small) {
    const int n = ATTENTION_ABREAST * 8 / width;  // the channels' sums stay in registers beside them
    const size_t step = n * 2 * width;
    vec p[ATTENTION_ABREAST];
    size_t j = 0;
    if (keys >= (size_t)n) {
        total = attention_turn(scores, top, p, total, n, is_small);
        for (j = n; j + n <= keys; j += n, value += step) {
            attention_weighing next;
            attention_weigh(&next, scores + j * CK_LANES, top, n, is_small);
#pragma clang loop unroll(full)
            for (int s = 0; s < ATTENTION_STEPS; s++) {
                attention_step(&next, s, n);
                attention_add(value, p, out, width, n, s, ATTENTION_STEPS);
            }
            total = attention_weighed(&next, p, total, n);
        }
        attention_add(value, p, out, width, n, 0, 1);
        value += step;
    }
    for (; j < keys; j++, value += 2 * width) {
        total = attention_turn(scores + j * CK_LANES, top, p, total, 1, is_small);
        attention_add(value, p, out, width, 1, 0, 1);
    }
    return total;
}
#else
/// Channels that are summed together: all of them would not stay in registers.
#define ATTENTION_CHANNELS 4

/// Puts weights in the place of scores; returns `sum` and them.
INLINE vec attention_put(float *scores, vec most, vec sum, const int count, const int is_small) {
    vec p[ATTENTION_ABREAST];
    sum = attention_turn(scores, most, p, sum, count, is_small);
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
            sum = attention_put(scores + j * CK_LANES + lane, most, sum, ATTENTION_ABREAST, is_small);
        for (; j < keys; j++) sum = attention_put(scores + j * CK_LANES + lane, most, sum, 1, is_small);
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
            for (int c = 0; c < ATTENTION_CHANNELS; c++)
                sum[c] = fma16(p, splat(value[j * 2 * width + first + c]), sum[c]);
        }
#pragma clang loop unroll(full)
        for (int c = 0; c < ATTENTION_CHANNELS; c++) out[first + c] = sum[c];
    }
    return total;
}
#endif
