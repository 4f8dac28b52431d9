// The kernels of gradients: what a training step computes beside a forward pass.
#include "digests.h"

static void outer(const ck_table *table) {
    for (size_t rows = 16; rows <= 48; rows += 16)
        for (size_t columns = 16; columns <= 80; columns += 32) {
            const size_t depth = 37, segments = 2;
            float *a = numbers(segments * depth * rows), *b = numbers(segments * depth * columns), *c = numbers(rows * columns);
            const ck_outer call = {a, rows, depth * rows, b, columns, depth * columns, segments, depth, rows, columns,
                                   c, columns, rows % 32 != 0};
            table->outer(&call);
            report("outer", rows, columns, c, rows * columns);
        }
}

static void filters(const ck_table *table) {
    const size_t channels = 32, tilesY = 2, tilesX = 3, rows = 7, columns = 10, plane = tilesY * tilesX * channels + 16;
    for (int isDoubled = 0; isDoubled < 2; isDoubled++) {
        float *y = numbers(rows * columns * channels), *m = numbers(36 * plane);
        const ck_winograd_gradient call = {isDoubled, y, columns * channels, channels, rows, columns, tilesY, tilesX, channels, m, plane};
        table->winograd_gradient(&call);
        report("winograd_gradient", isDoubled, 0, m, 36 * plane);
    }
    const size_t inputs = 5, pitch = 32;
    for (int form = 0; form < 3; form++)  // sums of products, of Winograd's planes, of those of a doubled image
        for (size_t lanes = 5; lanes <= 16; lanes += 11) {
            const size_t taps = 9, pieces = form ? 36 : taps;
            float *w = numbers(pieces * inputs * pitch), *gradient = numbers(16 * inputs * taps);
            const ck_filter_gradient call = {form > 0, form > 1, w, inputs * pitch, pitch, inputs, taps, 16 - lanes, lanes,
                                             gradient, inputs * taps};
            table->filter_gradient(&call);
            report("filter_gradient", form, lanes, gradient, 16 * inputs * taps);
        }
}

static void norms(const ck_table *table) {
    const size_t pixels = 65, channels = 48;
    float *x = numbers(pixels * channels), *scale = numbers(channels), *shift = numbers(channels);
    for (size_t i = 0; i < pixels * channels; i++) x[i] *= i % 7 ? 4 : 100;
    for (int activation = CK_IDENTITY; activation <= CK_RELU6; activation++)
        for (int isPlain = 0; isPlain < 2; isPlain++) {
            float *g = numbers(pixels * channels), *sums = numbers(2 * channels);
            const ck_affine_gradient call = {x, channels, g, channels, pixels, channels, isPlain ? NULL : scale, isPlain ? NULL : shift,
                                             (ck_activation)activation, isPlain ? NULL : sums, channels};
            table->affine_gradient(&call);
            report("affine_gradient", activation, isPlain, g, pixels * channels);
            report("affine_gradient sums", activation, isPlain, sums, 2 * channels);
        }
    for (int accumulates = 0; accumulates < 2; accumulates++) {
        float *y = numbers(pixels * channels);
        const ck_norm_gradient call = {numbers(pixels * channels), channels, x, channels, y, channels, pixels, channels, scale, shift,
                                       numbers(channels), accumulates};
        table->norm_gradient(&call);
        report("norm_gradient", accumulates, 0, y, pixels * channels);
    }
    const size_t rows = 11;
    float *first = numbers(rows * 2 * 32), *second = numbers(rows * 2 * 16);
    for (size_t i = 0; i < rows * 2 * 32; i++) first[i] += i / 32 % 2 ? 3 : 300;
    for (size_t i = 0; i < rows * 2 * 16; i++) second[i] += i / 16 % 2 ? 3 : 0;
    for (int isModulated = 0; isModulated < 2; isModulated++) {
        float *weight = numbers(32), *bias = numbers(32), *modulation = numbers(64), *factor = numbers(48), *offset = numbers(48);
        const ck_group_norm_gradient call = {
            {first, second}, {20, 12}, {32, 16}, rows, 13, 4, 1e-5f, numbers(32), numbers(32), isModulated ? numbers(64) : NULL,
            numbers(3 * 2 * 48), 3, weight, bias, isModulated ? modulation : NULL, factor, offset, numbers(10 * 48)};
        table->group_norm_gradient(&call);
        report("group_norm_gradient weight", isModulated, 0, weight, 32);
        report("group_norm_gradient bias", isModulated, 0, bias, 32);
        report("group_norm_gradient modulation", isModulated, 0, modulation, 64);
        report("group_norm_gradient factor", isModulated, 0, factor, 48);
        report("group_norm_gradient offset", isModulated, 0, offset, 48);
    }
    float *sums = numbers(channels);
    table->sums(x, channels, 12, 13 * channels, 5, channels, sums);
    report("sums", 0, 0, sums, channels);
}

static void attention(const ck_table *table) {
    for (size_t width = 8; width <= 16; width += 8)
        for (size_t tokens = 1; tokens <= 150; tokens = 3 * tokens + 13) {
            const size_t stride = 3 * width + 4, padded = (tokens + 15) / 16 * 16;
            float *qkv = numbers(tokens * stride), *y = numbers(tokens * width), *dy = numbers(tokens * width);
            float *tops = numbers(padded), *totals = numbers(padded), *scratch = numbers(4 * padded * width);
            float *gradient = numbers(tokens * stride);
            for (size_t i = 0; i < tokens * stride; i++) qkv[i] *= 6;
            const ck_attention forward = {qkv, qkv + width, qkv + 2 * width, stride, tokens, tokens, width, 0.35f, y, width, scratch,
                                          tops, totals};
            table->attention(&forward);
            report("attention tops", width, tokens, tops, tokens);
            report("attention totals", width, tokens, totals, tokens);
            const ck_attention_gradient call = {qkv, qkv + width, qkv + 2 * width, stride, y, dy, width, tops, totals, tokens, width, 0.35f,
                                                gradient, gradient + width, gradient + 2 * width, stride, scratch};
            table->attention_gradient(&call);
            report("attention_gradient", width, tokens, gradient, tokens * stride);
        }
    for (size_t count = 1; count <= 64; count += 21) {
        float *weights = numbers(3 * 64), *gradient = numbers(3 * 64);
        table->softmax(weights, 64, 3, count, 5.0f);
        table->softmax_gradient(weights, gradient, 64, 3, count, 0.35f);
        for (int r = 0; r < 3; r++) report("softmax_gradient", count, r, gradient + r * 64, (count + 15) / 16 * 16);
    }
}

static void others(const ck_table *table) {
    for (size_t first = 0; first <= 256; first += 128) {
        const size_t count = 208;
        float *y = numbers(count);
        const ck_dropout call = {numbers(count), y, first, count, {0x243f6a88, 0x85a308d3}, 7, 16384, 65536.0f / 49152};
        table->dropout(&call);
        report("dropout", first, 0, y, count);
    }
    for (size_t lanes = 3; lanes <= CK_LANES; lanes += 13)
        for (int isReversed = 0; isReversed < 2; isReversed++) {
            const size_t outer = 5, inner = 9, lane = outer * inner;
            float *x = numbers(lanes * lane), *y = numbers(outer * inner * CK_LANES);
            const ck_pack call = {isReversed ? x + inner - 1 : x, lane, (ptrdiff_t)inner, isReversed ? -1 : 1, lanes, outer, inner,
                                  y, inner * CK_LANES, CK_LANES};
            table->pack(&call);
            report("pack", lanes, isReversed, y, outer * inner * CK_LANES);
        }
}

static void descent(const ck_table *table) {
    for (size_t count = 5; count <= 69; count += 32) {
        float *weights = numbers(count), *first = numbers(count), *second = numbers(count), *gradients = numbers(count);
        for (size_t i = 0; i < count; i++) second[i] *= second[i];
        const ck_adamw call = {weights, first, second, gradients, count, 0.37f, 0.99999f, 0.1f, 0.99f, 0.01f, 0.31f, 1e-8f, 3e-3f};
        table->adamw(&call);
        report("adamw weights", count, 0, weights, count);
        report("adamw first", count, 0, first, count);
        report("adamw second", count, 0, second, count);
        report("adamw gradients", count, 0, gradients, count);
    }
}

void gradients(const ck_table *table) {
    outer(table);
    filters(table);
    norms(table);
    attention(table);
    others(table);
    descent(table);
}
