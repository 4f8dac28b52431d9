"""The whole round with the tools that people use, curl, requests and httpx, through nginx with its defaults: submit, wait,
fetch, inpaint, enlarge, cancel; and the longest wait, which must end before nginx gives up.

    python through_nginx.py http://127.0.0.1:8081
"""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import httpx
import requests

import pictures


class Curl:
    def request(self, method, url, headers=(), data=None, files=None):
        """Status, fields and content of the answer."""
        with tempfile.TemporaryDirectory() as folder:
            head = os.path.join(folder, "head")
            command = ["curl", "-sS", "-X", method, "-D", head, "--max-time", "100", url]
            for name, value in dict(headers).items():
                command += ["-H", f"{name}: {value}"]
            if data is not None:
                with open(os.path.join(folder, "data"), "wb") as file:
                    file.write(data)
                command += ["--data-binary", f"@{folder}/data"]
            for name, (file_name, content, media_type) in (files or {}).items():
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content)
                given = f";filename={file_name}" if file_name else ""
                command += ["-F", f"{name}=@{folder}/{name};type={media_type}{given}" if file_name else f"{name}=<{folder}/{name}"]
            content = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            # A 100 Continue has a head of its own before the last one.
            lines = open(head).read().strip().split("\n\n")[-1].splitlines()
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        return int(lines[0].split()[1]), fields, content


class Requests:
    def __init__(self):
        self.session = requests.Session()

    def request(self, method, url, headers=(), data=None, files=None):
        answer = self.session.request(method, url, headers=dict(headers), data=data, files=files, timeout=100)
        return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content


class HTTPX:
    def __init__(self):
        self.client = httpx.Client(timeout=100)

    def request(self, method, url, headers=(), data=None, files=None):
        answer = self.client.request(method, url, headers=dict(headers), content=data, files=files)
        return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content


class Round:
    def __init__(self, tool, address):
        self.tool, self.address = tool, address

    def ask(self, expected, method, path, **options):
        status, fields, content = self.tool.request(method, self.address + path, **options)
        assert status in expected, f"{method} {path}: {status}, expected {expected}: {content[:500]!r}"
        return fields, content

    def post(self, path, body, **headers):
        headers = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        fields, content = self.ask((200, 202), "POST", path, headers=headers, data=json.dumps(body).encode())
        return json.loads(content)

    def wait(self, job, expected="succeeded"):
        while job["status"] in ("queued", "running"):
            job = json.loads(self.ask((200,), "GET", f"/v1/jobs/{job['id']}?wait=50")[1])
        assert job["status"] == expected, job
        return job

    def form(self, path, request, **files):
        parts = {name: (f"{name}.png", content, "image/png") for name, content in files.items()}
        parts["request"] = (None, json.dumps(request).encode(), "application/json")
        return self.wait(json.loads(self.ask((202,), "POST", path, files=parts)[1]))

    def image(self, job):
        return self.ask((200,), "GET", job["images"][0]["url"])

    def run(self):
        model = json.loads(self.ask((200,), "GET", "/v1/models")[1])["items"][0]
        side = model["width"]
        job = self.wait(self.post("/v1/generations", {"steps": 4, "sampler": "ddim", "seed": "7"}, Prefer="respond-async, wait=1"))
        fields, png = self.image(job)
        assert pictures.size(png) == (side, side)
        assert fields["content-disposition"] == f'inline; filename="{model["name"]}-7.png"', fields
        tag = fields["etag"]
        self.ask((304,), "GET", job["images"][0]["url"], headers={"If-None-Match": tag})
        _, part = self.ask((206,), "GET", job["images"][0]["url"], headers={"Range": "bytes=0-7"})
        assert part == pictures.SIGNATURE
        assert self.ask((200,), "GET", job["images"][0]["url"] + ".dcm")[1][128:132] == b"DICM"
        filled = self.form("/v1/inpaintings", {"steps": 4, "sampler": "ddim"}, image=png, mask=pictures.middle_mask(side))
        assert pictures.size(self.image(filled)[1]) == (side, side) and filled["consistency"]["outside_change"] == 0
        small = pictures.grey(side // 2, side // 2, lambda x, y: 3 * x + y)
        enlarged = self.form("/v1/super-resolutions", {"steps": 4, "scale": 2}, image=small)
        assert pictures.size(self.image(enlarged)[1]) == (side, side)
        job = self.post("/v1/generations", {"steps": 500, "count": 64})
        job = json.loads(self.ask((200,), "POST", f"/v1/jobs/{job['id']}/cancel")[1])
        self.wait(job, "cancelled")
        self.ask((204,), "DELETE", f"/v1/jobs/{job['id']}")
        self.ask((410,), "GET", f"/v1/jobs/{job['id']}")
        print(type(self.tool).__name__.lower(), "submitted, waited, fetched, inpainted, enlarged, cancelled, deleted")


def longest_waits(address):
    """A minute is asked for: nginx cuts an answer that takes so long, and its client would lose the job's id."""
    direct = Round(Requests(), address)
    # As many jobs as are run by turns, and another that waits behind them: nothing of it changes for as long as anybody waits.
    long = [direct.post("/v1/generations", {"steps": 500, "count": 64}) for _ in range(8)]
    waiting = direct.post("/v1/generations", {"steps": 500, "count": 64})
    results = {}

    def take(name, method, path, **options):
        began = time.monotonic()
        status, _, content = Requests().request(method, address + path, **options)
        results[name] = (status, round(time.monotonic() - began, 1), json.loads(content).get("id"))

    headers = {"Content-Type": "application/json", "Prefer": "wait=60"}
    body = json.dumps({"steps": 500, "count": 64}).encode()
    threads = [
        threading.Thread(target=take, args=("GET ?wait=60", "GET", f"/v1/jobs/{waiting['id']}?wait=60")),
        threading.Thread(target=take, args=("POST Prefer: wait=60", "POST", "/v1/generations"), kwargs={"headers": headers, "data": body}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, (status, seconds, identifier) in results.items():
        print(f"{name}: {status} after {seconds} s, job {identifier}")
    for identifier in {*(job["id"] for job in long), waiting["id"], *(result[2] for result in results.values())}:
        direct.ask((200,), "POST", f"/v1/jobs/{identifier}/cancel")
    assert results["GET ?wait=60"][0] == 200 and results["POST Prefer: wait=60"][0] == 202, results


for tool in (Curl(), Requests(), HTTPX()):
    Round(tool, sys.argv[1]).run()
longest_waits(sys.argv[1])
