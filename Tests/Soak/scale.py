#!/usr/bin/env python3
"""What a large store and many listeners cost: a scrape of /metrics beside 10,000 finished jobs, pages of the gallery out of 100,000
images, an archive of 10,000 images, and 1,000 streams of events on running jobs. Standard library only; loopback only.

    python3 Tests/Soak/scale.py [--program .build/release/phantom] [--strict]

Prints the figures as JSON. With --strict, for a machine that does nothing else, it exits 1 beyond the bars; memory and threads, which
do not depend on what else there is, are held in any case.
"""
import json
import os
import selectors
import shutil
import socket
import sqlite3
import statistics
import time
import urllib.request
import zipfile

import trial
from filled_store import clone
from small_service import Service, small_model

options = trial.options(strict=False, streams=1000)
JOBS, IMAGES_EACH, ARCHIVED = 10_000, 9, 10_000
folder = trial.folder("scale")
faults, figures = [], {}


def check(name, value, bar, always=False):
    figures[name] = {"got": value, "bar": bar}
    if value > bar and (always or options.strict):
        faults.append(f"{name}: expected at most {bar}, got {value}")


def milliseconds(path, times=100):
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        service.ask(path)
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 2)


def peak():
    with open(f"/proc/{service.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def quiet_processor_seconds():
    """Of all threads but those that compute."""
    total = 0
    for task in os.listdir(f"/proc/{service.process.pid}/task"):
        with open(f"/proc/{service.process.pid}/task/{task}/stat") as file:
            name, fields = file.read().split("(", 1)[1].rsplit(")", 1)
        if not name.startswith(("worker", "team")):
            total += sum(map(int, fields.split()[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


service = Service(options.program, folder, [small_model(folder)], workers=1, threads_per_worker=1)
service.start()
seeds = [service.submit(steps=1, seed="1", condition={"view": view}) for view in ("PA", "AP")]
for job in seeds:
    service.finished(job)
service.end()
database = sqlite3.connect(f"{folder}/store.sqlite")
ordinals = [database.execute("SELECT ordinal FROM jobs WHERE id = ?", [job]).fetchone()[0] for job in seeds]
with database:
    archived = clone(database, ordinals[0], 1, ARCHIVED)
    clone(database, ordinals[0], JOBS * 9 // 10, IMAGES_EACH)
    clone(database, ordinals[1], JOBS // 10, IMAGES_EACH)
figures["images in the store"] = database.execute("SELECT count(*) FROM images").fetchone()[0]
stored = database.execute("SELECT sum(byte_count) FROM images JOIN jobs ON job = ordinal WHERE id = ?", [archived]).fetchone()[0]
database.close()
service.start()

# One scrape first: it makes its families.
service.ask("/metrics")
check("ms of /metrics", milliseconds("/metrics"), 5)
page = service.ask("/v1/images?limit=60")
check("ms of the gallery's first page", milliseconds("/v1/images?limit=60"), 50)
for _ in range(50):
    page = service.ask(f"/v1/images?limit=60&cursor={page['next_cursor']}")
check("ms of the gallery's 51st page", milliseconds(f"/v1/images?limit=60&cursor={page['next_cursor']}"), 50)
for name, query in [("one model", "model=tiny"), ("a rare condition", "condition.view=AP"), ("no image", "condition.view=LL"),
                    ("a kind without images", "kind=inpainting"), ("all filters", "model=tiny&kind=generation&condition.view=AP")]:
    check(f"ms of the gallery, {name}", milliseconds(f"/v1/images?limit=60&{query}", 30), 50)

with open(f"/proc/{service.process.pid}/clear_refs", "w") as file:
    file.write("5")
before = service.status()["resident_kb"]
began = time.monotonic()
with urllib.request.urlopen(f"http://127.0.0.1:{service.port}/v1/jobs/{archived}/archive") as answer, open(f"{folder}/all.zip", "wb") as file:
    shutil.copyfileobj(answer, file, 1 << 16)
figures["MB/s of the archive"] = round(os.path.getsize(f"{folder}/all.zip") / 1e6 / (time.monotonic() - began), 1)
check("MB of memory for the archive", round((peak() - before) / 1024, 1), 64, always=True)
with zipfile.ZipFile(f"{folder}/all.zip") as archive:
    names = archive.namelist()
    if sum(name.endswith(".png") for name in names) != ARCHIVED or archive.testzip():
        faults.append("the archive is not whole")

jobs = [service.submit(steps=1000, sampler="ddpm", count=64) for _ in range(4)]
while service.ask(f"/v1/jobs/{jobs[0]}")["status"] != "running":
    time.sleep(0.1)
time.sleep(2)
alone, start = service.status(), service.ask(f"/v1/jobs/{jobs[0]}")["progress"]
selector, told = selectors.DefaultSelector(), [0] * options.streams
for number in range(options.streams):
    stream = socket.create_connection(("127.0.0.1", service.port))
    stream.sendall(f"GET /v1/jobs/{jobs[number % len(jobs)]}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    stream.setblocking(False)
    selector.register(stream, selectors.EVENT_READ, number)


def listen(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for key, _ in selector.select(0.1):
            try:
                told[key.data] += len(key.fileobj.recv(1 << 16))
            except BlockingIOError:
                pass


listen(5)
processor, began = quiet_processor_seconds(), time.monotonic()
listen(20)
part = (quiet_processor_seconds() - processor) / (time.monotonic() - began)
many = service.status()
if not all(told):
    faults.append(f"{told.count(0)} streams were told nothing")
check("% of a core for the streams", round(100 * part, 1), 10)
check("kB of memory a stream", round((many["resident_kb"] - alone["resident_kb"]) / options.streams, 1), 16, always=True)
check("threads more with the streams", many["threads"] - alone["threads"], 8, always=True)
figures["kB a second that a stream is told"] = round(sum(told) / options.streams / 25 / 1000, 2)
for key in list(selector.get_map().values()):
    key.fileobj.close()
for job in jobs:
    service.ask(f"/v1/jobs/{job}/cancel", method="POST")
print(json.dumps(figures, indent=1))
trial.end(folder, faults, service)
