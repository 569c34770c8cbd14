"""Writes of milestones: entered, reached with what shows it, or given up with a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import Opened, hand_out, keep
from branch.notices.actions import tell
from branch.org.models import Branch, Team
from branch.people.models import Person
from kernel.refusals import Refusal, Unknown
from teams.plans.targets import access, queries
from teams.plans.targets.evidence import require_proof
from teams.plans.targets.models import Milestone


@transaction.atomic
def add_milestone(
    *,
    branch: Branch,
    team: Team | None,
    name: str,
    due_on: date,
    responsible: Person,
    by: Person,
    starts_on: date | None = None,
) -> Milestone:
    """Enter what is to be done by `due_on`; the responsible person is told."""
    row = Milestone(
        branch=branch, team=team, name=name.strip()[:80], starts_on=starts_on, due_on=due_on, responsible=responsible, made_by=by
    )
    access.require_may_plan(by, row)
    if team is not None and team.branch_id != branch.pk:
        raise Refusal("这个团队不在所选的营业部", code="other_branch")
    if not row.name:
        raise Refusal("请写明里程碑是什么事项", code="nameless")
    if starts_on is not None and starts_on > due_on:
        raise Refusal("开始日期不能晚于完成期限", code="span")
    row.save()
    _record(by, "milestones.add", row, f"登记里程碑“{row}”,{due_on} 前由{responsible.name}完成")
    if responsible.pk != by.pk:
        tell([responsible], f"里程碑“{row}”由您负责,{due_on} 前完成", key=f"milestones.add:{row.pk}", link="/plans/milestones/")
    return row


def _locked(milestone_id: int) -> Milestone:
    rows = Milestone.objects.select_for_update(of=("self",)).select_related("branch", "team", "responsible", "made_by")
    found = rows.filter(pk=milestone_id).first()
    if found is None:
        raise Unknown("没有这个里程碑")
    return found


def _require_open(row: Milestone) -> None:
    if row.done_on is not None:
        raise Refusal(f"里程碑“{row}”已于 {row.done_on} 完成,不用再登记", code="done")
    if row.dropped_on is not None:
        raise Refusal(f"里程碑“{row}”已取消", code="dropped")


@transaction.atomic
def finish_milestone(
    *, milestone_id: int, done_on: date, by: Person, evidence: bytes | None = None, file_name: str = "", note: str = ""
) -> Milestone:
    """It is reached: a file shows it, or at least a sentence does. Not before today has come."""
    row = _locked(milestone_id)
    access.require_may_finish(by, row)
    _require_open(row)
    if done_on > timezone.localdate():
        raise Refusal("完成日期不能晚于今天", code="future")
    if evidence is None and not note.strip():
        raise Refusal("请上传完成凭据,或写明凭什么说它完成了", code="no_evidence")
    if evidence is not None:
        row.evidence = keep(evidence, name=file_name, content_type=require_proof(evidence), by=by)
    row.done_on, row.done_by, row.note = done_on, by, note.strip()[:200]
    row.save()
    _record(by, "milestones.finish", row, f"里程碑“{row}”完成", done_on=done_on, evidence=row.evidence and row.evidence.sha256)
    return row


@transaction.atomic
def drop_milestone(*, milestone_id: int, reason: str, by: Person) -> Milestone:
    """Give it up, with the reason; it stays in the list."""
    row = _locked(milestone_id)
    access.require_may_plan(by, row)
    _require_open(row)
    row.note, row.dropped_on = access.require_reason(reason, "取消的原因")[:200], timezone.localdate()
    row.save()
    _record(by, "milestones.drop", row, f"取消里程碑“{row}”", reason=row.note)
    return row


@transaction.atomic
def open_evidence(*, milestone_id: int, by: Person) -> Opened:
    """What shows that it is reached, for who may see the milestone. Raises Unknown. Each opening is logged."""
    row = queries.milestone_for(by, milestone_id)
    if row.evidence is None:
        raise Unknown("这个里程碑没有凭据文件")
    what = f"里程碑“{row}”的完成凭据"
    return hand_out(row.evidence, what=what, act="milestones.open", subject=row, branch_code=row.branch.code, by=by)


def _record(by: Person, act: str, row: Milestone, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=row, summary=summary, branch_code=row.branch.code, **details)
