#!/usr/bin/env python3
"""Asks /health a thousand times while every core computes, and prints the median and the 99th percentile in milliseconds.
Standard library only; loopback only. Exits 1 above the bar of 20 ms.

    python3 Tests/Soak/health_latency.py --port 8080     (a running service with Models/cxr64; it is given ten long jobs)
"""
import argparse
import http.client
import json
import time

options = argparse.ArgumentParser()
options.add_argument("--port", type=int, default=8080)
options.add_argument("--requests", type=int, default=1000)
options = options.parse_args()


def call(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", options.port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, data


jobs = []
for seed in range(10):
    status, data = call("POST", "/v1/generations", json.dumps({"count": 8, "steps": 500, "sampler": "ddpm", "seed": str(seed)}))
    assert status == 202, data
    jobs.append(json.loads(data)["id"])
time.sleep(1)
times = []
for _ in range(options.requests):
    began = time.perf_counter()
    status, _ = call("GET", "/health")
    times.append((time.perf_counter() - began) * 1000)
    assert status == 200, status
    time.sleep(0.005)
running = sum(json.loads(call("GET", f"/v1/jobs/{job}")[1])["status"] == "running" for job in jobs)
for job in jobs:
    call("POST", f"/v1/jobs/{job}/cancel")
times.sort()
p99 = times[int(len(times) * 0.99)]
print(f"{len(times)} requests while {running} jobs ran: median {times[len(times) // 2]:.2f} ms, 99th percentile {p99:.2f} ms, most {times[-1]:.2f} ms")
raise SystemExit(0 if p99 <= 20 and running else 1)
