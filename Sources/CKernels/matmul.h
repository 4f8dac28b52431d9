// Packed matrix multiply. A tile of up to MICRO_ROWS rows by one or two panels stays in registers over the whole
// reduction, so every output is one chain of fused multiply-adds, in the order segment, k.
#pragma once
#include "template.h"

INLINE v16 matmul_finish(const ck_matmul *g, size_t row, size_t column, v16 sum) {
    if (g->bias) sum += load(g->bias + column);
    if (g->residual) sum += load(g->residual + row * g->residual_stride + column);
    if (g->scale != 1.0f) sum *= splat(g->scale);
    return sum;
}

/// What a tile asks for meanwhile: its share of what is read next, `step` floats or `lines` cache lines each
/// MATMUL_UNROLL steps: no more than needed, since what is asked for twice costs as much as a load that misses. Spread
/// over the whole product they come at the pace memory has; asked for when they are needed they come at a third of it.
typedef struct {
    const float *next;
    size_t step, lines;
} matmul_ahead;

/// Steps of the reduction that are written out, where the loop's own instructions would cost as much as some of the few
/// multiply-adds; with a tile of 28 registers there is nothing to gain, and the loads of four steps would not find
/// room.
#define MATMUL_UNROLL (TIER_LANES == CK_LANES ? 1 : 4)

/// Shares `count` floats from `next` on out over `steps` steps.
INLINE matmul_ahead matmul_plan(const float *next, size_t count, size_t steps) {
    const size_t step = (count * MATMUL_UNROLL + steps - 1) / steps;
    return (matmul_ahead){next, step, (step + CK_LANES - 1) / CK_LANES};
}

/// One line a step on the widest registers: of a loop here the compiler makes one that holds all of a step's scalars at
/// once, and the tile spills. Where one tile of rows needs two lines a step, the other is left to the CPU, which sees
/// that they are in a row.
INLINE void matmul_ask(matmul_ahead ahead) {
#if TIER_LANES == CK_LANES
    __builtin_prefetch(ahead.next, 0, 2);
#else
    size_t line = 0;
#pragma clang loop unroll(disable)
    do  // never none: a loop that may be left out makes the tile spill, too
        __builtin_prefetch(ahead.next + line * CK_LANES, 0, 2);
    while (++line < ahead.lines);
#endif
}

/// `count` steps of one tile from `k` on.
INLINE void matmul_steps(
    const float *a, size_t stride, const float *b, size_t length, const int count, const int rows, const int panels,
    v16 sum[MICRO_ROWS][MICRO_PANELS]) {
    const float *third[5];  // every third row: the two behind it are reached by an index
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r += 3) third[r / 3] = a + r * stride;
#pragma clang loop unroll(full)
    for (int k = 0; k < count; k++) {
        v16 column[MICRO_PANELS];
        for (int p = 0; p < panels; p++) column[p] = load(b + p * length + k * CK_LANES);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            const v16 x = splat(third[r / 3][r % 3 * stride + k]);
            for (int p = 0; p < panels; p++) sum[r][p] = fma16(x, column[p], sum[r][p]);
        }
    }
}

INLINE void matmul_tile(
    const ck_matmul *g, size_t row, size_t panel, matmul_ahead ahead, const int rows, const int panels) {
    v16 sum[MICRO_ROWS][MICRO_PANELS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < panels; p++)
            sum[r][p] = g->accumulates ? load(g->c + (row + r) * g->c_stride + (panel + p) * CK_LANES) : splat(0.0f);
    const size_t length = g->segments * g->depth * CK_LANES, stride = g->a_stride, depth = g->depth;
    const float *b = g->b + panel * length;
    for (size_t s = 0; s < g->segments; s++) {
        const float *a = g->a + row * stride + s * g->a_segment;
        size_t k = 0;
        for (; k + MATMUL_UNROLL <= depth; k += MATMUL_UNROLL) {
            matmul_steps(a, stride, b, length, MATMUL_UNROLL, rows, panels, sum);
            matmul_ask(ahead);
            a += MATMUL_UNROLL;
            b += MATMUL_UNROLL * CK_LANES;
            ahead.next += ahead.step;
        }
        for (; k < depth; k++, a++, b += CK_LANES) matmul_steps(a, stride, b, length, 1, rows, panels, sum);
    }
    if (g->bias || g->residual || g->scale != 1.0f)
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++)
            for (int p = 0; p < panels; p++) sum[r][p] = matmul_finish(g, row + r, (panel + p) * CK_LANES, sum[r][p]);
    float *c = g->c + row * g->c_stride + panel * CK_LANES;
    const size_t c_stride = g->c_stride;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
        for (int p = 0; p < panels; p++) store(c + r * c_stride + p * CK_LANES, sum[r][p]);
}

// One body per row count: the counts must be constants for the tile to stay in registers.
#define MATMUL_CASE(n) \
    case n: if (n <= MICRO_ROWS) matmul_tile(g, row, panel, ahead, n <= MICRO_ROWS ? n : 1, panels); break;

INLINE void matmul_rows(
    const ck_matmul *g, size_t row, size_t panel, matmul_ahead ahead, size_t rows, const int panels) {
    switch (rows) {
        MATMUL_CASE(1) MATMUL_CASE(2) MATMUL_CASE(3) MATMUL_CASE(4) MATMUL_CASE(5) MATMUL_CASE(6) MATMUL_CASE(7)
        MATMUL_CASE(8) MATMUL_CASE(9) MATMUL_CASE(10) MATMUL_CASE(11) MATMUL_CASE(12) MATMUL_CASE(13) MATMUL_CASE(14)
    }
}

static void TIER(matmul)(const ck_matmul *call) {
    const ck_matmul copy = *call, *g = &copy;  // what is written cannot be one of its fields
    const size_t panels = g->columns / CK_LANES, length = g->segments * g->depth;
    const size_t tiles = (g->rows + MICRO_ROWS - 1) / MICRO_ROWS;
    if (!tiles) return;
    const size_t least = g->rows / tiles, larger = g->rows % tiles;  // rows split evenly: 16 rows are 8 + 8, not 14 + 2
    for (size_t panel = 0; panel < panels;) {
        const size_t wide = MICRO_PANELS == 2 && panels - panel >= 2 ? 2 : 1;
        matmul_ahead ahead = panel + wide < panels
            ? matmul_plan(g->b + (panel + wide) * length * CK_LANES, wide * length * CK_LANES, tiles * length)
            : matmul_plan(g->next ? g->next : g->b, g->next ? g->next_count : 0, tiles * length);
        for (size_t tile = 0, row = 0; tile < tiles; tile++) {
            const size_t rows = least + (tile < larger);
            if (wide == 2) matmul_rows(g, row, panel, ahead, rows, MICRO_PANELS);
            else matmul_rows(g, row, panel, ahead, rows, 1);
            ahead.next += ahead.step * (length / MATMUL_UNROLL);
            row += rows;
        }
        panel += wide;
    }
}
