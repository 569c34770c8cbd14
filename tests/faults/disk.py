"""A disk that is really full: the file store on a file system of one megabyte, filled up while people upload.

Where nothing may be mounted (no root), the size of files is limited instead (`RLIMIT_FSIZE`): the same error at the same call.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction

from bench.worlds import World
from branch.files.actions import keep, read, tidy
from branch.files.models import StoredFile
from clients.imports import actions as imports
from clients.imports.models import ImportBatch
from kernel import disk
from kernel.disk import SENTENCE
from kernel.refusals import Refusal
from tests.faults.checks import Checks, replaced
from tests.faults.months import Races, _file

SPACE = 1024 * 1024


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    rounds = 10 if reduced else 50
    world, place = Races().world(), folder / "small"
    with _small(place) as how:
        settings.FILES_ROOT = str(place / "files")
        refused, broken = _fill(world, rounds)
        checks.check(
            "full disk: each refusal is the sentence",
            refused >= rounds and not broken,
            "; ".join(broken[:2]) or f"{how}: {refused} refused",
        )
        checks.check("full disk: no row without its file, no file without its row", *_whole(place))
        before = ImportBatch.objects.count()
        upload = _file(world, range(3000), "80.00", "客户.csv")
        said = _refused(lambda: imports.import_files(files=[upload], branch=world.branch, by=world.importer))
        left = ImportBatch.objects.count() - before
        checks.check(
            "full disk: an import of 3,000 rows is refused whole",
            said == SENTENCE and not left,
            f"{said[:20]}…, {left} batches left",
        )
        checks.check("full disk: the import left no file either", *_whole(place))
        StoredFile.objects.all().delete()
        gone = tidy(older_than=-1)
        stored = keep(b"x" * 1000, name="x", content_type="x", by=world.importer)
        checks.check(
            "full disk: with room again, it goes on", read(stored) == b"x" * 1000, f"{gone} contents without a row tidied away"
        )
        _control(checks, world, place)


def _fill(world: World, rounds: int) -> tuple[int, list[str]]:
    """People upload until nothing more goes in, and go on: how many were refused with the sentence, what broke."""
    refused, broken = 0, list[str]()
    for number in range(rounds):
        for size in (200_000, 50_000, 900_000 + number):
            try:
                with transaction.atomic():
                    keep(os.urandom(size), name=f"{number}.bin", content_type="application/octet-stream", by=world.importer)
            except Refusal as refusal:
                refused += refusal.sentence == SENTENCE
            except Exception as error:
                broken.append(f"{type(error).__name__}: {error}")
    return refused, broken


def _whole(place: Path) -> tuple[bool, str]:
    """Whether rows and files are each other's, and what is alone."""
    on_disk = {str(path.relative_to(place / "files")) for path in (place / "files").rglob("*") if path.is_file()}
    rows = set(StoredFile.objects.filter(path__in=on_disk).values_list("path", flat=True))
    here = {stored.path for stored in StoredFile.objects.all() if (place / "files" / stored.path).exists()}
    unreadable = [stored.path for stored in StoredFile.objects.filter(path__in=here) if _refused(lambda one=stored: read(one))]
    alone = len(StoredFile.objects.filter(pk__gte=_first_pk()).exclude(path__in=here))
    return (
        on_disk == rows and not alone and not unreadable,
        f"{len(on_disk - rows)} files alone, {alone} rows alone of {len(rows)}",
    )


def _first_pk() -> int:
    """Rows of before the small disk (the world's own) lie elsewhere."""
    found = StoredFile.objects.filter(name="0.bin").order_by("pk").values_list("pk", flat=True).first()
    return found or 0


def _refused(act: object) -> str:
    try:
        act()  # type: ignore[operator]
    except Refusal as refusal:
        return refusal.sentence
    return ""


def _control(checks: Checks, world: World, place: Path) -> None:
    """The same uploads where nobody takes back what broke off, and where nobody knows what a full disk says."""
    with replaced(Path, unlink=lambda *_, **__: None):
        _fill(world, 5)
    whole, said = _whole(place)
    checks.control("control, without taking back what broke off: rows and files", not whole, said)
    tidy(older_than=-1)
    with replaced(disk, is_full=lambda error: False):
        refused, broken = _fill(world, 5)
    checks.control(
        "control, without knowing a full disk: the sentence", bool(broken), f"{refused} refused, {broken[0] if broken else ''}"
    )


@contextlib.contextmanager
def _small(place: Path) -> Iterator[str]:
    """A place that is soon full, and how it was made."""
    place.mkdir()
    mounted = (
        os.getuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SPACE}", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
    )
    if mounted:
        try:
            yield "tmpfs of 1 MB"
        finally:
            subprocess.run(["umount", "-l", str(place)], check=False)
        return
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SPACE // 2, former[1]))
    try:
        yield "files of at most 512 KB (nothing may be mounted here)"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
