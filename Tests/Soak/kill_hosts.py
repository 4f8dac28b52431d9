"""Two processes that answer and several that compute, on one PostgreSQL, under random faults.

Faults: kill -9 of a worker, of a process that answers, and of PostgreSQL itself (which is started again); a worker that stands
still for longer than its lease and then goes on, as after a network cut; the connections of all processes dropped in mid-work; the
database's disk full for some seconds (as root: its files are on a small disk of their own then). The clocks of one worker and of
one process that answers are an hour fast, that of another worker an hour slow, where libfaketime is there (Debian: faketime).
Meanwhile jobs are posted, each with a key of its own and again when an answer is lost; some are large enough to be shared.

After that the whole queue goes back to a backup: what it knew must end with the same bytes, what was accepted since is unknown, and
is made again when it is posted again.

At the end every accepted job must have ended, once, with the bytes that one process alone makes, and nothing may be left of what
was under way. Exit status 0 then. Needs PostgreSQL (Debian: postgresql).
"""
import argparse, glob, json, os, random, shutil, signal, subprocess, sys, tempfile, time, urllib.error, urllib.request

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--program", nargs="+", default=[".build/release/phantom", "serve"])
parser.add_argument("--model", default="Models/cxr64")
parser.add_argument("--faults", type=int, default=200)
parser.add_argument("--workers", type=int, default=6)
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
random.seed(options.seed)

BODIES = [
    {"steps": 40, "seed": "1"}, {"steps": 60, "seed": "2", "sampler": "ddpm", "count": 2},
    {"steps": 30, "seed": "3", "sampler": "heun"}, {"steps": 80, "seed": "4", "sampler": "ddim", "count": 3},
    {"steps": 10, "seed": "5", "sampler": "ddim", "count": 12},
]
LEASE = 3
folder = tempfile.mkdtemp(prefix="phantom-hosts-", dir="/tmp")
binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
if as_postgres:
    shutil.chown(folder, "postgres")
os.chmod(folder, 0o711)
pids = []
FAKE_CLOCK = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
if not FAKE_CLOCK:
    print("libfaketime is not there (Debian: faketime): all clocks are right", file=sys.stderr)
disk = f"{folder}/disk"
os.mkdir(disk)
IS_SMALL = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", disk]).returncode == 0
if as_postgres:
    shutil.chown(disk, "postgres")
URL = f"postgres:///postgres?host={folder}&user=phantom"


class Database:
    def __init__(self):
        subprocess.run([*as_postgres, f"{binaries}/initdb", "-D", f"{disk}/data", "-U", "phantom", "--auth=trust", "-E", "UTF8",
                        "--locale=C"], check=True, stdout=subprocess.DEVNULL)
        self.start()

    def start(self):
        self.process = subprocess.Popen([*as_postgres, f"{binaries}/postgres", "-D", f"{disk}/data", "-k", folder, "-c",
                                         "listen_addresses=", "-c", "max_wal_size=96MB", "-c", "min_wal_size=64MB"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(self, sql):
        answer = subprocess.run(["psql", "-XAtq", "-c", sql, URL], capture_output=True, text=True)
        return answer.stdout.strip()

    def die(self):
        self.process.kill()
        self.process.wait()
        time.sleep(random.uniform(0.2, 2))
        self.start()

    def fill_disk(self):
        """Nothing can be written for some seconds; a server that could not go on is started again when there is room."""
        filler = f"{disk}/filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                state = os.statvfs(disk)
                os.posix_fallocate(file.fileno(), 0, max(1, state.f_bavail * state.f_frsize - (1 << 20)))
                file.seek(0, os.SEEK_END)
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                pass
        time.sleep(random.uniform(1, 4))
        os.remove(filler)


class Host:
    def __init__(self, name, port, role, database, clock=None):
        self.name, self.port = name, port
        self.environment, self.shell = dict(os.environ), []
        if clock and FAKE_CLOCK:
            # Only the time of day is wrong, not what durations are measured by. libfaketime adds to the environment in the
            # first process that has it, and Swift looks for its arguments beside that: so the first is a shell.
            self.environment.update(LD_PRELOAD=FAKE_CLOCK, FAKETIME=clock, FAKETIME_DONT_FAKE_MONOTONIC="1")
            self.shell = ["sh", "-c", 'exec "$0" "$@"']
        self.config = f"{folder}/{name}.json"
        settings = {"port": port, "models": [{"path": os.path.abspath(options.model)}], "database": database, "role": role,
                    "lease_seconds": LEASE, "workers": 1, "threads_per_worker": 1, "queue_limit": 10000,
                    "log": {"level": "warning", "format": "text"}}
        if database.startswith("sqlite"):
            del settings["role"], settings["lease_seconds"]
        with open(self.config, "w") as file:
            json.dump(settings, file)
        self.start()

    def start(self):
        self.process = subprocess.Popen([*self.shell, *options.program, "--config", self.config], env=self.environment,
                                        stdout=open(f"{folder}/{self.name}.log", "a"), stderr=subprocess.STDOUT)
        pids.append(self.process.pid)

    def die(self):
        self.process.kill()
        self.process.wait()
        self.start()

    def ask(self, path, body=None, key=None):
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = f'"{key}"'
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


def tend():
    """As a supervisor does: who could not start, since the database was not there, is started again."""
    for server in servers + everybody:
        if server.process.poll() is not None:
            server.start()


def patiently(hosts, path, body=None, key=None, seconds=120):
    """Asks one host after the other until one answers."""
    end = time.time() + seconds
    while True:
        try:
            return random.choice(hosts).ask(path, body, key)
        except (OSError, ValueError) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code == 404:
                raise
            tend()
            if time.time() > end:
                raise SystemExit(f"no answer to {path}: {error}")
            time.sleep(0.1)


def finished(hosts, job, seconds=600):
    end = time.time() + seconds
    while time.time() < end:
        tend()
        state = patiently(hosts, f"/v1/jobs/{job}")
        if state["status"] in ("succeeded", "failed", "cancelled"):
            return state
        time.sleep(0.2)
    raise SystemExit(f"job {job} does not end: {state}")


def digests(state):
    return [image["sha256"] for image in state["images"]]


everybody, servers = [], []
base = random.randrange(20000, 30000)
alone = Host("alone", base, "all", f"sqlite:{folder}/alone.sqlite")
expected = [digests(finished([alone], patiently([alone], "/v1/generations", body)["id"])) for body in BODIES]
alone.process.terminate()
alone.process.wait()

database = Database()
while database.ask("SELECT 1") != "1":
    time.sleep(0.1)
servers.append(database)
CLOCKS = {"api1": "+1h", "worker0": "+1h", "worker1": "-1h"}
hosts = [Host(f"api{n}", base + 1 + n, "api", URL, CLOCKS.get(f"api{n}")) for n in range(2)]
workers = [Host(f"worker{n}", base + 10 + n, "worker", URL, CLOCKS.get(f"worker{n}")) for n in range(options.workers)]
everybody += hosts + workers
patiently(hosts, "/v1/workers")
paused, jobs, tally = [], {}, {}


def fault():
    kinds = {"worker": 8, "api": 4, "pause": 3, "connections": 3, "postgres": 2, "disk": 1 if IS_SMALL else 0}
    kind = random.choices(list(kinds), kinds.values())[0]
    tally[kind] = tally.get(kind, 0) + 1
    if kind == "worker":
        random.choice(workers).die()
    elif kind == "api":
        random.choice(hosts).die()
    elif kind == "pause":
        worker = random.choice(workers)
        worker.process.send_signal(signal.SIGSTOP)
        paused.append((time.time() + LEASE + 2, worker.process))
    elif kind == "connections":
        database.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'phantom'")
    elif kind == "disk":
        database.fill_disk()
    else:
        database.die()


def restore():
    """Puts in jobs, backs up while they are on their way, puts in more, and goes back: tells what is not as it should be."""
    def post(prefix):
        numbers = {f"{prefix}-{n}": n % len(BODIES) for n in range(8)}
        return {key: (which, patiently(hosts, "/v1/generations", BODIES[which], key)["id"]) for key, which in numbers.items()}

    before = post("before")
    backup = subprocess.run([f"{binaries}/pg_dump", "--schema=phantom", URL], check=True, capture_output=True).stdout
    since = post("since")
    for _, job in [*before.values(), *since.values()]:
        finished(hosts, job)
    for host in everybody:
        host.process.kill()
        host.process.wait()
    database.ask("DROP SCHEMA phantom CASCADE")
    subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", URL], input=backup, check=True, stdout=subprocess.DEVNULL)
    tend()
    faults = 0
    for key, (which, job) in before.items():
        state = finished(hosts, job)
        faults += state["status"] != "succeeded" or digests(state) != expected[which]
    for key, (which, job) in since.items():
        try:
            patiently([hosts[0]], f"/v1/jobs/{job}")
            faults += 1
        except urllib.error.HTTPError as error:
            faults += error.code != 404
        again = patiently(hosts, "/v1/generations", BODIES[which], key)["id"]
        faults += again == job or digests(finished(hosts, again)) != expected[which]
        before[key] = (which, again)
    jobs.update(before)
    return faults


for number in range(options.faults):
    for place in range(3):
        key, which = f"{number}-{place}", random.randrange(len(BODIES))
        jobs[key] = (which, patiently(hosts, "/v1/generations", BODIES[which], key)["id"])
    fault()
    for place, (until, process) in reversed(list(enumerate(paused))):
        if time.time() >= until:
            process.send_signal(signal.SIGCONT)
            del paused[place]
    time.sleep(random.uniform(0.2, 2))
for _, process in paused:
    process.send_signal(signal.SIGCONT)

wrong = 0
for key, (which, job) in jobs.items():
    state = finished(hosts, job)
    again = patiently(hosts, "/v1/generations", BODIES[which], key)["id"]
    if state["status"] != "succeeded" or digests(state) != expected[which] or again != job:
        wrong += 1
        print(f"{key}: {job} ({again}) {state['status']} {state['error']}", file=sys.stderr)
went = restore()
left = {
    "jobs beside the accepted": int(database.ask("SELECT count(*) FROM phantom.jobs")) - len(jobs),
    "ends told twice": int(database.ask("SELECT count(*) - count(DISTINCT job) FROM phantom.occurrences WHERE image IS NULL")),
    "images told twice": int(database.ask("SELECT count(*) - count(DISTINCT (job, image)) FROM phantom.occurrences "
                                          "WHERE image IS NOT NULL")),
    "trajectories": int(database.ask("SELECT count(*) FROM phantom.trajectories")),
    "leases": int(database.ask("SELECT count(*) FROM phantom.jobs WHERE lease IS NOT NULL")),
    "parts": int(database.ask("SELECT count(*) FROM phantom.parts")),
    "not as in the backup": went,
}
for host in hosts + workers:
    host.process.terminate()
ends = [host.process.wait() for host in hosts + workers]
database.process.send_signal(signal.SIGINT)
database.process.wait()
print(json.dumps({"faults": tally, "jobs": len(jobs), "wrong": wrong, "left": left, "exit": ends}, indent=1))
if wrong or any(left.values()) or any(ends):
    sys.exit(f"logs and database stay in {folder}")
for pid in pids:
    for name in glob.glob(f"/dev/shm/*faketime_*_{pid}"):
        os.remove(name)
if IS_SMALL:
    subprocess.run(["umount", disk], check=True)
shutil.rmtree(folder)
