// All kernels of one tier and its table. The including file names the tier and its register tile.
#include "activation_gradients.h"
#include "adamw.h"
#include "attention.h"
#include "attention_gradient.h"
#include "collect.h"
#include "depthwise.h"
#include "dropout.h"
#include "gather.h"
#include "group_norm.h"
#include "group_norm_gradient.h"
#include "key_panels.h"
#include "matmul.h"
#include "outer.h"
#include "pack.h"
#include "pointwise.h"
#include "softmax.h"
#include "softmax_gradient.h"
#include "winograd_gradient.h"
#include "winograd_input.h"
#include "winograd_output.h"
#include "winograd_stream.h"
#include "winograd_weights.h"

const ck_table TIER(table) = {
    TIER_NAME,
    MICRO_PANELS,
    TIER_LANES == CK_LANES,
    TIER(matmul),
    TIER(affine),
    TIER(moments),
    TIER(softmax),
    TIER(add),
    TIER(pool2x2),
    TIER(winograd_input),
    TIER(winograd_output),
    TIER(attention),
    TIER(key_panel),
    TIER(winograd_weights),
    TIER(winograd_stream),
    TIER(group_norm),
    TIER(gather),
    TIER(collect),
    TIER(outer),
    TIER(winograd_gradient),
    TIER(filter_gradient),
    TIER(affine_gradient),
    TIER(norm_gradient),
    TIER(group_norm_gradient),
    TIER(sums),
    TIER(softmax_gradient),
    TIER(dropout),
    TIER(pack),
    TIER(attention_gradient),
    TIER(depthwise),
    TIER(adamw),
};
