"""Handing in, receiving and opening documents of record."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from archives.access import may_open, may_receive, may_submit
from archives.models import Filing
from archives.queries import filing_for
from archives.register import kind_of
from archives.rules import keep_until, running, serial
from archives.states import MOVES
from branch.audit.actions import record
from branch.files.actions import Opened, hand_out
from branch.files.models import StoredFile
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import holders
from branch.serials.actions import draw, pass_over
from kernel.months import Month
from kernel.refusals import Refusal, Unknown


@transaction.atomic
def submit_filing(
    *, kind: str, title: str, branch: Branch, month: Month | None, file: StoredFile, keep_years: int, by: Person
) -> Filing:
    """Hand a stored file to 经纪业务综合室; it is kept `keep_years` from the end of the year it belongs to."""
    may_submit(by, branch)
    return hand_over(kind=kind, title=title, branch=branch, month=month, file=file, keep_years=keep_years, by=by)


@transaction.atomic
def hand_over(
    *, kind: str, title: str, branch: Branch, month: Month | None, file: StoredFile, keep_years: int, by: Person
) -> Filing:
    """The same for what an approved request files by itself: its signatures stand for the power to submit."""
    filing = Filing.objects.create(
        kind=kind_of(kind).code,
        title=title,
        branch=branch,
        month=month,
        file=file,
        sha256=file.sha256,
        submitted_by=by,
        keep_until=keep_until(month.last if month else timezone.localdate(), keep_years),
    )
    record(
        by=by,
        act="filing.submit",
        subject=filing,
        summary=f"报送备案:{title}",
        branch_code=branch.code,
        sha256=file.sha256,
        keep_until=filing.keep_until,
    )
    tell(
        holders("brokerage_office"),
        f"{branch.name}报送《{title}》,请接收备案",
        key=f"filing:{filing.pk}:submitted",
        link=f"/archives/{filing.pk}/",
    )
    return filing


@transaction.atomic
def receive_filing(*, filing_id: int, by: Person, number: str = "", location: str = "") -> Filing:
    """Take a document in and give it its 备案号: the one typed in, or the next of the year's series."""
    filing = Filing.objects.select_for_update(of=("self",)).select_related("branch", "submitted_by").filter(pk=filing_id).first()
    if filing is None:
        raise Unknown("没有这份备案件")
    may_receive(by, filing)
    filing.state = MOVES.after(filing.state, "receive")
    filing.received_by, filing.received_at, filing.location = by, timezone.now(), location.strip()
    filing.serial_no = _typed_number(number.strip()) if number.strip() else _next_number()
    if Filing.objects.filter(serial_no=filing.serial_no).exclude(pk=filing.pk).exists():
        raise Refusal(f"备案号 {filing.serial_no} 已经用过,请换一个,或留空由系统编号")
    filing.save(update_fields=["state", "received_by", "received_at", "location", "serial_no"])
    record(
        by=by,
        act="filing.receive",
        subject=filing,
        summary=f"接收备案:{filing.title},备案号 {filing.serial_no}",
        branch_code=filing.branch.code,
        serial_no=filing.serial_no,
    )
    kind_of(filing.kind).on_received(filing, by)
    tell(
        [filing.submitted_by],
        f"《{filing.title}》已备案,备案号 {filing.serial_no}",
        key=f"filing:{filing.pk}:received",
        link=f"/archives/{filing.pk}/",
    )
    return filing


def _typed_number(number: str) -> str:
    """One of the series' own form is passed over, or the next to be drawn would be it again."""
    found = running(number)
    if found is not None:
        year, last = found
        pass_over("filing", period=str(year), number=last)
    return number


def _next_number() -> str:
    """`综备〔2026〕12号`, counted within the year over the whole company; numbers typed ahead of the run are left out."""
    year = timezone.localdate().year
    while True:
        number = serial(year, draw("filing", period=str(year))[0])
        if not Filing.objects.filter(serial_no=number).exists():
            return number


@transaction.atomic
def open_file(*, filing_id: int, by: Person) -> Opened:
    """The document, for whom its type lets read it; each opening is logged."""
    filing = filing_for(by, filing_id)
    may_open(by, filing)
    what, code = f"备案件:{filing.title}", filing.branch.code
    return hand_out(filing.file, what=what, act="filing.open", subject=filing, branch_code=code, by=by)
