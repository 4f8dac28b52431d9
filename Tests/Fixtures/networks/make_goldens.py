"""Makes the UNet goldens beside this file with diffusers itself (pip install torch diffusers==0.42.1 safetensors).

Each folder holds a small random-weight UNet2DModel as diffusers saves it, and golden.safetensors: `sample`, `timestep`,
perhaps `class_labels`, and diffusers' `output`. Every parameter is random, norms and biases too: a fresh model's zeros and
ones would hide mistakes.
"""
import os
import shutil
import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
D, A, R = "DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D"
U, B, S = "UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"

CASES = {
    "default_positional": dict(
        config=dict(sample_size=16, in_channels=1, out_channels=1, block_out_channels=(16, 32), down_block_types=(D, A),
                    up_block_types=(B, U), layers_per_block=2, norm_num_groups=8),
        size=(16, 16), timestep=[0, 999]),
    "cifar_like": dict(
        config=dict(sample_size=16, block_out_channels=(16, 16, 32), down_block_types=(D, A, D), up_block_types=(U, B, U),
                    layers_per_block=1, attention_head_dim=None, downsample_padding=0, flip_sin_to_cos=False, freq_shift=1,
                    norm_eps=1e-6, norm_num_groups=8),
        size=(16, 16), timestep=[10, 501]),
    "fourier": dict(
        config=dict(in_channels=2, out_channels=2, block_out_channels=(16, 24), down_block_types=(A, D),
                    up_block_types=(U, B), layers_per_block=1, time_embedding_type="fourier", norm_num_groups=8),
        size=(12, 12), timestep=[0.3, 14.5]),
    "learned_time": dict(
        config=dict(in_channels=1, out_channels=1, block_out_channels=(16, 16), down_block_types=(D, D),
                    up_block_types=(U, U), layers_per_block=1, time_embedding_type="learned", num_train_timesteps=20,
                    norm_num_groups=4),
        size=(8, 8), timestep=[0, 19]),
    "class_table_resnet_resampling": dict(
        config=dict(in_channels=1, out_channels=1, block_out_channels=(16, 32), down_block_types=(A, A),
                    up_block_types=(B, B), layers_per_block=1, downsample_type="resnet", upsample_type="resnet",
                    resnet_time_scale_shift="scale_shift", attn_norm_num_groups=4, num_class_embeds=5, norm_num_groups=8,
                    attention_head_dim=16),
        size=(16, 16), timestep=[7, 700], labels=[0, 4]),
    "class_timestep_bare_mid_attention": dict(
        config=dict(in_channels=1, out_channels=1, block_out_channels=(16, 32), down_block_types=(R, D),
                    up_block_types=(S, U), layers_per_block=1, resnet_time_scale_shift="scale_shift",
                    class_embed_type="timestep", norm_num_groups=8),
        size=(8, 16), timestep=[3, 950], labels=[2, 77]),
    "class_identity_without_mid": dict(
        config=dict(in_channels=3, out_channels=6, block_out_channels=(16, 16, 24), down_block_types=(D, D, A),
                    up_block_types=(B, U, U), mid_block_type=None, layers_per_block=1, class_embed_type="identity",
                    center_input_sample=True, norm_num_groups=8, time_embedding_dim=40),
        size=(28, 28), timestep=[250.5], identity=True),
    "odd_channels_gelu": dict(
        config=dict(in_channels=1, out_channels=1, block_out_channels=(12, 20), down_block_types=(D, A),
                    up_block_types=(B, U), layers_per_block=1, act_fn="gelu", norm_num_groups=4, mid_block_scale_factor=1.41421356,
                    time_embedding_dim=24),
        size=(10, 14), timestep=[1, 600, 999]),
    "mish_without_mid_attention": dict(
        config=dict(in_channels=4, out_channels=2, block_out_channels=(16, 24, 40), down_block_types=(D, D, D),
                    up_block_types=(U, U, U), layers_per_block=2, act_fn="mish", add_attention=False, norm_num_groups=8),
        size=(24, 40), timestep=[123]),
    "relu_single_level": dict(
        config=dict(in_channels=1, out_channels=1, block_out_channels=(32,), down_block_types=(A,), up_block_types=(B,),
                    layers_per_block=1, act_fn="relu", norm_num_groups=32, freq_shift=0.5),
        size=(7, 9), timestep=[42, 43]),
}

torch.set_num_threads(1)
for seed, (name, case) in enumerate(CASES.items()):
    torch.manual_seed(seed)
    model = UNet2DModel(**case["config"]).eval()
    with torch.no_grad():
        for key, value in model.state_dict().items():
            # Fourier frequencies stay as diffusers drew them.
            if value.ndim == 1 and key != "time_proj.weight":
                value.copy_((1 if "norm" in key and key.endswith("weight") else 0) + 0.3 * torch.randn_like(value))
            value.copy_(value.half().float())  # saved as float16 below: half the size, still exact
    n = len(case["timestep"])
    sample = torch.randn(n, model.config.in_channels, *case["size"])
    timestep = torch.tensor(case["timestep"])
    inputs = {"sample": sample, "timestep": timestep.float()}
    labels = None
    if "labels" in case:
        labels = torch.tensor(case["labels"])
        inputs["class_labels"] = labels.float()
    if case.get("identity"):
        labels = torch.randn(n, case["config"]["time_embedding_dim"])
        inputs["class_labels"] = labels
    with torch.no_grad():
        output = model(sample, timestep, class_labels=labels).sample
    folder = os.path.join(HERE, name)
    shutil.rmtree(folder, ignore_errors=True)
    DDPMPipeline(model.half(), DDPMScheduler()).save_pretrained(folder)
    save_file({**inputs, "output": output.contiguous()}, os.path.join(folder, "golden.safetensors"))
    print(name, tuple(output.shape), "std", float(output.std()), "parameters", model.num_parameters())
