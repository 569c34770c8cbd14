"""Writes of proposals: made, agreed to or declined by the two, changed after a 退回, taken back. Shared is in the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import has_left
from clients.registry.dividing import Shares, hold_clients, objections, require_no, require_shares
from clients.registry.models import Client, Division
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.division import access, queries, rules, signing, states
from teams.plans.division.models import DivisionProposal, ProposedClient
from teams.plans.division.signing import inform, note_down


@dataclass(frozen=True)
class Wish:
    """What is proposed: with `shares` the two and their parts, without them the end of what the clients share."""

    clients: Sequence[Client]
    from_month: Month
    reason: str
    early_reason: str = ""
    shares: Shares | None = None


@transaction.atomic
def propose(*, branch: Branch, wish: Wish, by: Person) -> DivisionProposal:
    """A proposal to one of the two or both; who has made it has agreed. Where nobody is left to ask it goes up at once."""
    row = DivisionProposal(branch=branch, made_by=by)
    _fill(row, wish, by)
    note_down(by, "propose", row, f"{row}:申请 {len(wish.clients)} 户,自{row.from_month.label}起", content=row.content)
    return _asked(row, by)


@transaction.atomic
def edit_proposal(*, proposal_id: int, wish: Wish, by: Person, seen: str = "") -> DivisionProposal:
    """Another wording of one that was declined or returned: both are asked anew. Raises Overtaken where `seen` is not what is."""
    row = locked(proposal_id)
    access.require_maker(by, row)
    row.state = states.PROPOSAL.after(row.state, "edit")
    require_seen(seen, row.content, what="这份分工申请")
    before = row.digest
    row.developer_agreed_at = row.service_agreed_at = row.declined_by = None
    row.note = ""
    _fill(row, wish, by)
    note_down(by, "edit", row, f"{row}:修改后再次征求意见", before=before, content=row.content)
    return _asked(row, by)


@transaction.atomic
def agree(*, proposal_id: int, by: Person, seen: str = "") -> DivisionProposal:
    """One of the two agrees; after the last one it goes to the approvers. Raises Overtaken where `seen` is not what is."""
    row = locked(proposal_id)
    access.require_may_answer(by, row)
    row.state = states.PROPOSAL.after(row.state, "agree")
    require_seen(seen, row.content, what="这份分工申请")
    _mark_agreed(row, by)
    row.save()
    note_down(by, "agree", row, f"{by.name}同意{row}", digest=row.digest)
    return _sent(row) if not _still_asked(row) else row


@transaction.atomic
def decline(*, proposal_id: int, reason: str, by: Person) -> DivisionProposal:
    """One of the two does not agree: back to who has made it, with the reason."""
    row = locked(proposal_id)
    access.require_may_answer(by, row)
    row.state = states.PROPOSAL.after(row.state, "decline")
    if not reason.strip():
        raise Refusal("请写明不同意的原因,发起人据此修改", code="reason_missing")
    row.declined_by, row.note = by, reason.strip()[:200]
    row.developer_agreed_at = row.service_agreed_at = None
    row.save()
    note_down(by, "decline", row, f"{by.name}不同意{row}", reason=row.note)
    inform(row, by, f"{by.name}不同意{row}:{row.note}", "decline")
    return row


@transaction.atomic
def drop(*, proposal_id: int, reason: str, by: Person) -> DivisionProposal:
    """Its maker takes it back, or the branch's managers do; where it was sent up once, the request is withdrawn with it."""
    row = locked(proposal_id)
    access.require_may_drop(by, row)
    if row.state in (states.CONSULTING, states.RETURNED) and row.approval is not None:
        approvals.withdraw(request_id=row.approval.pk, reason=reason, by=by)
        return locked(proposal_id)
    row.state, row.note = states.PROPOSAL.after(row.state, "drop"), reason.strip()[:200]
    signing.settle(row, by, "drop", f"{by.name}已撤回")
    return row


def locked(proposal_id: int) -> DivisionProposal:
    """The row, locked for this transaction; its request before it, as every signature takes them. Raises Unknown."""
    asked = DivisionProposal.objects.filter(pk=proposal_id).values("approval")
    Request.objects.select_for_update().filter(pk__in=asked).first()
    rows = DivisionProposal.objects.select_for_update(of=("self",))
    found = rows.select_related("branch", "developer", "service_person", "made_by", "approval").filter(pk=proposal_id).first()
    if found is None:
        raise Unknown("没有这份分工申请")
    return found


def _fill(row: DivisionProposal, wish: Wish, by: Person) -> None:
    """Everything that can be known now is checked now; the last signature checks it again."""
    access.require_may_propose(by, row.branch)
    rules.require_reason(wish.reason, len(wish.clients))
    rules.require_begin(wish.from_month, Month.of(timezone.localdate()), wish.early_reason)
    shut = queries.locked_since(row.branch, wish.from_month)
    if shut is not None:
        raise Refusal(f"{shut.label}的业务数据已复核锁定,分工只能从{shut.next.label}或以后的月份起", code="month_locked")
    hold_clients(wish.clients)
    busy = queries.waiting_elsewhere(wish.clients, row if row.pk else None)
    said = [f"{one.client.name}({one.client.client_no}):{one.proposal.made_by.name}已申请分工,尚未定下" for one in busy]
    require_no(said, what="已有未定的分工申请,请等它定下或撤回后再办")
    shares = wish.shares or _shared_by(row.branch, wish)
    if wish.shares is not None:
        require_shares(row.branch, shares)
        require_no(objections(row.branch, wish.clients, shares), what="不能这样分工,请改正后再提交")
    row.ends, row.developer, row.service_person = wish.shares is None, shares.developer, shares.service_person
    row.developer_percent = shares.developer_percent if wish.shares else None
    row.from_month, row.to_month = wish.from_month, wish.shares.to_month if wish.shares else None
    row.reason, row.early_reason = wish.reason.strip()[:200], wish.early_reason.strip()[:200]
    row.save()
    row.clients.exclude(client__in=[client.pk for client in wish.clients]).delete()
    there = set(row.clients.values_list("client", flat=True))
    fresh = [ProposedClient(proposal=row, client=client) for client in wish.clients if client.pk not in there]
    ProposedClient.objects.bulk_create(fresh)


def _shared_by(branch: Branch, wish: Wish) -> Shares:
    """The two who share all these clients in that month. Raises Refusal where one is not shared, or by other two."""
    ids = [client.pk for client in wish.clients]
    rows = Division.objects.standing(wish.from_month).filter(client__in=ids, branch=branch)
    shared = {one.client_id: one for one in rows.select_related("developer", "service_person")}
    none = [f"{one.name}({one.client_no}):{wish.from_month.label}起没有分工" for one in wish.clients if one.pk not in shared]
    require_no(none, what="没有可以解除的分工")
    pairs = {(one.developer, one.service_person) for one in shared.values()}
    if len(pairs) > 1:
        said = [f"{one.developer.name}与{one.service_person.name}" for one in shared.values()]
        raise Refusal(
            "所选客户的分工人员不同,请按同一对开发人和服务人分别申请解除", code="several_pairs", items=list(dict.fromkeys(said))
        )
    ((developer, service_person),) = pairs
    return Shares(developer, service_person, Decimal(0), wish.from_month)


def _mark_agreed(row: DivisionProposal, by: Person) -> None:
    now = timezone.now()
    if by.pk == row.developer_id:
        row.developer_agreed_at = now
    if by.pk == row.service_person_id:
        row.service_agreed_at = now


def _still_asked(row: DivisionProposal) -> list[Person]:
    """Who of the two has still to agree. Of somebody who has left nobody waits for an answer."""
    today = timezone.localdate()
    both = ((row.developer, row.developer_agreed_at), (row.service_person, row.service_agreed_at))
    return [person for person, agreed in both if agreed is None and not has_left(person, today)]


def _asked(row: DivisionProposal, by: Person) -> DivisionProposal:
    _mark_agreed(row, by)
    row.save()
    if not _still_asked(row):
        return _sent(row)
    said = f"{by.name}申请{signing.title_of(row)},请您确认"
    inform(row, by, said, "ask")
    return row


def _sent(row: DivisionProposal) -> DivisionProposal:
    """To the approvers, in the name of who has made it; again after a 退回."""
    row.state = states.PROPOSAL.after(row.state, "send")
    maker = row.made_by
    given: dict[str, Any] = {"content_digest": row.digest, "facts": row.content, "by": maker, "title": signing.title_of(row)}
    if row.approval is not None:
        row.approval = approvals.resubmit(request_id=row.approval.pk, **given)
    else:
        row.approval = approvals.submit(kind=signing.KIND, branch=row.branch, applicant=maker, **given)
    row.save()
    note_down(maker, "send", row, f"{row}双方已同意,报送审批", number=row.approval.number, round=row.approval.round)
    return row
