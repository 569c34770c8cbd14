"""Changing a dated setting: one person proposes, another confirms with the paper's number. Nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from branch.audit.actions import record
from branch.parameters import rules
from branch.parameters.models import ParameterValue
from branch.people import access
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown

State = ParameterValue.State


@transaction.atomic
def propose(
    *, code: str, value: Any, effective_from: date, effective_to: date | None, source: str, note: str, by: Person
) -> ParameterValue:
    """Propose a value of an existing parameter. It counts for nothing until somebody else confirms it."""
    access.require(by, Power.PARAMETER_PROPOSE, to="提议修改参数")
    former = ParameterValue.objects.select_for_update().filter(code=code).order_by("effective_from", "pk").last()
    if former is None:
        raise Unknown(f"没有代码为“{code}”的参数")
    if effective_to is not None and effective_to < effective_from:
        raise Refusal("失效日不能早于生效日")
    _refuse_second(code, value, effective_from)
    if not source.strip():
        raise Refusal("请填写依据(法规、通知或文件名称)")
    row = ParameterValue.objects.create(
        code=code,
        name=former.name,
        unit=former.unit,
        value=value,
        effective_from=effective_from,
        effective_to=effective_to,
        source=source.strip(),
        note=note.strip(),
        confidence="确定",
        proposed_by=by,
    )
    record(
        by=by,
        act="parameter.propose",
        subject=row,
        summary=f"提议修改参数“{row.name}”",
        value=value,
        effective_from=effective_from,
    )
    return row


def _refuse_second(code: str, value: Any, effective_from: date) -> None:
    """One proposal of a parameter at a time; the second person sees both."""
    waiting = ParameterValue.objects.filter(code=code, state=State.PROPOSED).select_related("proposed_by").first()
    if waiting is None:
        return
    theirs = f"{rules.written(waiting.value)}(自 {waiting.effective_from} 起)"
    yours = f"{rules.written(value)}(自 {effective_from} 起)"
    raise Refusal(
        f"“{waiting.name}”已有一项待确认的提议,请先由第二人处理",
        items=[f"同事 {waiting.proposed_by or '系统'} 已提议 {theirs},您填写的是 {yours}"],
        code="second_proposal",
    )


@transaction.atomic
def confirm(*, value_id: int, paper_no: str, by: Person) -> ParameterValue:
    """Put a proposal in force. The value it overlaps ends the day before; one that begins the same day is replaced and kept."""
    row = _proposal(value_id)
    access.require(by, Power.PARAMETER_CONFIRM, to="确认参数")
    access.require_another(by, row.proposed_by, act="参数确认", power=Power.PARAMETER_CONFIRM)
    if not paper_no.strip():
        raise Refusal("请填写批准文件的文号")
    ended = _make_room(row)
    row.state, row.paper_no, row.decided_by, row.decided_at = State.CONFIRMED, paper_no.strip(), by, timezone.now()
    row.save()
    retroactive = row.effective_from < timezone.localdate()
    record(
        by=by,
        act="parameter.confirm",
        subject=row,
        summary=f"确认参数“{row.name}”自 {row.effective_from} 起的数值,文号 {row.paper_no}",
        value=row.value,
        ended=ended,
        retroactive=retroactive,
    )
    return row


@transaction.atomic
def reject(*, value_id: int, reason: str, by: Person) -> ParameterValue:
    """Decline a proposal, saying why; the proposer may withdraw the own one the same way."""
    row = _proposal(value_id)
    if row.proposed_by_id != by.pk:
        access.require(by, Power.PARAMETER_CONFIRM, to="处理参数提议")
    if not reason.strip():
        raise Refusal("请填写不采纳的原因")
    row.state, row.decided_at = State.REJECTED, timezone.now()
    row.decided_by = None if row.proposed_by_id == by.pk else by
    row.note = f"{row.note} 未采纳:{reason.strip()}".strip()[:400]
    row.save()
    record(by=by, act="parameter.reject", subject=row, summary=f"未采纳参数“{row.name}”的提议:{reason.strip()}")
    return row


def _proposal(value_id: int) -> ParameterValue:
    row = ParameterValue.objects.select_for_update(of=("self",)).filter(pk=value_id).first()
    if row is None:
        raise Unknown("没有这项参数提议")
    if row.state != State.PROPOSED:
        raise Refusal(f"这项提议已是“{row.get_state_display()}”,不能再处理")
    return row


def _make_room(row: ParameterValue) -> list[str]:
    """End or replace the confirmed values that `row` overlaps. Returns what was done, for the log."""
    done = []
    for former in _overlapping(row).order_by("effective_from"):
        if row.effective_to is not None and (former.effective_to is None or former.effective_to > row.effective_to):
            raise Refusal(
                f"现有数值({former.effective_from} 起)在新值失效日 {row.effective_to} 之后仍然有效;请不填失效日,或先提议后续数值"
            )
        if former.effective_from > row.effective_from:
            raise Refusal(f"自 {former.effective_from} 起已有生效的数值,新值的失效日应填 {former.effective_from - timedelta(1)}")
        if former.effective_from == row.effective_from:
            former.state = State.REPLACED
        else:
            former.effective_to = row.effective_from - timedelta(1)
        former.save(update_fields=["state", "effective_to"])
        done.append(
            f"{former.effective_from} 起的数值{'被取代' if former.state == State.REPLACED else f'止于 {former.effective_to}'}"
        )
    return done


def _overlapping(row: ParameterValue) -> QuerySet[ParameterValue]:
    ends_after = Q(effective_to=None) | Q(effective_to__gte=row.effective_from)
    rows = ParameterValue.objects.select_for_update(of=("self",)).filter(ends_after, code=row.code, state=State.CONFIRMED)
    return rows if row.effective_to is None else rows.filter(effective_from__lte=row.effective_to)


@transaction.atomic
def take_reference(rows: Iterable[dict[str, Any]]) -> int:
    """Put the shipped reference values in force where the database has none of that code and day. Returns how many were new."""
    known = set(ParameterValue.objects.exclude(state=State.REJECTED).values_list("code", "effective_from"))
    now = timezone.now()
    fresh = [
        ParameterValue(
            **{name: row[name] for name in ("code", "name", "unit", "value", "source", "confidence", "note")},
            effective_from=date.fromisoformat(row["effective_from"]),
            effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
            state=State.CONFIRMED,
            decided_at=now,
        )
        for row in rows
        if (row["code"], date.fromisoformat(row["effective_from"])) not in known
    ]
    ParameterValue.objects.bulk_create(fresh)
    if fresh:
        record(by=None, act="parameter.reference", subject=None, summary=f"载入随产品提供的参数 {len(fresh)} 项")
    return len(fresh)
