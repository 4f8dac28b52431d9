// Products in Winograd's domain for very few tiles, whose weights are transformed on their way through the registers
// (see winograd_weights.h): reading them from memory is what takes time there, and what is made of them is used
// CK_STREAM_TILES times.
#pragma once
#include "winograd_weights.h"

/// One row i of planes of n x n points: all its sums stay in registers over the whole depth.
INLINE void winograd_stream_row(const ck_winograd_stream *g, const int i, const int n, const int is_doubled) {
    const int pair = i == 0 || i == pair_second(0, n) ? 0 : (i + 1) / 2, isSecond = i != pair_first(pair);
    // Memory is idle meanwhile: each row asks for its share of the nine taps of the next panel.
    const int first = 9 * i / n, lines = 9 * (i + 1) / n - first;
    const size_t plane = g->plane, depth = g->depth;
    for (int lane = 0; lane < CK_LANES; lane += TIER_LANES) {
        vec sum[6][CK_STREAM_TILES];
#pragma clang loop unroll(full)
        for (int j = 0; j < n; j++)
            for (int t = 0; t < CK_STREAM_TILES; t++) sum[j][t] = splatv(0.0f);
        const float *taps = g->g + lane, *v = g->v + i * n * plane,
                    *next = g->next ? g->next + first * depth * CK_LANES : taps;
        const size_t step = g->next ? lines * CK_LANES : 0;
        for (size_t k = 0; k < depth; k++, taps += 9 * CK_LANES, v++, next += step) {
            if (i == 0)
                for (int tap = 0; tap < 9; tap++) __builtin_prefetch(taps + (CK_WEIGHTS_AHEAD * 9 + tap) * CK_LANES);
            for (int line = 0; line < lines; line++) __builtin_prefetch(next + line * CK_LANES, 0, 2);
            vec half[3];
#pragma clang loop unroll(full)
            for (int x = 0; x < 3; x++) {
                const float *at = taps + x * CK_LANES;
                const vec column[3] = {loadv(at), loadv(at + 3 * CK_LANES), loadv(at + 6 * CK_LANES)};
                vec t[2];
                weights_pair(column, t, pair, n);
                half[x] = t[isSecond];
            }
#pragma clang loop unroll(full)
            for (int across = 0; across < n / 2; across++) {
                vec u[2];
                weights_pair(half, u, across, n);
                const int points[2] = {pair_first(across), pair_second(across, n)};
#pragma clang loop unroll(full)
                for (int p = 0; p < 2; p++) {
                    const int j = points[p];
                    if (is_doubled && j == CK_VANISHING_POINT) continue;
#pragma clang loop unroll(full)
                    for (int t = 0; t < CK_STREAM_TILES; t++)
                        sum[j][t] = fmav(splatv(v[j * plane + t * depth]), u[p], sum[j][t]);
                }
            }
        }
#pragma clang loop unroll(full)
        for (int j = 0; j < n; j++) {
            if (is_doubled && j == CK_VANISHING_POINT) continue;
            for (int t = 0; t < CK_STREAM_TILES; t++)
                storev(g->m + (i * n + j) * g->m_plane + t * CK_LANES + lane, sum[j][t]);
        }
    }
}

// One body per row: its coefficients are constants.
INLINE void winograd_stream_rows(const ck_winograd_stream *g, const int n, const int is_doubled) {
#pragma clang loop unroll(full)
    for (int i = 0; i < n; i++)
        if (!(is_doubled && i == CK_VANISHING_POINT)) winograd_stream_row(g, i, n, is_doubled);
}

static void TIER(winograd_stream)(const ck_winograd_stream *call) {
    const ck_winograd_stream g = *call;  // a copy: what is written cannot be one of its fields
    if (g.output == 4) g.is_doubled ? winograd_stream_rows(&g, 6, 1) : winograd_stream_rows(&g, 6, 0);
    else g.is_doubled ? winograd_stream_rows(&g, 4, 1) : winograd_stream_rows(&g, 4, 0);
}
