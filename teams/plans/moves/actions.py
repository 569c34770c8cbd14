"""Writes of moves and leavings: planned, changed, sent up, taken back, given up; a leaving is closed once nothing binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.changes import Change, What
from branch.org.models import Group, Outlet
from branch.people.access import has_role
from branch.people.models import Engagement, Person, Posting
from branch.people.postings import posting_on, require_repostable
from branch.people.queries import engagement_of
from branch.staff.actions import register_leaving
from clients.registry.queries import open_relations_of
from kernel.refusals import Refusal, Unknown, allows
from kernel.seen import require_seen
from teams.plans.moves import access, queries, rules, signing, states
from teams.plans.moves.handing import locked_move, require_as_planned
from teams.plans.moves.models import Handover, Leaving, Move
from teams.plans.moves.signing import note_down

FARTHEST = 366  # days ahead that a move or a last day may lie


@dataclass(frozen=True)
class Wish:
    """Where somebody is to go from which day and why: a group (with its team) and an outlet; None keeps what is."""

    effective_on: date
    reason: str
    group: Group | None = None
    outlet: Outlet | None = None


@transaction.atomic
def plan_move(*, person: Person, wish: Wish, by: Person) -> Move:
    """拟调. One open move a person; nobody who is leaving."""
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    posting = require_repostable(person, wish.effective_on)
    access.require_may_plan(by, person, posting.branch, posting.team)
    _require_none_open(person)
    move = Move(branch=posting.branch, person=person, made_by=by)
    _write_move(move, posting, wish, by)
    move.save()
    note_down(by, "plan", move, f"拟定{move}:{move.from_words} → {move.to_words},{move.effective_on} 起")
    return move


@transaction.atomic
def edit_move(*, move_id: int, wish: Wish, by: Person, seen: str = "") -> Move:
    """Another destination, day or reason while it is not on its way. Raises Overtaken when somebody saved it since `seen`."""
    move = locked_move(move_id)
    access.require_may_change(by, move)
    move.state = states.MOVE.after(move.state, "edit")
    require_seen(seen, shown_move(move), what=str(move))
    before = move.content
    posting = require_repostable(move.person, wish.effective_on)
    _write_move(move, posting, wish, by)
    move.save()
    note_down(by, "edit", move, f"修改{move}", before=before, after=move.content)
    return move


def shown_move(move: Move) -> dict[str, Any]:
    """What a form shows of a move."""
    return {
        "to_group": move.to_group_id,
        "to_outlet": move.to_outlet_id,
        "effective_on": move.effective_on,
        "reason": move.reason,
    }


def _write_move(move: Move, posting: Posting, wish: Wish, by: Person) -> None:
    _require_day(wish.effective_on, "调动日期")
    group, outlet = wish.group, wish.outlet
    for unit, branch_id in ((group, group.team.branch_id if group else None), (outlet, outlet.branch_id if outlet else None)):
        if unit is not None and branch_id != move.branch_id:
            raise Refusal(f"“{unit}”不在{move.branch},跨营业部请办理离职后重新入职", code="other_branch")
        if unit is not None and unit.closed_on is not None and unit.closed_on < wish.effective_on:
            raise Refusal(f"“{unit}”已于 {unit.closed_on} 撤销,请另选去向", code="closed_unit")
    if group is not None and not group.team.has_begun(wish.effective_on):
        raise Refusal(f"“{group.team}”在 {wish.effective_on} 还在筹办,启用后才能调入", code="not_begun")
    former_team = move.to_team_id
    move.from_team, move.from_group, move.from_outlet = posting.team, posting.group, posting.outlet
    move.to_team = group.team if group else posting.team
    move.to_group = group or posting.group
    move.to_outlet = outlet or posting.outlet
    rules.require_another_place(move.now, move.then)
    move.effective_on, move.reason = wish.effective_on, rules.require_reason(wish.reason, to="调动原因")
    if not move.crosses_teams or move.to_team_id != former_team:
        move.accepted_by, move.accepted_at = None, None
    if move.crosses_teams and access.plans_for(by, move.branch, move.to_team):
        move.accepted_by, move.accepted_at = by, timezone.now()


def _require_day(day: date, label: str) -> None:
    if abs((day - timezone.localdate()).days) > FARTHEST:
        raise Refusal(f"{label}应在前后一年之内", code="bad_day")


def _require_none_open(person: Person) -> None:
    if Move.objects.open().filter(person=person).exists():
        raise Refusal(f"{person}已有一次没有办完的调动,请先办完或撤销它", code="open_move")
    if Leaving.objects.open().filter(person=person).exists():
        raise Refusal(f"{person}正在办理离职,请先办完或撤销它", code="open_leaving")


@transaction.atomic
def accept_move(*, move_id: int, by: Person) -> Move:
    """接收团队同意, before it is sent up."""
    move = locked_move(move_id)
    access.require_may_accept(by, move)
    states.MOVE.after(move.state, "edit")
    if not move.crosses_teams or move.accepted_by_id is not None:
        raise Refusal("这次调动不需要接收团队同意,或已经同意", code="already_accepted")
    move.accepted_by, move.accepted_at = by, timezone.now()
    move.save(update_fields=["accepted_by", "accepted_at"])
    note_down(by, "accept", move, f"{move.to_team}同意接收{move.person}")
    return move


@transaction.atomic
def send_move_up(*, move_id: int, by: Person) -> Move:
    """报批, and again after a 退回: of another team only once its leader has agreed."""
    _lock_request(Move.objects.filter(pk=move_id).values("approval"))
    move = locked_move(move_id)
    access.require_may_change(by, move)
    if move.crosses_teams and move.accepted_by_id is None:
        raise Refusal(f"调往{move.to_team},请其负责人先在这一页“同意接收”,再报批", code="not_accepted")
    require_repostable(move.person, move.effective_on)
    require_as_planned(move, move.effective_on)
    title = f"{move.person.name}调动:{move.from_words} → {move.to_words}"
    _send(move, signing.MOVE_KIND, signing.move_facts(move), title, by)
    return move


@transaction.atomic
def take_move_back(*, move_id: int, reason: str, by: Person) -> Move:
    """撤回 the request; the move is planned again."""
    _withdraw(Move.objects.filter(pk=move_id).values_list("approval", flat=True).first(), reason, by)
    return locked_move(move_id)


@transaction.atomic
def cancel_move(*, move_id: int, reason: str, by: Person) -> Move:
    """撤销, until clients have been handed over; also later where the move can't begin any more as it was planned."""
    handover = Handover.objects.select_for_update(of=("self",)).filter(move=move_id).first()
    move = locked_move(move_id)
    access.require_may_change(by, move)
    _give_up(move, handover, reason, by)
    return move


# --- leavings ---------------------------------------------------------------------------------------------------------
def locked_leaving(leaving_id: int) -> Leaving:
    """The leaving's row, locked. Who also needs its list takes the list first. Raises Unknown."""
    rows = Leaving.objects.select_for_update(of=("self",)).select_related("branch", "team", "person", "approval")
    found = rows.filter(pk=leaving_id).first()
    if found is None:
        raise Unknown("没有这次离职")
    return found


@transaction.atomic
def file_leaving(*, person: Person, kind: str, last_day: date, reason: str, by: Person) -> Leaving:
    """提出离职. One open leaving a person; an open move is given up first."""
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    engagement = engagement_of(person)
    if engagement is None or engagement.ended_on is not None:
        raise Refusal(f"{person}没有在聘的记录,不需要办理离职", code="not_engaged")
    posting = posting_on(person, timezone.localdate())
    team = posting.team if posting is not None else None
    access.require_may_file(by, person, engagement.branch, team)
    _require_none_open(person)
    leaving = Leaving(branch=engagement.branch, team=team, person=person, made_by=by)
    _write_leaving(leaving, engagement, kind, last_day, reason)
    leaving.save()
    note_down(by, "file", leaving, f"提出{leaving},最后工作日 {last_day}")
    return leaving


@transaction.atomic
def edit_leaving(*, leaving_id: int, kind: str, last_day: date, reason: str, by: Person, seen: str = "") -> Leaving:
    leaving = locked_leaving(leaving_id)
    access.require_may_revise(by, leaving)
    leaving.state = states.LEAVING.after(leaving.state, "edit")
    require_seen(seen, shown_leaving(leaving), what=str(leaving))
    engagement, before = engagement_of(leaving.person), leaving.content
    assert engagement is not None  # it was there when the leaving was filed, and is never deleted
    _write_leaving(leaving, engagement, kind, last_day, reason)
    leaving.save()
    note_down(by, "edit", leaving, f"修改{leaving}", before=before, after=leaving.content)
    return leaving


def shown_leaving(leaving: Leaving) -> dict[str, Any]:
    return {"kind": leaving.kind, "last_day": leaving.last_day, "reason": leaving.reason}


def _write_leaving(leaving: Leaving, engagement: Engagement, kind: str, last_day: date, reason: str) -> None:
    _require_day(last_day, "最后工作日")
    if kind not in rules.KINDS:
        raise Refusal("请选择离职类别", code="bad_kind")
    if last_day < engagement.hired_on:
        raise Refusal(f"最后工作日不能早于入职日期 {engagement.hired_on}", code="bad_day")
    leaving.kind, leaving.last_day, leaving.reason = kind, last_day, rules.require_reason(reason, to="离职原因")


@transaction.atomic
def send_leaving_up(*, leaving_id: int, by: Person) -> Leaving:
    """报批: 上级, 营业部经理, 人力资源部; who files for somebody they lead has agreed by filing."""
    _lock_request(Leaving.objects.filter(pk=leaving_id).values("approval"))
    leaving = locked_leaving(leaving_id)
    access.require_may_revise(by, leaving)
    filed_for = by.pk != leaving.person_id
    manages = filed_for and has_role(by, "branch_manager", branch=leaving.branch)  # a deputy's word is not the manager's
    facts = signing.leaving_facts(leaving, by_leader=filed_for, by_manager=manages)
    _send(leaving, signing.LEAVING_KIND, facts, f"{leaving.person.name}离职,最后工作日 {leaving.last_day}", by)
    return leaving


@transaction.atomic
def take_leaving_back(*, leaving_id: int, reason: str, by: Person) -> Leaving:
    _withdraw(Leaving.objects.filter(pk=leaving_id).values_list("approval", flat=True).first(), reason, by)
    return locked_leaving(leaving_id)


@transaction.atomic
def cancel_leaving(*, leaving_id: int, reason: str, by: Person) -> Leaving:
    """撤销, until clients have been handed over."""
    handover = Handover.objects.select_for_update(of=("self",)).filter(leaving=leaving_id).first()
    leaving = locked_leaving(leaving_id)
    access.require_may_revise(by, leaving)
    _give_up(leaving, handover, reason, by)
    return leaving


@transaction.atomic
def close_leaving(*, leaving_id: int, by: Person) -> Leaving:
    """办结, once the list is signed and nothing binds: employment, posting, grade and roles end after the last day."""
    handover = Handover.objects.select_for_update(of=("self",)).filter(leaving=leaving_id).first()
    leaving = locked_leaving(leaving_id)
    access.require_may_close(by, leaving)
    state = states.LEAVING.after(leaving.state, "close")
    if handover is None or handover.completed_at is None:
        raise Refusal("客户交接清单还没有签完,不能办结", code="not_handed_over")
    bound = [f"{found.words}({found.who})" for found in queries.bindings_of(leaving) if found.blocks]
    rules.require_nothing_bound(bound, verb="办结")
    leaving.state, leaving.closed_by, leaving.closed_at = state, by, timezone.now()
    leaving.save(update_fields=["state", "closed_by", "closed_at"])
    reason = f"{leaving.get_kind_display()}:{leaving.reason}"
    register_leaving(person=leaving.person, last_day=leaving.last_day, reason=reason, by=by)
    note_down(by, "close", leaving, f"办结{leaving},最后工作日 {leaving.last_day}")
    return leaving


def guard_departure(person: Person, last_day: date) -> None:
    """登记离职 by itself is not for whom a leaving is under way, nor for whom clients are left: nobody would be there for them.
    What else binds goes on without the person: leadership ends, seats are handed over."""
    if Leaving.objects.open().filter(person=person).exists():
        raise Refusal(f"{person}的离职正在办理,请在「团队 › 调动与离职」办结或撤销,不要另行登记", code="open_leaving")
    clients = open_relations_of(person).count()
    if clients:
        raise Refusal(f"{person}名下还有 {clients} 户客户,请在「团队 › 调动与离职」提出离职,交接完再办结", code="clients_left")


def follow_change(change: Change) -> None:
    """Told by `branch.changes`: a registered leaving was taken back, so the closed one is no more."""
    if change.what != What.EMPLOYMENT or not change.begins:
        return
    for leaving in Leaving.objects.select_for_update().filter(person=change.person_id, state=states.CLOSED):
        if rules.day_before(change.day) == leaving.last_day:
            leaving.state = states.LEAVING.after(leaving.state, "revoke")
            leaving.save(update_fields=["state"])


# --- what both have in common -----------------------------------------------------------------------------------------
def _lock_request(approval: Any) -> None:
    """The request's row before the subject's, as every signature takes them."""
    Request.objects.select_for_update().filter(pk__in=approval).first()


def _send(subject: Move | Leaving, kind: str, facts: Mapping[str, Any], title: str, by: Person) -> None:
    table = signing.MODELS[kind][1]
    act = "resubmit" if subject.state == states.RETURNED else "submit"
    state = table.after(subject.state, act)
    given: dict[str, Any] = {"content_digest": subject.digest, "facts": dict(facts), "by": by, "title": title}
    if act == "resubmit":
        assert subject.approval is not None  # move_asked_for, leaving_asked_for
        subject.approval = approvals.resubmit(request_id=subject.approval.pk, **given)
    else:
        subject.approval = approvals.submit(kind=kind, branch=subject.branch, applicant=by, **given)
    subject.state = state
    subject.save(update_fields=["state", "approval"])
    note_down(by, act, subject, f"{subject}报批", number=subject.approval.number, round=subject.approval.round)


def _withdraw(approval: int | None, reason: str, by: Person) -> None:
    if approval is None:
        raise Refusal("没有在审批的申请,不必撤回", code="not_requested")
    approvals.withdraw(request_id=approval, reason=reason, by=by)


def _give_up(subject: Move | Leaving, handover: Handover | None, reason: str, by: Person) -> None:
    table = states.MOVE if isinstance(subject, Move) else states.LEAVING
    state = table.after(subject.state, "cancel")
    stuck = isinstance(subject, Move) and not allows(require_as_planned, subject, timezone.localdate())
    if handover is not None and handover.effective_month is not None and not stuck:
        said = f"客户已自{handover.effective_month.label}起交接给接收人,不能撤销;需要改回请由交易管理岗作废相应确认单"
        raise Refusal(said, code="handed_over")
    said = rules.require_reason(reason, to="撤销原因")
    subject.state = state
    subject.save(update_fields=["state"])
    note_down(by, "cancel", subject, f"撤销{subject}:{said}", reason=said)
