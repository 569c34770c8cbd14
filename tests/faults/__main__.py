"""`python -m tests.faults [--reduced] [NAME…]`: every part in a database of its own; ends with `N passed, N failed`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import servers
from tests.faults.checks import Result
from tests.faults.cluster import Cluster

# name: the database it starts from
PARTS = {
    "kills": "branches",
    "broker": "branches",
    "presses": "branches",
    "imports": "ground",
    "signers": "bare",
    "serials": "bare",
    "months": "ground",
    "uploads": "bare",
    "disk": "ground",
    "beats": "branches",
    "embedded": "sqlite",
    "database": "own",
}
BESIDE = ("kills", "broker", "database", "beats")  # mostly waiting for leases: they run beside the others
ENV = {
    "CELERY_TASK_ALWAYS_EAGER": "0",
    "BROKER_URL": "memory://",
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


class Run:
    """Makes the databases, runs the parts, gathers the results."""

    def __init__(self, folder: Path, reduced: bool) -> None:
        self.folder, self.reduced, self.label = folder, reduced, f"zhanye_faults_{os.getpid()}"
        self.databases: list[str] = []
        self.children: list[subprocess.Popen[bytes]] = []
        self.results: list[Result] = []

    def make(self, wanted: set[str]) -> None:
        """`bare` → `ground` → `branches`, each a copy of the one before."""
        before = "template0"
        wanted = (wanted - {"own"}) | ({"branches"} if "own" in wanted else set())
        for name in ("bare", "ground", "branches"):
            if wanted <= {"sqlite"} or (name != "bare" and not wanted & {"ground", "branches"}):
                return
            before = self._database(name, before)
            if self._child(f"make-{name}", servers.url_of(before)).wait():
                raise RuntimeError(f"the database {name} could not be made")

    def _database(self, name: str, template: str) -> str:
        full = f"{self.label}_{name}"
        servers.create(full, template=template)
        self.databases.append(full)
        return full

    def start(self, part: str) -> subprocess.Popen[bytes]:
        if PARTS[part] == "sqlite":
            return self._child(part, f"sqlite:///{self.folder}/faults.sqlite3")
        if part == "uploads" and self._child("make-odd", "sqlite://:memory:").wait():
            raise RuntimeError("the odd files could not be made")
        if PARTS[part] == "own":
            cluster = Cluster.made()
            cluster.copy_of(servers.url_of(f"{self.label}_branches"))
            return self._child(part, cluster.url, FAULTS_CLUSTER=str(cluster))
        return self._child(part, servers.url_of(self._database(part, f"{self.label}_{PARTS[part]}")))

    def _child(self, name: str, url: str, **more: str) -> subprocess.Popen[bytes]:
        place = self.folder / name
        place.mkdir()
        env = {**os.environ, **ENV, "DATABASE_URL": url, "FILES_ROOT": str(self.folder / "files"), **more}
        command = [sys.executable, "-m", "tests.faults.one", name, str(place), *(["--reduced"] if self.reduced else [])]
        self.children.append(subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL))
        return self.children[-1]

    def gather(self, part: str, child: subprocess.Popen[bytes], begun: float) -> None:
        code = child.wait()
        said = self.folder / part / "results.json"
        if code or not said.exists():
            found = [Result(f"{part}: runs to its end", False, f"ended with {code}")]
        else:
            found = [Result(**row) for row in json.loads(said.read_text(encoding="utf-8"))]
        print(f"\n== {part} ({time.monotonic() - begun:.0f} s)")
        for one in found:
            word = (
                ("ok  " if one.passed else "FAIL") if not one.control else ("fails, as it must" if one.passed else "FAIL: held")
            )
            print(f"  {word}  {one.name}  [{one.detail}]")
        sys.stdout.flush()
        self.results += found

    def drop(self) -> None:
        """End what still runs, then the databases."""
        for child in self.children:
            if child.poll() is None:
                child.terminate()
                child.wait()
        for name in self.databases:
            servers.drop(name)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--reduced", action="store_true", help="10 rounds, 6 kills, 2 stops of the database")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = options.names or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    if not servers.ADMIN_URL:
        print("not run: no PostgreSQL (TEST_POSTGRES_URL); 0 passed, 1 failed")
        return 1
    with tempfile.TemporaryDirectory(prefix="zhanye-faults-") as folder:
        run = Run(Path(folder), options.reduced)
        try:
            _go(run, chosen)
        finally:
            run.drop()
    failed = [one for one in run.results if not one.passed]
    for one in failed:
        print(f"failed: {one.name}  [{one.detail}]")
    controls = sum(one.control for one in run.results)
    print(f"\n{len(run.results) - len(failed)} passed, {len(failed)} failed (of them {controls} negative controls)")
    return 1 if failed else 0


def _go(run: Run, chosen: list[str]) -> None:
    run.make({PARTS[part] for part in chosen})
    beside = {part: (run.start(part), time.monotonic()) for part in chosen if part in BESIDE}
    for part in chosen:
        if part not in BESIDE:
            begun = time.monotonic()
            run.gather(part, run.start(part), begun)
    for part, (child, begun) in beside.items():
        run.gather(part, child, begun)


if __name__ == "__main__":
    sys.exit(main())
