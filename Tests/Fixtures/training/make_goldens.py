"""Golden values of the tests of Training: torch's AdamW and clipping, diffusers' EMAModel and DDPMScheduler, and the
post-hoc averages of Karras et al. 2024 written down in numpy.

    python Tests/Fixtures/training/make_goldens.py

Made with torch 2.x, diffusers 0.3x or later, numpy.
"""

import json
from pathlib import Path
from statistics import NormalDist

import numpy as np
import torch
from diffusers import DDPMScheduler
from diffusers.training_utils import EMAModel

here = Path(__file__).parent


def write(name, value):
    (here / name).write_text(json.dumps(value, indent=1) + "\n")


def floats(tensor):
    return [float(v) for v in tensor.detach().flatten()]


def optimiser():
    """Twelve steps on weights whose gradients are sums of sines, so that Swift makes them as well."""
    weights = torch.nn.Parameter(torch.tensor([0.5, -1.25, 2.0, 0.0, 1e-3], dtype=torch.float32))
    adam = torch.optim.AdamW([weights], lr=3e-4, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.01, foreach=False)
    steps = []
    for step in range(12):
        rate = 3e-4 * (step + 1) / 12
        adam.param_groups[0]["lr"] = rate
        gradient = torch.tensor([np.float32(3 * np.sin(1.0 + step * 0.7 + 2 * i)) for i in range(5)])
        weights.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_([weights], 1.0)
        adam.step()
        steps.append({"rate": rate, "gradient": floats(gradient), "norm": float(norm), "weights": floats(weights)})
    write("adamw.json", {"start": [0.5, -1.25, 2.0, 0.0, float(np.float32(1e-3))], "steps": steps})


def ema():
    parameter = torch.nn.Parameter(torch.zeros(1))
    model = EMAModel([parameter], decay=0.995, use_ema_warmup=True, inv_gamma=1.0, power=0.75)
    decays = []
    for _ in range(2000):
        model.step([parameter])
        decays.append(float(model.cur_decay_value))
    write("ema.json", {"decay": 0.995, "power": 0.75, "decays": {str(i + 1): decays[i] for i in (0, 1, 2, 9, 99, 1999)}})


def exponent(width):
    t = width**-2
    return float(np.roots([1, 7, 16 - t, 12 - t]).real.max())


def product(ta, ga, tb, gb):
    ratio = ta / tb
    power = np.where(ta < tb, gb, -ga)
    return (ga + 1) * (gb + 1) * ratio**power / ((ga + gb + 1) * np.maximum(ta, tb))


def averages():
    """Weights that move as a spiral; averages of 0.05 and 0.10 at 32 times of 640 steps; 0.075 and 0.2 made of them."""
    steps, widths, snapshots = 640, [0.05, 0.10], 32
    path = np.array([[np.cos(s / 40), np.sin(s / 25) * s / 640, s / 640] for s in range(1, steps + 1)])
    gammas = [exponent(w) for w in widths]
    running = np.zeros((2, 3))
    taken = []
    for s in range(1, steps + 1):
        for k, gamma in enumerate(gammas):
            beta = (1 - 1 / s) ** (gamma + 1)
            running[k] = beta * running[k] + (1 - beta) * path[s - 1]
        if s * snapshots // steps > (s - 1) * snapshots // steps:
            taken += [(s, gammas[k], running[k].copy()) for k in range(2)]
    times = np.array([t for t, _, _ in taken], dtype=float)
    exponents = np.array([g for _, g, _ in taken])
    values = np.array([v for _, _, v in taken])
    matrix = product(times[:, None], exponents[:, None], times[None, :], exponents[None, :])
    wanted = []
    for width in (0.075, 0.2, 0.05):
        right = product(times, exponents, float(steps), exponent(width))
        solution = np.linalg.solve(matrix, right)
        exact = np.zeros(3)
        for s in range(1, steps + 1):
            beta = (1 - 1 / s) ** (exponent(width) + 1)
            exact = beta * exact + (1 - beta) * path[s - 1]
        wanted.append({"width": width, "gamma": exponent(width), "made": (solution @ values).tolist(),
                       "exact": exact.tolist()})
    write("averages.json", {"steps": steps, "last": values[-2:].tolist(), "gammas": gammas, "wanted": wanted})


def objective():
    cases = []
    for kind in ("squaredcos_cap_v2", "linear"):
        schedule = DDPMScheduler(num_train_timesteps=1000, beta_schedule=kind)
        image = torch.tensor([[-0.75, 0.25, 1.0, 0.0]])
        noise = torch.tensor([[0.5, -1.5, 0.125, 2.0]])
        for t in (0, 1, 250, 500, 998):
            when = torch.tensor([t])
            share = schedule.alphas_cumprod[t]
            cases.append({
                "schedule": kind, "timestep": t, "snr": float(share.double() / (1 - share.double())),
                "sample": floats(schedule.add_noise(image, noise, when)),
                "velocity": floats(schedule.get_velocity(image, noise, when))})
    quantiles = [[p, NormalDist().inv_cdf(p)] for p in (1e-12, 1e-4, 0.02, 0.0749, 0.3, 0.5, 0.77, 0.95, 0.9999999)]
    below = [[x, NormalDist().cdf(x)] for x in (-6.0, -2.5, -0.1, 0.0, 1.0, 4.0)]
    write("objective.json", {"cases": cases, "quantiles": quantiles, "below": below})


optimiser()
ema()
averages()
objective()
