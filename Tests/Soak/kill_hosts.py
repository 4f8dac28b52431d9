"""Two processes that answer and several that compute, on one PostgreSQL, under random faults.

Faults: kill -9 of a worker, of a process that answers, and of PostgreSQL itself (which is started again); a worker that stands
still for longer than its lease and then goes on, as after a network cut; the connections of all processes dropped in mid-work; the
database's disk full for some seconds (as root: its files are on a small disk of their own then), or that of the images. The clocks
of one worker and of one process that answers are an hour fast, that of another worker an hour slow, where libfaketime is there
(Debian: faketime). Images are in the database, in a directory or in a bucket (--images): of those in a directory or a bucket none
may be missing in the end, and none may be there that no row names, after a sweep.
Meanwhile jobs are posted, each with a key of its own and again when an answer is lost; some are large enough to be shared.

After that the whole queue goes back to a backup: what it knew must end with the same bytes, what was accepted since is unknown, and
is made again when it is posted again.

At the end every accepted job must have ended, once, with the bytes that one process alone makes, and nothing may be left of what
was under way. Exit status 0 then. Needs PostgreSQL (Debian: postgresql).
"""
import argparse, glob, json, os, random, shutil, signal, subprocess, sys, tempfile, time, urllib.error, urllib.request

from private_postgres import PrivatePostgres

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--program", nargs="+", default=[".build/release/phantom", "serve"])
parser.add_argument("--model", default="Models/cxr64")
parser.add_argument("--faults", type=int, default=200)
parser.add_argument("--workers", type=int, default=6)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--images", choices=["database", "directory", "s3"], default="directory")
parser.add_argument("--s3-python", default=sys.executable, help="a Python that has moto[server], for --images s3")
options = parser.parse_args()
random.seed(options.seed)

BODIES = [
    {"steps": 40, "seed": "1"}, {"steps": 60, "seed": "2", "sampler": "ddpm", "count": 2},
    {"steps": 30, "seed": "3", "sampler": "heun"}, {"steps": 80, "seed": "4", "sampler": "ddim", "count": 3},
    {"steps": 10, "seed": "5", "sampler": "ddim", "count": 12},
]
LEASE = 3
folder = tempfile.mkdtemp(prefix="phantom-hosts-", dir="/tmp")
pids = []
FAKE_CLOCK = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
if not FAKE_CLOCK:
    print("libfaketime is not there (Debian: faketime): all clocks are right", file=sys.stderr)
disk = f"{folder}/disk"
os.mkdir(disk)
IS_SMALL = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", disk]).returncode == 0
pictures = f"{folder}/pictures"
os.mkdir(pictures)
IS_PICTURES_SMALL = IS_SMALL and options.images == "directory" and subprocess.run(
    ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", pictures]).returncode == 0
IMAGES = {"database": {"kind": "database"}, "directory": {"kind": "directory", "path": f"{pictures}/images"}}


def fill(disk):
    """Nothing can be written there for some seconds."""
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


class Bucket:
    """An S3 server that looks at signatures."""
    KEY, SECRET = "AKIDEXAMPLE", "not/a+secret"

    def __init__(self, port):
        self.faults = f"{folder}/s3_faults"
        self.set(0)
        self.process = subprocess.Popen([options.s3_python, f"{os.path.dirname(os.path.abspath(__file__))}/s3_server.py", str(port),
                                         self.KEY, self.SECRET, "images"], stdout=subprocess.PIPE, stderr=open(f"{folder}/s3.log", "a"),
                                        text=True, env=dict(os.environ, S3_FAULTS=self.faults))
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"the S3 server does not start: {folder}/s3.log")
        self.credentials = f"{folder}/credentials"
        with open(self.credentials, "w") as file:
            file.write(f"[default]\naws_access_key_id = {self.KEY}\naws_secret_access_key = {self.SECRET}\n")
        IMAGES["s3"] = {"kind": "s3", "endpoint": f"http://127.0.0.1:{port}", "bucket": "images", "prefix": "phantom/", "path_style": True,
                        "credentials_file": self.credentials}

    def set(self, what):
        # In one step: the server may be reading it.
        with open(f"{self.faults}.new", "w") as file:
            file.write(str(what))
        os.replace(f"{self.faults}.new", self.faults)


class Database(PrivatePostgres):
    def __init__(self):
        super().__init__(disk, "max_wal_size=96MB", "min_wal_size=64MB", sockets=folder)
        self.start()

    def die(self):
        self.process.kill()
        self.process.wait()
        time.sleep(random.uniform(0.2, 2))
        self.start()

    def fill_disk(self):
        """A server that could not go on is started again when there is room."""
        fill(disk)


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
        else:
            settings["images"] = IMAGES[options.images]
            # The signatures of a bucket's requests have the host's time in them, and S3 refuses what is off by a quarter of an hour.
            if clock and options.images == "s3":
                self.environment, self.shell = dict(os.environ), []
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

bucket = Bucket(base + 30) if options.images == "s3" else None
database = Database()
database.wait()
URL = database.url()
servers.append(database)
CLOCKS = {"api1": "+1h", "worker0": "+1h", "worker1": "-1h"}
hosts = [Host(f"api{n}", base + 1 + n, "api", URL, CLOCKS.get(f"api{n}")) for n in range(2)]
workers = [Host(f"worker{n}", base + 10 + n, "worker", URL, CLOCKS.get(f"worker{n}")) for n in range(options.workers)]
everybody += hosts + workers
patiently(hosts, "/v1/workers")
paused, jobs, tally = [], {}, {}


def fault():
    kinds = {"worker": 8, "api": 4, "pause": 3, "connections": 3, "postgres": 2, "disk": 1 if IS_SMALL else 0,
             "images full": 2 if IS_PICTURES_SMALL or bucket else 0, "bucket": 3 if bucket else 0}
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
    elif kind == "images full":
        if bucket:
            bucket.set("full")
            time.sleep(random.uniform(1, 4))
            bucket.set(0)
        else:
            fill(pictures)
    elif kind == "bucket":
        bucket.set(random.randrange(1, 30))
    else:
        database.die()


def restore():
    """Puts in jobs, backs up while they are on their way, puts in more, and goes back: tells what is not as it should be."""
    def post(prefix):
        numbers = {f"{prefix}-{n}": n % len(BODIES) for n in range(8)}
        return {key: (which, patiently(hosts, "/v1/generations", BODIES[which], key)["id"]) for key, which in numbers.items()}

    before = post("before")
    backup = subprocess.run([f"{database.programs}/pg_dump", "--schema=phantom", URL], check=True, capture_output=True).stdout
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


def named():
    """What of it rows name, and how many of these rows there are."""
    return set(database.ask("SELECT blob FROM phantom.images UNION SELECT blob FROM phantom.inputs").split("\n")) - {""}


def beside():
    """Orphans and missing ones beside the database, after a sweep, told by the program and counted anew."""
    if options.images == "database":
        return 0, 0, ""
    program = [*options.program[:-1], "store"]
    sweep = subprocess.run([*program, "sweep", "--after", "0", "--config", hosts[0].config], capture_output=True, text=True)
    check = subprocess.run([*program, "check", "--config", hosts[0].config], capture_output=True, text=True)
    print(sweep.stdout + sweep.stderr + check.stdout + check.stderr, file=sys.stderr)
    if options.images == "s3":
        return int(" 0 of them named by no row" not in sweep.stdout), check.returncode, sweep.stdout
    there = {name for path, _, names in os.walk(f"{pictures}/images") for name in names
             if len(name) == 64 and path.endswith("/" + name[:2])}
    return len(there - named()), len(named() - there) + check.returncode, sweep.stdout


orphans, missing, said = beside()
left = {
    "jobs beside the accepted": int(database.ask("SELECT count(*) FROM phantom.jobs")) - len(jobs),
    "ends told twice": int(database.ask("SELECT count(*) - count(DISTINCT job) FROM phantom.occurrences WHERE image IS NULL")),
    "images told twice": int(database.ask("SELECT count(*) - count(DISTINCT (job, image)) FROM phantom.occurrences "
                                          "WHERE image IS NOT NULL")),
    "trajectories": int(database.ask("SELECT count(*) FROM phantom.trajectories")),
    "leases": int(database.ask("SELECT count(*) FROM phantom.jobs WHERE lease IS NOT NULL")),
    "parts": int(database.ask("SELECT count(*) FROM phantom.parts")),
    "not as in the backup": went, "images of no row": orphans, "images that are missing": missing,
}
for host in hosts + workers:
    host.process.terminate()
ends = [host.process.wait() for host in hosts + workers]
database.stop()
if bucket:
    bucket.process.kill()
print(json.dumps({"images": options.images, "sweep": said.strip(), "faults": tally, "jobs": len(jobs), "wrong": wrong, "left": left, "exit": ends}, indent=1))
if wrong or any(left.values()) or any(ends):
    sys.exit(f"logs and database stay in {folder}")
for pid in pids:
    for name in glob.glob(f"/dev/shm/*faketime_*_{pid}"):
        os.remove(name)
for small, mounted in ((disk, IS_SMALL), (pictures, IS_PICTURES_SMALL)):
    if mounted:
        subprocess.run(["umount", small], check=True)
shutil.rmtree(folder)
