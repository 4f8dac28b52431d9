// The gradient of a 3x3 kernel by Winograd's method, F(4,3) turned round: dg = G^T [the sum over tiles of (B^T d B) .
// (A dy A^T)] G, the transpose of what winograd_input.h, matmul.h and winograd_output.h do. A, B and G are those of the
// points 0, 1, -1, 2, -2 and infinity, in the scaling that tiles of 4 share with those of 6.
#pragma once
#include "key_panels.h"
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

/// The first pass of M = A dy A^T over `channels` channels of one tile, of whose pixels rows x columns exist:
/// half[i][j][channel].
INLINE void winograd_gradient_columns(
    const ck_winograd_gradient *g, const float *y, size_t rows, size_t columns, size_t channels, float *half) {
#pragma clang loop unroll(disable)
    for (size_t j = 0; j < 4; j++, y += g->y_pitch, half += CK_INPUT_CHANNELS)
        for (size_t c = 0; c < channels; c += TIER_LANES) {
            vec d[4], t[6];
            for (size_t i = 0; i < 4; i++) {
                const float *at = y + i * g->y_row + c;
                d[i] = i < rows && j < columns ? loadv(at) : splatv(0.0f);
                // The next row of tiles: a tile's rows are too many for the hardware to follow.
                if (c % CK_LANES == 0) __builtin_prefetch(at + 4 * g->y_row);
            }
            gradient4(d, t);
            for (int i = 0; i < 6; i++) storev(half + i * 4 * CK_INPUT_CHANNELS + c, t[i]);
        }
}

/// The second pass, into the planes.
INLINE void winograd_gradient_rows(
    const ck_winograd_gradient *g, const float *half, size_t channels, float *m, const int is_doubled) {
    const size_t plane = g->plane;
#pragma clang loop unroll(disable)
    for (int i = 0; i < 6; i++, m += 6 * plane, half += 4 * CK_INPUT_CHANNELS) {
        if (is_doubled && i == CK_VANISHING_POINT) continue;
        for (size_t c = 0; c < channels; c += TIER_LANES) {
            vec d[4], t[6];
            for (int j = 0; j < 4; j++) d[j] = loadv(half + j * CK_INPUT_CHANNELS + c);
            gradient4(d, t);
            for (int j = 0; j < 6; j++) {
                if (is_doubled && j == CK_VANISHING_POINT) continue;
                if (TIER_LANES == CK_LANES)
                    __builtin_prefetch(m + j * plane + c + CK_INPUT_CHANNELS, 1);  // see winograd_input.h
                storev(m + j * plane + c, t[j]);
            }
        }
    }
}

OUTLINE void TIER(gradient_columns)(const ck_winograd_gradient *g, const float *y, size_t channels, float *half) {
    winograd_gradient_columns(g, y, 4, 4, channels, half);
}
OUTLINE void TIER(gradient_some)(
    const ck_winograd_gradient *g, const float *y, size_t rows, size_t columns, size_t channels, float *half) {
    winograd_gradient_columns(g, y, rows, columns, channels, half);
}
OUTLINE void TIER(gradient_rows)(const ck_winograd_gradient *g, const float *half, size_t channels, float *m) {
    winograd_gradient_rows(g, half, channels, m, 0);
}
OUTLINE void TIER(gradient_rows_doubled)(const ck_winograd_gradient *g, const float *half, size_t channels, float *m) {
    winograd_gradient_rows(g, half, channels, m, 1);
}

static void TIER(winograd_gradient)(const ck_winograd_gradient *call) {
    const ck_winograd_gradient copy = *call, *g = &copy;  // what is written cannot be one of its fields
    _Alignas(64) float half[6 * 4 * CK_INPUT_CHANNELS];
    for (size_t ty = 0; ty < g->tiles_y; ty++)
        for (size_t tx = 0; tx < g->tiles_x; tx++) {
            const size_t rows = least(g->rows - ty * 4, 4), columns = least(g->columns - tx * 4, 4);
            const float *y = g->y + ty * 4 * g->y_row + tx * 4 * g->y_pitch;
            float *m = g->m + (ty * g->tiles_x + tx) * g->channels;
            for (size_t c = 0; c < g->channels; c += CK_INPUT_CHANNELS) {
                const size_t channels = least(g->channels - c, CK_INPUT_CHANNELS);
                if (rows == 4 && columns == 4) TIER(gradient_columns)(g, y + c, channels, half);
                else TIER(gradient_some)(g, y + c, rows, columns, channels, half);
                (g->is_doubled ? TIER(gradient_rows_doubled) : TIER(gradient_rows))(g, half, channels, m + c);
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
    // Those of the next inputs: so many planes are more than the hardware follows.
    for (int point = 0; point < 36; point++) __builtin_prefetch(w + point * g->plane + 2 * g->pitch);
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

/// Adds the taps of 16 inputs, [input][tap][lane], to the gradients of all 16 outputs, in which they lie side by side.
OUTLINE void TIER(filter_gradient_add)(const ck_filter_gradient *g, const float *taps, float *to) {
    for (int run = 0; run < 9; run++) {
        v16 x[CK_LANES];
        for (int i = 0; i < CK_LANES; i++) x[i] = load(taps + (run * CK_LANES + i) * CK_LANES);
        for (int round = 0; round < 4; round++) interleave(x);
        for (int lane = 0; lane < CK_LANES; lane++) {
            float *at = to + lane * g->gradient_stride + run * CK_LANES;
            store(at, load(at) + x[lane]);
        }
    }
}

static void TIER(filter_gradient)(const ck_filter_gradient *call) {
    const ck_filter_gradient copy = *call, *g = &copy;  // what is written cannot be one of its fields
    _Alignas(64) float taps[CK_LANES * 9 * CK_LANES];
    size_t input = 0;
    if (g->is_winograd && g->lanes == CK_LANES)
        for (; input + CK_LANES <= g->inputs; input += CK_LANES) {
            for (size_t i = 0; i < CK_LANES; i++)
                filter_gradient_winograd(g, g->w + (input + i) * g->pitch, taps + i * 9 * CK_LANES);
            TIER(filter_gradient_add)(g, taps, g->gradient + input * 9);
        }
    for (; input < g->inputs; input++) {
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
