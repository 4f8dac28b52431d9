// Winograd's minimal filtering for 3x3 kernels (Lavin & Gray 2016, sections 4.1 and 4.3): the way of the tiles into its
// domain. A tile of F(6,3) is interpolated in the points 0, 1, -1, 2, -2, infinity, 1/2, -1/2, one of F(4,3) in the
// first six, one of F(2,3) in 0, 1, -1, infinity. Tiles of 6 and of 4 outputs share their weights: what F(4,3) scales
// them by is done to the tile. Transforms only: the products between them are matmul's.
#pragma once
#include "template.h"

/// Rows of B^T d for F(6,3), over eight pixels.
INLINE void input6(const vec d[8], vec t[8]) {
    const vec even1 = fmav(splatv(-4.25f), d[4], d[2] + d[6]), odd1 = fmav(splatv(-4.25f), d[3], d[1] + d[5]);
    const vec even2 = fmav(splatv(0.25f), d[2], fmav(splatv(-1.25f), d[4], d[6]));
    const vec odd2 = fmav(splatv(0.5f), d[1], fmav(splatv(-2.5f), d[3], splatv(2.0f) * d[5]));
    const vec even3 = fmav(splatv(4.0f), d[2], fmav(splatv(-5.0f), d[4], d[6]));
    const vec odd3 = fmav(splatv(2.0f), d[1], fmav(splatv(-2.5f), d[3], splatv(0.5f) * d[5]));
    t[0] = fmav(splatv(5.25f), d[4] - d[2], d[0] - d[6]);
    t[1] = even1 + odd1;
    t[2] = even1 - odd1;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = fmav(splatv(5.25f), d[3] - d[5], d[7] - d[1]);
    t[6] = even3 + odd3;
    t[7] = even3 - odd3;
}

/// Rows of B^T d for F(4,3), over six pixels, for the weights of F(6,3): its rows times 1/4, 3/4, 3/4, 15/4, 15/4, 1.
INLINE void input4(const vec d[6], vec t[6]) {
    const vec even = fmav(splatv(-3.0f), d[2], splatv(0.75f) * d[4]),
              odd = fmav(splatv(-3.0f), d[1], splatv(0.75f) * d[3]);
    const vec near = d[4] - d[2], far = splatv(7.5f) * (d[3] - d[1]);
    t[0] = fmav(splatv(-1.25f), d[2], fmav(splatv(0.25f), d[4], d[0]));
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = fmav(splatv(3.75f), near, far);
    t[4] = fmav(splatv(3.75f), near, -far);
    t[5] = fmav(splatv(-5.0f), d[3], fmav(splatv(4.0f), d[1], d[5]));
}

/// Rows of B^T d for F(2,3), over four pixels.
INLINE void input2(const vec d[4], vec t[4]) {
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[1] - d[3];
}

INLINE void input_transform(const vec *d, vec *t, const int n) {
    if (n == 8) input6(d, t);
    else if (n == 6) input4(d, t);
    else input2(d, t);
}

/// Channels of a tile that are transformed together: what is written to a plane are some lines, not one here and one
/// there, and what is kept between the passes is read again long after it was written.
#define CK_INPUT_CHANNELS 32

/// The first pass of V = B^T d B over `channels` channels of one tile of n x m pixels: half[i][j][channel].
INLINE void winograd_input_columns(
    const ck_winograd_input *g, const float *x, size_t channels, float *half, const int n, const int m) {
    const size_t row_pitch = g->row_pitch, pitch = g->pitch;
#pragma clang loop unroll(disable)
    for (int j = 0; j < m; j++, x += pitch, half += CK_INPUT_CHANNELS)
        for (size_t c = 0; c < channels; c += TIER_LANES) {
            vec d[8], t[8];
            for (int i = 0; i < n; i++) d[i] = loadv(x + i * row_pitch + c);
            input_transform(d, t, n);
            for (int i = 0; i < n; i++) storev(half + i * m * CK_INPUT_CHANNELS + c, t[i]);
        }
}

/// The second pass, into the planes.
INLINE void winograd_input_rows(
    const ck_winograd_input *g, const float *half, size_t channels, float *v, const int n, const int m,
    const int is_doubled) {
    const size_t plane = g->plane, line = g->points * plane;
#pragma clang loop unroll(disable)
    for (int i = 0; i < n; i++, v += line, half += m * CK_INPUT_CHANNELS) {
        if (is_doubled && i == CK_VANISHING_POINT) continue;
        for (size_t c = 0; c < channels; c += TIER_LANES) {
            vec d[8], t[8];
            for (int j = 0; j < m; j++) d[j] = loadv(half + j * CK_INPUT_CHANNELS + c);
            input_transform(d, t, m);
            for (int j = 0; j < m; j++) {
                // The next channels' place, where the planes are larger than a core's cache. Only where a register is a
                // whole line: on narrower ones the prefetches cost what they save.
                if (TIER_LANES == CK_LANES) __builtin_prefetch(v + j * plane + c + CK_INPUT_CHANNELS, 1);
                storev(v + j * plane + c, t[j]);
            }
        }
    }
}

typedef void input_columns(const ck_winograd_input *g, const float *x, size_t channels, float *half);
typedef void input_rows(const ck_winograd_input *g, const float *half, size_t channels, float *v);

// The passes of each kind of tile, with what is constant in them.
#define INPUT_COLUMNS(n, m)                                                                                            \
    OUTLINE void TIER(input_columns_##n##x##m)(                                                                        \
        const ck_winograd_input *g, const float *x, size_t channels, float *half) {                                    \
        winograd_input_columns(g, x, channels, half, n, m);                                                            \
    }
INPUT_COLUMNS(8, 8) INPUT_COLUMNS(8, 6) INPUT_COLUMNS(6, 8) INPUT_COLUMNS(6, 6) INPUT_COLUMNS(4, 4)

#define INPUT_ROWS(n, m, is_doubled)                                                                                   \
    OUTLINE void TIER(input_rows_##n##x##m##_##is_doubled)(                                                            \
        const ck_winograd_input *g, const float *half, size_t channels, float *v) {                                    \
        winograd_input_rows(g, half, channels, v, n, m, is_doubled);                                                   \
    }
INPUT_ROWS(8, 8, 0) INPUT_ROWS(8, 6, 0) INPUT_ROWS(6, 8, 0) INPUT_ROWS(6, 6, 0) INPUT_ROWS(4, 4, 0)
INPUT_ROWS(8, 8, 1) INPUT_ROWS(8, 6, 1) INPUT_ROWS(6, 8, 1) INPUT_ROWS(6, 6, 1) INPUT_ROWS(4, 4, 1)

INLINE void winograd_input_tiles(const ck_winograd_input *g, input_columns *columns, input_rows *rows) {
    _Alignas(64) float half[8 * 8 * CK_INPUT_CHANNELS];
    const size_t steps = g->tiles_y * g->tiles_x * ((g->channels + CK_INPUT_CHANNELS - 1) / CK_INPUT_CHANNELS);
    const size_t share = ((g->next ? g->next_count : 0) + steps * CK_LANES - 1) / (steps * CK_LANES) * CK_LANES;
    const float *next = g->next, *end = next ? next + g->next_count : NULL;
    for (size_t ty = 0; ty < g->tiles_y; ty++)
        for (size_t tx = 0; tx < g->tiles_x; tx++) {
            const float *x = g->x + ty * g->height * g->row_pitch + tx * g->width * g->pitch;
            float *v = g->v + (ty * g->tiles_x + tx) * g->channels;
            for (size_t c = 0; c < g->channels; c += CK_INPUT_CHANNELS) {
                const size_t channels = least(g->channels - c, CK_INPUT_CHANNELS);
                columns(g, x + c, channels, half);
                // A little with each tile: what finds no free buffer is dropped.
                for (const float *stop = share < (size_t)(end - next) ? next + share : end; next < stop;
                     next += CK_LANES)
                    __builtin_prefetch(next, 0, 2);
                rows(g, half, channels, v + c);
            }
        }
}

#define INPUT_TILES(n, m)                                                                                              \
    winograd_input_tiles(                                                                                              \
        g, TIER(input_columns_##n##x##m),                                                                              \
        g->is_doubled ? TIER(input_rows_##n##x##m##_1) : TIER(input_rows_##n##x##m##_0))

static void TIER(winograd_input)(const ck_winograd_input *call) {
    const ck_winograd_input copy = *call, *g = &copy;  // what is written cannot be one of its fields
    if (g->height == 2) INPUT_TILES(4, 4);
    else if (g->height == 6) g->width == 6 ? INPUT_TILES(8, 8) : INPUT_TILES(8, 6);
    else g->width == 6 ? INPUT_TILES(6, 8) : INPUT_TILES(6, 6);
}
