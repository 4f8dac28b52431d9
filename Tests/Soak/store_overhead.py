"""What PostgreSQL costs one host beside SQLite: the same jobs on the same model, by turns on a service with each.

Both services run; jobs are posted to one after the other in the order ABBA, each waited for by a long poll, so that whatever else the
machine does meets both alike. Printed: the median time from the post to the answer that it is done, of each, and what is between
them, of the time with SQLite, with the interval in which 95 of 100 resamples of the pairs lie. Exit status 1 where more than the bar
is lost (3 %) beyond doubt, 2 where the interval is too wide to say. Run it on a quiet machine. Needs PostgreSQL (Debian: postgresql).
"""
import argparse, json, os, random, shutil, statistics, subprocess, sys, tempfile, time, urllib.request

from private_postgres import PrivatePostgres

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--program", nargs="+", default=[".build/release/phantom", "serve"])
parser.add_argument("--model", default="Models/cxr64")
parser.add_argument("--pairs", type=int, default=40)
parser.add_argument("--steps", type=int, default=50)
parser.add_argument("--port", type=int, default=25481)
parser.add_argument("--bar", type=float, default=0.03)
options = parser.parse_args()
random.seed(1)

folder = tempfile.mkdtemp(prefix="phantom-overhead-", dir="/tmp")
postgres = PrivatePostgres(folder).start()
processes = []
STORES = {"SQLite": f"sqlite:{folder}/jobs.sqlite", "PostgreSQL": postgres.url()}
ports = {name: options.port + number for number, name in enumerate(STORES)}


def ask(name, path, body=None, wait=None):
    headers = {"Content-Type": "application/json"} | ({"Prefer": f"wait={wait}"} if wait else {})
    request = urllib.request.Request(f"http://127.0.0.1:{ports[name]}{path}", body and json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer) if path.startswith("/v1") else {}


def job(name, seed):
    """Seconds of a job, and the digest of what it made."""
    start = time.monotonic()
    state = ask(name, "/v1/generations", {"steps": options.steps, "seed": str(seed), "sampler": "ddim"}, wait=50)
    while state["status"] not in ("succeeded", "failed", "cancelled"):
        state = ask(name, f"/v1/jobs/{state['id']}", wait=50)
    seconds = time.monotonic() - start
    if state["status"] != "succeeded":
        sys.exit(f"{name}: {state}")
    return seconds, [image["sha256"] for image in state["images"]]


try:
    postgres.wait()
    for name, store in STORES.items():
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump({"port": ports[name], "models": [{"path": os.path.abspath(options.model)}], "database": store,
                       "log": {"level": "warning", "format": "text"}}, file)
        processes.append(subprocess.Popen([*options.program, "--config", f"{folder}/{name}.json"]))
        while True:
            try:
                ask(name, "/readyz")
                break
            except OSError:
                time.sleep(0.1)
        for seed in range(3):
            job(name, seed)
    times = {name: [] for name in STORES}
    for seed in range(options.pairs):
        made = {}
        for name in list(STORES)[::1 if seed % 2 else -1]:
            seconds, made[name] = job(name, 100 + seed)
            times[name].append(seconds)
        if made["SQLite"] != made["PostgreSQL"]:
            sys.exit(f"seed {seed}: other bytes")
finally:
    for process in reversed(processes):
        process.terminate()
        process.wait()
    postgres.stop()
    shutil.rmtree(folder)
pairs = list(zip(times["SQLite"], times["PostgreSQL"]))


def share(pairs):
    """Of the time with SQLite, what a pair loses in the median."""
    return statistics.median(b - a for a, b in pairs) / statistics.median(a for a, _ in pairs)


resampled = sorted(share(random.choices(pairs, k=len(pairs))) for _ in range(2000))
low, high = resampled[50], resampled[-51]
for name, seconds in times.items():
    print(f"{name}: a job of {options.steps} steps in {1000 * statistics.median(seconds):.1f} ms (median of {len(seconds)})")
print(f"PostgreSQL takes {100 * share(pairs):+.2f} % of a job's time ({100 * low:+.2f} to {100 * high:+.2f} %; the bar is {100 * options.bar:.0f} %)")
sys.exit(0 if high <= options.bar else 1 if low > options.bar else 2)
