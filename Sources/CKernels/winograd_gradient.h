// The gradient of a 3x3 kernel by Winograd's method, F(4,3) turned round: dg = G^T [the sum over tiles of (B^T d B) . (A dy A^T)] G,
// the transpose of what winograd_input.h, matmul.h and winograd_output.h do. A, B and G are those of the points 0, 1, -1, 2, -2 and
// infinity, in the scaling that tiles of 4 share with those of 6.
#pragma once
#include "winograd_weights.h"

/// Rows of A d, over four pixels.
INLINE void gradient4(const vec d[4], vec t[6]) {
    const vec even1 = d[0] + d[2], odd1 = d[1] + d[3];
    const vec even2 = fmav(splatv(4.0f), d[2], d[0]), odd2 = fmav(splatv(8.0f), d[3], splatv(2.0f) * d[1]);
    t[0] = d[0];
    t[1] = even1 + odd1;
    t[2] = even1 - odd1;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = d[3];
}

static void TIER(winograd_gradient)(const ck_winograd_gradient *call) {
    const ck_winograd_gradient copy = *call, *g = &copy;  // what is written cannot be one of its fields
    const size_t plane = g->plane;
    for (size_t ty = 0; ty < g->tiles_y; ty++)
        for (size_t tx = 0; tx < g->tiles_x; tx++) {
            const int rows = (int)least(g->rows - ty * 4, 4), columns = (int)least(g->columns - tx * 4, 4);
            const float *y = g->y + ty * 4 * g->y_row + tx * 4 * g->y_pitch;
            float *m = g->m + (ty * g->tiles_x + tx) * g->channels;
            for (size_t c = 0; c < g->channels; c += TIER_LANES) {
                vec half[6][4];
#pragma clang loop unroll(full)
                for (int j = 0; j < 4; j++) {
                    vec d[4], t[6];
                    for (int i = 0; i < 4; i++)
                        d[i] = i < rows && j < columns ? loadv(y + i * g->y_row + j * g->y_pitch + c) : splatv(0.0f);
                    gradient4(d, t);
                    for (int i = 0; i < 6; i++) half[i][j] = t[i];
                }
#pragma clang loop unroll(full)
                for (int i = 0; i < 6; i++) {
                    if (g->is_doubled && i == CK_VANISHING_POINT) continue;
                    vec t[6];
                    gradient4(half[i], t);
                    for (int j = 0; j < 6; j++)
                        if (!(g->is_doubled && j == CK_VANISHING_POINT)) storev(m + (i * 6 + j) * plane + c, t[j]);
                }
            }
        }
}

/// G^T t, from six points to three taps; see weights_pair.
INLINE void filter_taps(const vec t[6], vec g[3]) {
    const vec near = (t[1] + t[2]) * splatv(-2.0f / 9.0f), far = t[3] + t[4];
    g[0] = fmav(splatv(1.0f / 90.0f), far, t[0] + near);
    g[1] = fmav(splatv(1.0f / 45.0f), t[3] - t[4], (t[1] - t[2]) * splatv(-2.0f / 9.0f));
    g[2] = fmav(splatv(2.0f / 45.0f), far, t[5] + near);
}

/// The nine taps of a run of 16 outputs of one input channel.
INLINE void filter_gradient_winograd(const ck_filter_gradient *g, const float *w, float *taps) {
    for (int lane = 0; lane < CK_LANES; lane += TIER_LANES) {
        vec half[3][6];
#pragma clang loop unroll(full)
        for (int j = 0; j < 6; j++) {
            vec t[6], rows[3];
            for (int i = 0; i < 6; i++) {
                const int vanishes = g->is_doubled && (i == CK_VANISHING_POINT || j == CK_VANISHING_POINT);
                t[i] = vanishes ? splatv(0.0f) : loadv(w + (i * 6 + j) * g->plane + lane);
            }
            filter_taps(t, rows);
            for (int y = 0; y < 3; y++) half[y][j] = rows[y];
        }
#pragma clang loop unroll(full)
        for (int y = 0; y < 3; y++) {
            vec columns[3];
            filter_taps(half[y], columns);
            for (int x = 0; x < 3; x++) storev(taps + (y * 3 + x) * CK_LANES + lane, columns[x]);
        }
    }
}

static void TIER(filter_gradient)(const ck_filter_gradient *call) {
    const ck_filter_gradient copy = *call, *g = &copy;  // what is written cannot be one of its fields
    _Alignas(64) float taps[9 * CK_LANES];
    for (size_t input = 0; input < g->inputs; input++) {
        const float *w = g->w + input * g->pitch;
        if (g->is_winograd) filter_gradient_winograd(g, w, taps);
        for (size_t lane = g->first_lane; lane < g->first_lane + g->lanes; lane++) {
            float *to = g->gradient + (lane - g->first_lane) * g->gradient_stride + input * g->taps;
            if (g->is_winograd)
                for (int tap = 0; tap < 9; tap++) to[tap] += taps[tap * CK_LANES + lane];
            else
                for (size_t tap = 0; tap < g->taps; tap++) to[tap] += w[tap * g->plane + lane];
        }
    }
}
