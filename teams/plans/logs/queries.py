"""Reading logs: the month of a person and of those one leads, one log with its versions, what is drawn, whom to call next."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from branch.org.models import Team
from branch.people.access import reach
from branch.people.models import Person, Posting
from branch.people.roles import Power
from clients.products.models import ProductSale
from clients.registry.models import Client
from kernel.money import ZERO
from kernel.months import Month
from kernel.refusals import Unknown
from teams.plans.logs import rules
from teams.plans.logs.duties import Cell, Row, days_between, rows_of
from teams.plans.logs.models import LogCheck, LogContact, LogDraw, LogVersion, WorkLog

WHO = ("person", "branch", "team", "group", "outlet")
FOLLOWED = timedelta(days=90)  # how far back contacts are looked through for their next date
OFFERED = 300  # own clients offered while typing a name


def logs_for(person: Person) -> QuerySet[WorkLog]:
    """The logs this person may see, with whose they are."""
    return WorkLog.objects.visible_to(person).select_related(*WHO)


def log_for(person: Person, log_id: int) -> WorkLog:
    """One log with versions (newest first), contacts and checks. Raises Unknown."""
    versions = LogVersion.objects.prefetch_related("contacts")
    checks = LogCheck.objects.select_related("checked_by", "draw__team").order_by("-version")
    rows = logs_for(person).prefetch_related(Prefetch("versions", versions), Prefetch("checks", checks))
    found = rows.filter(pk=log_id).first()
    if found is None:
        raise Unknown("没有这份日志,或者不在您可以查看的范围内")
    return found


def own_log(person: Person, day: date) -> WorkLog | None:
    """The person's own log of a day, with its versions."""
    versions = LogVersion.objects.prefetch_related("contacts__client")
    return WorkLog.objects.filter(person=person, day=day).prefetch_related(Prefetch("versions", versions)).first()


def last_said(person: Person, before: date) -> LogVersion | None:
    """What the person's last log before that day says: its plan and times are taken up in the next one."""
    rows = LogVersion.objects.filter(latest=True, log__person=person, log__day__lt=before)
    return rows.select_related("log").order_by("-log__day").first()


@dataclass(frozen=True)
class Known:
    """What the CRM already knows of a person's day: accounts opened, yuan of products sold."""

    accounts: int
    sold: Decimal


def known_of(person: Person, day: date) -> Known:
    opened = Client.objects.filter(opened_on=day, relations__manager=person, relations__to_month=None)
    sold = ProductSale.objects.filter(traded_on=day, manager=person).counting().aggregate(total=Sum("amount"))
    return Known(opened.count(), sold["total"] or ZERO)


def own_clients(person: Person) -> QuerySet[Client]:
    """The clients whose relation with this person goes on."""
    return Client.objects.filter(relations__manager=person, relations__to_month=None)


def offered_clients(person: Person) -> list[Client]:
    return list(own_clients(person).order_by("-opened_on", "client_no")[:OFFERED])


def client_named(person: Person, typed: str) -> Client | None:
    """The own client meant by 姓名(客户号), or by a name that only one of them has."""
    number = typed[typed.rfind("(") + 1 :].rstrip(")").strip() if "(" in typed else ""
    rows = own_clients(person)
    if number:
        return rows.filter(client_no=number).first()
    found = list(rows.filter(name=typed.strip())[:2])
    return found[0] if len(found) == 1 else None


@dataclass
class Led:
    """Somebody who keeps a log in what one leads or manages: the last posting there, and the days of the month spent there."""

    person: Person
    posting: Posting
    days: set[date]


def people_led(person: Person, month: Month) -> list[Led]:
    """Who kept a log in what this person leads or manages on any day of the month, joiners and leavers too; by team, group and
    number."""
    scope = reach(person, Power.PLAN_VIEW)
    first, last = month.first, month.last
    rows = Posting.objects.filter(post__in=rules.POSTS, effective_from__lte=last)
    rows = rows.filter(Q(effective_to=None) | Q(effective_to__gte=first))
    if not scope.company:
        rows = rows.filter(Q(branch__in=scope.branches) | Q(team__in=scope.teams) | Q(group__in=scope.groups))
    found: dict[int, Led] = {}
    for posting in rows.select_related("person", "team", "group").order_by("effective_from"):
        days = set(days_between(max(posting.effective_from, first), min(posting.effective_to or last, last)))
        one = found.setdefault(posting.person_id, Led(posting.person, posting, set()))
        one.posting, one.days = posting, one.days | days
    return sorted(found.values(), key=lambda one: _place(one.posting))


def _place(posting: Posting) -> tuple[int, int, int, str]:
    return posting.branch_id, posting.team_id or 0, posting.group_id or 0, posting.person.staff_no


def board(led: Collection[Led], month: Month, now: datetime | None = None) -> list[Row]:
    """The month of each, on the days that are one's to look at."""
    within = {one.person.pk: one.days for one in led}
    rows = rows_of([one.person for one in led], month, now or timezone.now(), within)
    for row, one in zip(rows, led, strict=True):
        row.place = " ".join(unit.name for unit in (one.posting.team, one.posting.group) if unit is not None)
    return rows


def own_month(person: Person, month: Month, now: datetime | None = None) -> Row:
    return rows_of([person], month, now or timezone.now())[0]


def weeks_of(month: Month, cells: list[Cell]) -> list[list[Cell | None]]:
    """A month's cells as weeks from Monday; None outside the month."""
    by_day = {cell.day: cell for cell in cells}
    return [[by_day.get(day) for day in week] for week in calendar.Calendar().monthdatescalendar(month.year, month.month)]


@dataclass(frozen=True)
class FollowUp:
    """A client to be in touch with again, by the last contact that is known."""

    contact: LogContact
    day: date
    overdue: bool


def follow_ups(person: Person, today: date) -> list[FollowUp]:
    """Of each client the last contact's 下次跟进日, the earliest first; a later contact settles the one before."""
    rows = LogContact.objects.filter(
        version__latest=True, version__log__person=person, version__log__day__gte=today - FOLLOWED
    ).select_related("version__log")
    last: dict[Any, LogContact] = {}
    for contact in rows.order_by("version__log__day", "pk"):
        last[contact.client_id or contact.name] = contact
    found = [FollowUp(one, one.next_on, one.next_on < today) for one in last.values() if one.next_on is not None]
    return sorted(found, key=lambda one: (one.day, one.contact.pk))


def checks_for(person: Person, *, waiting: bool = False) -> QuerySet[LogCheck]:
    """What was drawn among the logs one sees, the newest week first; `waiting`: what waits for the person."""
    rows = LogCheck.objects.visible_to(person)
    if waiting:
        rows = rows & LogCheck.objects.waiting_for(person)
    rows = rows.select_related("draw__team", "log__person", "log__group", "log__branch", "checked_by")
    return rows.order_by("-draw__year", "-draw__week", "log__team", "log__day", "log")


def teams_to_draw(person: Person) -> list[Team]:
    """The teams whose logs the person may draw."""
    scope = reach(person, Power.LOG_CHECK)
    if not scope:
        return []
    rows = Team.objects.filter(Q(pk__in=scope.teams) | Q(branch__in=scope.branches)).exclude(begun_on=None)
    return list(rows.order_by("branch", "name"))


def check_for(person: Person, check_id: int) -> LogCheck:
    found = checks_for(person).filter(pk=check_id).first()
    if found is None:
        raise Unknown("没有这份抽查,或者不在您可以查看的范围内")
    return found


def draws_for(person: Person) -> QuerySet[LogDraw]:
    """The draws of the teams one leads or manages."""
    scope = reach(person, Power.PLAN_VIEW)
    rows = LogDraw.objects.select_related("team", "drawn_by")
    return rows if scope.company else rows.filter(Q(team__in=scope.teams) | Q(team__branch__in=scope.branches))
