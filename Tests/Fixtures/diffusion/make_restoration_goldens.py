"""Makes the golden values of the tests of inpainting and super-resolution.

    pip install torch diffusers==0.42.1 numpy
    OMP_NUM_THREADS=1 python make_restoration_goldens.py

RePaint is diffusers' RePaintScheduler, run by the loop of its RePaintPipeline. DDNM and DDNM+ are transcribed here in float64
from Wang, Yu & Zhang 2023 (arXiv 2212.00490, algorithms 1 to 4, appendix I), with the operators as explicit matrices and their
singular value decomposition by numpy, whatever the operator. Noise is torch's, in the order in which Phantom draws it.
What ends a run of Phantom (bringing the image into the range without contradicting what is known) is done here as well.
float32 values are written as eight hexadecimal digits of their bits.
"""
import json
from pathlib import Path
import numpy as np
import torch
import torch.nn.functional as nnf
from diffusers import DDPMScheduler, RePaintScheduler

HERE = Path(__file__).parent
F = np.float32


def bits(values):
    a = np.asarray(values, dtype=np.float32).ravel()
    return "".join("%08x" % v for v in a.view(np.uint32))


def network(x, t):
    """Elementwise, rational, float32 with the operations in this order, as RationalNetwork of the tests."""
    x = np.asarray(x, dtype=np.float32)
    u = F(t) / F(1000)
    return (x * (F(1) + u) + F(0.25) * u) / (F(1) + F(0.125) * (x * x))


def given(shape, seed, depth=8):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2**depth, shape)


# ---- RePaint --------------------------------------------------------------------------------------------------------

def repaint(config, steps, length, count, seed, eta, mask_values, shape=(3, 5, 5)):
    s = RePaintScheduler(**config, eta=eta)
    s.set_timesteps(steps, length, count)
    pixels, mask = given(shape, seed), np.random.default_rng(seed + 1).choice(mask_values, shape[1:])
    y = torch.from_numpy((2 * (pixels / 255) - 1).astype(np.float32))[None]
    keep = torch.from_numpy(((255 - mask) / 255).astype(np.float32))[None, None]
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((1, *shape), generator=generator)
    last, x0, calls = s.timesteps[0] + 1, None, 0
    for t in s.timesteps:
        if t < last:
            out = s.step(torch.from_numpy(network(x.numpy(), float(t))), t, x, y, keep, generator)
            x, x0, calls = out.prev_sample, out.pred_original_sample, calls + 1
        else:
            x = s.undo_step(x, last, generator)
        last = t
    assert torch.isfinite(x).all()
    x = x.clamp(-1, 1)
    return dict(config=config, steps=steps, length=length, count=count, seed=seed, eta=eta, shape=list(shape), calls=calls,
                pixels=pixels.ravel().tolist(), mask=mask.ravel().tolist(), last=bits(x))


def paths():
    """Whole lists of levels, as diffusers walks them."""
    result = []
    for steps, length, count in ((250, 10, 10), (50, 5, 3), (20, 5, 2), (20, 20, 4), (20, 19, 3), (7, 1, 2), (7, 3, 1), (1, 1, 5), (33, 8, 4)):
        s = RePaintScheduler(num_train_timesteps=1000)
        s.set_timesteps(steps, length, count)
        levels = (s.timesteps // (1000 // steps)).tolist()
        result.append(dict(steps=steps, length=length, count=count, levels=levels))
    return result


# ---- DDNM -----------------------------------------------------------------------------------------------------------

def operator(kind, shape, parameter):
    """The matrix A on [channels, height, width]."""
    c, h, w = shape
    n = c * h * w
    index = np.arange(n).reshape(shape)
    if kind == "mask":
        return np.eye(n)[np.tile(parameter == 0, (c, 1, 1)).ravel()]
    rows = []
    channels = [range(c)] if kind == "grey" else [[k] for k in range(c)]
    for group in channels:
        for i in range(0, h, parameter):
            for j in range(0, w, parameter):
                row = np.zeros(n)
                row[index[list(group), i:i + parameter, j:j + parameter].ravel()] = 1 / (len(group) * parameter**2)
                rows.append(row)
    return np.array(rows)


def finished(x, A, y):
    """Each group of pixels clipped and shifted so that its mean is y after clipping again."""
    x = np.clip(x, -1, 1)
    for row, target in zip(A, y):
        group = row != 0
        low, high = -2.0, 2.0
        for _ in range(200):
            middle = (low + high) / 2
            if np.clip(x[group] + middle, -1, 1).mean() < target:
                low = middle
            else:
                high = middle
        x[group] = np.clip(x[group] + high, -1, 1)
    return x


def ddnm_levels(steps, length, count):
    """The levels of the run: the schedule with jumps of the paper's appendix, ended by the clean image (-1)."""
    jumps = {j: count - 1 for j in range(0, steps - length, length)}
    levels, t = [], steps
    while t >= 1:
        t -= 1
        levels.append(t)
        if jumps.get(t, 0) > 0:
            jumps[t] -= 1
            levels += range(t + 1, t + length + 1)
            t += length
    return levels + [-1]


def ddnm(config, steps, eta, seed, kind, parameter, sigma=0.0, length=1, count=1, shape=(3, 4, 6)):
    s = DDPMScheduler(**config)
    abar = s.alphas_cumprod.numpy().astype(np.float64)
    stride = 1000 // steps
    at = lambda level: 1.0 if level < 0 else abar[level * stride]
    A = operator(kind, shape, parameter)
    U, singular, Vt = np.linalg.svd(A, full_matrices=True)
    n = Vt.shape[0]
    full = np.zeros(n)
    full[:len(singular)] = singular
    pinv = np.linalg.pinv(A)
    if kind == "mask":
        pixels = given(shape, seed)
        y = A @ (2 * (pixels / 255) - 1).astype(np.float32).astype(np.float64).ravel()
    else:
        small = (1 if kind == "grey" else shape[0], shape[1] // parameter, shape[2] // parameter)
        pixels = given(small, seed)
        y = (2 * (pixels / 255) - 1).astype(np.float32).astype(np.float64).ravel()
    sy = 2 * sigma
    generator = torch.Generator().manual_seed(seed)
    draw = lambda: torch.randn((1, *shape), generator=generator).numpy().astype(np.float64).ravel()
    x = draw()
    levels, calls = ddnm_levels(steps, length, count), 0
    path, k = [], 0
    # A step leads one level down; the entry after a step is either where it led, or one above the step: then the run climbs.
    while k < len(levels) - 1:
        level = levels[k]
        a_t, a_p = at(level), at(level - 1)
        e = network(x, level * stride).astype(np.float64)
        calls += 1
        x0 = np.clip((x - np.sqrt(1 - a_t) * e) / np.sqrt(a_t), -1, 1)
        st, a = np.sqrt(1 - a_p), np.sqrt(a_p)
        z = draw() if eta * st > 0 or (sy > 0 and st > 0) else np.zeros(n)
        if sy == 0:
            xh = x0 - pinv @ (A @ x0 - y)
            x = a * xh + eta * st * z + np.sqrt(1 - eta**2) * st * e
        else:
            # In the right-singular basis, one component at a time.
            L, d1, d2 = np.ones(n), np.zeros(n), np.zeros(n)
            for i, s_i in enumerate(full):
                if s_i == 0:
                    d1[i], d2[i] = eta * st, np.sqrt(1 - eta**2) * st
                    continue
                if st >= a * sy / s_i:
                    d1[i] = np.sqrt(st**2 - (a * sy / s_i) ** 2)
                else:
                    L[i], d1[i] = s_i * st * np.sqrt(1 - eta**2) / (a * sy), st * eta
                assert abs(d1[i]**2 + d2[i]**2 + (a * L[i] * sy / s_i)**2 - st**2) < 1e-12
            correction = Vt.T @ (L * (Vt @ (pinv @ (A @ x0 - y))))
            x = a * (x0 - correction) + Vt.T @ (d1 * (Vt @ z)) + Vt.T @ (d2 * (Vt @ e))
        k += 1
        if levels[k] == level + 1:
            # Climb from level - 1, where the step led, by the forward process.
            while k + 1 < len(levels) and levels[k + 1] == levels[k] + 1:
                k += 1
            # The level below the last entry of a rise is visited next.
            share = at(levels[k] - 1) / a_p
            x = np.sqrt(share) * x + np.sqrt(1 - share) * draw()
            k += 1
    if sy == 0 and kind != "mask":
        x = finished(x, A, y)
    elif sy == 0:
        x = np.clip(x, -1, 1)
    return dict(config=config, steps=steps, eta=eta, seed=seed, kind=kind, sigma=sigma, length=length, count=count,
                shape=list(shape), parameter=parameter.ravel().tolist() if kind == "mask" else parameter, calls=calls,
                pixels=pixels.ravel().tolist(), consistency=float(np.abs(A @ x - y).max()), last=bits(x))


# ---- coefficients and operators -------------------------------------------------------------------------------------

def upsampling():
    result = []
    for mode in ("nearest", "bilinear", "bicubic"):
        for scale in (2, 4, 8):
            x = torch.from_numpy(np.random.default_rng(scale).standard_normal((1, 2, 3, 5)).astype(np.float32))
            options = {} if mode == "nearest" else dict(align_corners=False)
            y = nnf.interpolate(x.double(), scale_factor=scale, mode=mode, **options)
            result.append(dict(mode=mode, scale=scale, input=bits(x), output=bits(y)))
    return result


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=0, sort_keys=True) + "\n")


cosine = dict(beta_schedule="squaredcos_cap_v2")
hard, soft = [0, 255], [0, 64, 128, 255]
box = np.zeros((4, 6), dtype=int)
box[1:3, 2:5] = 255
write("restoration.json", dict(
    paths=paths(),
    repaint=[
        repaint({}, 20, 5, 2, 1, 0.0, hard),
        repaint({}, 20, 5, 2, 2, 1.0, hard),
        repaint(cosine, 25, 4, 3, 3, 0.5, hard),
        repaint(cosine, 10, 10, 10, 4, 0.0, soft),
        repaint(dict(clip_sample=False), 50, 10, 1, 5, 0.3, soft, shape=(1, 4, 4)),
        repaint({}, 33, 8, 4, 6, 1.0, hard, shape=(3, 3, 4)),
    ],
    ddnm=[
        ddnm({}, 20, 0.85, 11, "mask", box),
        ddnm(cosine, 25, 0.0, 12, "mask", box),
        ddnm({}, 20, 0.85, 13, "pool", 2),
        ddnm(cosine, 20, 1.0, 14, "pool", 4, shape=(1, 8, 4)),
        ddnm({}, 10, 0.5, 15, "pool", 8, shape=(3, 8, 8)),
        ddnm({}, 20, 0.85, 16, "grey", 2, shape=(3, 4, 4)),
        ddnm({}, 20, 0.85, 17, "pool", 2, length=5, count=3),
        ddnm(cosine, 12, 0.6, 18, "mask", box, length=4, count=2),
        ddnm({}, 20, 0.85, 19, "pool", 2, sigma=0.05),
        ddnm({}, 20, 0.3, 20, "pool", 4, sigma=0.2, shape=(1, 8, 4)),
        ddnm(cosine, 20, 0.85, 21, "grey", 2, sigma=0.1, shape=(3, 4, 4)),
        ddnm({}, 20, 0.85, 22, "pool", 2, sigma=0.1, length=5, count=2),
    ],
    upsampling=upsampling()))
