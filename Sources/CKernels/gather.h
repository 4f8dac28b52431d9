// Taps side by side, for convolutions of so few channels that a padded band is mostly padding.
#pragma once
#include "template.h"

static void TIER(gather)(const ck_gather *g) {
    const size_t taps = g->kernel * g->kernel * g->channels;
    for (size_t y = 0; y < g->rows; y++)
        for (size_t x = 0; x < g->width; x++) {
            float *out = g->y + (y * g->width + x) * g->y_pitch;
            for (size_t i = taps; i < g->y_pitch; i++) out[i] = 0;
            for (size_t ky = 0; ky < g->kernel; ky++) {
                const float *row = g->x + (y * g->stride + ky) * g->row_pitch + x * g->stride * g->pitch;
                for (size_t kx = 0; kx < g->kernel; kx++, row += g->pitch)
                    for (size_t c = 0; c < g->channels; c++) *out++ = row[c];
            }
        }
}
