"""调动 and 离职 as kinds of approval: what the signers see, and what follows from each of their acts."""

from __future__ import annotations

from typing import Any, cast

from approvals.requests.kinds import Document, Kind
from approvals.requests.models import Request
from branch.audit.actions import record
from branch.people.models import Person
from kernel.refusals import Unknown
from kernel.transitions import Moves
from teams.plans.moves import access, handing, states
from teams.plans.moves.models import Leaving, Move

MOVE_KIND, LEAVING_KIND = "posting_move", "leaving"
Subject = Move | Leaving
MODELS: dict[str, tuple[type[Subject], Moves, tuple[str, ...]]] = {
    MOVE_KIND: (
        Move,
        states.MOVE,
        ("from_team", "from_group", "from_outlet", "to_team", "to_group", "to_outlet", "accepted_by"),
    ),
    LEAVING_KIND: (Leaving, states.LEAVING, ("team",)),
}


def subject_of(request: Request) -> Subject:
    """What a request is about, read once for each request object."""
    kept: dict[str, Subject] = request.__dict__.setdefault("_about", {})
    if request.kind not in kept:
        model, _, related = MODELS[request.kind]
        found = model._default_manager.filter(approval=request).select_related("branch", "person", "made_by", *related).first()
        if found is None:
            raise Unknown("这份申请没有对应的调动或离职")
        kept[request.kind] = found
    return kept[request.kind]


def describe_move(request: Request) -> Document:
    move = cast("Move", subject_of(request))
    facts: list[tuple[str, Any]] = [
        ("人员", str(move.person)),
        ("现在", move.from_words),
        ("调到", move.to_words),
        ("调动日期", move.effective_on),
        ("原因", move.reason),
        ("拟调", move.made_by.name),
    ]
    if move.accepted_by is not None:
        facts.append(("接收团队同意", move.accepted_by.name))
    return Document(facts, move.get_absolute_url())


def describe_leaving(request: Request) -> Document:
    leaving = cast("Leaving", subject_of(request))
    facts: list[tuple[str, Any]] = [
        ("人员", str(leaving.person)),
        ("团队", leaving.team.name if leaving.team else leaving.branch.name),
        ("离职类别", leaving.get_kind_display()),
        ("最后工作日", leaving.last_day),
        ("原因", leaving.reason),
        ("提出", leaving.made_by.name),
    ]
    return Document(facts, leaving.get_absolute_url())


def current_digest(request: Request) -> str:
    """The content as it is now; what is no longer being signed has none."""
    subject = subject_of(request)
    return subject.digest if subject.state == states.APPROVING else ""


def may_see(person: Person, request: Request) -> bool:
    model = MODELS[request.kind][0]
    return model.objects.visible_to(person).filter(approval=request).exists()


def may_act_for(person: Person, request: Request) -> None:
    access.require_may_act_for(person, subject_of(request))


def _moved(request: Request, act: str, by: Person, words: str) -> Subject:
    """The subject after the act, under its own lock; the request's lock is already held."""
    model, table, related = MODELS[request.kind]
    rows = model._default_manager.select_for_update(of=("self",)).select_related("branch", "person", "made_by", *related)
    subject = rows.get(approval=request)
    subject.state = table.after(subject.state, act)
    subject.save(update_fields=["state"])
    request.__dict__.pop("_about", None)
    note_down(by, act, subject, f"{subject}{words}")
    return subject


def on_approved(request: Request, by: Person) -> None:
    """The last signature: the client list is made, and waits for giver, receivers and witness."""
    handing.make_list(_moved(request, "approve", by, "已批准,等待交接"))


def on_returned(request: Request, by: Person) -> None:
    _moved(request, "return", by, "被退回")


def on_rejected(request: Request, by: Person) -> None:
    _moved(request, "reject", by, "被驳回")


def on_withdrawn(request: Request, by: Person) -> None:
    _moved(request, "withdraw", by, "撤回报批")


def note_down(by: Person, act: str, subject: Subject, summary: str, **details: Any) -> None:
    """The audit row of an act on a move or leaving."""
    what = "move" if isinstance(subject, Move) else "leaving"
    record(by=by, act=f"plans.{what}_{act}", subject=subject, summary=summary, branch_code=subject.branch.code, **details)


def move_facts(move: Move) -> dict[str, Any]:
    return {**move.content, "crosses_teams": move.crosses_teams}


def leaving_facts(leaving: Leaving, *, by_leader: bool, by_manager: bool) -> dict[str, Any]:
    """`by_leader`, `by_manager`: who filed it has agreed by filing, so that their stage is passed over."""
    return {**leaving.content, "by_leader": by_leader, "by_manager": by_manager}


_ALIKE: dict[str, Any] = {
    "on_approved": on_approved,
    "on_returned": on_returned,
    "on_rejected": on_rejected,
    "on_withdrawn": on_withdrawn,
    "may_act_for": may_act_for,
    "may_see": may_see,
    "may_open": may_see,
    "digest": current_digest,
    "transferable": True,
    "one_up": True,
}
POSTING_MOVE = Kind(
    code=MOVE_KIND,
    label="网点与团队调动",
    describe=describe_move,
    phrases=("同意", "请写明调动原因", "请与接收团队商定日期后重报"),
    fact_labels={
        "person": "人员",
        "from": "现在",
        "to": "调到",
        "effective_on": "调动日期",
        "reason": "原因",
        "crosses_teams": "跨团队",
    },
    **_ALIKE,
)
LEAVING = Kind(
    code=LEAVING_KIND,
    label="离职",
    describe=describe_leaving,
    phrases=("同意", "请当面沟通后重报", "最后工作日请改到月末"),
    fact_labels={
        "person": "人员",
        "kind": "离职类别",
        "last_day": "最后工作日",
        "reason": "原因",
        "by_leader": "由负责人或经理提出",
        "by_manager": "由经理提出",
    },
    **_ALIKE,
)
