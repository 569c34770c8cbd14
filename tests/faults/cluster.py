"""A PostgreSQL of our own that may be stopped hard: made by initdb in a folder of its own, on a free port, gone afterwards."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.faults.checks import wait_for
from tests.faults.station import free_port

DATABASE = "faults"


def programs() -> Path:
    """The folder of initdb, pg_ctl, pg_dump: the newest there is."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name.split(".")[0]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise RuntimeError("initdb is not on this machine")
    return found[-1] if found else Path(str(on_path)).parent


class Cluster:
    """Everything is written to disk as in production (fsync on); only the size is small."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self.port, self._bin = folder, port, programs()
        self._data = self._folder / "data"

    @classmethod
    def made(cls) -> Cluster:
        """A new one, running, with an empty database; removed when this process ends."""
        one = cls(Path(tempfile.mkdtemp(prefix="zhanye-faults-pg-")), free_port())
        atexit.register(one.remove)
        one._make()
        return one

    @classmethod
    def at(cls, description: str) -> Cluster:
        """The one that another process made and described by `str()`."""
        folder, _, port = description.rpartition(":")
        return cls(Path(folder), int(port))

    def __str__(self) -> str:
        return f"{self._folder}:{self.port}"

    def _make(self) -> None:
        if os.getuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self._folder, postgres.pw_uid, postgres.pw_gid)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", DATABASE)

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{DATABASE}"

    def copy_of(self, url: str) -> None:
        """Fill the database with what another one holds."""
        dump = subprocess.Popen([self._bin / "pg_dump", "--no-owner", url], stdout=subprocess.PIPE)
        subprocess.run(
            [self._bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", self.url], stdin=dump.stdout, check=True, capture_output=True
        )
        if dump.wait():
            raise RuntimeError("pg_dump failed")

    def start(self) -> None:
        options = f"-p {self.port} -k {self._folder} -c max_connections=100 -c shared_buffers=64MB"
        self._run("pg_ctl", "-D", str(self._data), "-o", options, "-l", str(self._folder / "log"), "-w", "start")

    def stop_hard(self) -> None:
        """No checkpoint, no good-bye: every connection is cut, memory is lost, the log is what remains."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def answers(self) -> bool:
        return (
            subprocess.run([self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False).returncode == 0
        )

    def wait(self) -> None:
        if not wait_for(self.answers, 60):
            raise RuntimeError("our PostgreSQL did not come up")

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            subprocess.run(self._as("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop"), check=False, capture_output=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _as(self, program: str, *arguments: str) -> list[str]:
        command = [str(self._bin / program), *arguments]
        return ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else command

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._as(program, *arguments), check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", text=True
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr[-500:]}")
