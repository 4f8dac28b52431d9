"""The benchmark's checkpoints: diffusers UNet2DModels with random weights of a fixed seed, and the same as ONNX.

Run as a program it writes every model that is not there yet: models.py DIRECTORY [NAME ...]
"""
import json
import os
import sys

HEADS_OF_8 = dict(attention_head_dim=8, in_channels=1, out_channels=1, layers_per_block=2)
MODELS = {
    "small64": dict(HEADS_OF_8, sample_size=64, block_out_channels=[32, 64, 128, 128], attention_level=2),
    "med128": dict(HEADS_OF_8, sample_size=128, block_out_channels=[64, 128, 256, 256], attention_level=2),
    # The shape of google/ddpm-cifar10-32.
    "cifar32": dict(
        sample_size=32, in_channels=3, out_channels=3, layers_per_block=2, block_out_channels=[128, 256, 256, 256],
        attention_level=1, attention_head_dim=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6),
    "xray256": dict(HEADS_OF_8, sample_size=256, block_out_channels=[64, 64, 128, 128, 256, 256], attention_level=4),
}
INPUTS = ("sample", "timestep")


def configuration(name):
    """The arguments of diffusers.UNet2DModel."""
    fields = dict(MODELS[name])
    level, levels = fields.pop("attention_level"), len(fields["block_out_channels"])
    fields["down_block_types"] = ["AttnDownBlock2D" if i == level else "DownBlock2D" for i in range(levels)]
    fields["up_block_types"] = ["AttnUpBlock2D" if i == level else "UpBlock2D" for i in reversed(range(levels))]
    return fields


def shape(name, batch):
    """Of the benchmark's `sample`."""
    fields = MODELS[name]
    return (batch, fields["in_channels"], fields["sample_size"], fields["sample_size"])


def load(folder):
    """The checkpoint as torch runs it."""
    from diffusers import UNet2DModel

    return UNet2DModel.from_pretrained(os.path.join(folder, "unet"), low_cpu_mem_usage=False).eval()


def write(name, folder):
    """A model folder in diffusers' layout."""
    import torch
    from diffusers import DDPMScheduler, UNet2DModel

    torch.manual_seed(0)
    UNet2DModel(**configuration(name)).save_pretrained(os.path.join(folder, "unet"))
    DDPMScheduler().save_pretrained(os.path.join(folder, "scheduler"))
    index = {"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDPMScheduler"]}
    with open(os.path.join(folder, "model_index.json"), "w") as file:
        json.dump(index, file)


def export(name, folder, path, batch):
    """The network as ONNX, at a fixed batch, so that every runtime may plan for it."""
    import torch

    class Network(torch.nn.Module):
        def __init__(self, unet):
            super().__init__()
            self.unet = unet

        def forward(self, sample, timestep):
            return self.unet(sample, timestep, return_dict=False)[0]

    arguments = (torch.randn(shape(name, batch)), torch.full((batch,), 500.0))
    torch.onnx.export(Network(load(folder)).eval(), arguments, path, input_names=list(INPUTS), output_names=["output"], dynamo=False, opset_version=17)


def prepare(directory, name, batches):
    """Writes what is missing of one model; returns its folder."""
    folder = os.path.join(directory, name)
    if not os.path.exists(os.path.join(folder, "model_index.json")):
        write(name, folder)
    for batch in batches:
        path = os.path.join(folder, f"batch{batch}.onnx")
        if not os.path.exists(path):
            export(name, folder, path, batch)
    return folder


if __name__ == "__main__":
    for name in sys.argv[2:] or MODELS:
        print(prepare(sys.argv[1], name, (1, 8)))
