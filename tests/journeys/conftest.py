"""Seeds the demonstration once a session; each journey walks through a copy of its own, in Chromium."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.harness import DESK, Visitor, World

ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --lang=zh-CN"
)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    words = {**os.environ, "LANGUAGE": "zh_CN"}  # the browser's own words: month fields, file buttons
    return {"executable_path": os.environ.get("CHROMIUM") or shutil.which("chromium"), "args": ARGS.split(), "env": words}


expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: JOURNEY_SHOTS, or a folder that passes away."""
    folder = Path(os.environ["JOURNEY_SHOTS"]) if os.environ.get("JOURNEY_SHOTS") else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _made(folder: Path, *commands: list[str], before: World | None = None) -> World:
    """A world that is made once for all workers, and kept for later sessions where JOURNEY_SEED says so."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            world = before.copy_to(folder) if before else World(folder)
            folder.mkdir(exist_ok=True)
            ready.unlink(missing_ok=True)
            for command in commands:
                world.manage(*command)
            ready.touch()
    return World(folder)


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept, own = os.environ.get("JOURNEY_SEED"), tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return Path(kept) if kept else shared / "seeds"


@pytest.fixture(scope="session")
def empty(seeds: Path) -> World:
    """Tables and reference data."""
    return _made(seeds / "empty", ["migrate", "-v", "0"], ["seed_reference"])


@pytest.fixture(scope="session")
def bare(seeds: Path, empty: World) -> World:
    """The organisation and the posts' log-ins; no client manager, no month."""
    return _made(seeds / "bare", ["seed_demo", "--stage", "blank"], before=empty)


@pytest.fixture(scope="session")
def demo(seeds: Path, empty: World) -> World:
    """The demonstration: August and September closed, October to do."""
    return _made(seeds / "demo", ["seed_demo"], before=empty)


@pytest.fixture(scope="session")
def sent_up(seeds: Path, demo: World) -> World:
    """October imported, locked, computed and sent up."""
    files = Path("demo/crm")
    at = ["--branch", "0755FT"]
    month = [*at, "--month", "2026-10"]
    clients = [str(files / "客户月度业务明细_2026-10.csv"), str(files / "产品销售明细_2026-10.xlsx")]
    return _made(
        seeds / "sent_up",
        ["import_crm", *clients, *at, "--as", "600001"],
        ["confirm_relations", *month, "--as", "600001"],
        ["import_inputs", str(files / "核算输入_2026-10.xlsx"), *at, "--as", "600002"],
        ["lock_figures", *month, "--as", "600002"],
        ["close_month", *month, "--as", "600002"],
        before=demo,
    )


@pytest.fixture
def run_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """`run_world(demo, worker=True, SOME_SETTING="1")`: a running copy, stopped when the test ends."""
    started: list[World] = []

    def start(seed: World, *, worker: bool = False, **settings: str) -> World:
        world = seed.copy_to(tmp_path / f"world{len(started)}")
        world.settings = settings
        started.append(world.start(worker=worker))
        return world

    yield start
    for world in started:
        world.stop()


@pytest.fixture
def visit(browser: Browser, shots: Path) -> Iterator[Callable[..., Visitor]]:
    """`visit(world, "600001", size=PHONE)`: somebody signed in; complaints of the pages fail the test at its end."""
    here: list[Visitor] = []

    def come(world: World, staff_no: str = "", *, size: dict[str, int] = DESK) -> Visitor:
        visitor = Visitor(browser, world, shots, size=size)
        here.append(visitor)
        return visitor.sign_in(staff_no) if staff_no else visitor

    yield come
    complaints = [line for visitor in here for line in visitor.complaints]
    for visitor in here:
        visitor.context.close()
    assert not complaints, "\n".join(complaints)
