"""委托代签: for some days another person signs for one, on requests of some kinds or of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from approvals.requests import access
from approvals.requests.kinds import kind_of
from approvals.routes.models import Delegation
from branch.audit.actions import record
from branch.notices.actions import tell
from branch.people.actions import LONGEST_DELEGATION
from branch.people.models import Person
from branch.people.queries import with_left
from kernel.refusals import Refusal, Unknown


@transaction.atomic
def delegate(*, to: Person, kinds: Sequence[str], since: date, until: date, reason: str, by: Person) -> Delegation:
    """Let `to` sign for `by` from day to day (both included), on requests of `kinds` (none: of all). Only for signing.

    Refused: oneself, who can't sign in, days past or too many, kinds unknown, and any chain: who signs for another in those days
    does not lend, who has lent does not sign for another.
    """
    list(Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[by.pk, to.pk]).order_by("pk"))
    if to.pk == by.pk:
        raise Refusal("不能委托给自己", code="same_person")
    access.require_sign_in(to)
    _require_days(since, until)
    if not reason.strip():
        raise Refusal("请写明委托的原因", code="reason_required")
    known = sorted({kind_of(code).code for code in kinds})
    _require_no_chain(by, to, known, since, until)
    row = Delegation.objects.create(
        principal=by, deputy=to, kinds=known, effective_from=since, effective_to=until, reason=reason.strip()[:200]
    )
    what = "、".join(kind_of(code).label for code in known) or "全部类别"
    record(by=by, act="approvals.delegate", subject=row, summary=f"委托{to}代签{what},{since} 至 {until}", kinds=known)
    tell([to], f"{by.name}委托您代签{what},{since} 至 {until}", key=f"delegation:{row.pk}:begun")
    return row


@transaction.atomic
def end_delegation(*, delegation_id: int, by: Person) -> Delegation:
    """End a delegation before its last day, at once, by either of the two."""
    row = (
        Delegation.objects.select_for_update(of=("self",)).select_related("principal", "deputy").filter(pk=delegation_id).first()
    )
    if row is None or by.pk not in (row.principal_id, row.deputy_id):
        raise Unknown("没有这项委托", code="unknown")
    if row.ended_at is not None or row.effective_to < timezone.localdate():
        raise Refusal("这项委托已经结束", code="wrong_state")
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    record(by=by, act="approvals.end_delegation", subject=row, summary=f"终止委托:{row}")
    other = row.deputy if by.pk == row.principal_id else row.principal
    tell([other], f"{by.name}终止了委托代签:{row}", key=f"delegation:{row.pk}:ended")
    return row


def end_delegations_of_leavers(people: Sequence[int] | None = None) -> int:
    """End what those who have left lent or were lent, each in its own transaction. `people`: only these; None: whoever it is."""
    today = timezone.localdate()
    rows = Delegation.objects.filter(ended_at=None, effective_to__gte=today)
    involved = {pk for pair in rows.values_list("principal", "deputy") for pk in pair}
    wanted = involved if people is None else involved & set(people)
    gone = set(with_left(Person.objects.filter(pk__in=wanted), today).filter(has_left=True).values_list("pk", flat=True))
    found = rows.filter(Q(principal__in=gone) | Q(deputy__in=gone)).values_list("pk", flat=True)
    return sum(_end_for_leaving(pk, gone) for pk in list(found))


@transaction.atomic
def _end_for_leaving(delegation_id: int, gone: set[int]) -> int:
    rows = Delegation.objects.select_for_update(of=("self",)).select_related("principal", "deputy")
    row = rows.filter(pk=delegation_id, ended_at=None).first()
    if row is None:
        return 0
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    left, other = (row.principal, row.deputy) if row.principal_id in gone else (row.deputy, row.principal)
    record(by=None, act="approvals.end_delegation", subject=row, summary=f"{left}已离职,终止委托:{row}")
    tell([other], f"{left.name}已离职,委托代签已终止:{row}", key=f"delegation:{row.pk}:ended")
    return 1


def _require_days(since: date, until: date) -> None:
    if since < timezone.localdate():
        raise Refusal("委托的起日不能早于今天", code="bad_days")
    if until < since:
        raise Refusal("委托的止日不能早于起日", code="bad_days")
    if until - since > LONGEST_DELEGATION:
        raise Refusal(f"委托最长 {LONGEST_DELEGATION.days} 天,请缩短止日", code="bad_days")


def _require_no_chain(by: Person, to: Person, kinds: Sequence[str], since: date, until: date) -> None:
    """In no day and for no kind may one both lend and sign for another; nor lend the same twice to one person."""
    rows = Delegation.objects.filter(ended_at=None, effective_from__lte=until, effective_to__gte=since)
    meeting = [row for row in rows.select_related("principal", "deputy") if _share_a_kind(row.kinds, kinds)]
    for row in meeting:
        if row.principal_id == by.pk and row.deputy_id == to.pk:
            raise Refusal(f"已委托{to.name}代签({row.effective_from} 至 {row.effective_to}),无需重复委托", code="overlap")
        if row.principal_id == to.pk:
            raise Refusal("对方在此期间已委托他人代签,不能再受托,请另选一人", code="chain")
        if row.deputy_id == by.pk:
            raise Refusal(f"您在此期间代{row.principal.name}签署,不能再委托他人,请先终止那项委托", code="chain")


def _share_a_kind(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or bool(set(one) & set(other))
