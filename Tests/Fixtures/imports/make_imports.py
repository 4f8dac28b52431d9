"""Makes the checkpoints of other libraries that the tests of `phantom import` read, each with what its own library computes of it.

pip install torch==2.15.0 monai==1.6.1 diffusers==0.42.1 safetensors einops, pip install --no-deps monai-generative==0.2.3, and clones of
openai/guided-diffusion, ermongroup/ddim and yang-song/score_sde_pytorch; then
    python make_imports.py --guided-diffusion DIR --ddim DIR --score-sde DIR

Each folder holds a small network with random weights as its library saves it, and golden.safetensors: `sample`, `timestep`, perhaps
`class_labels`, and the library's own `output`. The libraries fix 32 groups in their norms; so that the files stay small they are
given networks of 4 and 8 channels and 2 groups here. With --width 32 the networks are as wide as 32 groups ask for, and nothing is
replaced: too large to keep, but a check that the replacement hides nothing.
"""
import argparse
import importlib
import json
import pathlib
import shutil
import sys
import types

import torch
from safetensors.torch import save_file

arguments = argparse.ArgumentParser()
arguments.add_argument("--guided-diffusion", required=True)
arguments.add_argument("--ddim", required=True)
arguments.add_argument("--score-sde", required=True)
arguments.add_argument("--width", type=int, default=4)
arguments.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
arguments = arguments.parse_args()
WIDTH, GROUPS = arguments.width, arguments.width // 2 if arguments.width < 32 else 32
torch.set_num_threads(1)


class FewGroups(torch.nn.GroupNorm):
    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True):
        super().__init__(GROUPS if num_groups == 32 else num_groups, num_channels, eps=eps, affine=affine)


torch.nn.GroupNorm = FewGroups  # before the libraries are imported: some inherit from it


def module(folder, name):
    """A module of a clone; two of them have a package `models`."""
    for known in [key for key in sys.modules if key.split(".")[0] in ("models", "utils")]:
        del sys.modules[known]
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(folder)


def namespace(**fields):
    return types.SimpleNamespace(**fields)


def randomise(model, seed, dtype=torch.float16):
    """Every parameter random, also those that begin as zeros and ones; all exact in `dtype`."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim == 1:
                value.copy_((1 if name.endswith("weight") else 0) + 0.3 * torch.randn_like(value))
            else:
                # score_sde's W is [in, out], all others [out, in, ...].
                value.normal_(std=(value.shape[0] if name.endswith(".W") else value[0].numel()) ** -0.5)
            value.copy_(value.to(dtype).float())
    return model.eval()


def folder(name):
    path = arguments.output / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def golden(path, model, channels, timesteps, labels=None, size=16, argument="y"):
    torch.manual_seed(len(path.name))
    sample, timestep = torch.randn(len(timesteps), channels, size, size), torch.tensor(timesteps)
    inputs = {"sample": sample, "timestep": timestep.float()}
    more = {}
    if labels is not None:
        inputs["class_labels"] = torch.tensor(labels).float()
        more[argument] = torch.tensor(labels)
    with torch.no_grad():
        output = model(sample, timestep, **more)
    save_file({**inputs, "output": output.contiguous()}, path / "golden.safetensors")
    print(path.name, tuple(output.shape), "std", float(output.std()), "parameters", sum(p.numel() for p in model.parameters()))


def guided():
    unet = module(arguments.guided_diffusion, "guided_diffusion.unet")
    # The torso in float16, as `--use_fp16` trains it; legacy attention order, everything else as for the 64 x 64 model.
    path = folder("guided_fp16")
    model = unet.UNetModel(
        image_size=16, in_channels=3, model_channels=WIDTH, out_channels=6, num_res_blocks=1, attention_resolutions=(2,),
        channel_mult=(1, 2), num_classes=5, num_head_channels=WIDTH // 2, use_scale_shift_norm=True, resblock_updown=True)
    randomise(model, 1)
    model.convert_to_fp16()
    torch.save(model.state_dict(), path / "ema_0.9999_000100.pt")
    model.convert_to_fp32()
    golden(path, model, 3, [7, 900], labels=[0, 4])
    # A fixed number of heads, so that their width differs by level; the new attention order; convolutions for resampling.
    path = folder("guided_heads")
    model = unet.UNetModel(
        image_size=16, in_channels=1, model_channels=WIDTH, out_channels=1, num_res_blocks=1, attention_resolutions=(1, 2),
        channel_mult=(1, 2), num_heads=2, use_new_attention_order=True)
    randomise(model, 2, torch.bfloat16)
    torch.save({f"module.{key}": value.bfloat16() for key, value in model.state_dict().items()}, path / "model.pth")
    golden(path, model, 1, [0, 999])
    # No convolutions for resampling: gaps in the numbers of the blocks.
    path = folder("guided_pooling")
    model = unet.UNetModel(
        image_size=16, in_channels=1, model_channels=WIDTH, out_channels=1, num_res_blocks=2, attention_resolutions=(2,),
        channel_mult=(1, 2), num_heads=2, conv_resample=False)
    randomise(model, 3)
    torch.save({key: value.half() for key, value in model.state_dict().items()}, path / "model.pt")
    golden(path, model, 1, [500])


def monai():
    from generative.networks.nets import DiffusionModelUNet as Older
    from monai.networks.nets import DiffusionModelUNet

    common = dict(spatial_dims=2, in_channels=1, out_channels=1, norm_num_groups=GROUPS)
    # Levels that differ in everything that may differ, in a training checkpoint.
    path = folder("monai_levels")
    model = DiffusionModelUNet(
        **common, channels=(WIDTH, WIDTH, 2 * WIDTH), attention_levels=(False, True, True), num_res_blocks=(1, 2, 1),
        num_head_channels=(0, WIDTH // 2, WIDTH), num_class_embeds=3)
    randomise(model, 4)
    optimizer = torch.optim.Adam(model.parameters())
    half = {key: value.half() for key, value in model.state_dict().items()}
    torch.save({"epoch": 3, "model": half, "optimizer": optimizer.state_dict(), "loss": 0.25}, path / "checkpoint.pt")
    golden(path, model, 1, [10, 990], labels=[1, 2], argument="class_labels")
    # Resampling in resnets, fused projections, none at the end of an attention.
    path = folder("monai_fused")
    model = DiffusionModelUNet(
        **common, channels=(WIDTH, 2 * WIDTH), attention_levels=(False, True), num_res_blocks=1, num_head_channels=WIDTH,
        resblock_updown=True, include_fc=False, use_combined_linear=True)
    randomise(model, 5)
    torch.save({key: value.half() for key, value in model.state_dict().items()}, path / "model.pt")
    golden(path, model, 1, [333])
    path = folder("monai_generative")
    model = Older(
        spatial_dims=2, in_channels=1, out_channels=1, norm_num_groups=GROUPS, num_channels=(WIDTH, 2 * WIDTH),
        attention_levels=(True, True), num_res_blocks=1, num_head_channels=WIDTH // 2)
    randomise(model, 6)
    save_file({key: value.half().contiguous() for key, value in model.state_dict().items()}, path / "model.safetensors")
    golden(path, model, 1, [4, 40])


def ho():
    diffusion = module(arguments.ddim, "models.diffusion")

    def model(seed, **fields):
        fields = {**dict(type="simple", in_channels=1, out_ch=1, ch=WIDTH, ch_mult=[1, 2], num_res_blocks=1, attn_resolutions=[8],
                         dropout=0.1, resamp_with_conv=True), **fields}
        return randomise(diffusion.Model(namespace(
            model=namespace(**fields), data=namespace(image_size=16), diffusion=namespace(num_diffusion_timesteps=1000))), seed)

    # The training checkpoint of runners/diffusion.py: [model, optimiser, epoch, step, ema]; the ema is what is sampled from.
    path = folder("ddim_checkpoint")
    trained, averaged = model(7), model(8)
    optimizer = torch.optim.Adam(trained.parameters())
    states = [
        {f"module.{key}": value.half() for key, value in trained.state_dict().items()}, optimizer.state_dict(), 1, 100,
        {key: value.detach().half() for key, value in averaged.named_parameters()},
    ]
    torch.save(states, path / "ckpt.pth")
    golden(path, averaged, 1, [3.0, 998.0])
    # Resampling without weights, in a file as torch wrote them before version 1.6, with `bayesian`'s variances beside.
    path = folder("ho_pooling")
    pooling = model(9, type="bayesian", resamp_with_conv=False, attn_resolutions=[16])
    torch.save({key: value.half() for key, value in pooling.state_dict().items()}, path / "model.ckpt", _use_new_zipfile_serialization=False)
    golden(path, pooling, 1, [640.0])


def score_sde():
    ddpm = module(arguments.score_sde, "models.ddpm")
    ema = importlib.import_module("models.ema")
    config = namespace(
        model=namespace(nonlinearity="swish", nf=WIDTH, ch_mult=(1, 2), num_res_blocks=1, attn_resolutions=(8,), dropout=0.1,
                        resamp_with_conv=True, conditional=True, scale_by_sigma=False, sigma_max=50, sigma_min=0.01, num_scales=10),
        data=namespace(image_size=16, centered=True, num_channels=1))
    path = folder("score_sde")
    model = torch.nn.DataParallel(randomise(ddpm.DDPM(config), 10))
    average = ema.ExponentialMovingAverage(model.parameters(), decay=0.999)
    trained = {key: (value.half() if key != "module.sigmas" else value) for key, value in model.state_dict().items()}
    randomise(model.module, 11)
    average.shadow_params = [value.detach().half() for value in model.parameters()]
    state = dict(optimizer=torch.optim.Adam(model.parameters()).state_dict(), model=trained, ema=average.state_dict(), step=7)
    torch.save(state, path / "checkpoint_1.pth")
    golden(path, model.module, 1, [1.0, 700.0])


def diffusers():
    from diffusers import DDIMScheduler, UNet2DModel

    path = folder("diffusers_bin")
    model = UNet2DModel(
        sample_size=16, in_channels=1, out_channels=1, block_out_channels=(WIDTH, 2 * WIDTH), down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"), layers_per_block=1, norm_num_groups=GROUPS, attention_head_dim=WIDTH // 2, num_class_embeds=2)
    randomise(model, 12)
    (path / "unet").mkdir()
    (path / "unet" / "config.json").write_text(model.to_json_string())
    DDIMScheduler(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction").save_pretrained(path / "scheduler")
    index = {"_class_name": "DDIMPipeline", "scheduler": ["diffusers", "DDIMScheduler"], "unet": ["diffusers", "UNet2DModel"]}
    (path / "model_index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
    # In two shards, with the attention's names of before version 0.15 in one of them.
    weights = {}
    for key, value in model.state_dict().items():
        for new, old in (("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")):
            if f".{new}." in key and not key.startswith("mid_block"):
                key = key.replace(new, old)
        weights[key] = value.half()
    names = sorted(weights)
    shards = {f"diffusion_pytorch_model-{i + 1:05}-of-00002.bin": names[i::2] for i in range(2)}
    for name, keys in shards.items():
        torch.save({key: weights[key] for key in keys}, path / "unet" / name)
    index = {"metadata": {"total_size": sum(value.numel() * 2 for value in weights.values())},
             "weight_map": {key: name for name, keys in shards.items() for key in keys}}
    (path / "unet" / "diffusion_pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
    golden(path, Sampled(model), 1, [5, 995], labels=[0, 1], argument="class_labels")


class Sampled(torch.nn.Module):
    """A network of diffusers that answers with the tensor itself."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, **more):
        return self.model(sample, timestep, **more).sample


guided()
monai()
ho()
score_sde()
diffusers()
