#!/usr/bin/env python3
"""What listeners take from the jobs that they listen to: by turns the same work with and without 1,000 streams of
events on it, so that what else the machine does weighs on both alike. Standard library only; loopback only.

    python3 Tests/Soak/streams_speed.py [--program .build/release/phantom] [--streams 1000] [--turns 7] [--seconds 15]
        [--strict]

A turn is so many seconds without and so many with. The service computes on all cores, as it does by itself, so that
what the streams take they take from jobs; so does what the clients take, which is told beside it. Prints network
evaluations a second with and without, and their ratio, each as the median over the turns with its quartiles. With
--strict it exits 1 if jobs lose more than 2 % by the median. That all streams were told something is held always.
"""
import json
import re
import socket
import statistics
import time

import trial
from small_service import Service, small_model

options = trial.options(streams=1000, turns=7, seconds=15.0, strict=False)


def rows():
    """Rows of network evaluations until now."""
    text = service.ask("/metrics").decode()
    lines = [line for line in text.splitlines() if re.match(r"phantom_batch_rows_sum\b", line)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def keep_busy():
    """At least four jobs of long work at any time. Returns those that run."""
    jobs = [job for job in service.ask("/v1/jobs?limit=50")["items"] if job["status"] in ("queued", "running")]
    for _ in range(len(jobs), 6):
        service.submit(steps=1000, sampler="ddpm", count=64)
    return [job["id"] for job in jobs if job["status"] == "running"]


def speed():
    """Rows a second over one turn."""
    began, before = time.perf_counter(), rows()
    end = began + options.seconds
    while time.perf_counter() < end:
        time.sleep(min(1, max(0.01, end - time.perf_counter())))
        sweep()
    return (rows() - before) / (time.perf_counter() - began)


def connect():
    running = keep_busy()
    for number in range(options.streams):
        stream = socket.create_connection(("127.0.0.1", service.port))
        path = f"/v1/jobs/{running[number % len(running)]}/events"
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        stream.setblocking(False)
        streams.append(stream)
        told.append(0)


def sweep():
    """Takes from all what came, once a second: the clients are to cost little. One whose job has ended is over."""
    began = time.process_time()
    for number, stream in enumerate(streams):
        try:
            told[number] += len(stream.recv(1 << 16))
        except BlockingIOError:
            pass
    clients.append(time.process_time() - began)


def spread(values):
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return {"median": round(middle, 3), "quartiles": [round(low, 3), round(high, 3)]}


folder, faults = trial.folder("streams"), []
service = Service(options.program, folder, [small_model(folder)]).start()
streams, told, clients, without, beside, silent = [], [], [], [], [], 0
keep_busy()
while not keep_busy():
    time.sleep(0.2)
time.sleep(3)
for _ in range(options.turns):
    keep_busy()
    without.append(speed())
    connect()
    time.sleep(2)
    sweep()
    told = [0] * len(streams)
    clients = []
    beside.append(speed())
    silent = max(silent, told.count(0))
    share = 100 * sum(clients) / options.seconds
    for stream in streams:
        stream.close()
    streams, told, clients = [], [], []
    time.sleep(2)
    print(json.dumps({"without": round(without[-1], 1), "with": round(beside[-1], 1),
                      "% of a core for the clients": round(share, 1)}), flush=True)
# What came between two turns without is what stands beside the turn with.
after = without[1:] + without[-1:]
ratios = [told / ((one + other) / 2) for told, one, other in zip(beside, without, after)]
print(json.dumps({"streams": options.streams, "rows a second without": spread(without), "with": spread(beside),
                  "with / without": spread(ratios)}))
if silent:
    faults.append(f"{silent} streams were told nothing in {options.seconds} s")
if options.strict and statistics.median(ratios) < 0.98:
    faults.append("jobs lose more than 2 %")
trial.end(folder, faults, service)
