"""How the programs beside this one begin and end. Standard library only."""
import argparse
import shutil
import sys
import tempfile


def options(**own):
    """What the command line says: --program, and each of `own` by its default; a False is a switch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=".build/release/phantom")
    for name, default in own.items():
        if default is False:
            parser.add_argument(f"--{name}", action="store_true")
        else:
            parser.add_argument(f"--{name}", type=type(default), default=default)
    return parser.parse_args()


def folder(name):
    """A folder of the trial's own, which `end` takes away if nothing was wrong."""
    return tempfile.mkdtemp(prefix=f"phantom-{name}-")


def end(folder, faults, *services):
    """Ends the services, tells the faults, and the program with them."""
    for service in services:
        if service.end() != 0:
            faults.append("a service did not end well")
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(f"logs and stores stay in {folder}")
    shutil.rmtree(folder)
