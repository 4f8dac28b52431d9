// Group normalisation's statistics and what they come down to: a scale and a shift per channel.
#pragma once
#include "template.h"

typedef double d16 __attribute__((vector_size(128), aligned(4), may_alias));
typedef double stored_double __attribute__((aligned(4), may_alias));

/// Per channel over the rows: the sums of the means, of their squares and of the squared deviations, in double
/// precision.
INLINE void row_sums(const float *moments, size_t rows, size_t pitch, stored_double *sums, size_t total) {
    for (size_t c = 0; c < pitch; c += CK_LANES) {
        d16 means = {0}, squares = {0}, deviations = {0};
        for (size_t y = 0; y < rows; y++) {
            const float *row = moments + y * 2 * pitch + c;
            const d16 mean = __builtin_convertvector(load(row), d16);
            means += mean;
            squares += mean * mean;
            deviations += __builtin_convertvector(load(row + pitch), d16);
        }
        *(d16 *)(sums + c) = means;
        *(d16 *)(sums + total + c) = squares;
        *(d16 *)(sums + 2 * total + c) = deviations;
    }
}

static void TIER(group_norm)(const ck_group_norm *g) {
    const size_t channels = g->channels[0] + g->channels[1], pitch = g->pitch[0] + g->pitch[1],
                 size = channels / g->groups;
    stored_double *sums = (stored_double *)g->scratch;
    for (int s = 0; s < 2; s++)
        if (g->channels[s]) row_sums(g->moments[s], g->rows, g->pitch[s], sums + (s ? g->pitch[0] : 0), pitch);
    memset(g->scale, 0, pitch * sizeof(float));
    memset(g->shift, 0, pitch * sizeof(float));
    const size_t gap = g->pitch[0] - g->channels[0];  // padding between the sources
    for (size_t group = 0; group < g->groups; group++) {
        double mean = 0, squares = 0, deviations = 0;
        for (size_t c = group * size; c < (group + 1) * size; c++) {
            const size_t at = c < g->channels[0] ? c : c + gap;
            mean += sums[at];
            squares += sums[pitch + at];
            deviations += sums[2 * pitch + at];
        }
        const double blocks = (double)(g->rows * size), pixels = (double)g->pixels;
        mean /= blocks;
        // Every row holds as many pixels: the variance within rows and that of their means (Chan et al. 1979).
        const double spread = squares - blocks * mean * mean;
        const double variance = (deviations + pixels * (spread > 0 ? spread : 0)) / (blocks * pixels);
        const double factor = 1 / __builtin_sqrt(variance + (double)g->epsilon);
        for (size_t c = group * size; c < (group + 1) * size; c++) {
            const size_t at = c < g->channels[0] ? c : c + gap;
            const double scaled = factor * (double)g->weight[c];
            float scale = (float)scaled, shift = (float)((double)g->bias[c] - mean * scaled);
            if (g->modulation) {
                const float by = 1 + g->modulation[c];
                scale *= by;
                shift = shift * by + g->modulation[channels + c];
            }
            g->scale[at] = scale;
            g->shift[at] = shift;
        }
    }
}
