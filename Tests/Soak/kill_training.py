"""Kills `phantom train` at random moments and resumes it, on other threads and with other kernels, until it is done; then holds its
weights and averages against those of a run that nothing disturbed: they have to be the same bits.

The data are small pictures made here. Needs python3 alone.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

TIERS = ("generic", "avx2", "avx512")


def png(path, side, value):
    """A grey picture of `side` pixels whose grey values `value(x, y)` gives."""
    rows = b"".join(b"\0" + bytes(value(x, y) for x in range(side)) for y in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_data(folder, generator):
    for name in ("disc", "stripes"):
        os.makedirs(os.path.join(folder, name))
        for index in range(40):
            centre, size = (generator.uniform(4, 12), generator.uniform(4, 12)), generator.uniform(2, 5)

            def disc(x, y):
                return 220 if (x - centre[0]) ** 2 + (y - centre[1]) ** 2 < size ** 2 else 30 + index

            def stripes(x, y):
                return 200 if (x + y * centre[0] / 8) % size < size / 2 else 10 + index

            png(os.path.join(folder, name, f"{name}{index}.png"), 16, disc if name == "disc" else stripes)


def settings(data, output, options, threads):
    return {
        "output": output, "seed": 7, "images": options.images, "batch": 8, "micro_batch": 4, "size": 16,
        "dataset": {"kind": "folder", "path": data}, "model": {
            "block_out_channels": [16, 32], "layers_per_block": 1, "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
            "up_block_types": ["AttnUpBlock2D", "UpBlock2D"]},
        "augment": {"label_safe": False, "non_leaky": {"probability": 0.1}},
        "checkpoint_every": 128, "validate_every": 1024, "sample_every": 0, "threads": threads}


def command(options, folder, name, threads, tier, data):
    path = os.path.join(folder, f"{name}.json")
    with open(path, "w") as file:
        json.dump(settings(data, os.path.join(folder, name), options, threads), file)
    environment = dict(os.environ, CKERNELS_TIER=tier)
    return subprocess.Popen(
        [options.phantom, "train", "--config", path, "--resume"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def digests(folder):
    """SHA-256 of the weights of the model, of the state's averages and of the snapshots."""
    found = {}
    for part in ("model", "averages", "state"):
        for place, _, names in sorted(os.walk(os.path.join(folder, part))):
            for name in sorted(names):
                if name.endswith(".safetensors"):
                    path = os.path.join(place, name)
                    with open(path, "rb") as file:
                        found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantom", required=True)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--images", type=int, default=16384)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    generator = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="phantom-soak-")
    data = os.path.join(folder, "data")
    make_data(data, generator)
    start = time.monotonic()
    whole = command(options, folder, "whole", 2, "avx512", data)
    _, errors = whole.communicate()
    if whole.returncode:
        sys.exit(f"the undisturbed run failed: {errors}")
    seconds = time.monotonic() - start
    expected, kills, tries = digests(os.path.join(folder, "whole")), 0, 0
    print(f"undisturbed: {seconds:.0f} s, {len(expected)} files of weights", flush=True)
    while True:
        tries += 1
        if tries > 20 * options.kills:
            sys.exit("the killed run does not come to its end")
        run = command(options, folder, "killed", generator.choice((1, 2)), generator.choice(TIERS), data)
        # Whole runs' time, shared among the kills, so that each part of the run and each kind of moment is met.
        limit = generator.uniform(0.02, 2 * seconds / options.kills + 0.3) if kills < options.kills else None
        try:
            _, errors = run.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.communicate()
            kills += 1
            continue
        if run.returncode:
            sys.exit(f"a resumed run failed after {kills} kills: {errors}")
        break
    got = digests(os.path.join(folder, "killed"))
    for name in sorted(set(expected) | set(got)):
        if expected.get(name) != got.get(name):
            sys.exit(f"after {kills} kills {name}: expected {expected.get(name)}, got {got.get(name)}; the runs lie in {folder}")
    if kills < options.kills:
        sys.exit(f"the run was done after {kills} kills, {options.kills} were asked for: take more --images")
    print(f"{kills} kills, {tries} processes: the same bits in {len(got)} files")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
