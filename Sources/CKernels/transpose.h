// 16 rows of eight floats by column, and back: what lies by pixel comes to lie by channel.
#pragma once
#include "template.h"

typedef float v8 __attribute__((vector_size(32), aligned(4)));

/// v[i] holds row i, then row 8 + i; afterwards column i of all rows. Twice is nothing.
INLINE void transpose8(v16 v[8]) {
    v16 t[8], u[8];
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i += 2) {
        t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i += 4)
#pragma clang loop unroll(full)
        for (int j = 0; j < 2; j++) {
            const v16 a = t[i + j], b = t[i + j + 2];
            u[i + 2 * j] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            u[i + 2 * j + 1] =
                __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        v[i] = __builtin_shufflevector(u[i], u[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
        v[i + 4] = __builtin_shufflevector(u[i], u[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    }
}

/// v[i] holds row i of 16; afterwards column i. Twice is nothing.
INLINE void transpose16(v16 v[16]) {
    v16 t[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 2) {
        t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
        t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 4)
#pragma clang loop unroll(full)
        for (int j = 0; j < 2; j++) {
            const v16 a = t[i + j], b = t[i + j + 2];
            v[i + 2 * j] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
            v[i + 2 * j + 1] =
                __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
        }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i += 8)
#pragma clang loop unroll(full)
        for (int c = 0; c < 4; c++) {
            const v16 a = v[i + c], b = v[i + 4 + c];
            t[i + c] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
            t[i + 4 + c] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        }
#pragma clang loop unroll(full)
    for (int c = 0; c < 8; c++) {
        v[c] = __builtin_shufflevector(t[c], t[8 + c], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        v[8 + c] = __builtin_shufflevector(t[c], t[8 + c], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
}

/// The columns of `rows` rows, 1 to 16; places beyond them repeat the last.
INLINE void columns_of_rows(const float *rows, size_t stride, size_t count, v16 column[8]) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 8; i++) {
        const v8 low = *(const v8 *)(rows + least(i, count - 1) * stride),
                 high = *(const v8 *)(rows + least(8 + i, count - 1) * stride);
        column[i] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    transpose8(column);
}

/// Writes columns as `count` rows, 1 to 16.
INLINE void rows_of_columns(v16 column[8], float *rows, size_t stride, size_t count) {
    transpose8(column);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 8; i++) {
        if (i < count)
            *(v8 *)(rows + i * stride) = __builtin_shufflevector(column[i], column[i], 0, 1, 2, 3, 4, 5, 6, 7);
        if (8 + i < count)
            *(v8 *)(rows + (8 + i) * stride) =
                __builtin_shufflevector(column[i], column[i], 8, 9, 10, 11, 12, 13, 14, 15);
    }
}
