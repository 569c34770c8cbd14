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

from branch.files.actions import keep, read, tidy
from branch.files.models import StoredFile
from clients.imports import actions as imports
from clients.imports.models import ImportBatch
from kernel.disk import SENTENCE
from kernel.refusals import Refusal
from tests.faults.checks import Checks
from tests.faults.months import Races, _file

SPACE = 1024 * 1024


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    rounds = 10 if reduced else 50
    world, place = Races().world(), folder / "small"
    with _small(place) as how:
        settings.FILES_ROOT = str(place / "files")
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
        checks.check(
            "full disk: each refusal is the sentence",
            refused >= rounds and not broken,
            "; ".join(broken[:2]) or f"{how}: {refused} refused",
        )
        _whole(checks, place, "full disk: no row without its file, no file without its row")
        before = ImportBatch.objects.count()
        upload = _file(world, range(3000), "80.00", "客户.csv")
        said = _refused(lambda: imports.import_files(files=[upload], branch=world.branch, by=world.importer))
        left = ImportBatch.objects.count() - before
        checks.check(
            "full disk: an import of 3,000 rows is refused whole",
            said == SENTENCE and not left,
            f"{said[:20]}…, {left} batches left",
        )
        _whole(checks, place, "full disk: the import left no file either")
        _control(checks, place)
        StoredFile.objects.all().delete()
        gone = tidy(older_than=-1)
        stored = keep(b"x" * 1000, name="x", content_type="x", by=world.importer)
        checks.check(
            "full disk: with room again, it goes on", read(stored) == b"x" * 1000, f"{gone} contents without a row tidied away"
        )


def _whole(checks: Checks, place: Path, name: str) -> None:
    on_disk = {str(path.relative_to(place / "files")) for path in (place / "files").rglob("*") if path.is_file()}
    rows = set(StoredFile.objects.filter(path__in=on_disk).values_list("path", flat=True))
    here = {stored.path for stored in StoredFile.objects.all() if (place / "files" / stored.path).exists()}
    unreadable = [stored.path for stored in StoredFile.objects.filter(path__in=here) if _refused(lambda one=stored: read(one))]
    alone = len(StoredFile.objects.filter(pk__gte=_first_pk()).exclude(path__in=here))
    checks.check(
        name,
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


def _control(checks: Checks, place: Path) -> None:
    """Written straight under its name, the row first: what a full disk leaves then."""
    target, failed = place / "files" / "naive", False
    try:
        with target.open("wb", buffering=0) as file:
            for _ in range(40):
                file.write(os.urandom(100_000))
    except OSError:
        failed = True
    size = target.stat().st_size if target.exists() else 0
    checks.control("control: a plain write leaves half a file", failed and 0 < size < 4_000_000, f"{size:,} of 4,000,000 bytes")
    target.unlink(missing_ok=True)


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
