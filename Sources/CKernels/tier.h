// All kernels of one tier and its table. The including file names the tier and its register tile.
#include "attention.h"
#include "collect.h"
#include "gather.h"
#include "group_norm.h"
#include "key_panels.h"
#include "matmul.h"
#include "pointwise.h"
#include "softmax.h"
#include "winograd_input.h"
#include "winograd_output.h"
#include "winograd_stream.h"
#include "winograd_weights.h"

const ck_table TIER(table) = {
    TIER_NAME, MICRO_PANELS, TIER_LANES == CK_LANES,
    TIER(matmul), TIER(affine), TIER(moments), TIER(softmax), TIER(add), TIER(pool2x2),
    TIER(winograd_input), TIER(winograd_output), TIER(attention), TIER(key_panel), TIER(winograd_weights), TIER(winograd_stream),
    TIER(group_norm), TIER(gather), TIER(collect),
};
