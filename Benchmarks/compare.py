"""Phantom beside PyTorch, ONNX Runtime and OpenVINO on the same checkpoints, cores and threads, alternated in one run.

Every contestant keeps its network loaded in a process of its own and takes turns; a turn is some evaluations one after the
other, as a sampler makes them, and counts with the median of all but its first. Ratios are taken turn by turn between the
fastest float32 peer and Phantom, and their median is given. Nothing here is a test: the figures go to LEDGER.md.
"""
import argparse
import itertools
import math
import os
import statistics
import subprocess
import sys
import time

import numpy
from safetensors.numpy import load_file, save_file

from models import MODELS, prepare, shape

HERE = os.path.dirname(os.path.abspath(__file__))
F32, BF16 = ("torch", "onnxruntime", "openvino"), ("torch-bf16", "openvino-bf16")
BARS = ("small64", "med128", "cifar32")  # the models the geometric mean is taken over


def multiplies_bf16():
    """Whether this CPU has instructions for bf16; without them PyTorch emulates (18 times slower than its float32) and OpenVINO takes float32."""
    with open("/proc/cpuinfo") as file:
        flags = set(itertools.chain.from_iterable(line.split() for line in file if line.startswith(("flags", "Features"))))
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"})


class Contestant:
    def __init__(self, name, command):
        self.name, self.turns, self.error = name, [], None
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE)
        if self.ask(None) != "ready":
            raise SystemExit(f"{name} did not start: {' '.join(command)}")

    def ask(self, line):
        if line:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def evaluations(self, seconds):
        """How many fill a turn, at least three."""
        self.ask("time 1")
        return max(3, math.ceil(1000 * seconds / float(self.ask("time 1"))))

    def turn(self, count):
        time.sleep(0.1)  # the threads of the one before may still be waiting actively
        return statistics.median(float(t) for t in self.ask(f"time {count}").split()[1:])

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def compare(name, batch, options):
    folder = prepare(options.directory, name, (batch,))
    generator, given = numpy.random.default_rng(0), os.path.join(folder, f"input{batch}.safetensors")
    inputs = {"sample": generator.standard_normal(shape(name, batch), dtype=numpy.float32), "timestep": numpy.full(batch, 500, numpy.float32)}
    save_file(inputs, given)
    phantom = [options.phantom, "bench", "--model", folder, "--batch", str(batch), "--threads", str(options.threads), "--driven"]
    contestants = [Contestant("phantom", phantom)]
    for kind in options.peers:
        contestants.append(Contestant(kind, [sys.executable, os.path.join(HERE, "peer.py"), kind, folder, str(batch), str(options.threads), given]))
    errors = accuracy(contestants, folder, given, options)
    counts = [c.evaluations(options.seconds) for c in contestants]
    for _ in range(options.turns):
        for contestant, count in zip(contestants, counts):
            contestant.turns.append(contestant.turn(count))
    for contestant in contestants:
        contestant.end()
    return report(name, batch, contestants, errors)


def accuracy(contestants, folder, given, options):
    """Largest difference from PyTorch's float32, in standard deviations of its output."""
    outputs = {}
    for contestant in contestants:
        path = os.path.join(folder, "output.safetensors")
        if contestant.name == "phantom":
            subprocess.run([options.phantom, "forward", "--model", folder, "--input", given, "--output", path], check=True)
        else:
            contestant.ask(f"save {path}")
        outputs[contestant.name] = load_file(path)["sample"]
    if "torch" not in outputs:
        return {}
    truth = outputs["torch"]
    return {name: float(numpy.abs(output - truth).max() / truth.std()) for name, output in outputs.items()}


def report(name, batch, contestants, errors):
    phantom = contestants[0]
    ratios = {c.name: statistics.median(a / b for a, b in zip(c.turns, phantom.turns)) for c in contestants[1:]}
    for c in contestants:
        cells = [name, str(batch), c.name, f"{statistics.median(c.turns):.1f}", f"{min(c.turns):.1f}", f"{max(c.turns):.1f}"]
        cells += [f"{ratios[c.name]:.2f}" if c.name in ratios else "", f"{errors[c.name]:.1e}" if c.name in errors else ""]
        print("| " + " | ".join(cells) + " |", flush=True)
    fastest = min((ratios[kind], kind) for kind in F32 if kind in ratios) if any(k in ratios for k in F32) else None
    return {"model": name, "batch": batch, "ratios": ratios, "fastest": fastest}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phantom", required=True, help="the program")
    parser.add_argument("--directory", required=True, help="where the checkpoints lie or are made")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--peers", nargs="+", choices=F32 + BF16,
                        default=list(F32 + BF16 if multiplies_bf16() else F32), help="bf16 by default only where the CPU has it")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.4, help="length of a turn")
    options = parser.parse_args()
    options.phantom, options.directory = os.path.abspath(options.phantom), os.path.abspath(options.directory)
    print("| model | batch | who | median ms | fastest turn | slowest turn | times Phantom | largest error |")
    print("|---|---|---|---|---|---|---|---|")
    results = [compare(name, batch, options) for name, batch in itertools.product(options.models, options.batches)]
    counted = [r["fastest"][0] for r in results if r["model"] in BARS and r["fastest"]]
    if counted:
        print(f"\nFastest float32 peer against Phantom: geometric mean {statistics.geometric_mean(counted):.2f}, least {min(counted):.2f}")


if __name__ == "__main__":
    main()
