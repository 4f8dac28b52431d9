// All kernels of one tier and its table. The including file names the tier and its register tile.
#include "matmul.h"
#include "pointwise.h"
#include "softmax.h"
#include "winograd.h"

const ck_table TIER(table) = {
    TIER_NAME, TIER(matmul), TIER(affine), TIER(moments), TIER(softmax), TIER(activate), TIER(add), TIER(pool2x2),
    TIER(winograd_input), TIER(winograd_output),
};
