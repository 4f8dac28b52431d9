// Products summed over pixels, what gradients of weights are: C = A^T B, both read as they lie, channels-last. A tile
// of rows by one or two panels of 16 columns stays in registers over the whole sum, so every output is one chain of
// fused multiply-adds, in the order segment, k, which is added to what stands there.
#pragma once
#include "template.h"

/// Rows of a tile: a divisor of 16, of which the sums and what they are made of find room in the registers.
#define OUTER_ROWS (TIER_LANES == CK_LANES ? 8 : TIER_LANES == 8 ? 4 : 2)

INLINE void outer_tile(const ck_outer *g, const size_t row, const size_t column, const int panels) {
    v16 sum[OUTER_ROWS][2];
    float *c = g->c + row * g->c_stride + column;
    const size_t c_stride = g->c_stride, a_stride = g->a_stride, b_stride = g->b_stride, depth = g->depth;
#pragma clang loop unroll(full)
    for (int r = 0; r < OUTER_ROWS; r++)
        for (int p = 0; p < panels; p++) {
            sum[r][p] = splat(0.0f);
            // What the sums are added to has been written by many other products since.
            __builtin_prefetch(c + r * c_stride + p * CK_LANES, 1);
        }
    for (size_t s = 0; s < g->segments; s++) {
        const float *a = g->a + s * g->a_segment + row, *b = g->b + s * g->b_segment + column;
        for (size_t k = 0; k < depth; k++, a += a_stride, b += b_stride) {
            v16 right[2];
            // The rows after the next tile's: a stride is too long for the hardware to follow.
            __builtin_prefetch(a + CK_LANES);
            for (int p = 0; p < panels; p++) right[p] = load(b + p * CK_LANES);
#pragma clang loop unroll(full)
            for (int r = 0; r < OUTER_ROWS; r++) {
                const v16 left = splat(a[r]);
                for (int p = 0; p < panels; p++) sum[r][p] = fma16(left, right[p], sum[r][p]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < OUTER_ROWS; r++)
        for (int p = 0; p < panels; p++) {
            float *to = c + r * c_stride + p * CK_LANES;
            store(to, g->accumulates ? load(to) + sum[r][p] : sum[r][p]);
        }
}

OUTLINE void TIER(outer_narrow)(const ck_outer *g, size_t row, size_t column) { outer_tile(g, row, column, 1); }
#if TIER_LANES == CK_LANES
OUTLINE void TIER(outer_wide)(const ck_outer *g, size_t row, size_t column) { outer_tile(g, row, column, 2); }
#endif

static void TIER(outer)(const ck_outer *call) {
    const ck_outer copy = *call, *g = &copy;  // what is written cannot be one of its fields
    size_t column = 0;
#if TIER_LANES == CK_LANES
    for (; column + 2 * CK_LANES <= g->columns; column += 2 * CK_LANES)
        for (size_t row = 0; row < g->rows; row += OUTER_ROWS) TIER(outer_wide)(g, row, column);
#endif
    for (; column < g->columns; column += CK_LANES)
        for (size_t row = 0; row < g->rows; row += OUTER_ROWS) TIER(outer_narrow)(g, row, column);
}
