"""Every write of the company's close: start it, cancel what hasn't begun, remind branches. `working.py` is a branch's job."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.jobs.actions import OPEN as UNDER_WAY
from branch.jobs.actions import enqueue_many
from branch.jobs.models import Job
from branch.notices.actions import tell
from branch.notices.models import Notice
from branch.org.models import Branch
from branch.people.models import Person, RoleHolding
from branch.people.queries import current
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from payroll.close import access, queries
from payroll.close.ending import end_if_last, locked_close
from payroll.close.models import BranchClose, CompanyClose
from payroll.close.states import BRANCH, CLOSE, DROPPED, FAILED, NOT_READY, OPEN, QUEUED, REVIEW, SKIPPED
from payroll.runs.states import LIVE
from payroll.schemes.models import SchemeVersion

JOB = "payroll.close_branch"
QUEUED_AFRESH = ["state", "people", "problems", "note", "run", "queued_at", "started_at", "ended_at", "job"]


@transaction.atomic
def start(*, month: Month, by: Person) -> CompanyClose:
    """Give every branch with a scheme in force in the month a job of its own. Again: only those that are not done."""
    access.may_run(by)
    if month.last >= timezone.localdate():
        raise Refusal(f"{month.label}还没有结束,{month.next.first} 起可以发起公司月结")
    branches = list(Branch.objects.filter(schemes__in=SchemeVersion.objects.in_force(month)).distinct().order_by("code"))
    if not branches:
        raise Refusal(f"没有一家营业部有{month.label}生效的薪酬方案,请先由营业部提出、第二人确认生效")
    CompanyClose.objects.bulk_create([CompanyClose(month=month)], ignore_conflicts=True)
    close = locked_close(CompanyClose.objects.get(month=month).pk)
    close.state = CLOSE.after(close.state, "start")
    close.round, close.started_by, close.started_at, close.ended_at = close.round + 1, by, timezone.now(), None
    close.save()
    _put_down_lost(close)
    taken = _queue(close, branches)
    if not taken:
        going = close.branches.filter(state__in=OPEN).exists()
        why = "公司月结正在进行,没有要再排队的营业部" if going else "各营业部都已核算,没有要算的营业部"
        raise Refusal(month.label + why, code="nothing_to_do")
    record(
        by=by,
        act="close.start",
        subject=close,
        summary=f"发起{month.label}公司月结(第 {close.round} 次),{len(taken)} 家营业部进入排队",
        branches=[row.branch.code for row in taken],
    )
    return close


def _queue(close: CompanyClose, branches: list[Branch]) -> list[BranchClose]:
    """The rows that are to be done, queued with a job each: small branches first, so that no giant keeps them waiting."""
    people = queries.people_of(close.month)
    kept = {row.branch_id: row for row in close.branches.select_related("job", "run")}
    rows = [kept.get(branch.pk) or BranchClose(close=close, branch=branch) for branch in branches]
    named = {branch.pk: branch for branch in branches}
    taken = sorted(
        (row for row in rows if row.pk is None or _to_do_again(row)),
        key=lambda row: (people.get(row.branch_id, 0), named[row.branch_id].code),
    )
    jobs = enqueue_many(JOB, [_job(close, named[row.branch_id]) for row in taken])
    for row in taken:
        row.state = row.state if row.state == QUEUED else BRANCH.after(row.state, "queue")
        row.branch, row.people = named[row.branch_id], people.get(row.branch_id, 0)
        row.problems, row.note, row.run = [], "", None
        row.queued_at, row.started_at, row.ended_at = timezone.now(), None, None
        row.job = jobs[_key(close, row.branch)]
    BranchClose.objects.bulk_create([row for row in taken if row.pk is None])
    BranchClose.objects.bulk_update([row for row in taken if row.branch_id in kept], QUEUED_AFRESH, batch_size=100)
    return taken


def _to_do_again(row: BranchClose) -> bool:
    """Not done: missing something, broken, dropped; or reckoned, but the run has been given up since."""
    if row.state in (REVIEW, SKIPPED):
        return row.run is None or row.run.state not in LIVE
    return row.state in (NOT_READY, FAILED, DROPPED)


def _key(close: CompanyClose, branch: Branch) -> str:
    return f"{branch.code}:{close.month}"


def _job(close: CompanyClose, branch: Branch) -> Job:
    """Nobody owns a branch's job: the starter hears once, at the end of the close, not three hundred times."""
    return Job(
        title=f"{branch.name}{close.month.label}月结核算",
        key=_key(close, branch),
        branch=branch,
        link=f"{reverse('payroll:month-board')}?branch={branch.code}&month={close.month}",
        params={"close": close.pk, "branch": branch.pk},
    )


@transaction.atomic
def cancel(*, month: Month, by: Person) -> CompanyClose:
    """Stop what hasn't begun. A branch that is being reckoned is finished; nothing is left half done."""
    access.may_run(by)
    found = CompanyClose.objects.filter(month=month).first()
    if found is None:
        raise Unknown(f"{month.label}没有发起过公司月结")
    close = locked_close(found.pk)
    close.state = CLOSE.after(close.state, "cancel")
    close.ended_at = timezone.now()
    close.save()
    waiting = list(close.branches.filter(state=QUEUED).values_list("pk", "job"))
    close.branches.filter(pk__in=[pk for pk, _ in waiting]).update(state=BRANCH.after(QUEUED, "drop"), ended_at=timezone.now())
    Job.objects.filter(pk__in=[job for _, job in waiting if job], state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, ended_at=timezone.now(), error="公司月结已取消,尚未开始"
    )
    working = close.branches.filter(state__in=OPEN).count()
    record(
        by=by,
        act="close.cancel",
        subject=close,
        summary=f"取消{month.label}公司月结:{len(waiting)} 家未开始的不再核算,{working} 家正在核算的算完为止",
    )
    return close


@transaction.atomic
def remind(*, month: Month, codes: Iterable[str], by: Person) -> tuple[list[str], list[str]]:
    """Tell the finance of each branch what its month still lacks, at most once a day.

    Gives the names of the branches reminded now and of those that were reminded today before. Raises Refusal where a branch
    has nothing left to do, or nobody to be told.
    """
    access.may_run(by)
    wanted = set(codes)
    late = [line for line in queries.board(month).lines if line.branch.code in wanted and line.is_late]
    if not late:
        raise Refusal("所选营业部这个月没有未完成的事项,不用提醒")
    finance = _finance_of([line.branch.pk for line in late])
    day = timezone.localdate()
    keys = {line.branch.code: f"close.remind:{line.branch.code}:{month}:{day}" for line in late}
    told = set(Notice.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    nobody = [line.branch.name for line in late if not finance.get(line.branch.pk)]
    if len(nobody) == len(late):
        raise Refusal(f"{'、'.join(nobody)}没有营业部财务,请系统管理员先授予角色")
    reminded = [line for line in late if finance.get(line.branch.pk) and keys[line.branch.code] not in told]
    for line in reminded:
        tell(
            finance[line.branch.pk],
            f"{month.label}月结还差:{'、'.join(line.missing)},请尽快办理",
            key=keys[line.branch.code],
            link=line.board_url,
        )
    names = [line.branch.name for line in reminded]
    if reminded:
        summary = f"提醒 {len(names)} 家营业部办理{month.label}月结"
        record(by=by, act="close.remind", subject=None, summary=summary, branches=[line.branch.code for line in reminded])
    return names, [line.branch.name for line in late if keys[line.branch.code] in told]


def _finance_of(branches: list[int]) -> dict[int, list[Person]]:
    """Branch id → who holds 营业部财务 there today: one statement for all."""
    rows = RoleHolding.objects.filter(current(timezone.localdate()), role="branch_finance", branch__in=branches)
    found: dict[int, list[Person]] = {}
    for row in rows.select_related("person"):
        found.setdefault(row.branch_id or 0, []).append(row.person)
    return found


def tidy() -> None:
    """Beat, hourly: a branch whose job ended without a word is put down as failed, and a close that only waited for it ends."""
    for pk in CompanyClose.objects.filter(branches__state__in=OPEN).distinct().values_list("pk", flat=True):
        with transaction.atomic():
            close = locked_close(pk)
            _put_down_lost(close)
            end_if_last(close)


def _put_down_lost(close: CompanyClose) -> None:
    """With the close's row locked: branches that wait for a job which is over."""
    lost = Q(job=None) | ~Q(job__state__in=UNDER_WAY)
    for row in close.branches.filter(lost, state__in=OPEN).select_related("job"):
        error = row.job.error.split("\n")[0] if row.job else ""
        row.state, row.ended_at, row.note = BRANCH.after(row.state, "fail"), timezone.now(), error[:200]
        row.save()
