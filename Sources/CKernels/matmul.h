// Packed matrix multiply. A tile of up to MICRO_ROWS rows by one or two panels stays in registers over the whole
// reduction, so every output is one chain of fused multiply-adds, in the order segment, k.
#pragma once
#include "template.h"

INLINE void matmul_store(const ck_matmul *g, size_t row, size_t column, v16 sum) {
    if (g->bias) sum += load(g->bias + column);
    if (g->residual) sum += load(g->residual + row * g->residual_stride + column);
    if (g->scale != 1.0f) sum *= splat(g->scale);
    store(g->c + row * g->c_stride + column, sum);
}

INLINE void matmul_tile(const ck_matmul *g, size_t row, size_t panel, const int rows, const int panels) {
    v16 sum[MICRO_ROWS][MICRO_PANELS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < panels; p++) sum[r][p] = splat(0.0f);
    const size_t length = g->segments * g->depth * CK_LANES, stride = g->a_stride, depth = g->depth;
    const float *b = g->b + panel * length;
    for (size_t s = 0; s < g->segments; s++) {
        const float *a = g->a + row * stride + s * g->a_segment;
        for (size_t k = 0; k < depth; k++, b += CK_LANES) {
            v16 column[MICRO_PANELS];
            for (int p = 0; p < panels; p++) column[p] = load(b + p * length);
#pragma clang loop unroll(full)
            for (int r = 0; r < rows; r++) {
                const v16 x = splat(a[r * stride + k]);
                for (int p = 0; p < panels; p++) sum[r][p] = fma16(x, column[p], sum[r][p]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < panels; p++) matmul_store(g, row + r, (panel + p) * CK_LANES, sum[r][p]);
}

// One body per row count: the counts must be constants for the tile to stay in registers.
#define MATMUL_CASE(n) \
    case n: if (n <= MICRO_ROWS) matmul_tile(g, row, panel, n <= MICRO_ROWS ? n : 1, panels); break;

INLINE void matmul_rows(const ck_matmul *g, size_t row, size_t panel, size_t rows, const int panels) {
    switch (rows) {
        MATMUL_CASE(1) MATMUL_CASE(2) MATMUL_CASE(3) MATMUL_CASE(4) MATMUL_CASE(5) MATMUL_CASE(6) MATMUL_CASE(7)
        MATMUL_CASE(8) MATMUL_CASE(9) MATMUL_CASE(10) MATMUL_CASE(11) MATMUL_CASE(12) MATMUL_CASE(13) MATMUL_CASE(14)
    }
}

static void TIER(matmul)(const ck_matmul *g) {
    const size_t panels = g->columns / CK_LANES;
    const size_t tiles = (g->rows + MICRO_ROWS - 1) / MICRO_ROWS;
    for (size_t panel = 0; panel < panels;) {
        const size_t wide = MICRO_PANELS == 2 && panels - panel >= 2 ? 2 : 1;
        for (size_t tile = 0; tile < tiles; tile++) {  // rows split evenly: 16 rows are 8 + 8, not 14 + 2
            const size_t row = g->rows * tile / tiles, end = g->rows * (tile + 1) / tiles;
            if (wide == 2) matmul_rows(g, row, panel, end - row, MICRO_PANELS);
            else matmul_rows(g, row, panel, end - row, 1);
        }
        panel += wide;
    }
}
