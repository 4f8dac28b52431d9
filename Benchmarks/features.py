"""EfficientNet-Lite0's features of 1,000 pictures of 64x64: Phantom beside PyTorch, same pictures, weights and cores, alternated.

Both begin with a process that starts and end with features on disk. Phantom's are those that `phantom evaluate` keeps; what it does
afterwards is not counted. PyTorch has its batch norms folded into the convolutions and channels last, the faster of batches of 8 and of 32.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time

import numpy
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
WEIGHTS = os.path.join(HERE, "../Models/efficientnet-lite0/efficientnet-lite0.safetensors")
# blocks, kernel, stride of the first, expansion
STAGES = [(1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6)]


def pictures(folder, count):
    """Smooth random pictures, grey, as PNG."""
    os.makedirs(folder, exist_ok=True)
    generator = numpy.random.default_rng(0)
    for number in range(count):
        path = os.path.join(folder, f"{number:05}.png")
        if not os.path.exists(path):
            small = Image.fromarray(generator.integers(0, 256, (12, 12), numpy.uint8))
            Image.fromarray(numpy.asarray(small.resize((64, 64), Image.BICUBIC))).save(path)


def network():
    """The network of the weights as a function of [n, 3, 128, 128] in 0 to 255."""
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file

    w = {name: value.float() for name, value in load_file(WEIGHTS).items()}

    def layer(convolution, norm, stride, is_depthwise=False, activates=True):
        scale = w[f"{norm}.weight"] / torch.sqrt(w[f"{norm}.running_var"] + 1e-3)
        weight = (w[f"{convolution}.weight"] * scale[:, None, None, None]).contiguous(memory_format=torch.channels_last)
        bias, kernel = w[f"{norm}.bias"] - w[f"{norm}.running_mean"] * scale, weight.shape[-1]

        def run(x):
            missing = [max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in x.shape[2:]]
            if missing[0] % 2 or missing[1] % 2:  # more below and to the right, as TensorFlow has it
                top, left = missing[0] // 2, missing[1] // 2
                x, padding = F.pad(x, (left, missing[1] - left, top, missing[0] - top)), 0
            else:
                padding = (missing[0] // 2, missing[1] // 2)
            x = F.conv2d(x, weight, bias, stride, padding, 1, x.shape[1] if is_depthwise else 1)
            return F.hardtanh_(x, 0, 6) if activates else x

        return run

    def block(name, stride, expansion):
        layers = [layer(f"{name}_expand_conv", f"{name}_bn0", 1)] if expansion > 1 else []
        layers += [layer(f"{name}_depthwise_conv", f"{name}_bn1", stride, is_depthwise=True)]
        layers += [layer(f"{name}_project_conv", f"{name}_bn2", 1, activates=False)]

        def run(x):
            h = x
            for one in layers:
                h = one(h)
            return h + x if h.shape == x.shape else h

        return run

    layers = [layer("_conv_stem", "_bn0", 2)]
    for blocks, _, stride, expansion in STAGES:
        for number in range(blocks):
            layers.append(block(f"_blocks.{len(layers) - 1}.", stride if number == 0 else 1, expansion))
    layers.append(layer("_conv_head", "_bn1", 1))

    def features(x):
        x = ((x - 127) / 128).contiguous(memory_format=torch.channels_last)
        for one in layers:
            x = one(x)
        return x.mean((2, 3))

    return features


def planes(path):
    """[3, 128, 128] as Phantom's input: resized by Pillow in floating point, clipped, grey repeated."""
    image = Image.open(path)
    channels = [numpy.asarray(c.convert("F").resize((128, 128), Image.BICUBIC)) for c in image.split()]
    return numpy.clip(numpy.stack(channels if len(channels) == 3 else channels[:1] * 3), 0, 255)


def peer(folder, output, batch, threads):
    """What a process of PyTorch does."""
    import torch

    torch.set_num_threads(threads)
    evaluate, paths, made = network(), sorted(os.listdir(folder)), []
    with torch.inference_mode():
        for start in range(0, len(paths), batch):
            inputs = numpy.stack([planes(os.path.join(folder, name)) for name in paths[start:start + batch]])
            made.append(evaluate(torch.from_numpy(inputs)).numpy())
    numpy.save(output, numpy.concatenate(made))


def phantom(options, folder, few):
    """Seconds until the features are kept, and the features."""
    from safetensors.numpy import load_file

    cache = os.path.join(options.directory, "features")
    shutil.rmtree(cache, ignore_errors=True)
    command = [options.phantom, "evaluate", "--real", few, "--synthetic", folder, "--no-blurred", "--cache", cache, "--threads", str(options.threads)]
    # Two real pictures make the first file, then every 512 of the others one.
    wanted, start = 1 + -(-options.count // 512), time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while True:
        names = [n for n in os.listdir(cache) if n.endswith(".safetensors")] if os.path.isdir(cache) else []
        if len(names) == wanted:
            break
        if process.poll() is not None:
            raise SystemExit(process.stderr.read())
        time.sleep(0.02)
    process.kill()
    process.wait()
    paths = sorted((os.path.join(cache, name) for name in names), key=os.path.getmtime)
    made = numpy.concatenate([load_file(path)["features"] for path in paths[1:]])
    return os.path.getmtime(paths[-1]) - start, made


def torch_turn(options, folder, batch):
    output, start = os.path.join(options.directory, "torch.npy"), time.time()
    subprocess.run([sys.executable, __file__, "--peer", folder, output, str(batch), str(options.threads)], check=True,
                   env=dict(os.environ, OMP_NUM_THREADS=str(options.threads)))
    return time.time() - start, numpy.load(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantom", default=".build/release/phantom")
    parser.add_argument("--directory", default=".build/bench")
    parser.add_argument("--count", type=int, default=1000, help="pictures")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    folder, few = (os.path.join(options.directory, name) for name in ("pictures", "two"))
    folder = f"{folder}-{options.count}"
    pictures(folder, options.count)
    pictures(few, 2)
    batch = min((8, 32), key=lambda batch: torch_turn(options, folder, batch)[0])
    turns, error = [], 0.0
    for _ in range(options.turns):
        ours, made = phantom(options, folder, few)
        theirs, expected = torch_turn(options, folder, batch)
        error = max(error, float(numpy.abs(made - expected).max() / expected.std()))
        turns.append((ours, theirs))
        print(f"phantom {ours:.2f} s, torch (batch {batch}) {theirs:.2f} s, ratio {theirs / ours:.2f}", flush=True)
    medians = [statistics.median(column) for column in zip(*turns)]
    print(f"median: phantom {medians[0]:.2f} s, torch {medians[1]:.2f} s for {options.count} pictures; torch / phantom "
          f"{statistics.median(t / p for p, t in turns):.2f}; largest difference {error:.1e} of the features' deviation")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main()
