"""Training steps of Phantom beside PyTorch's, float32, on the same network, batch, cores and threads, alternated in one run; and
Phantom's step over its own forward pass of the same batch.

PyTorch takes part in either memory layout; the quicker one counts, turn by turn. Ratios are taken turn by turn, and their median is
given. Nothing here is a test: the figures go to LEDGER.md.
"""
import argparse
import os
import statistics
import sys

from compare import HERE, Contestant
from models import prepare

CASES = {"small64": 16, "med128": 4}
LAYOUTS = ("contiguous", "channels_last")


def compare(name, batch, options):
    folder = prepare(options.directory, name, ())
    phantom = [options.phantom, "bench", "--model", folder, "--batch", str(batch), "--threads", str(options.threads), "--driven"]
    step, forward = Contestant("step", phantom + ["--training"]), Contestant("forward", phantom)
    peers = [
        Contestant(layout, [sys.executable, os.path.join(HERE, "training_peer.py"), layout, folder, str(batch), str(options.threads)])
        for layout in LAYOUTS
    ]
    everybody = [step, forward] + peers
    for contestant in everybody:
        contestant.ask("time 2")
    for _ in range(options.turns):
        for contestant in everybody:
            contestant.turns.append(contestant.turn(options.steps))
    for contestant in everybody:
        contestant.end()
    quickest = [min(times) for times in zip(*(peer.turns for peer in peers))]
    ratios = [theirs / ours for theirs, ours in zip(quickest, step.turns)]
    own = [ours / once for ours, once in zip(step.turns, forward.turns)]
    rate = 1000 * batch / statistics.median(step.turns)
    print(f"{name}, batch {batch}, {options.threads} threads, medians of {options.turns} turns of {options.steps} steps")
    for peer in peers:
        print(f"  PyTorch, {peer.name}: {statistics.median(peer.turns):.0f} ms a step")
    print(f"  Phantom: {statistics.median(step.turns):.0f} ms a step ({rate:.1f} images/s), {statistics.median(forward.turns):.0f} ms a forward pass")
    print(f"  PyTorch's quicker step over Phantom's: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"  Phantom's step over its forward pass: {statistics.median(own):.2f} ({min(own):.2f} to {max(own):.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantom", required=True)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--models", nargs="+", default=list(CASES), choices=list(CASES))
    options = parser.parse_args()
    options.phantom, options.directory = os.path.abspath(options.phantom), os.path.abspath(options.directory)
    for name in options.models:
        compare(name, CASES[name], options)


if __name__ == "__main__":
    main()
