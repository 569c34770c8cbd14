"""A month's files too large to wait for: kept at once, and pre-checked by a job."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from branch.audit.actions import record
from branch.files.actions import discard, keep, laid_out
from branch.files.models import StoredFile
from branch.jobs.actions import Progress, enqueue
from branch.jobs.models import Job
from branch.org.models import Branch
from branch.people.models import Person
from clients.imports.access import require_may_import
from clients.imports.actions import Checked, check_opened, content_type_of
from clients.imports.models import ImportFile
from clients.imports.sheets import Upload, open_upload
from kernel.digests import digest
from kernel.sheets.raw import opened

PRECHECK = "clients.precheck"
PIECE = 1024 * 1024


def too_large(files: Sequence[Upload]) -> bool:
    """Whether checking them takes longer than a browser or a program should wait for: by their bytes, or a CSV's lines."""
    size = lines = 0
    for upload in files:
        with opened(upload.content) as file:
            packed = file.read(2) == b"PK"  # a workbook's bytes say nothing of its lines
            file.seek(0)
            while piece := file.read(PIECE):
                size, lines = size + len(piece), lines + (0 if packed else piece.count(b"\n"))
    return size > settings.IMPORT_WAIT_BYTES or lines > settings.IMPORT_WAIT_ROWS


@transaction.atomic
def precheck_later(*, files: Sequence[Upload], branch: Branch, by: Person) -> Job:
    """Keep the files and queue their pre-check. What is wrong with them is told by the job; sent twice by one person, it is one
    job."""
    require_may_import(by, branch)
    key = digest([branch.code, by.pk, *sorted(upload.sha256 for upload in files)])
    names = "、".join(upload.name for upload in files)
    stored = [
        keep(upload.content, name=upload.name, content_type=content_type_of(upload), by=by, sha256=upload.sha256)
        for upload in files
    ]
    wanted = [file.pk for file in stored]
    job = enqueue(
        PRECHECK,
        title=f"预检{names}"[:120],
        key=key,
        by=by,
        branch=branch,
        params={"files": wanted},
    )
    if job.params["files"] != wanted:  # the one under way has its own
        for file in stored:
            discard(file)
        return job
    record(by=by, act="imports.receive", subject=job, summary=f"上传业务数据 {names}"[:300], branch_code=branch.code)
    return job


def work_precheck(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """Check the files. Again after a crash: the batch and the job's word of it are written together or not at all."""
    if "batch" in params:
        return {"batch": params["batch"]}
    job = progress.job
    assert job.owner is not None
    assert job.branch is not None
    require_may_import(job.owner, job.branch)
    progress.report(step="正在预检")
    stored = list(StoredFile.objects.filter(pk__in=params["files"]).order_by("pk"))
    with ExitStack() as stack:
        uploads = [Upload.of(file.name, stack.enter_context(laid_out(file))) for file in stored]
        with transaction.atomic():
            checked = check_opened([open_upload(upload) for upload in uploads], job.branch, job.owner)
            progress.hold()  # not before: a check takes minutes, in which the lease must be prolonged
            _conclude(progress, checked, stored)
    return {"batch": job.params["batch"]}


def tidy() -> None:
    """Beat, hourly: files whose pre-check has ended without a batch go. Nobody could find them again."""
    ended = Job.objects.filter(kind=PRECHECK, state__in=(Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED))
    kept = {pk for params in ended.values_list("params", flat=True) if not params.get("batch") for pk in params["files"]}
    of_batches = ImportFile.objects.filter(stored=OuterRef("pk"))
    for file in StoredFile.objects.filter(~Exists(of_batches), pk__in=kept):
        with transaction.atomic():
            discard(file)


def _conclude(progress: Progress, checked: Checked, stored: Sequence[StoredFile]) -> None:
    """Tie the files to their batch, and let the job lead there."""
    job, batch = progress.job, checked.batch
    if batch is not None:
        for file in stored:
            batch.files.filter(sha256=file.sha256).update(stored=file)
    job.params = {**job.params, "batch": batch.pk if batch is not None else None}
    job.link = reverse("clients:import-detail", args=[batch.pk]) if batch is not None else reverse("clients:import-list")
    Job.objects.filter(pk=job.pk).update(params=job.params, link=job.link)
    month = checked.report.month.label
    said = f"{month}已预检,待确认" if batch is not None else f"{month}的内容与已入账的完全一致,无变化"
    progress.report(done=checked.report.rows, total=checked.report.rows, step=said)


__all__ = ["PRECHECK", "precheck_later", "tidy", "too_large", "work_precheck"]
