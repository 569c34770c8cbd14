"""The pay report as a type of filed document."""

from __future__ import annotations

from django.urls import reverse

from archives.models import Filing
from archives.register import FilingKind
from branch.audit.actions import record
from branch.people.models import Person
from payroll.runs import access
from payroll.runs.actions import FILING_KIND
from payroll.runs.models import PayRun
from payroll.runs.states import MOVES


def may_open(person: Person, filing: Filing) -> None:
    """What is in the file is pay: PAY_VIEW over the branch opens it, or PAY_REPORT, which opens the filed report alone."""
    access.may_read_filed(person, filing.branch)


def on_received(filing: Filing, by: Person) -> None:
    """The 备案号 is given: the run is 已备案."""
    run = PayRun.objects.select_for_update(of=("self",)).select_related("branch").get(filing=filing)
    run.state = MOVES.after(run.state, "file")
    run.save(update_fields=["state"])
    record(
        by=by,
        act="run.filed",
        subject=run,
        summary=f"{run}已备案,备案号 {filing.serial_no}",
        branch_code=run.branch.code,
        serial_no=filing.serial_no,
    )


def url(filing: Filing) -> str:
    run = PayRun.objects.filter(filing=filing).first()
    return reverse("payroll:run-detail", args=[run.pk]) if run else ""


PAYROLL_MONTHLY = FilingKind(FILING_KIND, "客户经理薪酬月报表", may_open, on_received, url)
