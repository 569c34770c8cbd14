"""Somebody leaves: the engagement and all that hangs on it end by date. Until the last day is over it can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from branch import changes
from branch.audit.actions import record
from branch.audit.models import AuditRow
from branch.people.actions import end_holdings, end_sessions, held_or_lent
from branch.people.models import Engagement, GradeHolding, Leadership, Person, Posting, RoleHolding
from branch.people.queries import engagement_of
from branch.people.register import refuse_departure, refuse_leaving
from branch.staff import access
from kernel.refusals import Refusal

DATED: tuple[type[models.Model], ...] = (Posting, GradeHolding, Leadership)
ENDED: tuple[type[models.Model], ...] = (*DATED, RoleHolding)
MODELS: dict[str, Any] = {model._meta.label: model for model in ENDED}
LEAVE = "people.leave"


@transaction.atomic
def register_leaving(*, person: Person, last_day: date, reason: str, by: Person) -> Engagement:
    """End the engagement after `last_day`, and with it posting, grade, leaderships, roles held and roles lent.

    The audit row keeps every touched row as it was, for `cancel_leaving`.
    """
    engagement = _locked(person)
    access.require_leaving(by, person, engagement.branch)
    if engagement.ended_on is not None:
        raise Refusal(f"{person}已登记离职,最后工作日是 {engagement.ended_on}")
    if last_day < engagement.hired_on:
        raise Refusal(f"最后工作日不能早于入职日期 {engagement.hired_on}")
    if not reason.strip():
        raise Refusal("请填写离职原因")
    refuse_departure(person, last_day)
    refuse_leaving(person, last_day)
    engagement.ended_on = last_day
    engagement.save(update_fields=["ended_on"])
    touched = [*_end_places(person, last_day), *_end_roles(person, last_day)]
    if last_day < timezone.localdate():
        end_sessions(person)
    changes.ended(changes.What.EMPLOYMENT, person.pk, last_day + timedelta(1))
    record(
        by=by,
        act=LEAVE,
        subject=engagement,
        summary=f"登记{person}离职,最后工作日 {last_day},原因:{reason.strip()}",
        branch_code=engagement.branch.code,
        last_day=last_day,
        rows=touched,
    )
    return engagement


@transaction.atomic
def cancel_leaving(*, person: Person, by: Person) -> Engagement:
    """Take a registered leaving back while the last day is not over: everything it ended goes on as before."""
    engagement = _locked(person)
    access.require_leaving(by, person, engagement.branch)
    last_day = engagement.ended_on
    if last_day is None:
        raise Refusal(f"{person}没有登记离职")
    if last_day < timezone.localdate():
        raise Refusal(f"{person}已于 {last_day} 离职,不能撤销;重新入职请导入名册,入职日期晚于这一天")
    note = AuditRow.objects.filter(act=LEAVE, subject_type=Engagement._meta.label, subject_id=str(engagement.pk)).first()
    if note is None:
        raise Refusal("没有找到登记离职的记录,不能撤销")
    engagement.ended_on = None
    engagement.save(update_fields=["ended_on"])
    for label, values in note.details["rows"]:
        _restore(MODELS[label], values, last_day)
    changes.begun(changes.What.EMPLOYMENT, person.pk, last_day + timedelta(1))
    record(
        by=by,
        act="people.leave_cancel",
        subject=engagement,
        summary=f"撤销{person}的离职登记(原最后工作日 {last_day})",
        branch_code=engagement.branch.code,
    )
    return engagement


def _locked(person: Person) -> Engagement:
    """The person's present or last engagement, held until the commit."""
    found = engagement_of(person)
    if found is None:
        raise Refusal(f"{person}没有聘用记录:岗位人员离任请系统管理员终止其角色")
    return Engagement.objects.select_for_update(of=("self",)).select_related("branch").get(pk=found.pk)


def _kept(row: models.Model) -> tuple[str, dict[str, Any]]:
    """The row as it is: its model and its columns."""
    return row._meta.label, {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _end_places(person: Person, last_day: date) -> Iterator[tuple[str, dict[str, Any]]]:
    """Postings, grades, leaderships. What would only have begun later is taken away: it never was."""
    for model in DATED:
        rows: Any = model._default_manager.filter(Q(effective_to=None) | Q(effective_to__gt=last_day), person=person)
        for row in rows:
            yield _kept(row)
            if row.effective_from > last_day:
                row.delete()
            else:
                row.effective_to = last_day
                row.save(update_fields=["effective_to"])


def _end_roles(person: Person, last_day: date) -> Iterator[tuple[str, dict[str, Any]]]:
    """Roles held, and roles lent to others. What was held until yesterday stays told: the past of a role is not rewritten."""
    end = max(last_day, timezone.localdate() - timedelta(1))
    for row in end_holdings(held_or_lent(person), end):
        yield _kept(row)


def _restore(model: Any, values: dict[str, Any], last_day: date) -> None:
    """The row as it was, unless somebody changed it since. Refuses where another leads by now."""
    present = model.objects.filter(pk=values["id"]).first()
    if present is not None and present.effective_to != last_day:
        if model is Posting:  # divided since by a change of leader: its latter part goes on
            Posting.objects.filter(person=values["person_id"], effective_to=last_day).update(effective_to=values["effective_to"])
        return
    if model is Leadership:
        after = Leadership.objects.filter(
            team=values["team_id"], group=values["group_id"], effective_from__gt=last_day
        ).select_related("person", "team", "group")
        for other in after.exclude(pk=values["id"]).exclude(person=values["person_id"]):
            raise Refusal(f"“{other.group or other.team}”自 {other.effective_from} 起已由{other.person}负责,离职登记不能撤销")
    model(**values).save()
