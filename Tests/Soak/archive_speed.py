#!/usr/bin/env python3
"""How fast an archive comes, beside reading the same images out of the store: by turns, so that what else the machine does weighs on
both alike. Standard library only; loopback only.

    python3 Tests/Soak/archive_speed.py [--program .build/release/phantom] [--images 10000] [--turns 9] [--strict]

The store is read as cheaply as it can be, by one statement that goes through the rows of the job (Python's sqlite3, the pictures
alone); the archive is taken from the service and thrown away. Prints MB/s of both, each as the median over the turns with its
quartiles, for images of a few kB and of some hundred. With --strict it exits 1 if the archive comes at less than half the speed.
"""
import argparse
import json
import socket
import sqlite3
import statistics
import sys
import tempfile
import time

from filled_store import clone
from small_service import Service, small_model

options = argparse.ArgumentParser()
options.add_argument("--program", default=".build/release/phantom")
options.add_argument("--images", type=int, default=10_000)
options.add_argument("--turns", type=int, default=9)
options.add_argument("--strict", action="store_true")
options = options.parse_args()


def read(path, job):
    """MB/s of the rows' pictures."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    began, bytes = time.perf_counter(), 0
    for (content,) in database.execute("SELECT content FROM images WHERE job = ? ORDER BY image", [job]):
        bytes += len(content)
    seconds = time.perf_counter() - began
    database.close()
    return bytes / 1e6 / seconds


def fetch(port, job):
    """MB/s of the archive, and its bytes."""
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as stream:
        began, bytes, last = time.perf_counter(), 0, b""
        stream.sendall(f"GET /v1/jobs/{job}/archive HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        while count := stream.recv_into(buffer):
            bytes += count
            last = (last + buffer[max(0, count - 8):count])[-8:]
        seconds = time.perf_counter() - began
    if not last.endswith(b"\r\n0\r\n\r\n"):
        raise SystemExit("the archive is not whole")
    return bytes / 1e6 / seconds


def spread(values):
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return {"median": round(middle, 1), "quartiles": [round(low, 1), round(high, 1)]}


def compare(folder, images, **request):
    service = Service(options.program, folder, [small_model(folder)], workers=1, threads_per_worker=1).start()
    model = service.submit(steps=1, seed="1", **request)
    service.finished(model)
    service.end()
    path = f"{folder}/store.sqlite"
    database = sqlite3.connect(path)
    with database:
        ordinal, = database.execute("SELECT ordinal FROM jobs WHERE id = ?", [model]).fetchone()
        job = clone(database, ordinal, 1, images)
    ordinal, size = database.execute(
        "SELECT ordinal, sum(byte_count) / count(*) FROM jobs JOIN images ON job = ordinal WHERE id = ?", [job]).fetchone()
    database.close()
    service.start()
    turns = [(read(path, ordinal), fetch(service.port, job)) for _ in range(options.turns + 1)][1:]
    if service.end() != 0:
        raise SystemExit("the service did not end well")
    return {"images": images, "bytes of an image": size, "MB/s of reading": spread([turn[0] for turn in turns]),
            "MB/s of the archive": spread([turn[1] for turn in turns]),
            "archive / reading": spread([turn[1] / turn[0] for turn in turns])}


results = []
for images, request in ((options.images, {}), (max(1, options.images // 50), {"width": 1024, "height": 512, "bit_depth": 16})):
    with tempfile.TemporaryDirectory(prefix="phantom-archive-") as folder:
        results.append(compare(folder, images, **request))
        print(json.dumps(results[-1]), flush=True)
if options.strict and any(result["archive / reading"]["median"] < 0.5 for result in results):
    sys.exit("the archive comes at less than half the speed")
