"""An upgrade under load: processes of the version before, and then those of this one, on one PostgreSQL that is never empty.

    upgrade_hosts.py --before OTHER/phantom

Jobs are posted all the time, each with a key of its own. The processes of this version start beside the old ones, the first of them
brings the tables up to date, the old ones are stopped one after the other (SIGTERM) as Documentation/Hosts.md says, workers first,
with jobs queued, running and shared. In the end every accepted job has succeeded once, with the bytes that one process alone makes.
Exit status 0 then. Needs PostgreSQL (Debian: postgresql) and a build of the version before.
"""
import argparse, json, os, shutil, signal, subprocess, sys, tempfile, threading, time, urllib.request

from private_postgres import PrivatePostgres

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--before", required=True, help="the program of the version before")
parser.add_argument("--program", default=".build/release/phantom")
parser.add_argument("--model", default="Models/cxr64")
parser.add_argument("--pause", type=float, default=4, help="seconds between two changes")
parser.add_argument("--port", type=int, default=25501)
options = parser.parse_args()

BODIES = [{"steps": 20, "seed": "1"}, {"steps": 30, "seed": "2", "count": 2}, {"steps": 10, "seed": "3", "count": 12, "sampler": "ddim"}]
folder = tempfile.mkdtemp(prefix="phantom-upgrade-", dir="/tmp")
postgres = PrivatePostgres(folder).start()
URL, sql = postgres.url(), postgres.ask
processes, numbers = [], iter(range(1000))


def ask(port, path, body=None, key=None):
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": f'"{key}"'} if key else {})
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body and json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer) if path.startswith("/v1") else {}


def serve(program, role, database=URL):
    """A process that is ready, with its port."""
    number = next(numbers)
    port, config = options.port + number, f"{folder}/{number}-{role}.json"
    settings = {"port": port, "models": [{"path": os.path.abspath(options.model)}], "database": database, "workers": 1,
                "threads_per_worker": 1, "queue_limit": 10000, "log": {"level": "warning", "format": "text"}}
    if database == URL:
        settings |= {"role": role, "lease_seconds": 5}
    with open(config, "w") as file:
        json.dump(settings, file)
    process = subprocess.Popen([program, "serve", "--config", config], stdout=open(f"{config}.log", "a"), stderr=subprocess.STDOUT)
    processes.append(process)
    while True:
        try:
            ask(port, "/readyz")
            return process, port
        except OSError:
            if process.poll() is not None:
                sys.exit(f"{program} as {role} ends with {process.returncode}: {config}.log")
            time.sleep(0.1)


def ended(ports, job):
    while True:
        state = ask(ports[0], f"/v1/jobs/{job}")
        if state["status"] in ("succeeded", "failed", "cancelled"):
            return state["status"], [image["sha256"] for image in state["images"]]
        time.sleep(0.2)


def stop(process, what):
    process.send_signal(signal.SIGTERM)
    if process.wait() != 0:
        sys.exit(f"{what} ended with {process.returncode}")
    # There are no tables before the first process has been there.
    counts = sql("SELECT status, count(*) FROM phantom.jobs GROUP BY 1 ORDER BY 1") or "no jobs"
    print(f"{what} has stopped; {counts.split()}", flush=True)


jobs, ports, isOver, unanswered = {}, [], threading.Event(), 0


def load():
    """Posts jobs, each again until it is answered, to whoever answers now."""
    global unanswered
    number = 0
    while not isOver.is_set():
        key, which = f"upgrade-{number}", number % len(BODIES)
        try:
            jobs[key] = (which, ask(ports[-1], "/v1/generations", BODIES[which], key)["id"])
            number += 1
        except OSError:
            unanswered += 1
        waiting = int(sql("SELECT count(*) FROM phantom.jobs WHERE status IN ('queued', 'running')") or 0)
        time.sleep(0.1 if waiting < 12 else 1)


try:
    postgres.wait()
    alone, port = serve(options.program, "all", f"sqlite:{folder}/alone.sqlite")
    expected = [ended([port], ask(port, "/v1/generations", body)["id"])[1] for body in BODIES]
    stop(alone, "one process alone")

    old_api, port = serve(options.before, "api")
    ports.append(port)
    old_workers = [serve(options.before, "worker")[0] for _ in range(2)]
    before = sql("SELECT max(number) FROM phantom.migrations")
    poster = threading.Thread(target=load)
    poster.start()
    time.sleep(options.pause)
    new_workers = []
    for number, worker in enumerate(old_workers):
        new_workers.append(serve(options.program, "worker")[0])
        time.sleep(options.pause)
        stop(worker, f"old worker {number}")
    new_api, port = serve(options.program, "api")
    ports.append(port)
    time.sleep(options.pause)
    stop(old_api, "the old process that answers")
    time.sleep(options.pause)
    isOver.set()
    poster.join()
    ports.reverse()
    wrong = [key for key, (which, job) in jobs.items() if ended(ports, job) != ("succeeded", expected[which])]
    wrong += [key for key, (which, job) in jobs.items() if ask(ports[0], "/v1/generations", BODIES[which], key)["id"] != job]
    left = {
        "jobs beside the accepted": int(sql("SELECT count(*) FROM phantom.jobs")) - len(jobs),
        "ends told twice": int(sql("SELECT count(*) - count(DISTINCT job) FROM phantom.occurrences WHERE image IS NULL")),
        "parts": int(sql("SELECT count(*) FROM phantom.parts")),
        "trajectories": int(sql("SELECT count(*) FROM phantom.trajectories")),
    }
    after = sql("SELECT max(number) FROM phantom.migrations")
finally:
    isOver.set()
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    postgres.stop()
print(json.dumps({"migrations": [before, after], "jobs": len(jobs), "unanswered": unanswered, "wrong": wrong, "left": left}))
if wrong or any(left.values()):
    sys.exit(f"logs and database stay in {folder}")
shutil.rmtree(folder)
