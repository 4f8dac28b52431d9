// Activations and applied norms backwards, and sums over pixels.
#pragma once
#include "activations.h"

/// silu'(x) = s (1 + x (1 - s)), s = 1 / (1 + e^-x).
INLINE vec silu_slope(vec x) {
    const vec s = splatv(1.0f) / (splatv(1.0f) + expv(-x));
    return s * fmav(x, splatv(1.0f) - s, splatv(1.0f));
}

/// mish'(x) = t + x (1 - t^2) s, t = tanh(ln(1 + e^x)) = n / (n + 2), n = e^x (e^x + 2), s = e^x / (1 + e^x). Above 20
/// it is 1 in f32.
INLINE vec mish_slope(vec x) {
    const vec e = expv(minv(x, splatv(20.0f))), n = e * (e + splatv(2.0f)), t = n / (n + splatv(2.0f));
    // 1 - t^2 = 4 (n + 1) / (n + 2)^2, without a difference of nearly equal numbers.
    const vec rest = splatv(4.0f) * (n + splatv(1.0f)) / ((n + splatv(2.0f)) * (n + splatv(2.0f)));
    const vec slope = fmav(x * rest, e / (splatv(1.0f) + e), t);
    return pickv(x > splatv(20.0f), splatv(1.0f), slope);
}

/// gelu'(x) = (1 + erf(x / sqrt 2)) / 2 + x e^(-x^2 / 2) / sqrt(2 pi).
INLINE vec gelu_slope(vec x) {
    const vec below = splatv(0.5f) * (splatv(1.0f) + erfv(x * splatv(0.70710678118654752f)));
    return fmav(x * splatv(0.39894228040143268f), expv(x * x * splatv(-0.5f)), below);
}

INLINE vec slope(vec x, const ck_activation activation) {
    switch (activation) {
    case CK_SILU: return silu_slope(x);
    case CK_MISH: return mish_slope(x);
    case CK_GELU: return gelu_slope(x);
    case CK_RELU: return pickv(x > splatv(0.0f), splatv(1.0f), splatv(0.0f));
    case CK_RELU6: return pickv((x > splatv(0.0f)) & (x < splatv(6.0f)), splatv(1.0f), splatv(0.0f));
    default: return splatv(1.0f);
    }
}

/// Pixels that what a norm took is asked for ahead: it was written long ago, and memory is slow.
#define CK_PIXELS_AHEAD 16

/// Channels from `c` on in `vectors` registers, whose chains go side by side.
INLINE void affine_gradient_channels(
    const ck_affine_gradient *g, size_t c, const ck_activation activation, const int vectors) {
    vec scale[CK_ABREAST], shift[CK_ABREAST], sum[CK_ABREAST], product[CK_ABREAST];
    ABREAST(vectors) {
        scale[i] = g->scale ? loadv(g->scale + c + i * TIER_LANES) : splatv(1.0f);
        shift[i] = g->scale ? loadv(g->shift + c + i * TIER_LANES) : splatv(0.0f);
        sum[i] = product[i] = splatv(0.0f);
    }
    const float *x = g->x + c;
    float *y = g->g + c;
    for (size_t p = 0; p < g->pixels; p++, x += g->x_stride, y += g->g_stride) {
        vec v[CK_ABREAST], d[CK_ABREAST];
        ABREAST(vectors) __builtin_prefetch(x + CK_PIXELS_AHEAD * g->x_stride + i * TIER_LANES);
        ABREAST(vectors) v[i] = loadv(x + i * TIER_LANES);
        ABREAST(vectors) d[i] = slope(fmav(v[i], scale[i], shift[i]), activation) * loadv(y + i * TIER_LANES);
        ABREAST(vectors) storev(y + i * TIER_LANES, d[i]);
        ABREAST(vectors) sum[i] += d[i];
        ABREAST(vectors) product[i] = fmav(d[i], v[i], product[i]);
    }
    if (g->sums) ABREAST(vectors) {
        storev(g->sums + c + i * TIER_LANES, sum[i]);
        storev(g->sums + g->sums_stride + c + i * TIER_LANES, product[i]);
    }
}

INLINE void affine_gradient_all(const ck_affine_gradient *g, const ck_activation activation) {
    const size_t all = CK_ABREAST * TIER_LANES;
    size_t c = 0;
    for (; c + all <= g->channels; c += all) affine_gradient_channels(g, c, activation, CK_ABREAST);
    for (; c < g->channels; c += TIER_LANES) affine_gradient_channels(g, c, activation, 1);
}

static void TIER(affine_gradient)(const ck_affine_gradient *call) {
    const ck_affine_gradient copy = *call, *g = &copy;  // what is written cannot be one of its fields
    switch (g->activation) {
    case CK_SILU: affine_gradient_all(g, CK_SILU); break;
    case CK_MISH: affine_gradient_all(g, CK_MISH); break;
    case CK_GELU: affine_gradient_all(g, CK_GELU); break;
    case CK_RELU: affine_gradient_all(g, CK_RELU); break;
    case CK_RELU6: affine_gradient_all(g, CK_RELU6); break;
    default: affine_gradient_all(g, CK_IDENTITY); break;
    }
}

static void TIER(norm_gradient)(const ck_norm_gradient *call) {
    const ck_norm_gradient copy = *call, *g = &copy;  // what is written cannot be one of its fields
    for (size_t c = 0; c < g->channels; c += TIER_LANES) {
        const vec scale = loadv(g->scale + c), factor = loadv(g->factor + c), offset = loadv(g->offset + c);
        const float *d = g->g + c, *x = g->x + c;
        float *y = g->y + c;
        for (size_t p = 0; p < g->pixels; p++, d += g->g_stride, x += g->x_stride, y += g->y_stride) {
            vec sum = fmav(loadv(d), scale, fmav(loadv(x), factor, offset));
            if (g->accumulates) sum += loadv(y);
            storev(y, sum);
        }
    }
}

typedef double sums16 __attribute__((vector_size(128), aligned(4)));

static void TIER(sums)(
    const float *x, size_t stride, size_t pixels, size_t row, size_t rows, size_t channels, float *sums) {
    for (size_t c = 0; c < channels; c += CK_LANES) {
        sums16 total = {0};
        for (size_t y = 0; y < rows; y++) {
            v16 sum = splat(0.0f);
            const float *at = x + y * row + c;
            for (size_t p = 0; p < pixels; p++, at += stride) sum += load(at);
            total += __builtin_convertvector(sum, sums16);
        }
        store(sums + c, __builtin_convertvector(total, v16));
    }
}
