// Norm application, activations, sums and 2x2 means.
#pragma once
#include "activations.h"

/// Pixels from `first` on, `together` at a time, in `vectors` registers of channels. What follows all of the pixels is
/// asked for meanwhile: rows of an image are read one now and one then, and the hardware would find out too late where
/// each goes on.
INLINE void affine_channels(
    const ck_affine *g, size_t c, size_t first, size_t end, const ck_activation activation, const int together,
    const int vectors) {
    const size_t x_stride = g->x_stride, y_stride = g->y_stride;
    vec scale[CK_ABREAST], shift[CK_ABREAST];
    if (g->scale)
        for (int i = 0; i < vectors; i++) {
            scale[i] = loadv(g->scale + c + i * TIER_LANES);
            shift[i] = loadv(g->shift + c + i * TIER_LANES);
        }
    const float *x = g->x + first * x_stride + c;
    const size_t ahead = g->pixels * x_stride;
    float *y = g->y + first * y_stride + c;
    for (size_t p = first; p < end; p += together, x += together * x_stride, y += together * y_stride) {
        vec v[CK_ABREAST];
        ABREAST(together * vectors) v[i] = loadv(x + i / vectors * x_stride + i % vectors * TIER_LANES);
        ABREAST(together * vectors)
        if (i * TIER_LANES % CK_LANES == 0)
            __builtin_prefetch(x + i / vectors * x_stride + i % vectors * TIER_LANES + ahead);
        if (g->scale) ABREAST(together * vectors) v[i] = fmav(v[i], scale[i % vectors], shift[i % vectors]);
        activates(v, activation, together * vectors);
        ABREAST(together * vectors) storev(y + i / vectors * y_stride + i % vectors * TIER_LANES, v[i]);
    }
}

/// Channels from `c` on, in `vectors` registers; as many pixels together as make up CK_ABREAST.
INLINE void affine_pixels(const ck_affine *g, size_t c, const ck_activation activation, const int vectors) {
    const int together = CK_ABREAST / vectors;
    const size_t even = g->pixels / together * together;
    affine_channels(g, c, 0, even, activation, together, vectors);
    affine_channels(g, c, even, g->pixels, activation, 1, vectors);
}

INLINE void affine_all(const ck_affine *g, const ck_activation activation) {
    const size_t all = CK_ABREAST * TIER_LANES;
    size_t c = 0;
    for (; c + all <= g->channels; c += all) affine_pixels(g, c, activation, CK_ABREAST);
    for (; c < g->channels; c += TIER_LANES) affine_pixels(g, c, activation, 1);
}

static void TIER(affine)(const ck_affine *g) {
    switch (g->activation) {
    case CK_SILU: affine_all(g, CK_SILU); break;
    case CK_MISH: affine_all(g, CK_MISH); break;
    case CK_GELU: affine_all(g, CK_GELU); break;
    case CK_RELU: affine_all(g, CK_RELU); break;
    case CK_RELU6: affine_all(g, CK_RELU6); break;
    default: affine_all(g, CK_IDENTITY); break;
    }
}

/// Vectors of channels whose sums run side by side: one sum alone would wait for itself.
#define CK_MOMENTS 4

/// Two passes while the pixels are in cache: the mean first, then deviations about it, whose own sum corrects both
/// (Chan, Golub & LeVeque 1983, equation 1.7). E[x^2] - E[x]^2 would lose everything where the mean is large.
INLINE void moments_channels(
    const float *x, size_t x_stride, size_t pixels, float *mean, float *m2, const int vectors) {
    const v16 share = splat(1.0f / (float)pixels);
    v16 center[CK_MOMENTS], squares[CK_MOMENTS], rest[CK_MOMENTS];
    for (int i = 0; i < vectors; i++) center[i] = squares[i] = rest[i] = splat(0.0f);
    for (size_t p = 0; p < pixels; p++)
        for (int i = 0; i < vectors; i++) center[i] += load(x + p * x_stride + i * CK_LANES);
    for (int i = 0; i < vectors; i++) center[i] *= share;
    for (size_t p = 0; p < pixels; p++)
        for (int i = 0; i < vectors; i++) {
            const v16 d = load(x + p * x_stride + i * CK_LANES) - center[i];
            squares[i] = fma16(d, d, squares[i]);
            rest[i] += d;
        }
    for (int i = 0; i < vectors; i++) {
        store(mean + i * CK_LANES, fma16(rest[i], share, center[i]));
        store(m2 + i * CK_LANES, max16(fma16(-rest[i] * share, rest[i], squares[i]), splat(0.0f)));
    }
}

static void TIER(moments)(const float *x, size_t x_stride, size_t pixels, size_t channels, float *mean, float *m2) {
    size_t c = 0;
    for (; c + CK_MOMENTS * CK_LANES <= channels; c += CK_MOMENTS * CK_LANES)
        moments_channels(x + c, x_stride, pixels, mean + c, m2 + c, CK_MOMENTS);
    for (; c + 2 * CK_LANES <= channels; c += 2 * CK_LANES)
        moments_channels(x + c, x_stride, pixels, mean + c, m2 + c, 2);
    for (; c < channels; c += CK_LANES) moments_channels(x + c, x_stride, pixels, mean + c, m2 + c, 1);
}

static void TIER(add)(const float *a, const float *b, float *y, size_t count, float scale) {
    for (size_t i = 0; i < count; i += CK_LANES) store(y + i, (load(a + i) + load(b + i)) * splat(scale));
}

static void TIER(pool2x2)(const float *row0, const float *row1, float *y, size_t pixels, size_t channels) {
    for (size_t p = 0; p < pixels; p++, row0 += 2 * channels, row1 += 2 * channels, y += channels)
        for (size_t c = 0; c < channels; c += CK_LANES) {
            const v16 top = load(row0 + c) + load(row0 + channels + c);
            const v16 bottom = load(row1 + c) + load(row1 + channels + c);
            store(y + c, (top + bottom) * splat(0.25f));
        }
}
