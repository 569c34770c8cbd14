"""Every write to a route: written as a draft, sent up, put in force by a second person. One writer at a time."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from approvals.routes import access, queries, states
from approvals.routes.models import Route
from approvals.routes.readiness import examine
from approvals.routes.rules import read_signers, read_stages
from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch, Company
from branch.people.access import require_reentered
from branch.people.models import Person
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen

REFERENCE = Path(__file__).with_name("reference") / "routes.json"
LONGEST_ROUTE = 30
Stages = list[dict[str, Any]]


@transaction.atomic
def draft_route(
    *, kind: str, branch: Branch | None, effective_from: date, by: Person, source: Route | None = None, name: str = ""
) -> Route:
    """A new draft for the kind, the company's or a branch's own, with the stages of `source` or without any.

    Refused: an unknown kind, a first day in the past, stages of another kind.
    """
    access.require_edit(by)
    kinds = queries.kinds_known()
    if kind not in kinds:
        raise Refusal("请选择已登记的审批类别", code="unknown_kind")
    if source is not None and source.kind != kind:
        raise Refusal("只能以同一类别的流程为底", code="other_kind")
    _require_ahead(effective_from)
    _take_turn()
    last = Route.objects.of_line(kind, branch).aggregate(last=Max("version"))["last"] or 0
    given = _content(source) if source is not None else {"name": f"{kinds[kind]}审批"}
    given = {**given, "name": name.strip() or given["name"], "effective_from": effective_from, "copied_from": source}
    route = Route.objects.create(kind=kind, branch=branch, version=last + 1, state=states.DRAFT, **given)
    route.drafters.add(by)
    _log(by, "draft", route, f"拟定审批流程 {route}", source=source.pk if source else None)
    return route


def _content(source: Route) -> dict[str, Any]:
    names = ("name", "stages", "copies", "chasers", "same_person_twice", "basis")
    return {name: getattr(source, name) for name in names}


@transaction.atomic
def edit_route(
    *,
    route_id: int,
    name: str,
    basis: str,
    effective_from: date,
    effective_to: date | None,
    copies: Stages,
    chasers: Stages,
    same_person_twice: bool,
    by: Person,
    seen: str = "",
) -> Route:
    """Change what a draft says besides its stages. `seen`: stamp of `head_of` as shown; raises Overtaken on other values."""
    route = _draft(route_id, by)
    require_seen(seen, head_of(route), what=f"流程“{route}”")
    _require_ahead(effective_from)
    if effective_to is not None and route.branch_id is None:
        raise Refusal("全公司的流程不填失效日,由下一版接替", code="company_end")
    if effective_to is not None and effective_to < effective_from:
        raise Refusal("失效日不能早于生效日", code="bad_dates")
    read_signers(copies)
    read_signers(chasers)
    route.name, route.basis = name.strip(), basis.strip()
    route.effective_from, route.effective_to = effective_from, effective_to
    route.copies, route.chasers, route.same_person_twice = copies, chasers, same_person_twice
    return _write(route, by, "edit", f"修改审批流程 {route}")


def head_of(route: Route) -> dict[str, Any]:
    """What the head's form shows, for its stamp."""
    names = ("name", "basis", "effective_from", "effective_to", "copies", "chasers", "same_person_twice")
    return {name: getattr(route, name) for name in names}


@transaction.atomic
def save_stage(*, route_id: int, stage: dict[str, Any], by: Person, code: str = "", seen: str = "") -> Route:
    """Write one stage of a draft: that of `code`, or a new one at the end. Refused with every fault of the whole route.

    `seen`: stamp of the stage as shown; a colleague's other stages are no hindrance.
    """
    route = _draft(route_id, by)
    stages = list(route.stages)
    if code:
        place = _place(route, code)
        require_seen(seen, stages[place], what=f"环节“{stages[place]['label']}”")
        stages[place] = {**stage, "code": code}
    else:
        stages.append({**stage, "code": _new_code(stages)})
    return _set_stages(route, stages, by, f"{'修改' if code else '新增'}环节“{stage.get('label', '')}”")


@transaction.atomic
def move_stage(*, route_id: int, code: str, up: bool, by: Person, seen: str = "") -> Route:
    """One place up or down. `seen`: stamp of `order_of` as shown."""
    route = _draft(route_id, by)
    require_seen(seen, order_of(route), what="环节的顺序")
    stages, place = list(route.stages), _place(route, code)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(stages):
        raise Refusal("已经在最前面了" if up else "已经在最后面了", code="at_the_end")
    stages[place], stages[other] = stages[other], stages[place]
    return _set_stages(route, stages, by, f"{'上移' if up else '下移'}环节“{stages[other]['label']}”")


@transaction.atomic
def drop_stage(*, route_id: int, code: str, by: Person, seen: str = "") -> Route:
    """Take a stage out. `seen`: stamp of `order_of` as shown."""
    route = _draft(route_id, by)
    require_seen(seen, order_of(route), what="环节的顺序")
    gone = route.stages[_place(route, code)]
    return _set_stages(route, [s for s in route.stages if s is not gone], by, f"删除环节“{gone['label']}”")


@transaction.atomic
def write_stages(*, route_id: int, stages: Stages, by: Person, seen: str = "") -> Route:
    """All stages of a draft at once, as a program hands them in. `seen`: stamp of `stages_of` as read."""
    route = _draft(route_id, by)
    require_seen(seen, stages_of(route), what=f"流程“{route}”的环节")
    return _set_stages(route, stages, by, f"改写全部环节,共 {len(stages)} 个")


def order_of(route: Route) -> dict[str, Any]:
    """Which stages there are, in order, for the stamp of moves."""
    return {"codes": [stage["code"] for stage in route.stages]}


def stages_of(route: Route) -> dict[str, Any]:
    return {"stages": route.stages}


def _place(route: Route, code: str) -> int:
    found = next((i for i, stage in enumerate(route.stages) if stage["code"] == code), None)
    if found is None:
        raise Refusal("这个环节已被删除,请刷新页面", code="stage_gone")
    return found


def _new_code(stages: Stages) -> str:
    taken = {stage["code"] for stage in stages}
    return next(code for number in range(1, LONGEST_ROUTE + 2) if (code := f"stage_{number}") not in taken)


def _set_stages(route: Route, stages: Stages, by: Person, what: str) -> Route:
    if len(stages) > LONGEST_ROUTE:
        raise Refusal(f"一个流程最多 {LONGEST_ROUTE} 个环节", code="too_long")
    if stages:
        read_stages(stages)
    route.stages = stages
    return _write(route, by, "edit_stages", f"审批流程 {route}:{what}")


@transaction.atomic
def propose_route(*, route_id: int, by: Person, aware: bool = False) -> Route:
    """Send a draft up to a second person. Its content is fixed until it is confirmed or comes back.

    Refused: every fault of `readiness.examine`; branches that lack somebody, unless the sender is `aware`; a first day in the
    past; another version of the line that is waiting (both are shown); one that begins later and is already confirmed.
    """
    route = _locked(route_id)
    access.require_edit(by)
    state = states.ROUTE.after(route.state, "propose")
    _require_sound(route, aware=aware)
    _require_alone(route)
    _require_ahead(route.effective_from)
    _require_room(route)
    route.state, route.proposed_by, route.proposed_at, route.reason = state, by, timezone.now(), ""
    route.save()
    _log(by, "propose", route, f"提交审批流程 {route} 待确认", digest=route.digest, aware=aware)
    others = [p for p in queries.editors() if not route.drafters.filter(pk=p.pk).exists() and p.pk != by.pk]
    key = f"route:{route.pk}:proposed:{route.proposed_at:%Y%m%d%H%M%S}"
    tell(others, f"{by.name}提交了审批流程“{route}”,等您确认", key=key, link=route.get_absolute_url())
    return route


@transaction.atomic
def withdraw_route(*, route_id: int, by: Person) -> Route:
    """The makers take it back to a draft."""
    route = _locked(route_id)
    access.require_maker(by, route)
    route.state = states.ROUTE.after(route.state, "withdraw")
    route.save(update_fields=["state"])
    _log(by, "withdraw", route, f"撤回提交的审批流程 {route}")
    return route


@transaction.atomic
def return_route(*, route_id: int, reason: str, by: Person) -> Route:
    """The second person sends it back to a draft, saying why."""
    route = _locked(route_id)
    access.require_second(by, route, act="退回审批流程")
    if not reason.strip():
        raise Refusal("请写明退回的原因,让拟稿人知道要改什么", code="reason_required")
    route.state, route.reason = states.ROUTE.after(route.state, "return"), reason.strip()[:200]
    route.save(update_fields=["state", "reason"])
    _log(by, "return", route, f"退回审批流程 {route}:{route.reason}")
    _tell_makers(route, f"审批流程“{route}”被{by.name}退回:{route.reason}", f"returned:{timezone.now():%Y%m%d%H%M%S}")
    return route


@transaction.atomic
def confirm_route(*, route_id: int, seen_digest: str, by: Person, reentered: bool = False) -> Route:
    """The second person puts it in force, with the password again; the version before ends the day before.

    Refused: a maker; other content than was seen; a first day that has passed meanwhile; faults that have come up since.
    """
    route = _locked(route_id)
    state = states.ROUTE.after(route.state, "confirm")
    access.require_second(by, route)
    if route.digest != seen_digest:
        raise Refusal("流程在您查看之后有变动,请重新核对后再确认", code="stale")
    require_reentered(reentered, to="确认审批流程")
    _require_ahead(route.effective_from)
    _require_sound(route, aware=True)
    _require_room(route)
    ended = _make_room(route, by)
    route.state, route.confirmed_by, route.confirmed_at = state, by, timezone.now()
    route.save()
    _log(by, "confirm", route, f"确认审批流程 {route} 自 {route.effective_from} 起生效", digest=route.digest, ended=ended)
    _tell_makers(route, f"审批流程“{route}”已由{by.name}确认,自 {route.effective_from} 起生效", "confirmed")
    return route


@transaction.atomic
def drop_route(*, route_id: int, by: Person) -> Route:
    """A draft that is not wanted; it stays readable."""
    route = _locked(route_id)
    access.require_edit(by)
    route.state = states.ROUTE.after(route.state, "drop")
    route.save(update_fields=["state"])
    _log(by, "drop", route, f"作废审批流程草案 {route}")
    return route


def _take_turn() -> None:
    """One writer of routes at a time: they are written a few times a year, and what one does decides what the next may do."""
    list(Company.objects.select_for_update().order_by("pk")[:1])


def _locked(route_id: int) -> Route:
    _take_turn()
    rows = Route.objects.select_for_update(of=("self",)).select_related("branch", "proposed_by").filter(pk=route_id)
    route = rows.first()
    if route is None:
        raise Unknown("没有这个审批流程", code="unknown")
    return route


def _draft(route_id: int, by: Person) -> Route:
    """A draft, locked, to be written at."""
    route = _locked(route_id)
    access.require_edit(by)
    states.ROUTE.after(route.state, "edit")
    return route


def _write(route: Route, by: Person, verb: str, summary: str) -> Route:
    before = Route.objects.get(pk=route.pk).digest
    route.save()
    route.drafters.add(by)
    _log(by, verb, route, summary, before=before, after=route.digest)
    return route


def _require_ahead(day: date) -> None:
    if day < timezone.localdate():
        raise Refusal(f"生效日 {day} 已过,流程只能自今天或以后的一天起生效,请改填生效日", code="past")


def _require_sound(route: Route, *, aware: bool) -> None:
    found = examine(route, timezone.localdate())
    if found.faults:
        raise Refusal("这一版流程走不完,没有提交,请按下列各条改正", code="unfillable", items=list(found.faults))
    if found.gaps and not aware:
        told = [gap.words for gap in found.gaps]
        raise Refusal("下列营业部现在走不完这个流程;补齐人员,或勾选“已知悉”后再提交", code="short", items=told)


def _require_alone(route: Route) -> None:
    """One version of a line waits at a time; the second editor sees what the other says."""
    other = queries.pending_of(route)
    if other is None:
        return
    rows = queries.compared(other, route)
    told = [f"{row.section} {row.label}:那一版是“{row.old or '无'}”,您的是“{row.new or '无'}”" for row in rows]
    who = f"{other.proposed_by.name}提交的" if other.proposed_by else ""
    raise Refusal(
        f"同一流程已有{who}第 {other.version} 版待确认,请先确认或退回那一版;两版的不同如下",
        code="second_proposal",
        items=told or ["两版内容相同"],
    )


def _standing(route: Route) -> Any:
    return Route.objects.select_for_update(of=("self",)).of_line(route.kind, route.branch).filter(state=states.ACTIVE)


def _require_room(route: Route) -> None:
    """Versions follow each other: none is put before one that is confirmed already."""
    begins_within = Q(effective_from__gt=route.effective_from)
    if route.effective_to is not None:
        begins_within &= Q(effective_from__lte=route.effective_to)
    later = _standing(route).filter(begins_within).order_by("effective_from").first()
    if later is not None:
        raise Refusal(f"第 {later.version} 版已确认自 {later.effective_from} 起生效,请把生效日改到那一天或以后", code="overlap")


def _make_room(route: Route, by: Person) -> list[str]:
    """End the version that stands on the first day, the day before; one that began the same day gives way altogether."""
    first, done = route.effective_from, []
    for former in _standing(route).filter(Q(effective_to=None) | Q(effective_to__gte=first), effective_from__lte=first):
        if former.effective_from == first:
            former.state, former.reason = states.ROUTE.after(former.state, "end"), f"由第 {route.version} 版接替"
        else:
            former.effective_to = first - timedelta(days=1)
        former.save(update_fields=["state", "reason", "effective_to"])
        _log(by, "end", former, f"审批流程 {former} 由第 {route.version} 版接替", effective_to=former.effective_to)
        done.append(str(former))
    return done


def _tell_makers(route: Route, text: str, event: str) -> None:
    makers = [*route.drafters.all(), *([route.proposed_by] if route.proposed_by else [])]
    tell(makers, text, key=f"route:{route.pk}:{event}", link=route.get_absolute_url())


def _log(by: Person, verb: str, route: Route, summary: str, **details: Any) -> None:
    code = route.branch.code if route.branch else ""
    record(by=by, act=f"routes.{verb}", subject=route, summary=summary, branch_code=code, **details)


@transaction.atomic
def seed_routes(path: Path = REFERENCE) -> int:
    """Put the reference routes in force, once. Returns how many the file has; a used version is never changed, nor a line that
    people of the house have written at."""
    entries = json.loads(path.read_text(encoding="utf-8"))["routes"]
    for entry in entries:
        _seed_route(entry)
    return len(entries)


def _seed_route(entry: dict[str, Any]) -> None:
    read_stages(entry["stages"])
    read_signers(entry.get("copies", []))
    read_signers(entry.get("chasers", []))
    if Route.objects.of_line(entry["kind"], None).filter(drafters__isnull=False).exists():
        return
    values = {
        "name": entry["name"],
        "effective_from": date.fromisoformat(entry["effective_from"]),
        "state": states.ACTIVE,
        "stages": entry["stages"],
        "copies": entry.get("copies", []),
        "chasers": entry.get("chasers", []),
        "same_person_twice": entry.get("same_person_twice", False),
        "basis": entry.get("basis", ""),
    }
    key = {"kind": entry["kind"], "branch": None, "version": entry["version"]}
    route, created = Route.objects.get_or_create(**key, defaults=values)
    changed = [name for name, value in values.items() if getattr(route, name) != value]
    if changed and route.requests.exists():
        raise Refusal(f"流程“{route}”已有申请使用,不能改动;请在 routes.json 中提升版本号", code="route_used")
    if changed:
        Route.objects.filter(pk=route.pk).update(**values)
    if created or changed:
        record(by=None, act="approvals.seed_route", subject=route, summary=f"装入审批流程 {route}")
