"""Every write of the work logs: handing in and correcting, drawing a week, checking what was drawn."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Team
from branch.people.models import Engagement, Person
from clients.registry.models import Client
from kernel.money import ZERO
from kernel.refusals import Refusal, Unknown
from teams.plans.logs import access, rules, states
from teams.plans.logs.duties import Clock, at_place
from teams.plans.logs.models import LogCheck, LogContact, LogDraw, LogVersion, WorkLog

SEEDS = 2**62
LOOKED_BACK = timedelta(days=35)  # weeks further back than this are drawn by hand only


@dataclass(frozen=True)
class Contact:
    """A client met: `client` where it is one of the person's own."""

    name: str
    way: str
    content: str
    result: str = ""
    next_on: date | None = None
    client: Client | None = None


@dataclass(frozen=True)
class Entry:
    """What a person hands in for a day; amounts in yuan."""

    plan_next: str
    contacts: Sequence[Contact] = ()
    arrived_at: time | None = None
    left_at: time | None = None
    calls: int = 0
    leaflets: int = 0
    accounts_opened: int = 0
    new_assets: Decimal = ZERO
    product_sales: Decimal = ZERO
    client_questions: str = ""
    bank_news: str = ""
    competitor_news: str = ""


@transaction.atomic
def write_log(*, day: date, entry: Entry, by: Person, now: datetime | None = None) -> WorkLog:
    """Hand in the own log of a day, or correct it; each writing is a version of its own. Raises Refusal once it is locked."""
    now = now or timezone.now()
    if day > timezone.localdate(now):
        raise Refusal(f"{day} 还没有到,不能先写当天的日志", code="future")
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)  # one writer of a person's day
    log = WorkLog.objects.select_related("branch").filter(person=by, day=day).first()
    clock = Clock(day, day, now)
    if log is None:
        log = _first(day, entry, by, clock)
    else:
        _require_correctable(log, clock)
        _require_complete(entry, log.kind)
        log.state = states.LOG.after(log.state, "correct")
        log.save(update_fields=["state"])
    version = _version(log, entry, now)
    _ask_again(log, version)
    words = "提交" if version.number == 1 else f"修改(第 {version.number} 版)"
    _record(by, "logs.write", log, f"{words}{log}", version=version.number, late=log.late, contacts=len(entry.contacts))
    return log


def _first(day: date, entry: Entry, by: Person, clock: Clock) -> WorkLog:
    posting, engagement = at_place(by, day)
    if posting is None or engagement is None:
        raise Refusal(f"{day} 您不在岗(名册里没有那天的岗位),不用写日志;名册有误请联系交易管理岗", code="not_posted")
    broker = engagement.kind == Engagement.Kind.BROKER
    kind = WorkLog.Kind.ACTIVITY if broker else WorkLog.Kind.LOG
    _require_complete(entry, kind)
    if clock.locked(day):
        raise Refusal(f"{day} 的{kind.label}已于 {clock.last_day(day)} 后锁定,不能补填", code="locked")
    return WorkLog.objects.create(
        person=by,
        branch=posting.branch,
        team=posting.team,
        group=posting.group,
        outlet=posting.outlet,
        day=day,
        kind=kind,
        state=states.LOG.after(states.BLANK, "submit"),
        submitted_at=clock.now,
        late=not broker and clock.overdue(day),
    )


def _require_correctable(log: WorkLog, clock: Clock) -> None:
    """What was returned may be corrected at any time; else only until it is locked, and not while somebody is checking it."""
    if log.state == states.RETURNED:
        return
    if log.checks.filter(checked_at=None).exists():
        raise Refusal("这份日志已被抽中,等负责人看过以后再改", code="drawn")
    if clock.locked(log.day):
        raise Refusal(f"{log.day} 的日志已锁定,不能修改", code="locked")


def _require_complete(entry: Entry, kind: str) -> None:
    wanting = ["明日计划"] if not entry.plan_next.strip() else []
    if kind == WorkLog.Kind.LOG and (entry.arrived_at is None or entry.left_at is None):
        wanting.append("到岗、离岗时间")
    if wanting:
        raise Refusal(f"请填写{'、'.join(wanting)}", code="incomplete")
    if kind == WorkLog.Kind.LOG and entry.arrived_at and entry.left_at and entry.left_at <= entry.arrived_at:
        raise Refusal("离岗时间应晚于到岗时间", code="times")
    nameless = [str(number) for number, one in enumerate(entry.contacts, 1) if not (one.name.strip() and one.content.strip())]
    if nameless:
        raise Refusal(f"接触客户第 {'、'.join(nameless)} 行请写明客户姓名和内容", code="contact")


def _version(log: WorkLog, entry: Entry, now: datetime) -> LogVersion:
    number = log.versions.count() + 1
    log.versions.filter(latest=True).update(latest=False)
    said: dict[str, Any] = {one.name: getattr(entry, one.name) for one in fields(entry) if one.name != "contacts"}
    if log.kind == WorkLog.Kind.ACTIVITY:  # no duty times of a broker
        said |= {"arrived_at": None, "left_at": None}
    version = LogVersion.objects.create(log=log, number=number, written_at=now, **said)
    LogContact.objects.bulk_create(
        LogContact(
            version=version,
            client=one.client,
            name=one.name.strip()[:80],
            way=one.way,
            content=one.content.strip()[:200],
            result=one.result.strip()[:200],
            next_on=one.next_on,
        )
        for one in entry.contacts
    )
    return version


def _ask_again(log: WorkLog, version: LogVersion) -> None:
    """A returned log that was corrected is looked at once more."""
    last = log.checks.order_by("-version").first()
    if last is not None and last.verdict == LogCheck.Verdict.RETURN:
        LogCheck.objects.create(draw=last.draw, log=log, version=version.number)


@transaction.atomic
def draw_week(*, team: Team, year: int, week: int, by: Person | None, now: datetime | None = None) -> LogDraw:
    """Draw a team's logs of an ISO week, once they are locked, so that nobody can slip out. A week already drawn stays as drawn.

    `by` None: the beat. Raises Refusal before the week is locked, and where nobody handed in a log."""
    if by is not None:
        access.require_may_draw(by, team)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    found = LogDraw.objects.filter(team=team, year=year, week=week).first()
    if found is not None:
        return found
    days = rules.week_days(year, week)
    clock = Clock(days[0], days[-1], now or timezone.now())
    worked = [day for day in days if clock.calendar.is_work_day(day)]
    if clock.today <= days[-1] or any(not clock.locked(day) for day in worked):
        raise Refusal(f"{year} 年第 {week} 周的日志还没有全部锁定,锁定后再抽查", code="not_locked")
    logs = WorkLog.objects.filter(team=team, kind=WorkLog.Kind.LOG, state=states.SUBMITTED).between(days[0], days[-1])
    pool = sorted(logs.values_list("pk", flat=True))
    if not pool:
        raise Refusal(f"{team.name}{year} 年第 {week} 周没有提交的日志,不用抽查", code="no_logs")
    share, seed = clock.terms(days[-1]).share, secrets.randbelow(SEEDS)
    draw = LogDraw.objects.create(team=team, year=year, week=week, seed=seed, share=share, pool=pool, drawn_by=by)
    drawn = rules.draw(pool, share, seed)
    versions = dict(LogVersion.objects.filter(log__in=drawn, latest=True).values_list("log", "number"))
    LogCheck.objects.bulk_create(LogCheck(draw=draw, log_id=log, version=versions[log]) for log in drawn)
    record(
        by=by,
        act="logs.draw",
        subject=draw,
        summary=f"{draw}:{len(pool)} 份中抽取 {len(drawn)} 份",
        branch_code=team.branch.code,
        seed=seed,
        pool=len(pool),
        drawn=drawn,
    )
    return draw


def draw_weeks(*, now: datetime | None = None) -> int:
    """Beat: draw every team's weeks that have been locked since. Returns how many were drawn."""
    now = now or timezone.now()
    today, done = timezone.localdate(now), 0
    logs = WorkLog.objects.filter(kind=WorkLog.Kind.LOG, team__isnull=False).between(today - LOOKED_BACK, today)
    pairs = {(team, *day.isocalendar()[:2]) for team, day in logs.order_by().values_list("team", "day").distinct()}
    pairs -= set(LogDraw.objects.filter(team__in={team for team, _, _ in pairs}).values_list("team", "year", "week"))
    teams = Team.objects.select_related("branch").in_bulk({team for team, _, _ in pairs})
    for team, year, week in sorted(pairs):
        try:
            draw_week(team=teams[team], year=year, week=week, by=None, now=now)
            done += 1
        except Refusal:
            continue  # not locked yet: next time
    return done


@transaction.atomic
def check_log(*, check_id: int, verdict: str, by: Person, remark: str = "", now: datetime | None = None) -> LogCheck:
    """The leader's word on a drawn log: 通过, or 退回 with what is to be mended; the writer is told."""
    rows = LogCheck.objects.select_for_update(of=("self",)).select_related("log__branch", "log__person")
    check = rows.filter(pk=check_id).first()
    if check is None:
        raise Unknown("没有这份抽查")
    access.require_may_check(by, check)
    if check.checked_at is not None:
        raise Refusal(f"这份日志已抽查({check.get_verdict_display()}),不用再填", code="checked")
    if verdict not in LogCheck.Verdict.values:
        raise Refusal("请选择抽查结果:通过或退回", code="no_verdict")
    if verdict == LogCheck.Verdict.RETURN and not remark.strip():
        raise Refusal("退回时请写明要改什么", code="reason_missing")
    log = WorkLog.objects.select_for_update(of=("self",)).select_related("branch", "person").get(pk=check.log_id)
    log.state = states.LOG.after(log.state, verdict)
    log.save(update_fields=["state"])
    check.verdict, check.remark, check.checked_by, check.checked_at = verdict, remark.strip()[:200], by, now or timezone.now()
    check.save()
    _record(by, "logs.check", log, f"抽查{log}:{check.get_verdict_display()}", version=check.version, remark=check.remark)
    said = f":{check.remark}" if check.remark else ""
    text = f"您 {log.day} 的日志抽查{check.get_verdict_display()}{said}"
    tell([log.person], text, key=f"logs.check:{check.pk}", link=reverse("plans:log-detail", args=[log.pk]))
    return check


def _record(by: Person, act: str, log: WorkLog, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=log, summary=summary, branch_code=log.branch.code, **details)
