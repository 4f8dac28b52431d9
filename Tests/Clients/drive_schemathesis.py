"""schemathesis with all its checks and phases on the live service, as four callers: where no tokens are asked for, and
with tokens that may read, may submit, may do everything. Each has a service and a store of its own, and a network so
small that the jobs which are made cost next to nothing.

    python drive_schemathesis.py PHANTOM [--examples 20] [--seed 1] [--only NAME] [OPTIONS OF schemathesis]

Exits 1 if any finds a fault; what schemathesis says of it is printed. What the description cannot say
stands in schemathesis.toml.
"""
import argparse
import hashlib
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/Tests/Soak")

from small_service import Service, small_model  # noqa: E402

CALLERS = {"nobody": None, "reader": ["read"], "submitter": ["submit"], "operator": ["read", "submit", "admin"]}
# As small as the examples of openapi.yaml allow: what is made here is looked at by nobody.
LIMITS = {"count": 4, "steps": 100, "pixels": 64 * 64}


def drive(program, caller, folder, arguments):
    """Exit status of schemathesis as this caller."""
    settings = {"limits": LIMITS, "workers": 1, "threads_per_worker": 1}
    if CALLERS[caller]:
        digest = hashlib.sha256(caller.encode()).hexdigest()
        settings["auth"] = {"tokens": [{"name": caller, "sha256": digest, "scopes": CALLERS[caller]}]}
        arguments = arguments + ["--header", f"Authorization: Bearer {caller}"]
    service = Service(program, folder, [small_model(folder)], **settings).start()
    tool = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    status = subprocess.call(
        [tool, "--config-file", ROOT + "/schemathesis.toml", "run", f"http://127.0.0.1:{service.port}/openapi.yaml",
         "--checks", "all", *arguments], cwd=folder)
    if service.end() != 0:
        raise SystemExit(f"as {caller}: the service did not end well")
    return status


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program", metavar="PHANTOM")
    options.add_argument("--examples", type=int, default=20, help="the most that fuzzing asks of one operation")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=list(CALLERS), action="append")
    options, more = options.parse_known_args()
    arguments = ["--max-examples", str(options.examples), "--seed", str(options.seed), "--continue-on-failure",
                 "--no-color", "--generation-database", "none", "--suppress-health-check", "all", *more]
    faulty = []
    for caller in options.only or CALLERS:
        print(f"== as {caller}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            if drive(os.path.abspath(options.program), caller, folder, arguments):
                faulty.append(caller)
    if faulty:
        raise SystemExit(f"schemathesis finds faults as {', '.join(faulty)}")


if __name__ == "__main__":
    main()
