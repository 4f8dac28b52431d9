// Winograd's minimal filtering for 3x3 kernels (Lavin & Gray 2016, sections 4.1 and 4.3): the way of the tiles into its domain.
// A tile of F(6,3) is interpolated in the points 0, 1, -1, 2, -2, infinity, 1/2, -1/2, one of F(4,3) in the first six, one of
// F(2,3) in 0, 1, -1, infinity. Tiles of 6 and of 4 outputs share their weights: what F(4,3) scales them by is done to the tile.
// Transforms only: the products between them are matmul's.
#pragma once
#include "template.h"

/// Vectors between what is written to a plane and what is asked for meanwhile: planes are too many for the hardware to follow.
#define CK_PLANES_AHEAD 4

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
    const vec even = fmav(splatv(-3.0f), d[2], splatv(0.75f) * d[4]), odd = fmav(splatv(-3.0f), d[1], splatv(0.75f) * d[3]);
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

/// One tile of n x m pixels, one register of channels: V = B^T d B.
INLINE void winograd_input_tile(const ck_winograd_input *g, const float *x, float *v, const int n, const int m) {
    const size_t row_pitch = g->row_pitch, pitch = g->pitch, plane = g->plane, line = g->points * plane;
    vec half[8][8];  // half[i][j]: column j of the tile after the first pass
#pragma clang loop unroll(full)
    for (int j = 0; j < m; j++) {
        vec d[8], t[8];
        for (int i = 0; i < n; i++) d[i] = loadv(x + i * row_pitch + j * pitch);
        input_transform(d, t, n);
        for (int i = 0; i < n; i++) half[i][j] = t[i];
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < n; i++) {
        if (g->is_doubled && i == CK_VANISHING_POINT) continue;
        vec t[8];
        input_transform(half[i], t, m);
        for (int j = 0; j < m; j++) {
            // Only where a register is a whole line: on narrower ones the prefetches cost what they save.
            if (TIER_LANES == CK_LANES) __builtin_prefetch(v + i * line + j * plane + CK_PLANES_AHEAD * CK_LANES, 1);
            storev(v + i * line + j * plane, t[j]);
        }
    }
}

INLINE void winograd_input_tiles(const ck_winograd_input *g, const int n, const int m) {
    for (size_t ty = 0; ty < g->tiles_y; ty++)
        for (size_t tx = 0; tx < g->tiles_x; tx++) {
            const float *x = g->x + ty * (n - 2) * g->row_pitch + tx * (m - 2) * g->pitch;
            float *v = g->v + (ty * g->tiles_x + tx) * g->channels;
            for (size_t c = 0; c < g->channels; c += TIER_LANES) winograd_input_tile(g, x + c, v + c, n, m);
        }
}

static void TIER(winograd_input)(const ck_winograd_input *call) {
    const ck_winograd_input g = *call;  // a copy: what is written cannot be one of its fields
    if (g.height == 2) winograd_input_tiles(&g, 4, 4);
    else if (g.height == 6) g.width == 6 ? winograd_input_tiles(&g, 8, 8) : winograd_input_tiles(&g, 8, 6);
    else g.width == 6 ? winograd_input_tiles(&g, 6, 8) : winograd_input_tiles(&g, 6, 6);
}
