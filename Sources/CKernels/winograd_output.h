// Out of Winograd's domain (see winograd_input.h): the products of a tile become its outputs, with what is added to
// them.
#pragma once
#include "winograd_input.h"

/// Rows of A^T m for F(6,3).
INLINE void output6(const vec m[8], vec o[6]) {
    const vec s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4], s3 = m[6] + m[7],
              d3 = m[6] - m[7];
    o[0] = (m[0] + s1) + (s2 + s3);
    o[1] = fmav(splatv(0.5f), d3, fmav(splatv(2.0f), d2, d1));
    o[2] = fmav(splatv(0.25f), s3, fmav(splatv(4.0f), s2, s1));
    o[3] = fmav(splatv(0.125f), d3, fmav(splatv(8.0f), d2, d1));
    o[4] = fmav(splatv(0.0625f), s3, fmav(splatv(16.0f), s2, s1));
    o[5] = fmav(splatv(0.03125f), d3, fmav(splatv(32.0f), d2, d1)) + m[5];
}

/// Rows of A^T m for F(4,3).
INLINE void output4(const vec m[6], vec o[4]) {
    const vec s1 = m[1] + m[2], d1 = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    o[0] = (m[0] + s1) + s2;
    o[1] = fmav(splatv(2.0f), d2, d1);
    o[2] = fmav(splatv(4.0f), s2, s1);
    o[3] = fmav(splatv(8.0f), d2, d1) + m[5];
}

/// Rows of A^T m for F(2,3).
INLINE void output2(const vec m[4], vec o[2]) {
    o[0] = (m[0] + m[1]) + m[2];
    o[1] = (m[1] - m[2]) - m[3];
}

INLINE void output_transform(const vec *m, vec *o, const int n) {
    if (n == 8) output6(m, o);
    else if (n == 6) output4(m, o);
    else output2(m, o);
}

/// Channels of a tile that are transformed together: pixels are written a few lines at a time, not one here and one
/// there.
#define CK_OUTPUT_CHANNELS 64

/// The first pass of Y = A^T M A over `channels` channels of one tile of n x k products: half[i][j][channel], i < n -
/// 2, j < k.
INLINE void winograd_output_columns(
    const ck_winograd_output *g, const float *m, size_t channels, float *half, const int n, const int k,
    const int is_doubled) {
    const size_t plane = g->plane, line = g->points * plane;
    for (size_t c = 0; c < channels; c += TIER_LANES)
#pragma clang loop unroll(full)
        for (int j = 0; j < k; j++) {
            vec d[8], o[6];
            for (int i = 0; i < n; i++) {
                const float *at = m + i * line + j * plane + c;
                if (is_doubled && (i == CK_VANISHING_POINT || j == CK_VANISHING_POINT)) {
                    d[i] = splatv(0.0f);
                    continue;
                }
                d[i] = loadv(at);
                if (c % CK_LANES == 0) __builtin_prefetch(at + CK_LANES);
            }
            output_transform(d, o, n);
            for (int i = 0; i < n - 2; i++) storev(half + (i * k + j) * CK_OUTPUT_CHANNELS + c, o[i]);
        }
}

/// Where a tile's outputs go, and what is added to them: `rows` x `columns` of them lie inside the image.
typedef struct {
    float *y;
    const float *bias;
    const float *residual;  // or NULL
    size_t rows, columns, channels;
} winograd_place;

/// The second pass, then bias, residual and scale.
INLINE void winograd_output_rows(
    const ck_winograd_output *g, const float *half, const winograd_place *to, const size_t columns, const int k,
    const int has_residual) {
    const size_t y_pitch = g->y_pitch, residual_pitch = g->residual_pitch;
    const vec scale = splatv(g->scale);
    const float *residual = to->residual;
    float *out = to->y;
    for (size_t i = 0; i < to->rows; i++, out += g->y_row, half += k * CK_OUTPUT_CHANNELS) {
        for (size_t c = 0; c < to->channels; c += TIER_LANES) {
            vec d[8], o[6];
            for (int j = 0; j < k; j++) d[j] = loadv(half + j * CK_OUTPUT_CHANNELS + c);
            output_transform(d, o, k);
            const vec bias = loadv(to->bias + c);
            for (size_t j = 0; j < columns; j++) {
                // The next tile's place: images are larger than the caches, and rows too many for the hardware to
                // follow.
                if (c % CK_LANES == 0) {
                    __builtin_prefetch(out + (j + k - 2) * y_pitch + c, 1);
                    if (has_residual) __builtin_prefetch(residual + (j + k - 2) * residual_pitch + c);
                }
                vec sum = o[j] + bias;
                if (has_residual) sum += loadv(residual + j * residual_pitch + c);
                storev(out + j * y_pitch + c, sum * scale);
            }
        }
        if (has_residual) residual += g->residual_row;
    }
}

typedef void winograd_columns(const ck_winograd_output *g, const float *m, size_t channels, float *half);
typedef void winograd_rows(const ck_winograd_output *g, const float *half, const winograd_place *to);

// The passes of each kind of tile, with what is constant in them.
#define OUTPUT_COLUMNS(n, k, is_doubled) \
    OUTLINE void TIER(output_columns_##n##x##k##_##is_doubled)( \
        const ck_winograd_output *g, const float *m, size_t channels, float *half) { \
        winograd_output_columns(g, m, channels, half, n, k, is_doubled); \
    }
OUTPUT_COLUMNS(8, 8, 0)
OUTPUT_COLUMNS(8, 6, 0) OUTPUT_COLUMNS(6, 8, 0) OUTPUT_COLUMNS(6, 6, 0) OUTPUT_COLUMNS(4, 4, 0) OUTPUT_COLUMNS(8, 8, 1)
    OUTPUT_COLUMNS(8, 6, 1) OUTPUT_COLUMNS(6, 8, 1) OUTPUT_COLUMNS(6, 6, 1) OUTPUT_COLUMNS(4, 4, 1)

#define OUTPUT_ROWS(k, has_residual)                                                                                   \
    OUTLINE void TIER(output_rows_##k##_##has_residual)(                                                               \
        const ck_winograd_output *g, const float *half, const winograd_place *to) {                                    \
        winograd_output_rows(g, half, to, k - 2, k, has_residual);                                                     \
    }                                                                                                                  \
    OUTLINE void TIER(output_some_##k##_##has_residual)(                                                               \
        const ck_winograd_output *g, const float *half, const winograd_place *to) {                                    \
        winograd_output_rows(g, half, to, to->columns, k, has_residual);                                               \
    }
        OUTPUT_ROWS(8, 0) OUTPUT_ROWS(6, 0) OUTPUT_ROWS(4, 0) OUTPUT_ROWS(8, 1) OUTPUT_ROWS(6, 1) OUTPUT_ROWS(4, 1)

    /// Tiles of n x k products.
    INLINE void winograd_output_tiles(
        const ck_winograd_output *g, const int n, const int k, winograd_columns *columns, winograd_rows *rows,
        winograd_rows *some) {
    _Alignas(64) float half[6 * 8 * CK_OUTPUT_CHANNELS];
    for (size_t ty = 0; ty < g->tiles_y; ty++)
        for (size_t tx = 0; tx < g->tiles_x; tx++) {
            const size_t y = ty * (n - 2), x = tx * (k - 2), width = least(g->columns - x, k - 2);
            const float *m = g->m + (ty * g->tiles_x + tx) * g->channels;
            for (size_t c = 0; c < g->channels; c += CK_OUTPUT_CHANNELS) {
                const winograd_place to = {
                    g->y + y * g->y_row + x * g->y_pitch + c, g->bias + c,
                    g->residual ? g->residual + y * g->residual_row + x * g->residual_pitch + c : NULL,
                    least(g->rows - y, n - 2), width, least(g->channels - c, CK_OUTPUT_CHANNELS)};
                columns(g, m + c, to.channels, half);
                (width == (size_t)k - 2 ? rows : some)(g, half, &to);
            }
        }
}

#define OUTPUT_TILES(n, k) \
    winograd_output_tiles( \
        g, n, k, g->is_doubled ? TIER(output_columns_##n##x##k##_1) : TIER(output_columns_##n##x##k##_0), \
        g->residual ? TIER(output_rows_##k##_1) : TIER(output_rows_##k##_0), \
        g->residual ? TIER(output_some_##k##_1) : TIER(output_some_##k##_0))

static void TIER(winograd_output)(const ck_winograd_output *call) {
    const ck_winograd_output copy = *call, *g = &copy;  // what is written cannot be one of its fields
    if (g->height == 2) OUTPUT_TILES(4, 4);
    else if (g->height == 6) g->width == 6 ? OUTPUT_TILES(8, 8) : OUTPUT_TILES(8, 6);
    else g->width == 6 ? OUTPUT_TILES(6, 8) : OUTPUT_TILES(6, 6);
}
