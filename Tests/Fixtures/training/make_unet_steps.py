"""Ten steps of AdamW on a small UNet2DModel in torch: weights, a batch, the losses, and the loss of the averaged network.

    python Tests/Fixtures/training/make_unet_steps.py
"""

import json
from pathlib import Path

import torch
from diffusers import UNet2DModel
from safetensors.torch import save_file

here = Path(__file__).parent
torch.manual_seed(5)
torch.set_num_threads(1)
fields = dict(
    sample_size=16, in_channels=1, out_channels=1, block_out_channels=(8, 16), layers_per_block=1,
    down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
    norm_num_groups=4, attn_norm_num_groups=4, attention_head_dim=8, resnet_time_scale_shift="scale_shift",
    num_class_embeds=3)
model = UNet2DModel(**fields)
sample, target = torch.randn(4, 1, 16, 16), torch.randn(4, 1, 16, 16)
timestep, labels = torch.tensor([3.0, 250.5, 700.0, 998.0]), torch.tensor([0, 1, 2, 1])
tensors = {name: value.detach().clone().contiguous() for name, value in model.state_dict().items()}
tensors |= {"input.sample": sample, "input.target": target, "input.timestep": timestep, "input.labels": labels.float()}
save_file(tensors, here / "unet_steps.safetensors")

averaged = UNet2DModel(**fields)
averaged.load_state_dict(model.state_dict())
adam = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.01, foreach=False)


def loss_of(network):
    return ((network(sample, timestep, class_labels=labels).sample - target) ** 2).mean()


losses, norms = [], []
for step in range(1, 11):
    adam.zero_grad()
    loss = loss_of(model)
    loss.backward()
    norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)))
    adam.step()
    losses.append(float(loss))
    share = 1.0 if step == 1 else 1 - min(1 - step**-0.75, 0.9)
    with torch.no_grad():
        for a, b in zip(averaged.parameters(), model.parameters()):
            a += share * (b - a)
with torch.no_grad():
    last, average = float(loss_of(model)), float(loss_of(averaged))
(here / "unet_steps.json").write_text(json.dumps(
    {"config": {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}, "losses": losses, "norms": norms,
     "last": last, "average": average}, indent=1) + "\n")
