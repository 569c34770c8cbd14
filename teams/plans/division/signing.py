"""分工 as a kind of approval: what the signers see, and what follows from each of their acts."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from approvals.requests.kinds import Document, Kind
from approvals.requests.models import Request
from branch.audit.actions import record
from branch.notices.actions import tell
from branch.people.models import Person
from clients.registry.dividing import Shares, divide, end_divisions
from clients.registry.models import Client
from kernel.refusals import Unknown
from teams.plans.division import queries, states
from teams.plans.division.access import require_may_drop
from teams.plans.division.models import DivisionProposal
from teams.plans.division.rules import percent

KIND = "client_division"
FACT_LABELS = {
    "act": "事项",
    "developer": "开发人",
    "service_person": "服务人",
    "developer_percent": "开发人比例(%)",
    "from_month": "生效月",
    "to_month": "终止月",
    "clients": "客户",
    "count": "客户数",
    "early": "提前生效的原因",
    "reason": "原因",
}


def proposal_of(request: Request) -> DivisionProposal:
    """The proposal a request is about. Raises Unknown."""
    rows = DivisionProposal.objects.select_related("branch", "developer", "service_person", "made_by", "approval")
    found = rows.filter(approval=request).first()
    if found is None:
        raise Unknown("这份申请没有对应的分工")
    return found


def describe(request: Request) -> Document:
    row = proposal_of(request)
    return Document(facts_of(row), row.get_absolute_url(), "plans/division/_clients.html", {"lines": queries.clients_of(row)})


def facts_of(row: DivisionProposal) -> list[tuple[str, Any]]:
    """What the two and the approvers read, as words."""
    found: list[tuple[str, Any]] = [("事项", "解除分工" if row.ends else "客户分工")]
    if row.developer_percent is None:
        found += [("开发人", row.developer), ("服务人", row.service_person)]
    else:
        found += [
            ("开发人", f"{row.developer} {percent(row.developer_percent)}"),
            ("服务人", f"{row.service_person} {percent(100 - row.developer_percent)}"),
        ]
    until = f"至{row.to_month.label}" if row.to_month else ""
    found.append(("解除自" if row.ends else "生效", f"{row.from_month.label}起{until}"))
    if row.early_reason:
        found.append(("提前生效的原因", row.early_reason))
    return [*found, ("原因", row.reason), ("发起", row.made_by.name)]


def current_digest(request: Request) -> str:
    row = proposal_of(request)
    return row.digest if row.state == states.APPROVING else ""


def may_see(person: Person, request: Request) -> bool:
    return DivisionProposal.objects.visible_to(person).filter(approval=request).exists()


def _moved(request: Request, act: str) -> DivisionProposal:
    """The proposal after the move, under its own lock; the request's lock is already held."""
    rows = DivisionProposal.objects.select_for_update(of=("self",)).select_related(
        "branch", "developer", "service_person", "made_by"
    )
    row = rows.get(approval=request)
    row.state = states.PROPOSAL.after(row.state, act)
    return row


def on_approved(request: Request, by: Person) -> None:
    """The last signature: from its month on the clients are shared so, or no longer."""
    row = _moved(request, "approve")
    clients = list(Client.objects.filter(pk__in=row.clients.values("client")).order_by("client_no"))
    if row.ends:
        end_divisions(branch=row.branch, clients=clients, from_month=row.from_month, paper=request.number, by=by)
    else:
        assert row.developer_percent is not None  # the database holds it
        shares = Shares(row.developer, row.service_person, row.developer_percent, row.from_month, row.to_month)
        divide(branch=row.branch, clients=clients, shares=shares, paper=request.number, by=by)
    settle(row, by, "approved", f"{row}获批准,自{row.from_month.label}起,{len(clients)} 户")


def on_returned(request: Request, by: Person) -> None:
    row = _moved(request, "return")
    row.developer_agreed_at = row.service_agreed_at = None  # what they agreed to is about to change
    row.save(update_fields=["state", "developer_agreed_at", "service_agreed_at"])
    note_down(by, "return", row, f"{row}的申请被退回")


def on_rejected(request: Request, by: Person) -> None:
    settle(_moved(request, "reject"), by, "reject", f"{request.number} 未获批准")


def on_withdrawn(request: Request, by: Person) -> None:
    settle(_moved(request, "withdraw"), by, "withdraw", f"{request.number} 已撤回")


def may_act_for(person: Person, request: Request) -> None:
    require_may_drop(person, proposal_of(request))


def on_taken_over(request: Request, by: Person) -> None:
    """It is changed and sent up again in the name of who took it over."""
    row = proposal_of(request)
    row.made_by = by
    row.save(update_fields=["made_by"])
    note_down(by, "take_over", row, f"{by.name}接办{row}")


def settle(row: DivisionProposal, by: Person, act: str, said: str) -> None:
    """Decided: its clients may be proposed again, and the two are told."""
    row.save()
    row.clients.update(waiting=False)
    note_down(by, act, row, f"{row}:{said}")
    inform(row, by, f"客户分工:{said}", act)


def inform(row: DivisionProposal, by: Person, said: str, act: str) -> None:
    """Tell the two and who made it, except the one who acts."""
    people = [person for person in (row.developer, row.service_person, row.made_by) if person.pk != by.pk]
    key = f"division:{row.pk}:{act}:{timezone.now():%Y%m%d%H%M%S%f}"
    tell(people, said, key=key, link=reverse("plans:proposal-detail", args=[row.pk]))


def note_down(by: Person, act: str, row: DivisionProposal, summary: str, **details: Any) -> None:
    """The audit row of an act on a proposal."""
    record(by=by, act=f"division.{act}", subject=row, summary=summary, branch_code=row.branch.code, **details)


def title_of(row: DivisionProposal) -> str:
    return f"{row}({row.clients.count()} 户,自{row.from_month.label}起)"


CLIENT_DIVISION = Kind(
    code=KIND,
    label="客户分工",
    describe=describe,
    on_approved=on_approved,
    on_returned=on_returned,
    on_rejected=on_rejected,
    on_withdrawn=on_withdrawn,
    on_taken_over=on_taken_over,
    may_act_for=may_act_for,
    may_see=may_see,
    may_open=may_see,
    digest=current_digest,
    transferable=True,
    one_up=True,
    phrases=("同意", "比例请按实际分工重新商定", "请从下月起生效"),
    fact_labels=FACT_LABELS,
)
