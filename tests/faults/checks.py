"""Keeping count of what held and what did not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Any

from django.db import connection

from kernel.refusals import Refusal


@dataclass
class Result:
    name: str
    passed: bool
    detail: str
    control: bool = False


@dataclass
class Checks:
    """The results of one part."""

    results: list[Result] = field(default_factory=list)

    def check(self, name: str, passed: bool, detail: str = "") -> None:
        self.results.append(Result(name, bool(passed), detail))

    def equal(self, name: str, found: Any, wanted: Any, detail: str = "") -> None:
        self.check(name, found == wanted, detail or f"{found}" + ("" if found == wanted else f", wanted {wanted}"))

    def control(self, name: str, went_wrong: bool, detail: str = "") -> None:
        """The same without its guard, under the same test: it passes here when it visibly goes wrong."""
        self.results.append(Result(name, bool(went_wrong), detail, control=True))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps([asdict(result) for result in self.results], ensure_ascii=False), encoding="utf-8")


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts at the same moment, each in a thread and a connection of its own: done, refused …, broken …."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(30)
            act()
        except Refusal as refusal:
            return f"refused: {refusal.sentence}"
        except Exception as error:
            return f"broken: {type(error).__name__}: {error}"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@contextmanager
def replaced(where: Any, **others: Any) -> Iterator[None]:
    """A guard of the product taken away for a while: `where` has other names meanwhile."""
    before = {name: vars(where).get(name, replaced) for name in others}
    for name, other in others.items():
        setattr(where, name, other)
    try:
        yield
    finally:
        for name, former in before.items():
            delattr(where, name) if former is replaced else setattr(where, name, former)


def wait_for(true: Callable[[], Any], seconds: float, every: float = 0.1) -> bool:
    """Whether it became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(every)
    return bool(true())
