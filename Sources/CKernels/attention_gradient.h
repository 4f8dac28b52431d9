// Attention of narrow heads backwards: weights are made again from the scores and what forward noted of their softmax,
// so that no matrix of tokens by tokens is ever stored. How depends on what a register holds; the sums run in the same
// order.
#pragma once
#if TIER_LANES == CK_LANES
#include "attention_gradient_tiles.h"
#else
#include "attention_gradient_blocks.h"
#endif

static void TIER(attention_gradient)(const ck_attention_gradient *call) {
    const ck_attention_gradient copy = *call, *g = &copy;  // what is written cannot be one of its fields
    if (g->width == 8) attention_gradient_head(g, 8);
    else attention_gradient_head(g, 16);
}
