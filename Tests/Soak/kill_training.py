#!/usr/bin/env python3
"""Kills `phantom train` with SIGKILL again and again at random moments, resumes it with other threads and other kernels,
and checks what it promises: the weights and averages of an unbroken run, to the bit. Then fills the disk under a run's
state, where the system lets it mount one, and checks that nothing is lost. Standard library only.

    python3 Tests/Soak/kill_training.py [--binary .build/release/phantom] [--kills 25] [--images 4096]

Prints a line for each kill and each finding, and exits 1 if there is any of the latter.
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

parser = argparse.ArgumentParser()
parser.add_argument("--binary", default=".build/release/phantom")
parser.add_argument("--kills", type=int, default=25)
parser.add_argument("--images", type=int, default=4096)
parser.add_argument("--seed", type=int, default=0)
options = parser.parse_args()
chance = random.Random(options.seed)
folder = tempfile.mkdtemp(prefix="kill-training-")
findings = []
FILES = ["state/training.safetensors", "model/unet/diffusion_pytorch_model.safetensors"]


def png(path, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def images():
    for kind, base in (("dark", 20), ("bright", 140)):
        os.makedirs(f"{folder}/images/{kind}")
        for number in range(40):
            rows = [[min(255, base + 3 * x + 2 * y * (number % 4) + number) for x in range(16)] for y in range(16)]
            png(f"{folder}/images/{kind}/{kind}{number}.png", rows)


def settings(name, **more):
    value = {
        "output": f"{folder}/{name}", "dataset": {"kind": "folder", "path": f"{folder}/images"}, "size": 16,
        "images": options.images, "batch": 16, "micro_batch": 8, "checkpoint_every": 64, "validate_every": 512,
        "sample_every": 0, "optimizer": {"warmup": 8}, "augment": {"non_leaky": True},
        "model": {"block_out_channels": [16, 32], "norm_num_groups": 4, "attn_norm_num_groups": 4}, **more}
    path = f"{folder}/{name}.json"
    with open(path, "w") as file:
        json.dump(value, file)
    return path


def start(path, **variables):
    return subprocess.Popen(
        [options.binary, "train", "--config", path, "--resume"], env={**os.environ, **variables},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def digests(name):
    return [hashlib.sha256(open(f"{folder}/{name}/{file}", "rb").read()).hexdigest() for file in FILES]


def saved(name):
    # The number stands as text in the header of the state's file (safetensors: a length of eight bytes, then JSON).
    try:
        with open(f"{folder}/{name}/state/training.safetensors", "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        return header["__metadata__"]["images"]
    except (OSError, KeyError):
        return "none"


def check(what, holds):
    if not holds:
        findings.append(what)
        print("FINDING:", what)


def kills():
    began = time.monotonic()
    whole = start(settings("whole"))
    check("the unbroken run ends with 0", whole.wait() == 0)
    seconds = time.monotonic() - began
    print(f"unbroken: {options.images} images in {seconds:.1f} s", flush=True)
    patience = seconds / options.kills * 1.5
    done = 0
    while True:
        threads, tier = chance.choice([1, 2]), chance.choice(["generic", "avx2", "avx512"])
        if done == options.kills:
            tier = "best"  # nothing is left to be disturbed: to the end, as quickly as it goes
        process = start(settings("broken", threads=threads), **({} if tier == "best" else {"CKERNELS_TIER": tier}))
        try:
            status = process.wait(timeout=chance.uniform(0.02, patience) if done < options.kills else None)
            if status == 0:
                break
            check(f"a resumed run goes on: {process.stderr.read().decode()}", False)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
            print(f"kill {done}: {threads} thread(s), {tier}, last saved image {saved('broken')}", flush=True)
    print(f"{done} kills; unbroken {digests('whole')[0][:12]}, broken {digests('broken')[0][:12]}")
    check("the broken run has the unbroken one's bits", digests("whole") == digests("broken"))
    lines = [json.loads(line) for line in open(f"{folder}/broken/metrics.jsonl")]
    places = [line["images"] for line in lines]
    check("metrics.jsonl goes up", places == sorted(places))
    check("no part of a file is left", not [f for _, _, names in os.walk(f"{folder}/broken") for f in names if f.endswith(".part")])


def full_disk():
    place = f"{folder}/small"
    os.makedirs(place)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", place], stderr=subprocess.DEVNULL).returncode:
        print("The full disk is left out: no file system can be mounted here.")
        return
    try:
        run = settings("small/run", images=256)
        process = start(run)
        check("a run on a small disk ends with 0", process.wait() == 0)
        before = digests("small/run")[0]
        with open(f"{place}/filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 4096)
            except OSError:
                pass
        process = start(run)
        error = process.stderr.read().decode()
        check(f"a full disk is told: {error}", process.wait() == 1 and "No space left" in error)
        check("a full disk loses nothing", digests("small/run")[0] == before)
        os.remove(f"{place}/filler")
        check("with room again the run goes on", start(run).wait() == 0 and digests("small/run")[0] == before)
        print("a full disk: told, and nothing lost" if not findings else "a full disk: see the findings")
    finally:
        subprocess.run(["umount", place])


images()
kills()
full_disk()
shutil.rmtree(folder)
sys.exit(1 if findings else 0)
