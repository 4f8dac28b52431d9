"""Makes the checkpoints that the tests read, with the reference implementations: torch 2.15, diffusers 0.42.1,
safetensors 0.8.0. Run in this folder: python make_checkpoints.py

types.safetensors, types.json    one tensor per element type, and its values as Python reads them
written.safetensors              what safetensors' own writer makes of the tensors that WriterTests writes
tiny/                            a UNet2DModel folder as save_pretrained writes it, with variant fp16
tiny-sharded/                    the same weights in shards
tiny-legacy/                     the same in the flat layout of old, with the names and spellings of old
tiny.json                        shape, sum (float64), first and last element of each weight
"""
import json
import pathlib
import shutil

import torch
from diffusers import DDPMPipeline, DDPMScheduler, DPMSolverMultistepScheduler, UNet2DModel
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
torch.manual_seed(0)


def types():
    values = [0.0, -0.0, 1.0, -2.5, 6.103515625e-05, 5.960464477539063e-08, 65504.0, 1 / 3]
    tensors = {
        "f32": torch.tensor(values + [1e-45, 3e38], dtype=torch.float32),
        "f16": torch.tensor(values, dtype=torch.float16),
        "bf16": torch.tensor(values + [3e38], dtype=torch.bfloat16),
        "f64": torch.tensor(values + [1e-300, 16777217.0], dtype=torch.float64),
        "i64": torch.tensor([[-1, 2], [1 << 53, -(1 << 62)]], dtype=torch.int64),
        "i32": torch.tensor([-(1 << 31), 16777217], dtype=torch.int32),
        "i16": torch.tensor([-32768, 7], dtype=torch.int16),
        "i8": torch.tensor([-128, 127, 3], dtype=torch.int8),
        "u8": torch.tensor([0, 255, 1], dtype=torch.uint8),
        "u16": torch.tensor([0, 65535], dtype=torch.uint16),
        "u32": torch.tensor([0, 4294967295], dtype=torch.uint32),
        "u64": torch.tensor([0, 1 << 62], dtype=torch.uint64),
        "bool": torch.tensor([True, False, True]),
        "scalar": torch.tensor(7.0),
        "empty": torch.zeros(3, 0, 2),
        "c64": torch.tensor([1 + 2j]),
        "f8": torch.tensor([1.0, 2.0]).to(torch.float8_e4m3fn),
    }
    save_file(tensors, here / "types.safetensors", metadata={"format": "pt", "note": "é"})
    golden = {}
    for name, tensor in tensors.items():
        if name in ("c64", "f8"):
            continue
        golden[name] = {
            "shape": list(tensor.shape),
            "bits": [f & 0xFFFFFFFF for f in tensor.to(torch.float32).reshape(-1).view(torch.int32).tolist()],
        }
    (here / "types.json").write_text(json.dumps(golden, indent=1) + "\n")


def written():
    save_file(
        {
            "b.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4,
            "a.bias": torch.tensor([1.0, -2.5], dtype=torch.float16),
            "labels": torch.tensor([3, -1], dtype=torch.int64),
            "a.scalar": torch.tensor(0.1),
        },
        here / "written.safetensors",
        metadata={"format": "pt"},
    )


def tiny():
    unet = UNet2DModel(
        sample_size=8, in_channels=1, out_channels=1, block_out_channels=(8, 16), layers_per_block=1,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=4, attention_head_dim=8, num_class_embeds=3,
    )
    with torch.no_grad():
        for parameter in unet.parameters():
            parameter.copy_(torch.randn_like(parameter))
    scheduler = DDPMScheduler(beta_schedule="squaredcos_cap_v2")
    for name in ("tiny", "tiny-sharded", "tiny-legacy"):
        shutil.rmtree(here / name, ignore_errors=True)
    DDPMPipeline(unet, scheduler).save_pretrained(here / "tiny")
    unet.save_pretrained(here / "tiny-sharded" / "unet", max_shard_size="40KB")
    DPMSolverMultistepScheduler(beta_schedule="squaredcos_cap_v2").save_pretrained(here / "tiny-sharded" / "scheduler")
    weights = unet.state_dict()
    golden = {
        key: {
            "shape": list(value.shape), "sum": value.double().sum().item(),
            "first": value.flatten()[0].item(), "last": value.flatten()[-1].item(),
        }
        for key, value in sorted(weights.items())
    }
    (here / "tiny.json").write_text(json.dumps(golden, indent=1) + "\n")
    legacy(weights)
    unet.half().save_pretrained(here / "tiny" / "unet", variant="fp16")


def legacy(weights):
    folder = here / "tiny-legacy"
    folder.mkdir()
    renamed = {}
    for index, (key, value) in enumerate(sorted(weights.items())):
        for new, old in (("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")):
            # The middle block keeps its names: mixed files are converted weight by weight.
            if f".{new}." in key and not key.startswith("mid_block"):
                key = key.replace(new, old)
                if key.endswith("weight"):
                    value = value[:, :, None, None].contiguous()
        renamed[key] = value
    save_file(renamed, folder / "diffusion_pytorch_model.safetensors")
    config = json.loads((here / "tiny" / "unet" / "config.json").read_text())
    config["down_block_types"] = ["UNetRes" + name for name in config["down_block_types"]]
    config["up_block_types"] = ["UNetRes" + name for name in config["up_block_types"]]
    config["act_fn"] = "swish"
    config["_name_or_path"] = "elsewhere"
    config["resnet_flavour"] = "none"
    for key in ("dropout", "downsample_type", "upsample_type", "mid_block_type"):
        del config[key]
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    scheduler = {
        "_class_name": "DDPMScheduler", "_diffusers_version": "0.0.4", "beta_end": 0.02, "beta_schedule": "linear",
        "beta_start": 0.0001, "clip_sample": True, "num_train_timesteps": 1000, "predict_epsilon": False,
        "lambda_min_clipped": float("-inf"), "tensor_format": "pt", "timestep_values": None, "variance_type": "fixed_large",
    }
    (folder / "scheduler_config.json").write_text(json.dumps(scheduler, indent=2, sort_keys=True) + "\n")
    index = {
        "_class_name": "DDPMPipeline", "_diffusers_version": "0.0.4",
        "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDPMScheduler"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


types()
written()
tiny()
