// Group normalisation backwards, what is done per channel once the sums over pixels are known.
#pragma once
#include "group_norm.h"

/// Mean and 1 / sqrt(variance + epsilon) of channels `first` to `end`, from the sums that row_sums made; see
/// group_norm.
INLINE void group_statistics(
    const ck_group_norm_gradient *g, const stored_double *sums, size_t pitch, size_t first, size_t end, double *mean,
    double *factor) {
    const size_t gap = g->pitch[0] - g->channels[0];
    double means = 0, squares = 0, deviations = 0;
    for (size_t c = first; c < end; c++) {
        const size_t at = c < g->channels[0] ? c : c + gap;
        means += sums[at];
        squares += sums[pitch + at];
        deviations += sums[2 * pitch + at];
    }
    const double blocks = (double)(g->rows * (end - first)), pixels = (double)g->pixels;
    *mean = means / blocks;
    const double spread = squares - blocks * *mean * *mean;
    const double variance = (deviations + pixels * (spread > 0 ? spread : 0)) / (blocks * pixels);
    *factor = 1 / __builtin_sqrt(variance + (double)g->epsilon);
}

/// The gradients of a channel's weight, bias and modulation; returns what the group's sums take of the channel: w (1 +
/// m) times the sums of g and of g xhat.
INLINE void channel_gradients(
    const ck_group_norm_gradient *g, size_t c, double plain, double normed, double *sum, double *product) {
    const size_t channels = g->channels[0] + g->channels[1];
    const double weight = (double)g->weight[c], by = g->modulation ? 1 + (double)g->modulation[c] : 1;
    g->weight_gradient[c] = (float)(by * normed);
    g->bias_gradient[c] = (float)(by * plain);
    if (g->modulation) {
        g->modulation_gradient[c] += (float)(weight * normed + (double)g->bias[c] * plain);
        g->modulation_gradient[channels + c] += (float)plain;
    }
    *sum += weight * by * plain;
    *product += weight * by * normed;
}

static void TIER(group_norm_gradient)(const ck_group_norm_gradient *g) {
    const size_t channels = g->channels[0] + g->channels[1], pitch = g->pitch[0] + g->pitch[1],
                 size = channels / g->groups;
    stored_double *sums = (stored_double *)g->scratch, *plain = sums + 3 * pitch, *products = plain + pitch;
    for (int s = 0; s < 2; s++)
        if (g->channels[s]) row_sums(g->moments[s], g->rows, g->pitch[s], sums + (s ? g->pitch[0] : 0), pitch);
    for (size_t c = 0; c < pitch; c += CK_LANES) {
        d16 first = {0}, second = {0};
        for (size_t y = 0; y < g->sum_rows; y++) {
            first += __builtin_convertvector(load(g->sums + y * 2 * pitch + c), d16);
            second += __builtin_convertvector(load(g->sums + (y * 2 + 1) * pitch + c), d16);
        }
        *(d16 *)(plain + c) = first;
        *(d16 *)(products + c) = second;
    }
    memset(g->factor, 0, pitch * sizeof(float));
    memset(g->offset, 0, pitch * sizeof(float));
    const size_t gap = g->pitch[0] - g->channels[0];
    for (size_t group = 0; group < g->groups; group++) {
        const size_t first = group * size, end = first + size;
        double mean, factor, sum = 0, product = 0;
        group_statistics(g, sums, pitch, first, end, &mean, &factor);
        for (size_t c = first; c < end; c++) {
            const size_t at = c < g->channels[0] ? c : c + gap;
            // The sum of g xhat, xhat = (x - mean) factor.
            channel_gradients(g, c, plain[at], factor * (products[at] - mean * plain[at]), &sum, &product);
        }
        const double count = (double)(g->rows * g->pixels * size);
        const double by = -factor * factor * product / count, rest = -factor * sum / count - by * mean;
        for (size_t c = first; c < end; c++) {
            const size_t at = c < g->channels[0] ? c : c + gap;
            g->factor[at] = (float)by;
            g->offset[at] = (float)rest;
        }
    }
}
