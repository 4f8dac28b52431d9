// Rows that lie apart, side by side in the lanes: how weights come into panels.
#pragma once
#include "template.h"

INLINE void pack_lanes(const ck_pack *g, const size_t lanes) {
    for (size_t i = 0; i < g->outer; i++) {
        const float *x = g->x + (ptrdiff_t)i * g->x_outer;
        float *y = g->y + i * g->y_outer;
        for (size_t j = 0; j < g->inner; j++, x += g->x_inner, y += g->y_inner)
            for (size_t lane = 0; lane < lanes; lane++) y[lane] = x[lane * g->x_lane];
    }
}

static void TIER(pack)(const ck_pack *call) {
    const ck_pack copy = *call, *g = &copy;  // what is written cannot be one of its fields
    if (g->lanes == CK_LANES) pack_lanes(g, CK_LANES);
    else pack_lanes(g, g->lanes);
}
