"""A service of one's own for the page to talk to, and what is put into it."""
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

TOKEN = "drive-page"
# What `phantom evaluate --write-summary` writes; the card tells it in words.
EVALUATION = {
    "created": "2026-05-04T03:02:01Z", "features": "efficientnet-lite0", "real": 400, "patients": 120, "synthetic": 500,
    "verdict": {"realistic": "partly", "useful": "unknown", "somebody": "no"},
    "metrics": {
        "kernel_distance": {"value": 0.01234, "interval": [0.0101, 0.0152]},
        "copies_flagged": {"value": None, "interval": None}}}


# Four rows of the class table, whatever they were trained with, asked for by one attribute and by two.
ONE_ATTRIBUTE = [
    {"name": "study", "values": ["PA normal", "PA abnormal", "AP normal", "AP abnormal"], "multiple": False}]
TWO_ATTRIBUTES = [
    {"name": "view", "values": ["PA", "AP"], "multiple": False},
    {"name": "finding", "values": ["normal", "abnormal"], "multiple": True}]


def copied(model, folder, **members):
    """A copy of a model folder with other members in its manifest."""
    copy = f"{folder}/model-{len(os.listdir(folder))}"
    shutil.copytree(model, copy)
    with open(copy + "/phantom.json") as file:
        manifest = json.load(file)
    with open(copy + "/phantom.json", "w") as file:
        json.dump(manifest | members, file)
    return copy


class Service:
    """`phantom serve` on a free port with a store of its own."""

    def __init__(self, program, model, folder, **configuration):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.program, self.folder = program, folder
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        self.configure({
            "port": self.port, "database": "sqlite:jobs.sqlite", "models": [{"path": os.path.abspath(model)}],
            "auth": {"tokens_sha256": [digest]}} | configuration)
        self.address = f"http://127.0.0.1:{self.port}"

    def configure(self, configuration):
        self.configuration = configuration
        with open(self.folder + "/config.json", "w") as file:
            json.dump(configuration, file)

    def start(self):
        log = open(self.folder + "/log", "a")
        self.process = subprocess.Popen(
            [self.program, "serve", "--config", self.folder + "/config.json"], stdout=log, stderr=log)
        for _ in range(600):
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz").close()
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the service does not get ready")

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait()

    def ask(self, path, body=None, token=TOKEN):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Prefer": "wait=50"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        return urllib.request.urlopen(request).read()

    def newest(self, kind):
        return json.loads(self.ask(f"/v1/images?kind={kind}&limit=1"))["items"][0]
