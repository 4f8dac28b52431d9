"""A service of one's own for the programs beside this one: on a store of its own, with a network so small that jobs cost little.
Standard library only; loopback only."""
import atexit
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def small_model(folder, name="tiny", **members):
    """A model folder with the random weights of a fixture: 32x32 pixels, two attributes. Returns its path."""
    path = os.path.join(folder, name)
    shutil.copytree(os.path.join(ROOT, "Tests/Fixtures/networks/class_table_resnet_resampling/unet"), path + "/unet")
    os.mkdir(path + "/scheduler")
    with open(path + "/unet/config.json") as file:
        network = json.load(file)
    files = {
        "unet/config.json": network | {"sample_size": 32},
        "scheduler/scheduler_config.json": {
            "_class_name": "DDPMScheduler", "num_train_timesteps": 1000, "beta_schedule": "squaredcos_cap_v2",
            "prediction_type": "v_prediction", "clip_sample": True},
        "phantom.json": {
            "name": name, "channels": 1, "modality": "test", "null_class": 4, "attributes": [
                {"name": "view", "values": ["PA", "AP"], "multiple": False},
                {"name": "finding", "values": ["nodule", "mass"], "multiple": True}]} | members,
        "model_index.json": {"unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDPMScheduler"]}}
    for place, content in files.items():
        with open(os.path.join(path, place), "w") as file:
            json.dump(content, file)
    return path


class Service:
    """`phantom serve` on a port of its own. Everything that it keeps lies in `folder` and outlives the process."""

    def __init__(self, program, folder, models, **settings):
        self.program, self.folder, self.port = os.path.abspath(program), folder, free_port()
        self.config = os.path.join(folder, "config.json")
        self.process = None
        self.configure(**({
            "port": self.port, "models": [{"path": model} for model in models], "queue_limit": 10000,
            "database": f"sqlite:{folder}/store.sqlite", "log": {"level": "info", "format": "json"}} | settings))

    def configure(self, **settings):
        """Writes the configuration: what is named now, over what was before."""
        self.settings = getattr(self, "settings", {}) | settings
        # Not into the file: the service may read it at this moment.
        with open(self.config + ".new", "w") as file:
            json.dump(self.settings, file)
        os.rename(self.config + ".new", self.config)

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([self.program, "serve", "--config", self.config], stdout=log, stderr=log)
        # However this program ends.
        atexit.register(self.process.kill)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                self.ask("/readyz")
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        raise SystemExit(f"the service does not get ready; see {self.folder}/log")

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait()

    def ask(self, path, body=None, method=None, **headers):
        """The answer's document; its bytes where it is no JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"} | headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            bytes = answer.read()
            return json.loads(bytes) if "json" in answer.headers.get("Content-Type", "") else bytes

    def submit(self, **body):
        return self.ask("/v1/generations", body)["id"]

    def finished(self, job, seconds=600):
        """The job's document once it has ended; over restarts."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                state = self.ask(f"/v1/jobs/{job}?wait=10")
                if state["status"] in ("succeeded", "failed", "cancelled"):
                    return state
            except urllib.error.HTTPError:
                raise
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"job {job} does not end")

    def status(self):
        """What the kernel says of the process: resident kB, threads, descriptors."""
        with open(f"/proc/{self.process.pid}/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        return {"resident_kb": int(lines["VmRSS"].split()[0]), "threads": int(lines["Threads"]),
                "descriptors": len(os.listdir(f"/proc/{self.process.pid}/fd"))}

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def digests(state):
    return [image["sha256"] for image in state["images"]]


def sha256(bytes):
    return hashlib.sha256(bytes).hexdigest()
