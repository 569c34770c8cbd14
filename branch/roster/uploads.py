"""A roster on its way in: kept encrypted from the upload to its import, and no longer: it has full personal numbers."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import discard, keep, read
from branch.files.models import StoredFile
from branch.org.models import Branch
from branch.people.models import Person
from branch.roster.actions import Outcome, import_roster, precheck
from branch.roster.sheets import error_file
from kernel.refusals import Unknown

ROSTER = "application/x-zhanye-roster"
KEEP_DAYS = 7


def keep_upload(upload: UploadedFile, by: Person) -> StoredFile:
    return keep(upload.read(), name=upload.name or "", content_type=ROSTER, by=by)


def kept_for(person: Person, file_id: int) -> StoredFile:
    """The upload, which only who uploaded it may take further. Raises Unknown."""
    kept = StoredFile.objects.filter(pk=file_id, stored_by=person, content_type=ROSTER).first()
    if kept is None:
        raise Unknown("没有这个文件,或已经导入、过期删除,请重新上传")
    return kept


@transaction.atomic
def import_kept(*, kept: StoredFile, branch: Branch, effective: date, password: str | None, by: Person) -> Outcome:
    """Take it in; then the file goes."""
    outcome = import_roster(content=read(kept), name=kept.name, branch=branch, effective=effective, password=password, by=by)
    discard(kept)
    return outcome


@transaction.atomic
def take_mistakes(*, kept: StoredFile, sheet: str, branch: Branch, effective: date | None, by: Person) -> tuple[bytes, str]:
    """(content, name) of a sheet as it came, with its reasons. Its leaving is logged; no copy is kept, as an export would be."""
    checked = precheck(content=read(kept), name=kept.name, branch=branch, effective=effective, by=by)
    problems = checked.problems.get(sheet)
    if not problems:
        raise Unknown("这张表没有错误")
    record(
        by=by,
        act="roster.errors",
        subject=kept,
        branch_code=branch.code,
        summary=f"下载名册错误清单“{sheet}”,{len(problems)} 处",
        original=kept.sha256,
    )
    return error_file(checked.roster, sheet, problems), f"名册错误_{sheet}.xlsx"


def expire() -> None:
    """Beat, hourly: uploads that nobody has taken in for KEEP_DAYS."""
    old = StoredFile.objects.filter(stored_at__lt=timezone.now() - timedelta(days=KEEP_DAYS))
    for kept in old.filter(content_type=ROSTER):
        with transaction.atomic():
            discard(kept)
