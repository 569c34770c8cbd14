from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from branch import changes
from branch.audit.actions import record
from branch.org.models import Branch, Group, Outlet, Team, Unit
from branch.people import access
from branch.people.actions import end_sessions
from branch.people.models import Leadership, Person, Posting
from branch.people.queries import current
from branch.people.register import refuse_leaving
from branch.people.roles import Power
from branch.structure import leading, register
from branch.structure.access import require_leader_change
from branch.structure.beginning import needs
from kernel.refusals import Refusal
from kernel.seen import require_seen

SHOWN_FIELDS = ("name", "short_name", "code", "document_prefix", "groups_per_team", "opened_on", "begun_on", "closed_on")
OUTLET_FIELDS = ("opens_at", "closes_at", "open_on_weekends")


def branch_of(unit: Unit) -> Branch | None:
    """The branch a unit belongs to; None for the company and head-office departments."""
    if isinstance(unit, Branch):
        return unit if unit.pk else None
    if isinstance(unit, Team | Outlet):
        return unit.branch
    return unit.team.branch if isinstance(unit, Group) else None


@transaction.atomic
def save_unit(*, unit: Unit, by: Person, seen: str = "") -> Unit:
    """Create or change a part of the organisation. A unit with people in it can't be closed; a new team is 筹办中.

    `seen` is the stamp of the values the person had before them; raises Overtaken when a colleague has changed them since.
    """
    access.require(by, Power.ORG_EDIT, branch=branch_of(unit), to="维护组织")
    model: Any = type(unit)
    former = model.objects.select_for_update().filter(pk=unit.pk).first() if unit.pk else None
    if isinstance(unit, Team):
        _settle_beginning(unit, former)
    try:
        unit.full_clean()
    except ValidationError as error:
        raise Refusal(
            "内容有误,请改正", items=[message for messages in error.message_dict.values() for message in messages]
        ) from error
    _check_closing(unit)
    if former is not None:
        require_seen(seen, values(former), what=f"“{former}”")
    unit.save()
    changes = _differences(former, unit)
    if not changes:
        return unit
    where = branch_of(unit)
    verb = "修改" if former else "新建"
    record(
        by=by,
        act="org.change" if former else "org.create",
        subject=unit,
        summary=f"{verb}{KIND_LABELS[model.__name__.lower()]}“{unit}”",
        branch_code=where.code if where else "",
        changes=changes,
    )
    return unit


KIND_LABELS = {"company": "公司", "department": "部门", "branch": "营业部", "team": "团队", "group": "小组", "outlet": "网点"}


def _check_closing(unit: Unit) -> None:
    if unit.closed_on is None:
        return
    if unit.closed_on < unit.opened_on:
        raise Refusal("撤销日不能早于设立日")
    field = {Team: "team", Group: "group", Outlet: "outlet", Branch: "branch"}.get(type(unit))
    if field is None or not unit.pk:
        return
    people = Posting.objects.filter(**{field: unit}, effective_to=None).select_related("person")
    names = [str(posting.person) for posting in people[:10]]
    if names:
        raise Refusal(f"“{unit}”还有在岗人员,请先调动后再撤销:{'、'.join(names)}")


def _settle_beginning(team: Team, former: Team | None) -> None:
    """A team begins by `activate_team` only, whatever was handed in; and never before it was set up."""
    team.begun_on = former.begun_on if former is not None else None
    if team.begun_on is not None and team.begun_on < team.opened_on:
        if team.opened_on > timezone.localdate() >= team.begun_on:
            raise Refusal(f"“{team}”已经启用,设立日不能晚于今天")
        team.begun_on = team.opened_on


@transaction.atomic
def activate_team(*, team: Team, on: date, by: Person) -> Team:
    """启用: the team works from `on` (today or later). Refused, with all that is missing, until it has a leader and what the
    guards of `register` ask for: an approved plan with its target accounts (art. 3). A day still to come may be changed."""
    access.require(by, Power.ORG_EDIT, branch=team.branch, to="启用团队")
    locked = Team.objects.select_for_update(of=("self",)).select_related("branch").get(pk=team.pk)
    today = timezone.localdate()
    if locked.has_begun(today):
        raise Refusal(f"“{locked}”自 {locked.begun_on} 起已经启用", code="begun")
    if on < max(today, locked.opened_on):
        raise Refusal("启用日不能早于今天,也不能早于设立日", code="bad_day")
    if locked.closed_on is not None and locked.closed_on < on:
        raise Refusal(f"“{locked}”已撤销,不能启用", code="closed")
    lacking = [need.sentence for need in needs(locked, on) if not need.met]
    if lacking:
        raise Refusal(f"“{locked}”还不能启用(指引第三条)", code="not_ready", items=lacking)
    former, locked.begun_on = locked.begun_on, on
    locked.save(update_fields=["begun_on"])
    record(
        by=by,
        act="org.activate",
        subject=locked,
        summary=f"启用团队“{locked}”,启用日 {on}",
        branch_code=locked.branch.code,
        changes={"begun_on": [str(former or ""), str(on)]},
    )
    register.begun(locked, by)
    return locked


@transaction.atomic
def change_leader(*, unit: Team | Group, person: Person, since: date, by: Person) -> Leadership:
    """`person` leads the team or group from `since`, the former leader until the day before: one leader a unit and day (art. 7).

    Postings (团队负责人, 小组长 ↔ 客户经理) and roles follow. What else the new leader led ends the day before too.
    """
    branch = branch_of(unit)
    assert branch is not None  # a team or group always has one
    Branch.objects.select_for_update().get(pk=branch.pk)
    require_leader_change(by, branch)
    if by.pk == person.pk:
        raise Refusal("不能任命自己为负责人,请由另一位有权限的同事办理")
    former = Leadership.objects.filter(current(since), leading.led(unit)).select_related("person", "team", "group").first()
    if former is not None and former.person_id == person.pk:
        raise Refusal(f"{person}在 {since} 已经是“{unit}”的负责人")
    leading.check_candidate(unit, person, since)
    leading.check_later(unit, person, former, since)
    for one in (person, former.person if former else None):
        if one is not None:
            refuse_leaving(one, since - timedelta(1))
    others = Leadership.objects.filter(current(since), person=person).select_related("person", "team", "group")
    stepping_down = [*([former] if former else []), *others]
    for row in stepping_down:
        leading.step_down(row, since)
        if since <= timezone.localdate():
            end_sessions(row.person)
    begun = leading.take_over(unit, person, since)
    for row in stepping_down:  # told once the new leader leads: what waited for the former goes there
        changes.ended(changes.What.LEADERSHIP, row.person_id, since)
    changes.begun(changes.What.LEADERSHIP, person.pk, since)
    before = former.person if former else None
    record(
        by=by,
        act="org.leader_change",
        subject=unit,
        summary=f"“{branch.name} {unit}”自 {since} 起由{person}负责,原负责人:{before or '没有'}",
        branch_code=branch.code,
        since=since,
        former=before.staff_no if before else "",
        leader=person.staff_no,
    )
    return begun


def values(unit: Unit) -> dict[str, Any]:
    """What a page shows of a unit to be changed."""
    return {name: getattr(unit, name) for name in (*SHOWN_FIELDS, *OUTLET_FIELDS) if hasattr(unit, name)}


def _differences(former: Unit | None, unit: Unit) -> dict[str, list[str]]:
    before = values(former) if former else {}
    changed = {name: (before.get(name), after) for name, after in values(unit).items() if before.get(name) != after}
    return {name: [str(old or ""), str(new or "")] for name, (old, new) in changed.items()}
