"""选定签署方: the signer of one stage names who sits at a later one (渠道管理部注明必须会签的部门)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.models import Request, Stage
from approvals.requests.planning import carried_stages, chosen_stages, offered, open_wants, require_fillable
from approvals.requests.progress import seat_people
from approvals.requests.states import STAGE_MOVES, StageState
from approvals.routes.rules import Mode, StageRule, read_stages
from branch.people.models import Person
from kernel.refusals import Refusal


def require_choice(
    request: Request, stage: Stage, chosen: Mapping[str, Sequence[str]] | None, opinion: str
) -> dict[str, dict[str, list[str]]]:
    """What the decision keeps of the choice: {"chosen": {stage code: seat keys}}, or nothing where there is none to make.

    Refused: no choice, a seat that isn't offered, none where one is needed, none without a reason, several for 单签.
    """
    rules = chosen_stages(request, stage)
    given = {code: list(dict.fromkeys(keys)) for code, keys in (chosen or {}).items()}
    odd = set(given) - {rule.code for rule in rules}
    if odd:
        raise Refusal("本环节不能选定这些环节的签署方,请刷新页面后再签署", code="bad_choice")
    if not rules:
        return {}
    day = timezone.localdate()
    for rule in rules:
        if rule.code not in given:
            raise Refusal(f"同意时须选定“{rule.label}”由谁签署", code="choice_required")
        _require_keys(rule, given[rule.code], {seat.key for seat in offered(request, rule, day)}, opinion)
    return {"chosen": given}


def _require_keys(rule: StageRule, keys: list[str], known: set[str], opinion: str) -> None:
    if not keys and not rule.may_be_none:
        raise Refusal(f"请至少为“{rule.label}”选定一个签署方", code="choice_required")
    if not keys and not opinion:
        raise Refusal(f"“{rule.label}”无须任何签署方时,请在意见中写明理由", code="opinion_required")
    if any(key not in known for key in keys):
        raise Refusal(f"选定的签署方不在“{rule.label}”可选的范围内,请重新选择", code="bad_choice")
    if rule.mode == Mode.SINGLE and len(keys) > 1:
        raise Refusal(f"“{rule.label}”为单签,只能选定一个签署方", code="bad_choice")


def apply_choice(
    request: Request, stage: Stage, chosen: Mapping[str, Sequence[str]], by: Person, now: datetime, *, reason: str
) -> None:
    """Seat the chosen, or skip the stage; refused, by name, where nobody could sit."""
    if not chosen:
        return
    day = timezone.localdate(now)
    rules: dict[str, StageRule] = {rule.code: rule for rule in read_stages(request.route_snapshot["stages"])}
    for code, keys in chosen.items():
        later = Stage.objects.get(request=request, round=request.round, code=code)
        later.seats.all().delete()  # who signs beside the first of a 或签 chooses again; nobody has sat there yet
        seats = [seat for seat in offered(request, rules[code], day) if seat.key in keys]
        seat_people(later, seats, added_by=by)
        if not seats:
            Stage.objects.filter(pk=later.pk).update(state=STAGE_MOVES.after(later.state, "skip"))
        words = "、".join(seat.label for seat in seats) or f"无须签署,理由:{reason}"
        data: dict[str, Any] = {"stage": code, "keys": list(keys), "by_stage": stage.code}
        base.note(request, Event.CHOSEN, by, now, f"{later.label}:{words}", **data)
    signed = Stage.objects.filter(request=request, round=request.round).exclude(state=StageState.WAITING)
    wants = [want for want in open_wants(request) if want.code != stage.code]
    require_fillable(request, wants, signed_in=[*signed, *carried_stages(request)], verb="签署")
