"""Makes the files of torch.save that the tests read, with torch 2.15. Run in this folder: python make_torch.py

tensors.pt          every element type, views of all kinds, shared storages, in a dictionary with other things
tensors_p4.pt       the same with pickle protocol 4
tensors_legacy.pt   the same in the format of before torch 1.6
tensors.json        shape and values (as bits of float32) of each tensor as torch reads them
"""
import collections
import json
import pathlib

import torch

here = pathlib.Path(__file__).parent
torch.manual_seed(0)
values = [0.0, -0.0, 1.0, -2.5, 6.103515625e-05, 5.960464477539063e-08, 65504.0, 1 / 3]
base = torch.randn(4, 6)
tensors = collections.OrderedDict(
    f32=torch.tensor(values + [1e-45, 3e38]),
    f16=torch.tensor(values, dtype=torch.float16),
    bf16=torch.tensor(values + [3e38], dtype=torch.bfloat16),
    f64=torch.tensor(values + [1e-300, 16777217.0], dtype=torch.float64),
    i64=torch.tensor([[-1, 2], [1 << 53, -(1 << 62)]]),
    i32=torch.tensor([-(1 << 31), 16777217], dtype=torch.int32),
    i16=torch.tensor([-32768, 7], dtype=torch.int16),
    i8=torch.tensor([-128, 127, 3], dtype=torch.int8),
    u8=torch.tensor([0, 255, 1], dtype=torch.uint8),
    bool=torch.tensor([True, False, True]),
    scalar=torch.tensor(7.0),
    empty=torch.zeros(3, 0, 2),
    parameter=torch.nn.Parameter(torch.randn(2, 3)),
    shared=base,
    turned=base.t(),
    row=base[2],
    column=base[:, 5],
    every_second=base[1::2, ::3],
    permuted=torch.randn(2, 3, 4).permute(2, 0, 1),
    channels_last=torch.randn(2, 3, 4, 5, dtype=torch.float16).to(memory_format=torch.channels_last),
    window=torch.arange(10.0).as_strided((3, 3), (2, 1), 1),
)
# What stands beside the weights of real checkpoints.
checkpoint = {"epoch": 3, "loss": 0.25, "done": True, "none": None, "large": 1 << 80, "negative": -3, "shape": torch.Size([1, 2]),
              "state": {"ema": tensors}, "groups": [{"lr": 1e-4, "betas": (0.9, 0.999), "params": [0, 1, 2]}]}
torch.save(checkpoint, here / "tensors.pt")
torch.save(checkpoint, here / "tensors_p4.pt", pickle_protocol=4)
torch.save(checkpoint, here / "tensors_legacy.pt", _use_new_zipfile_serialization=False)
golden = {name: {"shape": list(tensor.shape), "bits": [b & 0xFFFFFFFF for b in tensor.detach().float().reshape(-1).view(torch.int32).tolist()]}
          for name, tensor in tensors.items()}
(here / "tensors.json").write_text(json.dumps(golden, indent=None) + "\n")
