"""Images in a bucket of an S3 server (moto), through the program, whatever goes wrong with the server.

Images and inputs are put, read back and compared with those of a service that has them in its database; all names are listed (more
than a page of them) and what no row names is swept. Then: a wrong key, credentials that have expired, a disk that is full, a server
that is slow, one that answers 503, connections that are cut in the middle of an answer, no server at all. /readyz names each that
lasts, no job is lost, and when it is over the process goes on by itself. At start: a bucket that is not there, and a wrong key, are one
message each. Exit status 0 then. Needs PostgreSQL, and a Python with moto[server] for the server.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile, time, urllib.error, urllib.request

from private_postgres import PrivatePostgres

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--program", nargs="+", default=[".build/release/phantom", "serve"])
parser.add_argument("--model", default="Models/cxr64")
parser.add_argument("--port", type=int, default=25461)
parser.add_argument("--s3-python", default=sys.executable, help="a Python that has moto[server]")
options = parser.parse_args()

folder = tempfile.mkdtemp(prefix="phantom-s3-", dir="/tmp")
postgres = PrivatePostgres(folder, "fsync=off").start()
URL, ask = postgres.url(), postgres.ask
S3 = f"http://127.0.0.1:{options.port + 1}"
KEY, SECRET = "AKIDEXAMPLE", "not/a+secret"
faults, credentials = f"{folder}/faults", f"{folder}/credentials"


def set_fault(what="0"):
    # In one step: the server may be reading it.
    with open(f"{faults}.new", "w") as file:
        file.write(what)
    os.rename(f"{faults}.new", faults)


def write_credentials(secret=SECRET):
    with open(credentials, "w") as file:
        file.write(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {secret}\n")


def start_bucket():
    process = subprocess.Popen([options.s3_python, f"{os.path.dirname(os.path.abspath(__file__))}/s3_server.py", str(options.port + 1), KEY,
                                SECRET, "images"], stdout=subprocess.PIPE, stderr=open(f"{folder}/s3.log", "a"), text=True,
                               env=dict(os.environ, S3_FAULTS=faults))
    if process.stdout.readline().strip() != "ready":
        sys.exit(f"the S3 server does not start: {folder}/s3.log")
    return process


def configure(name, port, bucket="images", database=URL):
    config = f"{folder}/{name}.json"
    settings = {"port": port, "models": [{"path": os.path.abspath(options.model)}], "database": database, "workers": 1,
                "threads_per_worker": 1, "log": {"level": "warning", "format": "text"}}
    if database == URL:
        settings["images"] = {"kind": "s3", "endpoint": S3, "bucket": bucket, "prefix": "phantom/", "path_style": True,
                              "credentials_file": credentials}
    with open(config, "w") as file:
        json.dump(settings, file)
    return config


def serve(config):
    return subprocess.Popen([*options.program, "--config", config], stdout=open(config + ".log", "a"), stderr=subprocess.STDOUT)


def get(port, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body and json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def eventually(what, test, seconds=90):
    end = time.time() + seconds
    while not test():
        if time.time() > end:
            raise SystemExit(f"not within {seconds} s: {what}; all is in {folder}")
        time.sleep(0.1)
    done.append(what)
    print(what, flush=True)


def post(port, body):
    status, answer = get(port, "/v1/generations", body)
    return status, json.loads(answer or b"{}")


def images(port, job, seconds=120):
    """The bytes of the images of a job, when it has ended."""
    end = time.time() + seconds
    while (state := json.loads(get(port, f"/v1/jobs/{job}")[1] or b"{}")).get("status") not in ("succeeded", "failed", "cancelled"):
        if time.time() > end:
            raise SystemExit(f"{job} does not end: {state}")
        time.sleep(0.1)
    if state["status"] != "succeeded":
        raise SystemExit(f"{job}: {state}")
    return [get(port, image["url"]) for image in state["images"]]


def readiness():
    status, answer = get(options.port, "/readyz")
    return status, answer.decode()


def lasts(what, words, mend):
    """A fault that lasts is named by /readyz, a job waits with its images or is refused, and ends when it is over."""
    _, job = post(options.port, BODY)
    eventually(f"{what}: /readyz says {words}", lambda: readiness()[0] == 503 and words in readiness()[1])
    mend()
    eventually(f"{what}: over", lambda: readiness()[0] == 200)
    same(what, job["id"])


def same(what, job):
    found = images(options.port, job)
    if found != expected:
        raise SystemExit(f"{what}: other images than without a bucket")
    done.append(f"{what}: the same images")
    print(done[-1], flush=True)


def store(verb, *words):
    answer = subprocess.run([*options.program[:-1], "store", verb, *words, "--config", config], capture_output=True, text=True)
    return answer.returncode, answer.stdout + answer.stderr


BODY = {"steps": 8, "seed": "7", "sampler": "ddim", "count": 2}
done, processes = [], []
postgres.wait()
set_fault()
write_credentials()
try:
    alone = serve(configure("alone", options.port + 2, database=f"sqlite:{folder}/alone.sqlite"))
    processes.append(alone)
    eventually("a service with its images in its database", lambda: get(options.port + 2, "/readyz")[0] == 200)
    expected = images(options.port + 2, post(options.port + 2, BODY)[1]["id"])
    assert all(status == 200 for status, _ in expected)
    alone.terminate()
    alone.wait()

    bucket = start_bucket()
    processes.append(bucket)
    for name, words in (("absent", "NoSuchBucket"), ("images", "InvalidAccessKeyId|SignatureDoesNotMatch")):
        if name == "images":
            write_credentials("wrong")
        process = subprocess.run([*options.program, "--config", configure("wrong", options.port, name)], capture_output=True, text=True, timeout=120)
        lines = (process.stdout + process.stderr).strip().split("\n")
        if process.returncode == 0 or not any(word in lines[-1] for word in words.split("|")):
            raise SystemExit(f"{words}: {process.returncode}, {lines}")
        done.append(f"at start, {words}: {lines[-1]}")
        print(done[-1], flush=True)
    write_credentials()

    config = configure("bucket", options.port)
    service = serve(config)
    processes.append(service)
    eventually("a service with its images in the bucket", lambda: get(options.port, "/readyz")[0] == 200)
    same("put and get", post(options.port, BODY)[1]["id"])
    assert ask("SELECT count(*) FROM phantom.images WHERE content IS NULL AND blob IS NOT NULL") == "2"

    write = f"""
import boto3, hashlib
client = boto3.client("s3", endpoint_url="{S3}", aws_access_key_id="{KEY}", aws_secret_access_key="{SECRET}", region_name="us-east-1")
for number in range(1100):
    client.put_object(Bucket="images", Key="phantom/ab/ab" + hashlib.sha256(str(number).encode()).hexdigest()[2:], Body=b"x")
"""
    subprocess.run([options.s3_python, "-c", write], check=True)
    code, said = store("check")
    if code != 0 or "1100" not in said:
        raise SystemExit(f"check: {code} {said}")
    code, said = store("sweep", "--after", "0")
    if code != 0 or "1100" not in said:
        raise SystemExit(f"sweep: {code} {said}")
    done.append("list and sweep: " + said.strip().replace("\n", "; "))
    print(done[-1], flush=True)
    code, said = store("check")
    if code != 0 or "1100" in said:
        raise SystemExit(f"check: {code} {said}")

    write_credentials("wrong")
    lasts("a wrong key", "SignatureDoesNotMatch", write_credentials)
    set_fault("expired")
    lasts("credentials that have expired", "ExpiredToken", set_fault)
    for what, fault in (("503 for a while", "3"), ("connections that are cut", "cut 3"), ("a slow server", "slow 2")):
        set_fault(fault)
        same(what, post(options.port, BODY)[1]["id"])
        set_fault()
    bucket.kill()
    bucket.wait()
    post(options.port, BODY)
    eventually("no server: /readyz says so", lambda: readiness()[0] == 503 and "images.endpoint" in readiness()[1])
    # moto forgets all: it is as a bucket that is another's, and is not written to.
    bucket = start_bucket()
    processes.append(bucket)
    eventually("a bucket that has lost its mark: /readyz says so", lambda: readiness()[0] == 503 and "phantom-images" in readiness()[1])
    service.terminate()
    if service.wait() != 0:
        raise SystemExit(f"the service ended with {service.returncode}")
finally:
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    postgres.stop()
print(json.dumps({"done": len(done)}))
shutil.rmtree(folder)
