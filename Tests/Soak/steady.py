#!/usr/bin/env python3
"""The service at full load for minutes on end, with the page asked for, streams of events opened and left, the gallery
turned over, archives fetched and measurements scraped: memory, descriptors and threads have to stay as they are.
Standard library only; loopback only.

    python3 Tests/Soak/steady.py [--program .build/release/phantom] [--minutes 30]

Prints a line every half minute, and at the end whether it is steady. Exits 1 if resident memory grows by more than 1 MB
in ten minutes, or descriptors or threads do, from the first third on, in which caches fill. Nothing else is held: what
other work the machine has does not matter.
"""
import http.client
import json
import socket
import statistics
import sys
import threading
import time
import urllib.error

import trial
from small_service import Service, small_model

options = trial.options(minutes=30.0)
if options.minutes < 3:
    sys.exit("expected at least 3 minutes, since less tells nothing")
folder = trial.folder("steady")
stopped, counts, faults = threading.Event(), {}, []
# What has ended goes soon, so that the store, and what SQLite remembers of it, does not grow either.
service = Service(options.program, folder, [small_model(folder)], retention={"bytes": 4 << 20})
service.start()


def repeatedly(pause):
    def run(body):
        def loop():
            while not stopped.is_set():
                try:
                    body()
                    counts[body.__name__] = counts.get(body.__name__, 0) + 1
                except urllib.error.HTTPError as error:
                    # A job that the retention policy has taken meanwhile, or a full queue.
                    if error.code not in (404, 410, 429):
                        faults.append(f"{body.__name__}: {error}")
                except http.client.IncompleteRead as error:
                    # The same while its archive came.
                    if body.__name__ != "archive":
                        faults.append(f"{body.__name__}: {error!r}")
                except OSError as error:
                    faults.append(f"{body.__name__}: {error}")
                stopped.wait(pause)
        threading.Thread(target=loop, daemon=True).start()
        return body
    return run


@repeatedly(0.1)
def job():
    if service.ask("/health")["queue"]["queued"] < 20:
        service.submit(steps=20, count=4, guidance=2, condition={"view": "PA"}, previews=True)


@repeatedly(1)
def page():
    for path in ("/", "/page/main.js", "/v1/models", "/openapi.yaml"):
        try:
            service.ask(path)
        except urllib.error.HTTPError as error:
            if path != "/page/main.js" or error.code != 404:
                raise


@repeatedly(1)
def gallery():
    items = service.ask("/v1/images?limit=60")["items"]
    for item in items[:3]:
        service.ask(item["url"])


@repeatedly(1)
def scrape():
    service.ask("/metrics")


@repeatedly(2)
def archive():
    for one in service.ask("/v1/jobs?status=succeeded&limit=2")["items"]:
        service.ask(f"/v1/jobs/{one['id']}/archive")


@repeatedly(1)
def streams():
    running = service.ask("/v1/jobs?limit=5")["items"]
    paths = ["/v1/events"] * 10 + [f"/v1/jobs/{one['id']}/events" for one in running for _ in range(8)]
    open_ones = []
    for path in paths:
        stream = socket.create_connection(("127.0.0.1", service.port), timeout=30)
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        open_ones.append(stream)
    time.sleep(2)
    for stream in open_ones:
        stream.recv(1 << 16)
        stream.close()


samples, end, began = [], time.monotonic() + 60 * options.minutes, time.monotonic()
while time.monotonic() < end:
    time.sleep(min(30, max(1, end - time.monotonic())))
    # Streams come and go: the highest of some looks tells.
    looks = []
    for _ in range(5):
        looks.append(service.status())
        time.sleep(0.3)
    sample = {name: max(look[name] for look in looks) for name in looks[0]}
    sample["seconds"] = round(time.monotonic() - began)
    samples.append(sample)
    print(json.dumps(sample), flush=True)
stopped.set()
time.sleep(4)
rest = service.status()
steady = samples[len(samples) // 3:]
half = len(steady) // 2
early, late = steady[:half], steady[half:]
growth = {name: statistics.median(s[name] for s in late) - statistics.median(s[name] for s in early) for name in rest}
minutes = (statistics.mean(s["seconds"] for s in late) - statistics.mean(s["seconds"] for s in early)) / 60
growth["resident_kb_in_10_minutes"] = round(growth.pop("resident_kb") / max(minutes, 0.01) * 10)
if growth["resident_kb_in_10_minutes"] > 1024 or growth["threads"] > 1 or growth["descriptors"] > 20:
    faults.append(f"it grows: {growth}")
print(json.dumps({"growth": growth, "at rest": rest, "done": counts}))
trial.end(folder, faults, service)
print(f"steady over {options.minutes:g} minutes")
