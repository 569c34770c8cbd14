"""Every odd and hostile file through the import, a branch's and the company's, in one process: a verdict each in bounded time and
memory, nothing half kept."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.people.models import Person
from clients.imports import company
from clients.imports.actions import import_files
from clients.imports.models import ClientMonth, ImportBatch
from clients.imports.sheets import Upload
from clients.imports.states import DONE, QUEUED, REFUSED
from clients.registry.models import Client
from kernel.refusals import Refusal
from kernel.sheets import guard
from tests.clients.imports.odd_files import ALL, Odd, booked_of_the_company
from tests.factories.branch import People, give_role, load_roster_people, make_person
from tests.faults.checks import Checks, replaced

SECONDS, MEGABYTES = 5.0, 250
HOSTILE = ("zip_bomb", "too_many_entries", "path_traversal", "billion_laughs")


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    people, channel = load_roster_people(), give_role(make_person("800900", "齐渠道"), "channel_department").person
    made = folder.parent / "make-odd"
    for what, verdict in (
        (
            "odd files",
            lambda odd, one: _verdict(odd, lambda: import_files(files=[one], branch=people.branch, by=people["600001"])),
        ),
        ("odd files as the company's", lambda odd, one: _verdict_of_the_company(odd, one, people, channel)),
    ):
        _judge(checks, what, made, verdict)
    for who, what in ((resource.RUSAGE_SELF, "this process"), (resource.RUSAGE_CHILDREN, "the readers apart")):
        peak = resource.getrusage(who).ru_maxrss / 1024
        checks.check(f"odd files: memory of {what} ≤ {MEGABYTES} MB", peak <= MEGABYTES, f"{peak:.0f} MB")
    _control(checks, people, folder)


def _judge(checks: Checks, what: str, made: Path, verdict: Callable[[Odd, Upload], str]) -> None:
    wrong, slowest, halves = list[str](), (0.0, ""), list[str]()
    for number, odd in enumerate(ALL):
        upload = _upload(odd, made / str(number))
        begun = time.perf_counter()
        said = verdict(odd, upload)
        slowest = max(slowest, (time.perf_counter() - begun, odd.name))
        wrong += [f"{odd.name}: {said}"] if said else []
        left = _left()
        halves += [f"{odd.name}: {left}"] if left else []
    checks.check(f"{what}: each gets its verdict", not wrong, "; ".join(wrong[:3]) or f"{len(ALL)} files, 0 wrong")
    checks.check(f"{what}: none is half imported", not halves, "; ".join(halves[:3]) or "0 rows, 0 files left behind")
    checks.check(f"{what}: each within {SECONDS:.0f} s", slowest[0] <= SECONDS, f"slowest {slowest[0]:.1f} s ({slowest[1]})")


def _upload(odd: Odd, path: Path) -> Upload:
    """As a form hands it in: a large one stays on disk."""
    large = path.stat().st_size > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    return Upload.of(odd.filename, path if large else path.read_bytes())


def _verdict(odd: Odd, act: Callable[[], list]) -> str:
    """What is wrong with how the file was judged; '' when nothing is. What it books is taken back."""
    with transaction.atomic():
        try:
            (report,) = act()
        except Refusal as refusal:
            return "" if odd.refused and re.search(odd.refused, refusal.sentence) else f"refused: {refusal.sentence}"
        except Exception as error:
            return f"broken: {type(error).__name__}: {error}"
        found = [(one.row, one.column) for one in report.of("refused")]
        booked = ClientMonth.objects.count()
        transaction.set_rollback(True)
    wanted = [cell[:2] for cell in odd.cells]
    if odd.refused or found != wanted:
        return f"taken with {found}"
    return "" if booked == (0 if wanted else odd.rows) else f"{booked} rows booked"


def _verdict_of_the_company(odd: Odd, upload: Upload, people: People, channel: Person) -> str:
    """The same for the file handed in as the company's: received, cut, and the branch's part checked and booked by its jobs."""
    with transaction.atomic():
        try:
            made = company.receive(upload=upload, by=channel)
            for kind in (company.SPLIT, company.PART):
                for job in list(Job.objects.filter(kind=kind, state=Job.State.QUEUED)):
                    jobs.run(job.pk)
            made.refresh_from_db()
            booked, waiting = ClientMonth.objects.count(), made.parts.filter(state=QUEUED).count()
        except Exception as error:
            return f"broken: {type(error).__name__}: {error}"
        finally:
            transaction.set_rollback(True)
    if made.state not in (DONE, REFUSED) or waiting:
        return f"did not end: {made.state}, {waiting} parts wait"
    wanted = booked_of_the_company(odd, upload.content)
    return "" if booked == wanted else f"{booked} rows booked, should be {wanted}: {made.note}"


def _left() -> str:
    rows = ClientMonth.objects.count() + Client.objects.count() + ImportBatch.objects.count()
    files = [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]
    return f"{rows} rows, {len(files)} files" if rows or len(files) > _before(files) else ""


_seen: list[int] = []


def _before(files: list[Path]) -> int:
    """How many files there were at the first look: other parts may keep some beside."""
    if not _seen:
        _seen.append(len(files))
    return _seen[0]


def _control(checks: Checks, people: Any, folder: Path) -> None:
    """The same import without the look at what an archive claims to be: what it takes then."""
    taken = list[str]()
    with replaced(guard, _check_entries=lambda *_: None, _check_prolog=lambda *_: None):
        for number, odd in enumerate(ALL):
            if odd.name in HOSTILE:
                upload = _upload(odd, folder.parent / "make-odd" / str(number))
                said = _verdict(odd, lambda one=upload: import_files(files=[one], branch=people.branch, by=people["600001"]))
                taken += [odd.name] if said.startswith("taken") else []  # some are refused all the same, by a later look
    checks.control(
        "control, without the look into the archive: hostile workbooks",
        bool(taken),
        f"{len(taken)} of {len(HOSTILE)} taken: {', '.join(taken)}",
    )
