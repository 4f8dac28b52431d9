"""generate.py [ADDRESS]: two images with `requests`; writes 0.png and 1.png into the working directory."""
import hashlib
import os
import sys

import requests

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
session = requests.Session()
if token := os.environ.get("PHANTOM_TOKEN"):
    session.headers["Authorization"] = f"Bearer {token}"


def ask(method, path, **options):
    answer = session.request(method, address + path, timeout=60, **options)
    if not answer.ok:
        raise SystemExit(f"{answer.status_code}: {answer.text}")  # a problem document, which says what to change
    return answer


model = ask("GET", "/v1/models").json()["items"][0]
# What the images shall show: a value of each attribute that the model has.
condition = {attribute["name"]: attribute["values"][0] for attribute in model["attributes"]}
# The same key names the same job, should the connection break before the answer is there.
job = ask(
    "POST", "/v1/generations", json={"model": model["name"], "condition": condition, "count": 2, "steps": 20},
    headers={"Idempotency-Key": os.urandom(16).hex()}).json()
while job["status"] not in ("succeeded", "failed", "cancelled"):
    print(f"{job['status']}: step {job['progress']['step']} of {job['progress']['steps']}")
    job = ask("GET", job["urls"]["self"], params={"wait": 50}).json()
if job["status"] != "succeeded":
    raise SystemExit(f"the job {job['status']}: {job['error']}")
for image in job["images"]:
    content = ask("GET", image["url"]).content
    assert hashlib.sha256(content).hexdigest() == image["sha256"]
    with open(f"{image['index']}.png", "wb") as file:
        file.write(content)
    print(f"{image['index']}.png: seed {image['seed']}")
