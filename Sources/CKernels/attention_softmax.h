// What the backward pass of attention knows of the softmax of 16 queries before it looks at a key.
#pragma once
#include "attention.h"

/// Of each query: what forward took from its scores, the reciprocal of the sum of its weights, and the sum of its
/// weights' gradients times the weights, which is that of its answer's gradient times the answer.
typedef struct {
    float top[CK_LANES], share[CK_LANES], mean[CK_LANES];
} attention_rows;

INLINE void attention_rows_begin(attention_rows *r, const ck_attention_gradient *g, size_t row, v16 mean) {
    store(r->top, load(g->tops + row));
    store(r->share, splat(1.0f) / load(g->totals + row));
    store(r->mean, mean);
}
