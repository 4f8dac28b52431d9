// The weights' way into Winograd's domain (see winograd_input.h): U = G g G^T, two rows of it at a time, so that what
// is made of a panel at use stays in cache. Rows of opposite points share most of their arithmetic.
#pragma once
#include "winograd_input.h"

/// Two rows of G g for F(6,3): those of 0 and infinity, 1 and -1, 2 and -2, 1/2 and -1/2; F(4,3) has the first three
/// pairs. F(2,3) has two pairs.
INLINE void weights_pair(const vec g[3], vec t[2], const int pair, const int n) {
    if (pair == 0) {
        t[0] = g[0];
        t[1] = g[2];
        return;
    }
    vec even, odd;
    if (n == 4) {
        even = (g[0] + g[2]) * splatv(0.5f);
        odd = g[1] * splatv(0.5f);
    } else if (pair == 1) {
        even = (g[0] + g[2]) * splatv(-2.0f / 9.0f);
        odd = g[1] * splatv(-2.0f / 9.0f);
    } else if (pair == 2) {
        even = fmav(g[0], splatv(1.0f / 90.0f), g[2] * splatv(2.0f / 45.0f));
        odd = g[1] * splatv(1.0f / 45.0f);
    } else {
        even = fmav(g[0], splatv(32.0f / 45.0f), g[2] * splatv(8.0f / 45.0f));
        odd = g[1] * splatv(16.0f / 45.0f);
    }
    t[0] = even + odd;
    t[1] = even - odd;
}

/// The points of a pair.
INLINE int pair_first(const int pair) { return pair == 0 ? 0 : pair == 3 ? 6 : 2 * pair - 1; }
INLINE int pair_second(const int pair, const int n) { return pair == 0 ? (n == 4 ? 3 : 5) : pair_first(pair) + 1; }

/// Input channels between the weights that are transformed and those that are asked from memory meanwhile.
#define CK_WEIGHTS_AHEAD 8

INLINE void winograd_weights_pair(const ck_winograd_weights *g, const int pair, const int n) {
    const float *taps = g->g;
    float *u = g->u;
    const size_t plane = g->plane, second = g->second;
    for (size_t k = 0; k < g->depth; k++, taps += 9 * CK_LANES, u += CK_LANES) {
        if (pair == 0)
            for (int tap = 0; tap < 9; tap++) __builtin_prefetch(taps + (CK_WEIGHTS_AHEAD * 9 + tap) * CK_LANES);
#pragma clang loop unroll(full)
        for (int lane = 0; lane < CK_LANES; lane += TIER_LANES) {
            vec half[2][3];
#pragma clang loop unroll(full)
            for (int x = 0; x < 3; x++) {
                const float *at = taps + x * CK_LANES + lane;
                const vec column[3] = {loadv(at), loadv(at + 3 * CK_LANES), loadv(at + 6 * CK_LANES)};
                vec t[2];
                weights_pair(column, t, pair, n);
                half[0][x] = t[0];
                half[1][x] = t[1];
            }
#pragma clang loop unroll(full)
            for (int row = 0; row < 2; row++)
#pragma clang loop unroll(full)
                for (int across = 0; across < n / 2; across++) {
                    vec t[2];
                    weights_pair(half[row], t, across, n);
                    storev(u + row * second + pair_first(across) * plane + lane, t[0]);
                    storev(u + row * second + pair_second(across, n) * plane + lane, t[1]);
                }
        }
    }
}

// One body per pair: its coefficients are constants.
INLINE void winograd_weights_pairs(const ck_winograd_weights *g, const int n) {
    switch (g->pair) {
    case 0: winograd_weights_pair(g, 0, n); break;
    case 1: winograd_weights_pair(g, 1, n); break;
    case 2: if (n > 4) winograd_weights_pair(g, 2, n); break;
    case 3: if (n > 6) winograd_weights_pair(g, 3, n); break;
    }
}

static void TIER(winograd_weights)(const ck_winograd_weights *call) {
    const ck_winograd_weights g = *call;  // a copy: what is written cannot be one of its fields
    if (g.output == 6) winograd_weights_pairs(&g, 8);
    else if (g.output == 4) winograd_weights_pairs(&g, 6);
    else winograd_weights_pairs(&g, 4);
}
