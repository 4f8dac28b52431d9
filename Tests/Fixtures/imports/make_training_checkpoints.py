"""Makes what training programs leave behind: checkpoints with optimisers, averages, callbacks and objects beside the weights, each
written by the program itself, and samples that improved-diffusion and guided-diffusion make themselves.

pip install torch monai diffusers accelerate lightning transformers ema-pytorch safetensors (made with torch 2.13.0, monai 1.6.1,
diffusers 0.42.1, accelerate 1.15.0, lightning 2.6.6, transformers 5.24.0, ema-pytorch 0.8.3), and clones of openai/improved-diffusion
and openai/guided-diffusion; then
    python make_training_checkpoints.py --improved-diffusion DIR --guided-diffusion DIR

Each folder holds a checkpoint and golden.safetensors: `sample`, `timestep` and the network's `output`, and where the library has a sampling
loop, `sampled`, the image at its end from the noise of `seed`. The two samples of improved-diffusion and guided-diffusion are two rows. As in make_imports.py the networks have 4 channels and norms of 2 groups.
"""
import argparse
import copy
import json
import pathlib
import random
import shutil
import sys
import tempfile
import warnings

import numpy
import torch
from safetensors.torch import save_file

arguments = argparse.ArgumentParser()
arguments.add_argument("--improved-diffusion", required=True)
arguments.add_argument("--guided-diffusion", required=True)
arguments.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
arguments = arguments.parse_args()
WIDTH, GROUPS, SIZE = 4, 2, 8
torch.set_num_threads(1)
warnings.filterwarnings("ignore")


class FewGroups(torch.nn.GroupNorm):
    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True):
        super().__init__(GROUPS if num_groups == 32 else num_groups, num_channels, eps=eps, affine=affine)


def seeded(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)


def randomise(model, seed):
    seeded(seed)
    with torch.no_grad():
        for value in model.parameters():
            value.normal_(std=0.1 if value.dim() == 1 else value[0].numel() ** -0.5)
    return model


def folder(name):
    path = arguments.output / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def golden(path, model, call=lambda model, x, t: model(x, t)):
    seeded(len(path.name))
    sample, timestep = torch.randn(1, 1, SIZE, SIZE), torch.tensor([321])
    with torch.no_grad():
        output = call(model.eval(), sample, timestep)
    save_file({"sample": sample, "timestep": timestep.float(), "output": output.contiguous()}, path / "golden.safetensors")
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    print(path.name, f"std {float(output.std()):.3f}", "bytes", size)


def monai(seed, spatial_dims=2):
    from monai.networks.nets import DiffusionModelUNet

    return randomise(DiffusionModelUNet(
        spatial_dims=spatial_dims, in_channels=1, out_channels=1, channels=(WIDTH,), attention_levels=(False,), num_res_blocks=1,
        num_head_channels=WIDTH, norm_num_groups=GROUPS), seed)


def diffusers_unet(seed):
    from diffusers import UNet2DModel

    return randomise(UNet2DModel(
        sample_size=SIZE, in_channels=1, out_channels=1, block_out_channels=(WIDTH,), down_block_types=("DownBlock2D",),
        up_block_types=("UpBlock2D",), layers_per_block=1, norm_num_groups=GROUPS, attention_head_dim=WIDTH), seed)


class Noise(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        torch.manual_seed(index)
        return {"x": torch.randn(1, SIZE, SIZE)}


def lightning():
    import lightning as L
    from lightning.pytorch.callbacks import EMAWeightAveraging, ModelCheckpoint

    class Diffusion(L.LightningModule):
        def __init__(self, unet, data, options, betas):
            super().__init__()
            self.save_hyperparameters()
            self.unet = unet
            self.register_buffer("alphas_cumprod", torch.linspace(0.99, 0.01, 10))

        def training_step(self, batch):
            loss = self.unet(batch["x"], torch.tensor([5])).square().mean()
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-2)

    for name, averaged in (("lightning_monitored", False), ("lightning_averaged", True)):
        path = folder(name)
        model = Diffusion(monai(20), pathlib.Path("data/train"), argparse.Namespace(steps=10, name="a"), numpy.linspace(0, 1, 3))
        with tempfile.TemporaryDirectory() as place:
            callbacks = [ModelCheckpoint(dirpath=place, monitor="loss", save_last=True, save_top_k=1)]
            if averaged:
                callbacks.append(EMAWeightAveraging(decay=0.5))
            trainer = L.Trainer(max_epochs=2, accelerator="cpu", callbacks=callbacks, logger=False, enable_progress_bar=False,
                                enable_model_summary=False)
            trainer.fit(model, torch.utils.data.DataLoader(Noise(), batch_size=2))
            shutil.copy(pathlib.Path(place) / "last.ckpt", path / "last.ckpt")
        state = torch.load(path / "last.ckpt", weights_only=False)
        used = {key.removeprefix("unet."): value for key, value in state["state_dict"].items() if key.startswith("unet.")}
        model.unet.load_state_dict(used)
        golden(path, model.unet)


def accelerate():
    from accelerate import Accelerator
    from diffusers.training_utils import EMAModel

    # Two ways of one library: what its defaults write, and what the training scripts of diffusers register hooks for.
    path = folder("accelerate_state")
    accelerator = Accelerator(cpu=True)
    model = diffusers_unet(21)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
    model, optimizer, loader = accelerator.prepare(model, optimizer, torch.utils.data.DataLoader(Noise(), batch_size=2))
    for batch in loader:
        accelerator.backward(model(batch["x"], 5).sample.square().mean())
        optimizer.step()
    accelerator.save_state(path / "checkpoint-2")
    (path / "unet.json").write_text(model.to_json_string())
    golden(path, model, lambda model, x, t: model(x, t).sample)

    path = folder("diffusers_training")
    average = EMAModel(model.parameters(), decay=0.9, model_cls=type(model), model_config=model.config)
    randomise(model, 22)
    average.step(model.parameters())
    place = path / "checkpoint-2"

    def save(models, weights, output):
        average.save_pretrained(pathlib.Path(output) / "unet_ema")
        for model in models:
            model.save_pretrained(pathlib.Path(output) / "unet")
            weights.pop()

    accelerator.register_save_state_pre_hook(save)
    accelerator.save_state(place)
    golden(path, type(model).from_pretrained(place / "unet_ema"), lambda model, x, t: model(x, t).sample)


def trainer():
    from transformers import Trainer, TrainingArguments

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = monai(23)

        def forward(self, x):
            return {"loss": self.network(x, torch.tensor([5])).square().mean()}

    path = folder("trainer_checkpoint")
    model = Wrapped()
    with tempfile.TemporaryDirectory() as place:
        options = TrainingArguments(output_dir=place, max_steps=2, save_steps=2, per_device_train_batch_size=2, use_cpu=True, report_to=[],
                                    remove_unused_columns=False, optim="sgd", disable_tqdm=True)
        Trainer(model=model, args=options, train_dataset=Noise()).train()
        shutil.copytree(pathlib.Path(place) / "checkpoint-2", path / "checkpoint-2")
    golden(path, model.network)


def ema_pytorch():
    from ema_pytorch import EMA

    path = folder("ema_pytorch")
    model = monai(24)
    average = EMA(model, beta=0.5, update_after_step=0, update_every=1)
    average.update()
    randomise(model, 25)
    average.update()
    torch.save({"step": 2, "model": model.state_dict(), "ema": average.state_dict(), "version": "1"}, path / "model-2.pt")
    golden(path, average.ema_model)


def objects():
    path = folder("objects")
    model = monai(26)
    beside = {
        "loss": numpy.mean([0.5, 0.25]), "losses": numpy.array([0.5, 0.25]), "args": argparse.Namespace(lr=1e-4, name="a"),
        "path": pathlib.PurePosixPath("data/train"), "classes": {"a", "b"}, "frozen": frozenset([1]), "dtype": torch.float32,
        "device": torch.device("cpu"), "size": torch.Size([1, 2]), "complex": 1j, "range": range(3), "long": 1 << 3000,
        "epoch": 3, "buffer": bytearray(b"abc"), "generator": numpy.random.RandomState(0).get_state(),
    }
    torch.save({**beside, "model_state_dict": model.state_dict()}, path / "checkpoint.pt")
    golden(path, model)
    path = folder("whole_module")
    torch.save({"epoch": 3, "model": torch.nn.Linear(2, 2)}, path / "model.pt")
    path = folder("monai_volume")
    torch.save({key: value.half() for key, value in monai(27, spatial_dims=3).state_dict().items()}, path / "model.pt")


def openai(name, place):
    """The package of a clone: both have networks of the same names."""
    sys.path.insert(0, place)
    try:
        return __import__(f"{name}.unet", fromlist=["unet"]), __import__(f"{name}.script_util", fromlist=["script_util"])
    finally:
        sys.path.remove(place)


def forward(model, channels):
    """What a network makes of noise, at a time between two steps as well: `rescale_timesteps` tells such ones."""
    seeded(30)
    sample, timestep = torch.randn(2, channels, SIZE, SIZE), torch.tensor([321.0, 40.25])
    with torch.no_grad():
        return {"sample": sample, "timestep": timestep, "output": model(sample, timestep).contiguous()}


def improved_and_guided():
    plain = torch.nn.GroupNorm
    torch.nn.GroupNorm = FewGroups
    unet, script = openai("improved_diffusion", arguments.improved_diffusion)
    unet.GroupNorm32 = FewGroups
    model = randomise(unet.UNetModel(
        in_channels=1, model_channels=WIDTH, out_channels=1, num_res_blocks=1, attention_resolutions=(), channel_mult=(1,), num_heads=2), 28)
    model.eval()
    seed = 7
    for name, steps, rescales in (("improved_rescaled", 4000, True), ("improved_plain", 50, False)):
        path = folder(name)
        torch.save({key: value for key, value in model.state_dict().items()}, path / "ema_0.9999_000100.pt")
        diffusion = script.create_gaussian_diffusion(
            steps=steps, noise_schedule="cosine" if rescales else "linear", rescale_timesteps=rescales, timestep_respacing="ddim1000" if rescales else "")
        seeded(seed)
        noise = torch.randn(1, 1, SIZE, SIZE)
        sampled = diffusion.ddim_sample_loop(model, (1, 1, SIZE, SIZE), noise=noise, clip_denoised=False, device="cpu")
        save_file({"sampled": sampled.contiguous(), "seed": torch.tensor([float(seed)]), **forward(model, 1)}, path / "golden.safetensors")
        print(name, f"std {float(sampled.std()):.3f}")

    unet, script = openai("guided_diffusion", arguments.guided_diffusion)
    path = folder("guided_superres")
    model = randomise(unet.SuperResModel(
        image_size=SIZE, in_channels=1, model_channels=WIDTH, out_channels=2, num_res_blocks=1, attention_resolutions=(), channel_mult=(1,),
        num_heads=2, use_scale_shift_norm=True), 29)
    model.eval()
    torch.save(model.state_dict(), path / "model.pt")
    diffusion = script.create_gaussian_diffusion(steps=50, learn_sigma=True, noise_schedule="linear")
    low = torch.arange(16).reshape(1, 1, 4, 4) * 16.0 / 127.5 - 1
    seeded(seed)
    noise = torch.randn(1, 1, SIZE, SIZE)
    sampled = diffusion.p_sample_loop(model, (1, 1, SIZE, SIZE), noise=noise, model_kwargs={"low_res": low}, device="cpu")
    numbers = forward(lambda sample, timestep: model(sample[:, :1], timestep, low_res=sample[:, 1:]), 2)
    save_file({"sampled": sampled.contiguous(), "seed": torch.tensor([float(seed)]), "low": low.contiguous(), **numbers}, path / "golden.safetensors")
    print("guided_superres", f"std {float(sampled.std()):.3f}")
    torch.nn.GroupNorm = plain


lightning()
accelerate()
trainer()
ema_pytorch()
objects()
improved_and_guided()
