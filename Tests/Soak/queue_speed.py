"""What the queue does on one PostgreSQL, with engines that make nothing: a private server, clients and workers on this machine.

Prints four things: jobs a second that are accepted, and leased, begun and finished; how the work of simulated slow models grows
from 1 to 16 worker processes, for many jobs of an image and for one job of many; what 100 workers at rest ask of the server; and how
long a job waits for one of them, by the database's clock, from its acceptance to the moment it is noted as begun. The server counts
the delivery of a word to a process that listens as a transaction, too. Run it on a quiet machine; what a job costs in processor time
is said as well, since server and clients share the cores. Exit status 1 where a bar is missed: 1,000 jobs a second, 0.95 of so many
workers, 50 ms (99th percentile).
"""
import argparse, os, resource, shutil, subprocess, sys, tempfile, time

from private_postgres import PrivatePostgres

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--probe", default=".build/release/HostsProbe")
parser.add_argument("--jobs", type=int, default=4000, help="of the first figure")
parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8, 16])
parser.add_argument("--step", type=int, default=50, help="milliseconds of a slow model's step")
parser.add_argument("--each", type=int, default=20, help="images of 20 steps for each worker")
parser.add_argument("--idle", type=int, default=100, help="workers at rest")
parser.add_argument("--figures", nargs="+", default=["rates", "workers", "rest"], choices=["rates", "workers", "rest"])
options = parser.parse_args()
STEPS = 20

folder = tempfile.mkdtemp(prefix="phantom-queue-", dir="/tmp")
postgres = PrivatePostgres(folder, "max_connections=500").start()
URL, ask = postgres.url(), postgres.ask


def transactions():
    """Of all there have been, as far as the server has counted them: it does so once a second."""
    return int(ask("SELECT pg_stat_clear_snapshot(); SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'").split("\n")[-1])


def processor(pid):
    """Milliseconds of processor time of the server: its processes, and those that have ended."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        children = file.read().split()
    ticks = 0
    for process in [str(pid), *children]:
        try:
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15] if process == str(pid) else fields[11:13]))
    return 1000 * ticks / os.sysconf("SC_CLK_TCK")


def rate(verb, *numbers):
    """Jobs a second, and what one costs."""
    own, theirs = resource.getrusage(resource.RUSAGE_CHILDREN), processor(postgres.process.pid)
    seconds = run(verb, options.jobs, *numbers)
    time.sleep(0.5)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    clients = 1000 * (now.ru_utime + now.ru_stime - own.ru_utime - own.ru_stime)
    print(f"{verb}: {options.jobs / seconds:.0f} jobs a second; processor time of a job: server "
          f"{(processor(postgres.process.pid) - theirs) / options.jobs:.2f} ms, clients {clients / options.jobs:.2f} ms", flush=True)
    bar(verb, options.jobs / seconds >= 1000)


def probe(*words):
    process = subprocess.Popen([options.probe, URL, *map(str, words)], stdout=subprocess.PIPE, text=True)
    if process.stdout.readline().strip() != "ready":
        sys.exit(f"{words}: the probe does not start")
    return process


def run(*words):
    """Seconds that the probe took."""
    process = probe(*words)
    lines = process.stdout.read().split("\n")
    process.wait()
    if any(line.startswith("error") for line in lines):
        sys.exit("\n".join(lines))
    return float(next(line for line in lines if line.startswith("seconds")).split()[1])


def empty():
    ask("DROP SCHEMA IF EXISTS phantom CASCADE")


def work(workers, jobs, images):
    """Images a second of so many worker processes, from the first that is begun to the last that is done."""
    empty()
    # All are there before the work is: the first of them alone would take half of a job of many images.
    processes = [probe("work", 1, options.step) for _ in range(workers)]
    run("submit", jobs, 1, images, STEPS)
    while ask("SELECT count(*) FROM phantom.jobs WHERE status IN ('queued', 'running')") != "0":
        time.sleep(0.2)
    for process in processes:
        process.kill()
        process.wait()
    span = int(ask("SELECT max(finished_at) - min(started_at) FROM phantom.jobs"))
    return jobs * images * 1000 / span


missed = []


def bar(what, isMet):
    if not isMet:
        missed.append(what)


try:
    postgres.wait()
    if "rates" in options.figures:
        # The first process makes the tables.
        run("submit", 8, 8, 1, 1)
        run("finish", 8, 8)
        rate("submit", 8, 1, 1)
        rate("finish", 8)
        left = ask("SELECT count(*) FROM phantom.jobs WHERE status <> 'succeeded'")
        print(f"(8 clients each; {left} left)")

    if "workers" in options.figures:
        print("\n| workers | images a second | of so many times one | one job of as many images | of so many times one |\n|--:|--:|--:|--:|--:|")
    one = None
    for workers in options.workers if "workers" in options.figures else []:
        rates = (work(workers, workers * options.each, 1), work(workers, 1, workers * options.each))
        one = one or [rate / workers for rate in rates]
        shares = [rate / (workers * single) for rate, single in zip(rates, one)]
        print(f"| {workers} | {rates[0]:.2f} | {shares[0]:.3f} | {rates[1]:.2f} | {shares[1]:.3f} |", flush=True)
        bar(f"{workers} workers", shares[0] >= 0.95)

    if "rest" not in options.figures:
        sys.exit("missed: " + ", ".join(missed) if missed else 0)
    empty()
    processes = [probe("work", 10, 0) for _ in range(options.idle // 10)]
    time.sleep(4)
    start, before = time.time(), transactions()
    time.sleep(4)
    resting = (transactions() - before) / (time.time() - start)
    start, before = time.time(), transactions()
    run("submit", 300, 1, 1, 1, 20)
    while ask("SELECT count(*) FROM phantom.jobs WHERE status IN ('queued', 'running')") != "0":
        time.sleep(0.2)
    time.sleep(1.1)
    spent = (transactions() - before - resting * (time.time() - start)) / 300
    print(f"\n{options.idle} workers at rest: {resting:.0f} transactions a second; {spent:.1f} more for each job that arrives")
    wait = ask("SELECT percentile_disc(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY started_at - created_at) FROM phantom.jobs")
    print(f"\nwait for one of {options.idle} workers at rest, ms (median, 99 %, longest): {wait}")
    bar("wait", int(wait.strip("{}").split(",")[1]) <= 50)
    for process in processes:
        process.kill()
        process.wait()
finally:
    postgres.stop()
    shutil.rmtree(folder)
if missed:
    sys.exit("missed: " + ", ".join(missed))
