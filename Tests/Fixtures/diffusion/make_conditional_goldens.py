"""Makes a small model trained (by nobody: its weights are random) for super-resolution and golden runs of it by diffusers.

    pip install torch diffusers==0.42.1 numpy safetensors
    OMP_NUM_THREADS=1 python make_conditional_goldens.py

The low-resolution image is enlarged by torch's interpolate and stands beside x_t in the input: before it (SR3) or behind it
(MONAI). float32 values are written as eight hexadecimal digits of their bits.
"""
import json
from pathlib import Path
import numpy as np
import torch
import torch.nn.functional as nnf
from diffusers import DDIMScheduler, UNet2DModel

HERE = Path(__file__).parent
torch.manual_seed(5)
unet = UNet2DModel(
    sample_size=16, in_channels=2, out_channels=1, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4,
    down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"), add_attention=False).eval()
unet.half().save_pretrained(HERE / "conditional" / "unet")
unet.float()
DDIMScheduler(beta_schedule="squaredcos_cap_v2").save_pretrained(HERE / "conditional" / "scheduler")


def bits(values):
    a = np.asarray(values, dtype=np.float32).ravel()
    return "".join("%08x" % v for v in a.view(np.uint32))


@torch.no_grad()
def run(order, mode, scale, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (16 // scale, 16 // scale))
    y = torch.from_numpy((2 * (pixels / 255) - 1).astype(np.float32))[None, None]
    options = {} if mode == "nearest" else dict(align_corners=False)
    shown = nnf.interpolate(y, scale_factor=scale, mode=mode, **options)
    s = DDIMScheduler(beta_schedule="squaredcos_cap_v2")
    s.set_timesteps(6)
    x = torch.randn((1, 1, 16, 16), generator=torch.Generator().manual_seed(seed))
    for t in s.timesteps:
        e = unet(torch.cat([shown, x] if order == "condition-first" else [x, shown], dim=1), t).sample
        x = s.step(e, t, x).prev_sample
    return dict(order=order, upsampling=mode, scale=scale, seed=seed, pixels=pixels.ravel().tolist(), last=bits(x))


(HERE / "conditional.json").write_text(json.dumps([
    run("condition-first", "bicubic", 4, 1), run("image-first", "nearest", 2, 2), run("image-first", "bilinear", 8, 3),
], indent=0, sort_keys=True) + "\n")
