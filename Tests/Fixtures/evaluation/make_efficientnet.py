"""Makes efficientnet_lite0.safetensors: features of two images by torch, in terms of its functional interface.

Usage: make_efficientnet.py GOLDEN.safetensors, in this folder; GOLDEN has `input_u8_as_f32` [2, 3, 128, 128] and `features`
[2, 1280] of the weights in single precision, computed by NumPy. `features_half` are those of the weights that the program has.
"""
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

# blocks, kernel, stride, expansion, inputs, outputs
STAGES = [(1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80), (3, 5, 1, 6, 80, 112),
          (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320)]


def norm(x, w, name):
    return F.batch_norm(x, *(w[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")), False, 0, 1e-3)


def same(x, weight, stride, groups=1):
    kernel = weight.shape[-1]
    missing = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in x.shape[2:]]
    top, left = missing[0] // 2, missing[1] // 2
    return F.conv2d(F.pad(x, (left, missing[1] - left, top, missing[0] - top)), weight, None, stride, 0, 1, groups)


def features(w, x):
    x = F.relu6(norm(same((x - 127) / 128, w["_conv_stem.weight"], 2), w, "_bn0"))
    index = 0
    for blocks, kernel, stride, expansion, _, _ in STAGES:
        for block in range(blocks):
            p, h, step = f"_blocks.{index}.", x, stride if block == 0 else 1
            if expansion != 1:
                h = F.relu6(norm(same(h, w[p + "_expand_conv.weight"], 1), w, p + "_bn0"))
            h = F.relu6(norm(same(h, w[p + "_depthwise_conv.weight"], step, h.shape[1]), w, p + "_bn1"))
            h = norm(same(h, w[p + "_project_conv.weight"], 1), w, p + "_bn2")
            x, index = h + x if h.shape == x.shape else h, index + 1
    return F.relu6(norm(same(x, w["_conv_head.weight"], 1), w, "_bn1")).mean((2, 3))


if __name__ == "__main__":
    golden = load_file(sys.argv[1])
    weights = load_file("../../../Models/efficientnet-lite0/efficientnet-lite0.safetensors")
    images = golden["input_u8_as_f32"]
    made = features({name: value.float() for name, value in weights.items()}, images)
    save_file({"images": images.to(torch.uint8), "features": golden["features"], "features_half": made},
              "efficientnet_lite0.safetensors")
