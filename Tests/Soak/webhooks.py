#!/usr/bin/env python3
"""A receiver of webhooks that fails fifty times for each end, dies and comes back, while the service is killed with SIGKILL: every
end has to arrive at least once, each delivery with a valid signature. Standard library only (PostgreSQL: its Debian package).

    python3 Tests/Soak/webhooks.py [--program .build/release/phantom] [--jobs 20] [--failures 50] [--kills 6] [--postgres]

Prints what it saw, and exits 1 if anything was missing or wrong.
"""
import argparse
import atexit
import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import shutil
import signal
import socketserver
import sys
import tempfile
import threading
import time

from private_postgres import PrivatePostgres
from small_service import Service, free_port, small_model

options = argparse.ArgumentParser()
options.add_argument("--program", default=".build/release/phantom")
options.add_argument("--jobs", type=int, default=20)
options.add_argument("--failures", type=int, default=50, help="answers with 500 to the end of each job before one is taken")
options.add_argument("--kills", type=int, default=6)
options.add_argument("--postgres", action="store_true", help="two processes on one PostgreSQL instead of one on SQLite")
options = options.parse_args()

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
folder = tempfile.mkdtemp(prefix="phantom-webhooks-")
faults = []


class Receiver:
    """Answers as told, and takes note. Its port and what it knows outlive it."""

    def __init__(self):
        self.port, self.lock = free_port(), threading.Lock()
        self.attempts, self.taken = collections.Counter(), collections.Counter()
        self.server = None

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.receive(self.headers, body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads, allow_reuse_address, request_queue_size = True, True, 256

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def die(self):
        self.server.shutdown()
        self.server.server_close()

    def receive(self, headers, body):
        """As Standard Webhooks has it: HMAC-SHA256 of id, time and body."""
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        data = json.loads(body)["data"]
        with self.lock:
            if not hmac.compare_digest(headers["webhook-signature"], expected):
                faults.append(f"{data['id']}: the signature is not valid")
            if abs(time.time() - int(headers["webhook-timestamp"])) > 60:
                faults.append(f"{data['id']}: the time of the delivery is not now")
            if headers["webhook-id"] != f"end_{data['id']}":
                faults.append(f"{data['id']}: got webhook-id {headers['webhook-id']}")
            self.attempts[data["id"]] += 1
            if self.attempts[data["id"]] <= options.failures:
                return 500
            self.taken[data["id"]] += 1
            return 204


def private_database():
    """A PostgreSQL of one's own, for this run."""
    os.mkdir(f"{folder}/postgres")
    os.chmod(folder, 0o711)
    server = PrivatePostgres(f"{folder}/postgres").start()
    atexit.register(server.process.kill)
    return server.wait()


receiver = Receiver()
receiver.start()
database = private_database() if options.postgres else None
model = small_model(folder)
settings = {"webhooks": {"secret": SECRET, "networks": ["127.0.0.1"], "first_retry": 0.05, "longest_retry": 0.2}}
if database:
    settings["database"] = database.url()
services = []
for number in range(2 if database else 1):
    os.mkdir(f"{folder}/{number}")
    services.append(Service(options.program, f"{folder}/{number}", [model], **settings).start())

callback = {"url": f"http://127.0.0.1:{receiver.port}/ends", "events": ["succeeded", "failed", "cancelled"]}
expected = set()
for number in range(options.jobs):
    service = services[number % len(services)]
    expected.add(service.submit(steps=3, sampler="ddim", seed=str(number), callback=callback))
for number in range(3):
    job = services[0].submit(steps=1000, sampler="ddpm", count=8, callback=callback)
    services[0].ask(f"/v1/jobs/{job}/cancel", method="POST")
    expected.add(job)

began = time.monotonic()
for number in range(options.kills):
    time.sleep(2)
    service = services[number % len(services)]
    service.end(signal.SIGKILL)
    receiver.die() if number % 2 == 0 else None
    time.sleep(1)
    service.start()
    receiver.start() if number % 2 == 0 else None
while time.monotonic() - began < 300:
    with receiver.lock:
        if expected <= set(receiver.taken):
            break
    time.sleep(0.2)
seconds = time.monotonic() - began
# What has been told is not told again.
time.sleep(3)
with receiver.lock:
    before = sum(receiver.attempts.values())
time.sleep(3)
with receiver.lock:
    if sum(receiver.attempts.values()) != before:
        faults.append("ends are told that have been taken")
    missing = expected - set(receiver.taken)
    faults += [f"{job}: its end never came" for job in sorted(missing)]
    faults += [f"{job}: an end of a job that is none of ours" for job in set(receiver.attempts) - expected]
    print(json.dumps({
        "ends": len(expected), "taken": len(expected) - len(missing), "attempts": before, "seconds": round(seconds, 1),
        "taken more than once": sum(count > 1 for count in receiver.taken.values()),
        "engine": "postgres" if database else "sqlite"}))
for service in services:
    if service.end() != 0:
        faults.append("a service did not end well")
if database:
    database.stop()
for fault in faults[:20]:
    print(fault, file=sys.stderr)
if faults:
    sys.exit(f"logs stay in {folder}")
shutil.rmtree(folder)
