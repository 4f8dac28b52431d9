"""What an operator does wrong with the database or the images, on a real PostgreSQL with TLS and passwords: each is one message.

At start: TLS that cannot be verified, a wrong password, no rights, a database of a newer schema, a directory of images that is not
mounted or is another database's. In mid-run, of a process that answers: a password that expires and a directory that goes away are
named by /readyz, and when they are back so is the process, which never ends. Exit status 0 then. Needs PostgreSQL and openssl.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, time, urllib.error, urllib.request

from private_postgres import PrivatePostgres

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--program", nargs="+", default=[".build/release/phantom", "serve"])
parser.add_argument("--model", default="Models/cxr64")
parser.add_argument("--port", type=int, default=25431)
options = parser.parse_args()

folder = tempfile.mkdtemp(prefix="phantom-faults-", dir="/tmp")
postgres = PrivatePostgres(
    folder, "listen_addresses=127.0.0.1", "ssl=on", "fsync=off", user="root", port=options.port,
    initdb=("--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"))
data, ask = postgres.data, postgres.ask
postgres.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout",
             f"{data}/server.key", "-out", f"{data}/server.crt")
postgres.start().wait()
for name in ("good", "poor", "newer"):
    ask(f"CREATE ROLE {name} LOGIN PASSWORD 'right'")
    ask(f"CREATE DATABASE {name}" + ("" if name == "poor" else f" OWNER {name}"))
started = []


def url(name, password="right", more=""):
    return f"postgres://{name}:{password}@127.0.0.1:{options.port}/{name}?connect_timeout=5{more}"


def start(database, images=None, name="fault"):
    config = f"{folder}/{name}.json"
    with open(config, "w") as file:
        json.dump({"port": options.port + 1, "models": [{"path": os.path.abspath(options.model)}], "database": database, "role": "api",
                   "images": images or {"kind": "database"}, "log": {"level": "warning", "format": "text"}}, file)
    process = subprocess.Popen([*options.program, "--config", config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    started.append(process)
    return process


wrong = []


def refused(what, words, *arguments):
    process = start(*arguments)
    try:
        text = process.communicate(timeout=60)[0].strip()
    except subprocess.TimeoutExpired:
        process.kill()
        text = "(it went on)"
    isRight = process.returncode == 1 and words in text and text.count("\n") == 0 and "right" not in text.replace("rights", "").replace("right?", "")
    print(f"{'ok' if isRight else 'WRONG'}  {what}: {text}", flush=True)
    if not isRight:
        wrong.append(what)


def ready():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{options.port + 1}/readyz", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def awaited(what, status, words="", seconds=40):
    end = time.time() + seconds
    while time.time() < end:
        got = ready()
        if got[0] == status and words in got[1]:
            print(f"ok  {what}: {got[0]} {got[1][:400]}", flush=True)
            return
        time.sleep(0.3)
    print(f"WRONG  {what}: {got}", flush=True)
    wrong.append(what)


try:
    pictures = {"kind": "directory", "path": f"{folder}/pictures"}
    refused("TLS that cannot be verified", "certificate verify failed", url("good", more="&sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt"))
    refused("a certificate that is not there", "root certificate", url("good", more=f"&sslmode=verify-full&sslrootcert={folder}/none"))
    refused("a wrong password", "check user and password", url("good", "wrong"))
    refused("no rights", "GRANT CREATE ON DATABASE", url("poor"))
    process = start(url("newer"))
    awaited("a new database", 200)
    process.terminate()
    process.wait()
    ask("INSERT INTO phantom.migrations (number, name) VALUES (99, 'from the future')", "newer")
    refused("a newer schema", "newer version", url("newer"))
    process = start(url("good"), pictures, "good")
    awaited("images in a directory", 200)
    os.rename(pictures["path"], f"{folder}/away")
    awaited("the directory goes away", 503, "pictures")
    os.rename(f"{folder}/away", pictures["path"])
    awaited("the directory is back", 200)
    ask("ALTER ROLE good VALID UNTIL '2020-01-01'")
    ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'good'")
    awaited("the password has expired", 503, "check user and password")
    ask("ALTER ROLE good VALID UNTIL 'infinity'")
    awaited("the password is good again", 200)
    if process.poll() is not None:
        wrong.append("the process has ended")
    process.terminate()
    process.wait()
    os.rename(pictures["path"], f"{folder}/away")
    os.mkdir(pictures["path"])
    refused("a directory that is not mounted", "Is it mounted", url("good"), pictures)
    ask("CREATE ROLE other LOGIN PASSWORD 'right'")
    ask("CREATE DATABASE other OWNER other")
    refused("a directory of another database", "another database", url("other"), {"kind": "directory", "path": f"{folder}/away"})
finally:
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
    postgres.stop()
    shutil.rmtree(folder)
if wrong:
    sys.exit("wrong: " + ", ".join(wrong))
