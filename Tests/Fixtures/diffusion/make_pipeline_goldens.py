"""Makes the golden images of PipelineTests: the model that ships in Models/cxr64, run by diffusers' own UNet and schedulers.

    pip install torch diffusers==0.42.1 numpy safetensors
    OMP_NUM_THREADS=1 python make_pipeline_goldens.py

An image is written as round(65535 clamp(x / 2 + 0.5)), four hexadecimal digits for each pixel.
"""
import json
from pathlib import Path
import numpy as np, torch
from diffusers import UNet2DModel, DDPMScheduler, DDIMScheduler, DPMSolverMultistepScheduler

HERE = Path(__file__).parent
MODEL = HERE.parents[2] / "Models" / "cxr64"
NULL = 4
unet = UNet2DModel.from_pretrained(MODEL / "unet", torch_dtype=torch.float32).eval()
trained = DDPMScheduler.from_pretrained(MODEL / "scheduler")


@torch.no_grad()
def run(name, scheduler, steps, seed, label, guidance=1.0, **options):
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((1, 1, 64, 64), generator=generator)
    if name != "dpmsolver++":
        options["generator"] = generator
    for t in scheduler.timesteps:
        out = unet(x, t, class_labels=torch.tensor([label])).sample
        if guidance != 1.0:
            null = unet(x, t, class_labels=torch.tensor([NULL])).sample
            out = null + guidance * (out - null)
        x = scheduler.step(out, t, x, **options).prev_sample
    image = (x / 2 + 0.5).clamp(0, 1).numpy().ravel()
    pixels = np.round(image * np.float32(65535)).astype(int)
    return dict(sampler=name, steps=steps, seed=seed, label=label, guidance=guidance, eta=options.get("eta", 0.0),
                pixels="".join("%04x" % p for p in pixels))


cases = [
    run("ddpm", trained, 25, 1, 0),
    run("ddim", DDIMScheduler.from_config(trained.config), 12, 2, 1, eta=0.5),
    run("ddim", DDIMScheduler.from_config(trained.config), 12, 3, 3, guidance=3.0),
    run("dpmsolver++", DPMSolverMultistepScheduler.from_config(trained.config), 10, 4, 2),
]
(HERE / "pipeline.json").write_text(json.dumps(cases, indent=0, sort_keys=True) + "\n")
