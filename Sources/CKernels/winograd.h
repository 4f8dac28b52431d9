// Winograd's minimal filtering for 3x3 kernels, F(6x6, 3x3), F(4x4, 3x3) and F(2x2, 3x3) (Lavin & Gray 2016, sections 4.1
// and 4.3; interpolation points 0, 1, -1, 2, -2, and for F(6,3) 1/2, -1/2). Transforms only: the products between them are matmul's.
#pragma once
#include "template.h"

/// Vectors between what is written to a plane and what is asked for meanwhile: planes are too many for the hardware to follow.
#define CK_PLANES_AHEAD 4

/// Rows of B^T d for F(6,3), over eight vectors.
INLINE void input6(const v16 d[8], v16 t[8]) {
    const v16 even1 = fma16(splat(-4.25f), d[4], d[2] + d[6]), odd1 = fma16(splat(-4.25f), d[3], d[1] + d[5]);
    const v16 even2 = fma16(splat(0.25f), d[2], fma16(splat(-1.25f), d[4], d[6]));
    const v16 odd2 = fma16(splat(0.5f), d[1], fma16(splat(-2.5f), d[3], splat(2.0f) * d[5]));
    const v16 even3 = fma16(splat(4.0f), d[2], fma16(splat(-5.0f), d[4], d[6]));
    const v16 odd3 = fma16(splat(2.0f), d[1], fma16(splat(-2.5f), d[3], splat(0.5f) * d[5]));
    t[0] = fma16(splat(5.25f), d[4] - d[2], d[0] - d[6]);
    t[1] = even1 + odd1;
    t[2] = even1 - odd1;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = even3 + odd3;
    t[6] = even3 - odd3;
    t[7] = fma16(splat(5.25f), d[3] - d[5], d[7] - d[1]);
}

/// Rows of A^T m for F(6,3).
INLINE void output6(const v16 m[8], v16 o[6]) {
    const v16 s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4], s3 = m[5] + m[6], d3 = m[5] - m[6];
    o[0] = (m[0] + s1) + (s2 + s3);
    o[1] = fma16(splat(0.5f), d3, fma16(splat(2.0f), d2, d1));
    o[2] = fma16(splat(0.25f), s3, fma16(splat(4.0f), s2, s1));
    o[3] = fma16(splat(0.125f), d3, fma16(splat(8.0f), d2, d1));
    o[4] = fma16(splat(0.0625f), s3, fma16(splat(16.0f), s2, s1));
    o[5] = fma16(splat(0.03125f), d3, fma16(splat(32.0f), d2, d1)) + m[7];
}

/// Rows of B^T d for F(4,3), over six vectors.
INLINE void input4(const v16 d[6], v16 t[6]) {
    const v16 four = splat(4.0f), five = splat(-5.0f), two = splat(2.0f);
    const v16 even = fma16(-four, d[2], d[4]), odd = fma16(-four, d[1], d[3]);
    const v16 near = d[4] - d[2], far = two * (d[3] - d[1]);
    t[0] = fma16(five, d[2], fma16(four, d[0], d[4]));
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = near + far;
    t[4] = near - far;
    t[5] = fma16(five, d[3], fma16(four, d[1], d[5]));
}

/// Rows of A^T m for F(4,3).
INLINE void output4(const v16 m[6], v16 o[4]) {
    const v16 s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    o[0] = (m[0] + s1) + s2;
    o[1] = fma16(splat(2.0f), d2, d1);
    o[2] = fma16(splat(4.0f), s2, s1);
    o[3] = fma16(splat(8.0f), d2, d1) + m[5];
}

/// Rows of B^T d for F(2,3), over four vectors.
INLINE void input2(const v16 d[4], v16 t[4]) {
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[1] - d[3];
}

/// Rows of A^T m for F(2,3).
INLINE void output2(const v16 m[4], v16 o[2]) {
    o[0] = (m[0] + m[1]) + m[2];
    o[1] = (m[1] - m[2]) - m[3];
}

/// One tile, 16 channels: V = B^T d B, its n x n values `plane` floats apart.
INLINE void winograd_input_tile(const ck_winograd_input *g, const float *x, float *v, const int n) {
    v16 half[8][8];  // half[j][i]: column j of the tile after the first pass
#pragma clang loop unroll(full)
    for (int j = 0; j < n; j++) {
        v16 d[8];
        for (int i = 0; i < n; i++) d[i] = load(x + i * g->row_pitch + j * g->pitch);
        if (n == 8) input6(d, half[j]);
        else if (n == 6) input4(d, half[j]);
        else input2(d, half[j]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < n; i++) {
        v16 d[8], t[8];
        for (int j = 0; j < n; j++) d[j] = half[j][i];
        if (n == 8) input6(d, t);
        else if (n == 6) input4(d, t);
        else input2(d, t);
        for (int j = 0; j < n; j++) {
            __builtin_prefetch(v + (i * n + j) * g->plane + CK_PLANES_AHEAD * CK_LANES, 1);
            store(v + (i * n + j) * g->plane, t[j]);
        }
    }
}

INLINE void winograd_input_tiles(const ck_winograd_input *g, const int n) {
    for (size_t ty = 0; ty < g->tiles_y; ty++)
        for (size_t tx = 0; tx < g->tiles_x; tx++) {
            const float *x = g->x + ty * (n - 2) * g->row_pitch + tx * (n - 2) * g->pitch;
            float *v = g->v + (ty * g->tiles_x + tx) * g->channels;
            for (size_t c = 0; c < g->channels; c += CK_LANES) winograd_input_tile(g, x + c, v + c, n);
        }
}

static void TIER(winograd_input)(const ck_winograd_input *g) {
    if (g->output == 6) winograd_input_tiles(g, 8);
    else if (g->output == 4) winograd_input_tiles(g, 6);
    else winograd_input_tiles(g, 4);
}

/// One tile, 16 channels: Y = A^T M A, then bias, residual and scale; `rows` x `columns` of it lie inside the image.
INLINE void winograd_output_tile(
    const ck_winograd_output *g, const float *m, size_t y, size_t x, size_t c, size_t rows, size_t columns, const int n) {
    v16 half[8][6];  // half[j][i]: column j after the first pass
#pragma clang loop unroll(full)
    for (int j = 0; j < n; j++) {
        v16 d[8];
        for (int i = 0; i < n; i++) d[i] = load(m + (i * n + j) * g->plane);
        if (n == 8) output6(d, half[j]);
        else if (n == 6) output4(d, half[j]);
        else output2(d, half[j]);
    }
    const v16 bias = g->bias ? load(g->bias + c) : splat(0.0f);
    for (size_t i = 0; i < rows; i++) {
        v16 d[8], o[6];
        for (int j = 0; j < n; j++) d[j] = half[j][i];
        if (n == 8) output6(d, o);
        else if (n == 6) output4(d, o);
        else output2(d, o);
        const float *residual = g->residual ? g->residual + (y + i) * g->residual_row + x * g->residual_pitch + c : NULL;
        float *out = g->y + (y + i) * g->y_row + x * g->y_pitch + c;
        for (size_t j = 0; j < columns; j++) {
            // The next tile's place: images are larger than the caches, and rows too many for the hardware to follow.
            __builtin_prefetch(out + (j + n - 2) * g->y_pitch, 1);
            if (residual) __builtin_prefetch(residual + (j + n - 2) * g->residual_pitch);
            v16 sum = o[j] + bias;
            if (residual) sum += load(residual + j * g->residual_pitch);
            if (g->scale != 1.0f) sum *= splat(g->scale);
            store(out + j * g->y_pitch, sum);
        }
    }
}

INLINE void winograd_output_tiles(const ck_winograd_output *g, const int n) {
    const size_t size = n - 2;
    for (size_t ty = 0; ty < g->tiles_y; ty++)
        for (size_t tx = 0; tx < g->tiles_x; tx++) {
            const size_t y = ty * size, x = tx * size;
            const size_t rows = g->height - y < size ? g->height - y : size;
            const size_t columns = g->width - x < size ? g->width - x : size;
            const float *m = g->m + (ty * g->tiles_x + tx) * g->channels;
            for (size_t c = 0; c < g->channels; c += CK_LANES)
                winograd_output_tile(g, m + c, y, x, c, rows, columns, n);
        }
}

static void TIER(winograd_output)(const ck_winograd_output *g) {
    if (g->output == 6) winograd_output_tiles(g, 8);
    else if (g->output == 4) winograd_output_tiles(g, 6);
    else winograd_output_tiles(g, 4);
}

/// G g for F(6,3), over three vectors.
INLINE void weights6(const v16 g[3], v16 t[8]) {
    const v16 one = splat(-2.0f / 9.0f), outer = (g[0] + g[2]) * one, inner = g[1] * one;
    const v16 even2 = fma16(g[0], splat(1.0f / 90.0f), g[2] * splat(2.0f / 45.0f)), odd2 = g[1] * splat(1.0f / 45.0f);
    const v16 even3 = fma16(g[0], splat(32.0f / 45.0f), g[2] * splat(8.0f / 45.0f)), odd3 = g[1] * splat(16.0f / 45.0f);
    t[0] = g[0];
    t[1] = outer + inner;
    t[2] = outer - inner;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = even3 + odd3;
    t[6] = even3 - odd3;
    t[7] = g[2];
}

/// G g for F(4,3), over three vectors.
INLINE void weights4(const v16 g[3], v16 t[6]) {
    const v16 sixth = splat(-1.0f / 6.0f);
    const v16 outer = (g[0] + g[2]) * sixth, inner = g[1] * sixth;
    const v16 far = fma16(g[0], splat(1.0f / 24.0f), g[2] * splat(1.0f / 6.0f)), middle = g[1] * splat(1.0f / 12.0f);
    t[0] = g[0] * splat(0.25f);
    t[1] = outer + inner;
    t[2] = outer - inner;
    t[3] = far + middle;
    t[4] = far - middle;
    t[5] = g[2];
}

/// G g for F(2,3), over three vectors.
INLINE void weights2(const v16 g[3], v16 t[4]) {
    const v16 outer = (g[0] + g[2]) * splat(0.5f), inner = g[1] * splat(0.5f);
    t[0] = g[0];
    t[1] = outer + inner;
    t[2] = outer - inner;
    t[3] = g[2];
}

/// Input channels between the weights that are transformed and those that are asked from memory meanwhile.
#define CK_WEIGHTS_AHEAD 8

INLINE void winograd_weights_panel(const float *g, size_t depth, float *u, size_t plane, const int n) {
    for (size_t k = 0; k < depth; k++, g += 9 * CK_LANES, u += CK_LANES) {
        v16 half[3][8];  // half[x][i]: G g, column x
#pragma clang loop unroll(full)
        for (int x = 0; x < 3; x++) {
            for (int y = 0; y < 3; y++) __builtin_prefetch(g + (CK_WEIGHTS_AHEAD * 9 + 3 * y + x) * CK_LANES);
            const v16 column[3] = {load(g + x * CK_LANES), load(g + (3 + x) * CK_LANES), load(g + (6 + x) * CK_LANES)};
            if (n == 8) weights6(column, half[x]);
            else if (n == 6) weights4(column, half[x]);
            else weights2(column, half[x]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < n; i++) {
            const v16 row[3] = {half[0][i], half[1][i], half[2][i]};
            v16 t[8];
            if (n == 8) weights6(row, t);
            else if (n == 6) weights4(row, t);
            else weights2(row, t);
            for (int j = 0; j < n; j++) {
                __builtin_prefetch(u + (i * n + j) * plane + CK_PLANES_AHEAD * CK_LANES, 1);
                store(u + (i * n + j) * plane, t[j]);
            }
        }
    }
}

static void TIER(winograd_weights)(const float *g, size_t depth, float *u, size_t plane, int output) {
    if (output == 6) winograd_weights_panel(g, depth, u, plane, 8);
    else if (output == 4) winograd_weights_panel(g, depth, u, plane, 6);
    else winograd_weights_panel(g, depth, u, plane, 4);
}
