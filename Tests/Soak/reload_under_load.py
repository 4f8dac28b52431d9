#!/usr/bin/env python3
"""Models loaded anew while jobs run: folders that change, break, go and come back. No job may be lost, and each has to
end with the bytes that a service makes which nobody disturbs. Standard library only; loopback only.

    python3 Tests/Soak/reload_under_load.py [--program .build/release/phantom] [--reloads 20]

Prints what it saw, and exits 1 if anything was lost or other than it should be.
"""
import itertools
import json
import os
import shutil
import sys
import threading
import time
import urllib.error

import trial
from small_service import Service, digests, small_model

options = trial.options(reloads=20)
BODIES = [{"steps": 12, "sampler": "ddim", "seed": "1", "count": 4},
          {"steps": 10, "sampler": "dpmsolver++", "seed": "2", "count": 2},
          {"steps": 20, "sampler": "ddpm", "seed": "3", "condition": {"view": "AP"}, "guidance": 2}]
folder = trial.folder("reload")
faults = []


def changed(path):
    """The same model with other weights: the last bytes of one tensor are turned round."""
    file = path + "/unet/diffusion_pytorch_model.safetensors"
    with open(file, "rb") as weights:
        content = bytearray(weights.read())
    content[-64:-60], content[-60:-56] = content[-60:-56], content[-64:-60]
    # Into a file beside, which takes the place of the other: the weights of a running model are mapped.
    with open(file + ".new", "wb") as weights:
        weights.write(content)
    os.rename(file + ".new", file)


def swap(new, path):
    """`new` takes the place of the folder at `path`, as a training run would have it."""
    if os.path.exists(path):
        os.rename(path, path + ".old")
        shutil.rmtree(path + ".old")
    if new:
        os.rename(new, path)


def copy(of):
    path = f"{folder}/copy-{next(numbers)}"
    shutil.copytree(of, path)
    return path


numbers = itertools.count()
os.mkdir(f"{folder}/kept")
kept, other = small_model(f"{folder}/kept", "kept"), small_model(f"{folder}/kept", "other")
present = copy(other)
moved = f"{folder}/moved"
os.rename(present, moved)
os.mkdir(f"{folder}/service")
variants = {0: other, 1: copy(other)}
changed(variants[1])

# What each request has to give, by the weights that it is made with.
expected = {}
for which, path in variants.items():
    own = f"{folder}/alone-{which}"
    os.mkdir(own)
    alone = Service(options.program, own, [path]).start()
    sha256 = alone.ask("/v1/models")["items"][0]["weights_sha256"]
    for number, body in enumerate(BODIES):
        expected[sha256, number] = digests(alone.finished(alone.submit(**body)))
    alone.end()
if len({str(value) for value in expected.values()}) != 2 * len(BODIES):
    sys.exit("the models do not differ")

service = Service(options.program, f"{folder}/service", [kept, moved])
service.start()
jobs, refusals, stopped = {}, [], threading.Event()


def submit():
    for number in itertools.count():
        if stopped.is_set():
            return
        model, which = ("kept", "other")[number % 2], number % len(BODIES)
        try:
            jobs[service.submit(model=model, **BODIES[which])] = (model, which)
        except urllib.error.HTTPError as error:
            # There is no model of this name for now.
            refusals.append((model, error.code))
        time.sleep(0.15)


client = threading.Thread(target=submit, daemon=True)
client.start()
both, one = [{"path": kept}, {"path": moved}], [{"path": kept}]
seen, weights = {}, 0
for number in range(options.reloads):
    time.sleep(0.7)
    kind = ("changed", "broken", "removed", "restored", "unchanged")[number % 5]
    expect = {"broken": "failed", "restored": "loaded"}.get(kind, kind)
    if kind == "changed":
        weights = 1 - weights
        swap(copy(variants[weights]), moved)
    elif kind == "broken":
        broken = copy(variants[weights])
        with open(broken + "/unet/diffusion_pytorch_model.safetensors", "r+b") as file:
            file.truncate(1000)
        swap(broken, moved)
    elif kind == "removed":
        service.configure(models=one)
    elif kind == "restored":
        swap(copy(variants[weights]), moved)
        service.configure(models=both)
    answer = service.ask("/v1/models/reload", method="POST")
    states = {model["name"]: model for model in answer["items"]}
    got = {name: model["outcome"] for name, model in states.items()}
    seen[kind] = got
    mine = [outcome for name, outcome in got.items() if name != "kept"]
    if got.get("kept") != "unchanged" or mine != [expect]:
        faults.append(f"reload {number} ({kind}): expected {expect}, got {answer}")
    if kind == "broken" and not any(model.get("detail") for model in states.values()):
        faults.append(f"reload {number}: a folder that is broken is told without a reason")
stopped.set()
client.join()

outcomes = {}
for job, (model, which) in jobs.items():
    state = service.finished(job)
    outcomes[state["status"]] = outcomes.get(state["status"], 0) + 1
    if state["status"] != "succeeded" or digests(state) != expected[state["model"]["weights_sha256"], which]:
        faults.append(f"{job} of {model}: {state['status']} {state['error']}")
if {model for model, _ in refusals} - {"other"} or {code for _, code in refusals} - {422, 404}:
    faults.append(f"refused: {sorted(set(refusals))}")
print(json.dumps({"reloads": options.reloads, "jobs": len(jobs), "outcomes": outcomes,
                  "refused while removed": len(refusals), "told": seen}))
trial.end(folder, faults, service)
