// Dropout (Srivastava et al. 2014) whose draws are a function of key, site and element alone: Philox4x32-10 (Salmon et
// al. 2011), sixteen counters side by side.
#pragma once
#include "template.h"

typedef uint32_t u16x32 __attribute__((vector_size(64), aligned(4)));
typedef uint64_t u16x64 __attribute__((vector_size(128), aligned(8)));

/// Elements that sixteen counters decide: four words each, two draws a word.
#define DROPOUT_GROUP 128

INLINE u16x32 splat_word(uint32_t x) { return x - (u16x32){0}; }

/// One round of Philox4x32, without the key's advance.
INLINE void philox_round(u16x32 c[4], uint32_t key0, uint32_t key1) {
    const u16x64 left = __builtin_convertvector(c[0], u16x64) * 0xD2511F53u,
                 right = __builtin_convertvector(c[2], u16x64) * 0xCD9E8D57u;
    const u16x32 high0 = __builtin_convertvector(left >> 32, u16x32), low0 = __builtin_convertvector(left, u16x32);
    const u16x32 high1 = __builtin_convertvector(right >> 32, u16x32), low1 = __builtin_convertvector(right, u16x32);
    const u16x32 c1 = c[1], c3 = c[3];
    c[0] = high1 ^ c1 ^ splat_word(key0);
    c[1] = low1;
    c[2] = high0 ^ c3 ^ splat_word(key1);
    c[3] = low0;
}

static void TIER(dropout)(const ck_dropout *g) {
    const i16 threshold = (i16)splat_word(g->threshold);
    const v16 scale = splat(g->scale);
    for (size_t done = 0; done < g->count; done += DROPOUT_GROUP) {
        u16x32 c[4] = {
            splat_word((uint32_t)((g->first + done) / DROPOUT_GROUP * CK_LANES))
                + (u16x32){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
            splat_word(g->site), splat_word(0), splat_word(0)};
        uint32_t key0 = g->key[0], key1 = g->key[1];
#pragma clang loop unroll(full)
        for (int round = 0; round < 10; round++, key0 += 0x9E3779B9u, key1 += 0xBB67AE85u) philox_round(c, key0, key1);
        for (int part = 0; part < 8 && done + part * CK_LANES < g->count; part++) {
            const i16 draw = (i16)(part & 1 ? c[part / 2] >> 16 : c[part / 2] & 0xFFFFu);
            const v16 kept = load(g->x + done + part * CK_LANES) * scale;
            store(g->y + done + part * CK_LANES, (v16)((i16)kept & (draw >= threshold)));
        }
    }
}
