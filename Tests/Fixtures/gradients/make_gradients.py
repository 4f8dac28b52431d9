"""Makes the gradient goldens beside this file with diffusers and PyTorch in float64 (pip install torch diffusers==0.42.1
safetensors). The networks are those of ../networks.

NAME.safetensors holds `sample` (the noised image), `timestep`, perhaps `class_labels`, `target`, `loss`: the mean squared error of
the network's output, and of each parameter's gradient `NAME.norm` [1] and `NAME.some`: all of it, or every k-th element so that
there are at most 96, k being `NAME.stride`. `total` is the norm of all gradients.
"""
import math
import os
import torch
from diffusers import UNet2DModel
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
MOST = 96
# Sizes that the tiles of no method divide; every timestep is one that the network's embedding has.
CASES = {
    "default_positional": dict(size=(28, 28), timestep=[3, 977]),
    "cifar_like": dict(size=(28, 28), timestep=[10, 501]),
    "fourier": dict(size=(12, 20), timestep=[0.3, 14.5]),
    "learned_time": dict(size=(10, 6), timestep=[0, 19]),
    "class_table_resnet_resampling": dict(size=(40, 24), timestep=[7, 700, 7], labels=[0, 4, 4]),
    "class_timestep_bare_mid_attention": dict(size=(8, 16), timestep=[3, 950], labels=[2.0, 77.0]),
    "class_identity_without_mid": dict(size=(12, 8), timestep=[77, 400], vectors=True),
    "mish_without_mid_attention": dict(size=(16, 16), timestep=[5, 999]),
    "odd_channels_gelu": dict(size=(12, 12), timestep=[100, 900]),
    "relu_single_level": dict(size=(7, 9), timestep=[1, 500]),
}


def make(name, size, timestep, labels=None, vectors=False):
    torch.manual_seed(0)
    model = UNet2DModel.from_pretrained(os.path.join(HERE, "..", "networks", name), subfolder="unet").double().train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    config, count = model.config, len(timestep)
    sample = torch.randn(count, config.in_channels, *size)
    target = torch.randn(count, config.out_channels, *size)
    made = {"sample": sample, "target": target, "timestep": torch.tensor(timestep, dtype=torch.float32)}
    given, t = None, torch.tensor(timestep)
    if labels:
        made["class_labels"] = torch.tensor(labels, dtype=torch.float32)
        given = torch.tensor(labels)
        if config.class_embed_type == "timestep":
            # diffusers' sinusoids are float32 and its layers are not: the double ones see float32 features.
            embedding = model.class_embedding
            embedding.linear_1.register_forward_pre_hook(lambda module, args: tuple(a.double() for a in args))
            plain = model.time_proj.forward
            model.time_proj.forward = lambda x: plain(x).double()
    if vectors:
        made["class_labels"] = torch.randn(count, config.time_embedding_dim or 4 * config.block_out_channels[0])
        given = made["class_labels"].double()
    if config.time_embedding_type == "fourier":
        t = t.double()
    output = model(sample.double(), t, class_labels=given).sample
    loss = ((output - target.double()) ** 2).mean()
    loss.backward()
    made["loss"] = loss.detach().float().reshape(1)
    total = 0.0
    for key, parameter in model.named_parameters():
        if parameter.grad is None:
            continue
        gradient = parameter.grad.reshape(-1)
        total += float((gradient ** 2).sum())
        stride = math.ceil(gradient.numel() / MOST)
        made[key + ".norm"] = gradient.norm().float().reshape(1)
        made[key + ".some"] = gradient[::stride].float().contiguous()
        made[key + ".stride"] = torch.tensor([float(stride)])
    made["total"] = torch.tensor([math.sqrt(total)])
    save_file(made, os.path.join(HERE, name + ".safetensors"))
    print(name, float(loss), len(made))


for name, case in CASES.items():
    make(name, **case)
