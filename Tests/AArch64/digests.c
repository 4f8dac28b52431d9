// Prints a digest of every kernel's output on made-up data, one line a case: the same lines on every tier and CPU, or the
// promise of equal bits is broken. Usage: digests TIER
#include <stddef.h>

#include "digests.h"

// Whoever adds a kernel gives it a digest, here or in gradients.c, and counts it.
_Static_assert(
    sizeof(ck_table) - offsetof(ck_table, matmul) == 28 * sizeof(void (*)(void)), "a kernel is missing here");

static uint64_t state = 1;

static float next(void) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (float)((int64_t)(state >> 40) - (1 << 23)) / (float)(1 << 23);
}

float *numbers(size_t count) {
    float *x = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
    if (!x) abort();
    for (size_t i = 0; i < count; i++) x[i] = next();
    return x;
}

void report(const char *name, size_t a, size_t b, const float *x, size_t count) {
    uint64_t hash = 14695981039346656037ull;  // FNV-1a over the bits
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ (bits >> shift & 255)) * 1099511628211ull;
    }
    printf("%s %zu %zu %016llx\n", name, a, b, (unsigned long long)hash);
}

static void products(const ck_table *table) {
    for (size_t rows = 1; rows <= 30; rows += rows < 16 ? 1 : 7)
        for (size_t columns = 16; columns <= 48; columns += 16) {
            const size_t depth = 37, stride = 40, segments = 2, segment = rows * stride;
            float *a = numbers(segments * segment + depth), *b = numbers(columns * segments * depth);
            float *c = numbers(rows * columns), *bias = numbers(columns), *residual = numbers(rows * columns);
            const ck_matmul call = {a, stride, segment, b, segments, depth, rows, columns, c, columns, bias, residual, columns, 0.7f, rows % 2, NULL, 0};
            table->matmul(&call);
            report("matmul", rows, columns, c, rows * columns);
        }
}

static void pointwise(const ck_table *table) {
    const size_t pixels = 65, channels = 48;
    float *x = numbers(pixels * channels), *scale = numbers(channels), *shift = numbers(channels), *y = numbers(pixels * channels);
    for (size_t i = 0; i < pixels * channels; i++) x[i] *= i % 7 ? 4 : 100;
    for (int activation = CK_IDENTITY; activation <= CK_RELU6; activation++) {
        const ck_affine call = {x, channels, y, channels, pixels, channels, scale, shift, (ck_activation)activation};
        table->affine(&call);
        report("affine", activation, 0, y, pixels * channels);
    }
    float *out = numbers(2 * channels);
    table->moments(x, channels, pixels, channels, out, out + channels);
    report("moments", pixels, channels, out, 2 * channels);
    table->add(x, numbers(pixels * channels), y, pixels * channels, 0.3f);
    report("add", 0, 0, y, pixels * channels);
    table->pool2x2(x, numbers(pixels * channels), y, pixels / 2, channels);
    report("pool2x2", 0, 0, y, pixels / 2 * channels);
    for (size_t count = 1; count <= 64; count += 21) {
        float *rows = numbers(3 * 64);
        table->softmax(rows, 64, 3, count, 5.0f);
        for (int r = 0; r < 3; r++) report("softmax", count, r, rows + r * 64, (count + 15) / 16 * 16);
    }
}

/// Tiles of `height` x `width` outputs in planes of `points` x `points`.
static void tiles(const ck_table *table, size_t height, size_t width, size_t points, int isDoubled) {
    const size_t products = points * points, channels = 32, tilesY = 2, tilesX = 3, plane = tilesY * tilesX * channels + 16;
    const size_t rows = tilesY * height, columns = tilesX * width, kind = 100 * height + 10 * width + isDoubled;
    float *band = numbers((columns + 2) * (rows + 2) * channels), *v = numbers(products * plane);
    const ck_winograd_input in = {height, width, isDoubled, band, (columns + 2) * channels, channels, tilesY, tilesX, channels, v,
                                  plane, points, band, tilesX * channels};
    table->winograd_input(&in);
    report("winograd_input", kind, points, v, products * plane);
    float *y = numbers(rows * columns * channels), *bias = numbers(channels), *residual = numbers(rows * columns * channels);
    const ck_winograd_output out = {height, width, isDoubled, v, plane, points, tilesY, tilesX, channels, y, columns * channels, channels,
                                    rows - 1, columns - 1, bias, residual, columns * channels, channels, 0.7f};  // ragged
    table->winograd_output(&out);
    report("winograd_output", kind, points, y, rows * columns * channels);
}

static void winograd(const ck_table *table) {
    for (int isDoubled = 0; isDoubled < 2; isDoubled++) {
        tiles(table, 2, 2, 4, isDoubled);
        tiles(table, 4, 4, 6, isDoubled);
        for (size_t height = 4; height <= 6; height += 2)
            for (size_t width = 4; width <= 6; width += 2) tiles(table, height, width, 8, isDoubled);
    }
    for (int output = 2; output <= 6; output += 2) {
        const size_t side = output + 2, products = side * side, depth = 19, kernel = (depth + 1) * CK_LANES;
        float *g = numbers(9 * depth * CK_LANES), *u = numbers(products * kernel);
        for (int pair = 0; pair < (int)side / 2; pair++) {
            const ck_winograd_weights call = {output, pair, g, depth, u + 2 * pair * side * kernel, kernel, side * kernel};
            table->winograd_weights(&call);
        }
        report("winograd_weights", output, 0, u, products * kernel);
    }
    for (int output = 2; output <= 4; output += 2)
        for (int isDoubled = 0; isDoubled < 2; isDoubled++) {
            const size_t products = (output + 2) * (output + 2), depth = 48, plane = CK_STREAM_TILES * depth + 16;
            const size_t out = CK_STREAM_TILES * CK_LANES + 16;
            float *g = numbers(9 * depth * CK_LANES), *v = numbers(products * plane), *m = numbers(products * out);
            const ck_winograd_stream call = {output, isDoubled, g, NULL, depth, v, plane, m, out};
            table->winograd_stream(&call);
            report("winograd_stream", output, isDoubled, m, products * out);
        }
}

static void depthwise(const ck_table *table) {
    const size_t channels = 48, width = 7, rows = 3;
    for (size_t kernel = 3; kernel <= 5; kernel += 2)
        for (size_t stride = 1; stride <= 2; stride++) {
            const size_t across = (width - 1) * stride + kernel, down = (rows - 1) * stride + kernel;
            float *x = numbers(down * across * channels), *w = numbers(kernel * kernel * channels), *y = numbers(rows * width * channels);
            const ck_depthwise call = {
                x, across * channels, channels, kernel, stride, channels, rows, width, w, numbers(channels),
                stride == 1 ? CK_RELU6 : CK_IDENTITY, y, width * channels, channels};
            table->depthwise(&call);
            report("depthwise", kernel, stride, y, rows * width * channels);
        }
}

static void others(const ck_table *table) {
    for (size_t width = 8; width <= 16; width += 8)
        for (int factor = 2; factor <= 14; factor += 4) {  // from scores that are known to be small to some that are not
            const size_t tokens = 150, rows = 37, stride = 3 * width + 4;
            float *qkv = numbers(tokens * stride), *y = numbers(rows * width), *scratch = numbers(2 * tokens * width);
            for (size_t i = 0; i < tokens * stride; i++) qkv[i] *= factor;
            const ck_attention call = {qkv, qkv + width, qkv + 2 * width, stride, rows, tokens, width, 0.35f, y, width, scratch, NULL, NULL};
            table->attention(&call);
            report("attention", width, factor, y, rows * width);
        }
    for (size_t tokens = 5; tokens <= 16; tokens += 11) {
        const size_t channels = 40, stride = 3 * channels;
        float *kv = numbers(16 * stride), *keys = numbers(channels * 16), *values = numbers(48 * 20);
        const ck_key_panel call = {kv, kv + channels, stride, tokens, channels, keys, values, 20};
        table->key_panel(&call);
        report("key_panel keys", tokens, channels, keys, channels * 16);
        report("key_panel values", tokens, channels, values, 48 * 20);
    }
    const size_t rows = 11;
    float *first = numbers(rows * 2 * 32), *second = numbers(rows * 2 * 16), *scale = numbers(48), *shift = numbers(48);
    for (size_t i = 0; i < rows * 2 * 32; i++) first[i] += i / 32 % 2 ? 3 : 300;
    const ck_group_norm norm = {{first, second}, {20, 12}, {32, 16}, rows, 13, 4, 1e-5f, numbers(32), numbers(32), numbers(64),
                                scale, shift, numbers(6 * 48)};
    table->group_norm(&norm);
    report("group_norm scale", 0, 0, scale, 48);
    report("group_norm shift", 0, 0, shift, 48);
    float *band = numbers(9 * 8 * 16), *columns = numbers(3 * 3 * 32);
    const ck_gather gather = {band, 8 * 16, 16, 3, 2, 3, 3, 3, columns, 32};
    table->gather(&gather);
    report("gather", 0, 0, columns, 3 * 3 * 32);
    for (size_t outputs = 1; outputs <= CK_COLLECTED; outputs++) {
        float *products = numbers(3 * 9 * 32), *bias = numbers(16), *residual = numbers(7 * 16), *y = numbers(7 * 16);
        const ck_collect collect = {
            {products, products + 9 * 32, products + 2 * 9 * 32}, 32, 7, outputs, bias, outputs == 2 ? NULL : residual, 0.7f, y, 16};
        table->collect(&collect);
        report("collect", outputs, 0, y, 7 * 16);
    }
}

int main(int count, char **arguments) {
    const ck_table *table = ck_tier(count > 1 ? arguments[1] : "generic");
    if (!table) {
        fprintf(stderr, "no tier %s here\n", count > 1 ? arguments[1] : "generic");
        return 2;
    }
    products(table);
    pointwise(table);
    winograd(table);
    others(table);
    depthwise(table);
    gradients(table);
    return 0;
}
