"""PyTorch's training step of one network, driven over its standard input: "time N" answers the milliseconds of N steps. Prints "ready"
when it is. A step is forward, backward, clipping, AdamW (fused where it is quicker on this CPU: foreach) and one average, in float32.

training_peer.py {contiguous,channels_last} FOLDER BATCH THREADS
"""
import os
import sys
import time

layout, folder, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.environ["OMP_NUM_THREADS"] = str(threads)

import torch

from models import load

torch.set_num_threads(threads)
unet = load(folder).train()
for parameter in unet.parameters():
    parameter.requires_grad_(True)
memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
unet = unet.to(memory_format=memory_format)
config = unet.config
size = (batch, config.in_channels, config.sample_size, config.sample_size)
generator = torch.Generator().manual_seed(0)
sample = torch.randn(size, generator=generator).to(memory_format=memory_format)
target = torch.randn(size, generator=generator).to(memory_format=memory_format)
timestep = torch.arange(batch) * 37 % 1000
parameters = list(unet.parameters())
optimizer = torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.99), foreach=True)
average = [p.detach().clone() for p in parameters]


def step():
    loss = torch.nn.functional.mse_loss(unet(sample, timestep, return_dict=False)[0], target)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    with torch.no_grad():
        torch._foreach_lerp_(average, parameters, 1e-3)


step()
print("ready", flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line.split()[1])):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    print(" ".join(map(str, times)), flush=True)
