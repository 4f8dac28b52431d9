#!/usr/bin/env python3
"""How fast an archive comes, beside reading the same images out of the store: by turns, so that what else the machine
does weighs on both alike. Standard library only; loopback only.

    python3 Tests/Soak/archive_speed.py [--program .build/release/phantom] [--images 10000] [--turns 9] [--strict]

The store is read in two ways: image by image, by a statement as the service has for one, and by one statement that goes
through all rows of the job, as cheaply as it can be (Python's sqlite3, the pictures alone). The archive is taken from
the service and thrown away; it has the recipes beside. Prints MB/s of each, as the median over the turns with its
quartiles, for images of a few kB and of some hundred. With --strict it exits 1 if the archive comes at less than half
the speed of reading image by image.
"""
import json
import os
import socket
import sqlite3
import statistics
import time

import trial
from filled_store import clone
from small_service import Service, small_model

options = trial.options(images=10_000, turns=9, strict=False)
ONE = "SELECT images.*, model FROM jobs JOIN images ON job = ordinal WHERE id = ? AND image = ?"


def scan(path, job):
    """MB/s of the rows' pictures, all by one statement."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    began, bytes = time.perf_counter(), 0
    rows = database.execute("SELECT content FROM images JOIN jobs ON job = ordinal WHERE id = ? ORDER BY image", [job])
    for (content,) in rows:
        bytes += len(content)
    seconds = time.perf_counter() - began
    database.close()
    return bytes / 1e6 / seconds


def read(path, job, images):
    """MB/s of the rows' pictures, one by one."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    began, bytes = time.perf_counter(), 0
    for image in range(images):
        bytes += len(database.execute(ONE, [job, image]).fetchone()["content"])
    seconds = time.perf_counter() - began
    database.close()
    return bytes / 1e6 / seconds


def fetch(port, job):
    """MB/s of the archive, and its bytes."""
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as stream:
        began, bytes, last = time.perf_counter(), 0, b""
        head = f"GET /v1/jobs/{job}/archive HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        stream.sendall(head.encode())
        while count := stream.recv_into(buffer):
            bytes += count
            last = (last + buffer[max(0, count - 8):count])[-8:]
        seconds = time.perf_counter() - began
    if not last.endswith(b"\r\n0\r\n\r\n"):
        raise SystemExit("the archive is not whole")
    return bytes / 1e6 / seconds


def spread(values):
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return {"median": round(middle, 2), "quartiles": [round(low, 2), round(high, 2)]}


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
    size, = database.execute(
        "SELECT sum(byte_count) / count(*) FROM jobs JOIN images ON job = ordinal WHERE id = ?", [job]).fetchone()
    database.close()
    service.start()
    turns = [(scan(path, job), read(path, job, images), fetch(service.port, job)) for _ in range(options.turns + 1)][1:]
    if service.end() != 0:
        faults.append("the service did not end well")
    scans, reads, archives = zip(*turns)
    ratio = [archive / read for archive, read in zip(archives, reads)]
    if options.strict and statistics.median(ratio) < 0.5:
        faults.append(f"images of {size} bytes: the archive comes at less than half the speed of reading them")
    print(json.dumps({"images": images, "bytes of an image": size, "MB/s of all rows": spread(scans),
                      "MB/s image by image": spread(reads), "MB/s of the archive": spread(archives),
                      "archive / image by image": spread(ratio)}), flush=True)


folder, faults = trial.folder("archive"), []
for images, request in [
    (options.images, {}), (max(1, options.images // 50), {"width": 512, "height": 256, "bit_depth": 16})]:
    os.mkdir(f"{folder}/{images}")
    compare(f"{folder}/{images}", images, **request)
trial.end(folder, faults)
