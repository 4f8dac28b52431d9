#!/usr/bin/env python3
"""Kills the service with SIGKILL again and again while clients post jobs, and checks what it promises: every accepted job
is there and succeeds once, with the bytes an undisturbed service makes. Standard library only; loopback only.

    python3 Tests/Soak/kill_under_load.py [--binary .build/release/phantom] [--kills 20] [--jobs 100] [--clients 20]

Prints one line per finding and exits 1 if there is any.
"""
import argparse
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """One phantom process on a store of its own, which outlives the process."""

    def __init__(self, binary, folder, workers):
        self.binary, self.folder, self.port = binary, folder, free_port()
        self.config = os.path.join(folder, "config.json")
        with open(self.config, "w") as file:
            json.dump({"host": "127.0.0.1", "port": self.port, "workers": workers, "queue_limit": 200,
                       "models": [{"name": "cxr64", "path": os.path.join(ROOT, "Models/cxr64")}],
                       "database": "sqlite:" + os.path.join(folder, "store.sqlite")}, file)
        self.process = None

    def start(self):
        began = time.monotonic()
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen([self.binary, "serve", "--config", self.config], stdout=self.log, stderr=self.log)
        while True:
            try:
                if self.call("GET", "/readyz")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit(f"the service ended with {self.process.returncode}; see {self.folder}/log")
            time.sleep(0.01)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method, path, body=None, headers={}):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            data = json.dumps(body) if body is not None else None
            connection.request(method, path, data, {"Content-Type": "application/json", **headers} if data else headers)
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException as error:
            raise OSError(str(error))
        finally:
            connection.close()


def recipe(index):
    samplers = ["ddim", "dpmsolver++", "ddpm"]
    return {"seed": str(1000 + index % 10), "steps": 12 + index % 3, "sampler": samplers[index % 3], "count": 1 + index % 2,
            "guidance": 1.0 + (index % 2), "condition": {"study": "PA normal"}}


def image_hashes(service, job):
    found = []
    for image in job["images"]:
        status, data = service.call("GET", f"/v1/jobs/{job['id']}/images/{image['index']}")
        if status != 200 or hashlib.sha256(data).hexdigest() != image["sha256"]:
            found.append(f"image {image['index']}: status {status}, not the bytes its record names")
        else:
            found.append(image["sha256"])
    return found


def post_until_accepted(service, index, refused):
    """Posts as a careful client does: the same Idempotency-Key until there is an answer."""
    while True:
        try:
            status, data = service.call("POST", "/v1/generations", recipe(index), {"Idempotency-Key": f"soak-{index}"})
        except OSError:
            time.sleep(0.05)
            continue
        if status in (200, 202):
            return json.loads(data)["id"]
        refused.append(status)
        if status not in (429, 503):
            raise SystemExit(f"job {index} was refused with {status}: {data!r}")
        time.sleep(0.2)


def settle(service, identifier, terminal):
    while True:
        try:
            status, data = service.call("GET", f"/v1/jobs/{identifier}?wait=5")
        except OSError:
            time.sleep(0.05)
            continue
        if status == 503:  # still loading
            time.sleep(0.05)
            continue
        if status != 200:
            return {"status": f"answer {status}", "images": []}
        job = json.loads(data)
        if job["status"] in ("succeeded", "failed", "cancelled"):
            terminal.setdefault(identifier, (job["status"], job["finished_at"]))
            return job


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--binary", default=os.path.join(ROOT, ".build/release/phantom"))
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--jobs", type=int, default=100)
    options.add_argument("--clients", type=int, default=20)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--pause", type=float, default=1.5, help="mean seconds between kills")
    options = options.parse_args()
    folder = tempfile.mkdtemp(prefix="phantom-soak-")
    findings = []
    random.seed(7)

    # The bytes an undisturbed service makes.
    quiet = Service(options.binary, tempfile.mkdtemp(dir=folder), options.workers)
    quiet.start()
    expected = {}
    for index in range(min(30, options.jobs)):
        job = settle(quiet, post_until_accepted(quiet, index, []), {})
        expected[json.dumps(recipe(index))] = image_hashes(quiet, job)
    quiet.process.send_signal(signal.SIGTERM)
    if quiet.process.wait(timeout=30) != 0:
        findings.append(f"SIGTERM: exit {quiet.process.returncode}, expected 0")

    service = Service(options.binary, tempfile.mkdtemp(dir=folder), options.workers)
    starts = [service.start()]
    accepted, refused, terminal, jobs = {}, [], {}, {}

    def client(number):
        for index in range(number, options.jobs, options.clients):
            accepted[index] = post_until_accepted(service, index, refused)
        for index in range(number, options.jobs, options.clients):
            jobs[index] = settle(service, accepted[index], terminal)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(options.clients)]
    for thread in threads:
        thread.start()
    for _ in range(options.kills):
        time.sleep(random.uniform(0.2, 2 * options.pause - 0.2))
        service.kill()
        starts.append(service.start())
    for thread in threads:
        thread.join()

    for index in range(options.jobs):
        job = jobs[index]
        if job["status"] != "succeeded":
            findings.append(f"job {index} ({accepted[index]}): {job['status']} {job.get('error')}")
            continue
        if image_hashes(service, job) != expected.get(json.dumps(recipe(index))):
            findings.append(f"job {index}: not the bytes of the undisturbed service")
        later = json.loads(service.call("GET", f"/v1/jobs/{accepted[index]}")[1])
        if (later["status"], later["finished_at"]) != terminal[accepted[index]]:
            findings.append(f"job {index}: finished twice")
    if len(set(accepted.values())) != options.jobs:
        findings.append(f"{options.jobs} keys gave {len(set(accepted.values()))} jobs")
    listed, cursor = [], ""
    while cursor is not None:
        page = json.loads(service.call("GET", "/v1/jobs?limit=100" + (f"&cursor={cursor}" if cursor else ""))[1])
        listed += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
    if sorted(listed) != sorted(accepted.values()):
        findings.append(f"the store lists {len(listed)} jobs, {len(accepted)} were accepted")
    service.process.send_signal(signal.SIGTERM)
    service.process.wait(timeout=30)
    attempts = [job.get("attempt", 0) for job in jobs.values()]
    resumed = sum(1 for job in jobs.values() if job.get("resumed_from_step"))
    print(f"{options.jobs} jobs, {options.kills} kills, {len(refused)} refusals; attempts up to {max(attempts)}, {resumed} resumed "
          f"in mid-image; ready after {max(starts):.2f} s at most (median {sorted(starts)[len(starts) // 2]:.2f})")
    for finding in findings:
        print("FAILED", finding)
    if not findings:
        shutil.rmtree(folder)
    raise SystemExit(1 if findings else 0)


main()
