"""A PostgreSQL server of a program's own, in a folder of its own, reached through a socket there. Standard library only; needs
PostgreSQL (Debian: postgresql), whose server does not run as root: as root it runs as the user `postgres`."""
import glob
import os
import shutil
import signal
import subprocess
import time


class PrivatePostgres:
    """Its tables are in `folder`/data; the socket is in `sockets`, by default `folder` itself."""

    def __init__(self, folder, *settings, sockets=None, user="phantom", initdb=("--auth=trust",), port=5432):
        self.sockets, self.data, self.user, self.port = sockets or folder, f"{folder}/data", user, port
        self.settings = [word for setting in settings for word in ("-c", setting)]
        self.programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.as_server = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        for place in {folder, self.sockets}:
            if self.as_server:
                shutil.chown(place, "postgres")
            os.chmod(place, 0o711)
        self.run(f"{self.programs}/initdb", "-D", self.data, "-U", user, "-E", "UTF8", "--locale=C", *initdb)

    def run(self, *words):
        """A command as the server's user."""
        subprocess.run([*self.as_server, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def url(self, database="postgres"):
        port = "" if self.port == 5432 else f"&port={self.port}"
        return f"postgres:///{database}?host={self.sockets}{port}&user={self.user}"

    def start(self):
        """Returns before it answers (`wait`)."""
        self.process = subprocess.Popen(
            [*self.as_server, f"{self.programs}/postgres", "-D", self.data, "-k", self.sockets, "-p", str(self.port), "-c",
             "listen_addresses=", *self.settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def ask(self, sql, database="postgres"):
        """What psql prints; None where the server, or the statement, fails."""
        answer = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, self.url(database)], capture_output=True, text=True)
        return answer.stdout.strip() if answer.returncode == 0 else None

    def wait(self):
        while self.ask("SELECT 1") != "1":
            time.sleep(0.1)
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
