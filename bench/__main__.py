"""`python -m bench [--reduced] [NAME…]`: each in a process and a database of its own, a table each, then all gates."""

from __future__ import annotations

import argparse
import atexit
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

from bench import servers
from bench.measure import Row, table

# name: the database it runs on
BENCHES = {
    "read_xlsx": "none",
    "import_csv": "postgres",
    "figures": "postgres",
    "pay": "postgres",
    "report": "postgres",
    "company": "postgres",
    "pages": "postgres",
    "lists": "postgres",
    "approvals": "postgres",
    "busy": "postgres",
    "embedded": "sqlite",
}


@cache
def ground() -> str:
    """A database with tables and reference data, made once; the benches copy it."""
    name = f"zhanye_bench_ground_{os.getpid()}"
    atexit.register(servers.drop, name)
    env = {**os.environ, "DATABASE_URL": servers.create(name), "LOG_LEVEL": "ERROR"}
    subprocess.run([sys.executable, "-m", "bench.one", "ground"], env=env, check=True, stdout=subprocess.DEVNULL)
    return name


def run_one(name: str, reduced: bool) -> list[Row]:
    """The bench in its own process; prints nothing itself."""
    kind, label = BENCHES[name], f"zhanye_bench_{name}_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="zhanye-bench-") as folder:
        files, said = Path(folder) / "files", Path(folder) / "rows.json"
        env = {**os.environ, "FILES_ROOT": str(files), "CELERY_TASK_ALWAYS_EAGER": "1", "LOG_LEVEL": "ERROR"}
        env |= {"DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        command = [sys.executable, "-m", "bench.one", name, str(said), *(["--reduced"] if reduced else [])]
        if kind == "postgres":
            with servers.database(label, template=ground()) as url:
                subprocess.run(command, env=env | {"DATABASE_URL": url}, check=True, stdout=sys.stderr)
        else:
            subprocess.run(command, env=env, check=True, stdout=sys.stderr)
        return [Row(**row) for row in json.loads(said.read_text(encoding="utf-8"))]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--reduced", action="store_true", help="small sizes and 3 pairs, as every change runs it")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    everything: list[Row] = []
    failed: list[str] = []
    for name in options.names or BENCHES:
        if BENCHES[name] == "postgres" and not servers.ADMIN_URL:
            print(f"\n== {name}: not run, no PostgreSQL (TEST_POSTGRES_URL)")
            failed += [name] if os.environ.get("NO_SKIP") == "1" else []
            continue
        begun = time.monotonic()
        print(f"\n== {name}", flush=True)
        try:
            rows = run_one(name, options.reduced)
        except subprocess.CalledProcessError as error:
            failed.append(name)
            print(f"ended with {error.returncode}")
            continue
        print(table(rows))
        print(f"({time.monotonic() - begun:.0f} s)", flush=True)
        everything += rows
    return conclude(everything, failed)


def conclude(rows: list[Row], failed: list[str]) -> int:
    """The last lines: goals met and missed, gates held and broken. 1 when a gate broke or a bench could not run."""
    aimed = [row for row in rows if row.goal != "–"]
    missed = [row for row in aimed if not row.meets]
    broken = [row for row in rows if not row.holds]
    gated = [row for row in rows if row.gate]
    print(f"\n{len(aimed) - len(missed)} of {len(aimed)} figures with a goal met it, {len(missed)} missed")
    for row in missed:
        print(f"  misses: {row.work} ({row.size}), {said(row)}, goal {row.goal}")
    for row in broken:
        print(f"  BROKEN: {row.work} ({row.size}), {said(row)}, gate {row.gate}")
    for name in failed:
        print(f"  BROKEN: {name} did not run to its end")
    print(f"{len(gated) - len(broken)} gates passed, {len(broken) + len(failed)} failed")
    return 1 if broken or failed else 0


def said(row: Row) -> Any:
    return row.ours if row.ratio is None else f"{row.ours} ({row.ratio:.2f} ×)"


if __name__ == "__main__":
    sys.exit(main())
