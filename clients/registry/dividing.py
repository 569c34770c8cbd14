"""Every write of divisions: made and ended for what was approved, ended and brought back with the relation they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from branch.audit.actions import record
from branch.org.models import Branch
from branch.people.employment import employed_in
from branch.people.models import Person
from clients.registry import register
from clients.registry.models import Client, ConfirmationSlip, Division, Relation
from kernel.months import Month
from kernel.refusals import Refusal

MOST_SAID = 20  # sentences about clients in one refusal


@dataclass(frozen=True)
class Shares:
    """Who develops, who serves, the developer's part in percent, from which month to which (None: until it is changed)."""

    developer: Person
    service_person: Person
    developer_percent: Decimal
    from_month: Month
    to_month: Month | None = None


def require_shares(branch: Branch, shares: Shares) -> None:
    """Two different people who work at the branch in the first month, parts of 0 to 100 %. Raises Refusal."""
    if shares.developer.pk == shares.service_person.pk:
        raise Refusal("开发人和服务人不能是同一个人;由一个人负责的客户不需要分工", code="same_person")
    percent = shares.developer_percent
    if not 0 <= percent <= 100 or percent != percent.quantize(Decimal("0.01")):
        raise Refusal("分工比例应在 0% 到 100% 之间,最多两位小数", code="bad_percent")
    if shares.to_month is not None and shares.to_month < shares.from_month:
        raise Refusal("终止月份不能早于生效月份", code="span")
    at_work = set(employed_in(branch, shares.from_month).values_list("person", flat=True))
    gone = [person for person in (shares.developer, shares.service_person) if person.pk not in at_work]
    if gone:
        names = "、".join(f"{person.name}({person.staff_no})" for person in gone)
        raise Refusal(f"{names}{shares.from_month.label}不在{branch.name}任职,不能参加分工,请另选人员", code="not_here")


def objections(branch: Branch, clients: Sequence[Client], shares: Shares) -> list[str]:
    """Why which of the clients can't be shared so, a sentence each."""
    ids = [client.pk for client in clients]
    relations = {row.client_id: row for row in Relation.objects.filter(client__in=ids, to_month=None)}
    later = Division.objects.filter(client__in=ids, void=False, from_month__gte=shares.from_month).order_by("-from_month")
    begun = dict(later.values_list("client", "from_month"))
    return [
        f"{client.name}({client.client_no}):{said}"
        for client in clients
        if (said := _objection(branch, client, shares, relations.get(client.pk), begun.get(client.pk)))
    ]


def _objection(branch: Branch, client: Client, shares: Shares, relation: Relation | None, begun: Month | None) -> str:
    if client.branch_id != branch.pk:
        return "不是本营业部的客户"
    if relation is None:
        return "客户关系尚未确认,请先由交易管理岗确认"
    if relation.manager_id not in (shares.developer.pk, shares.service_person.pk):
        return "开发人和服务人都不是现任客户经理;请把其中一位改为现任客户经理,或先办理客户经理变更"
    if relation.from_month > shares.from_month:
        return f"现任客户经理的关系自{relation.from_month.label}起,分工不能早于这个月"
    if begun is not None:
        return f"已有自{begun.label}起的分工,不能再从更早或同一个月开始;请把生效月改到{begun.next.label}或以后,或先解除那一项"
    return ""


def require_no(said: Sequence[str], *, what: str) -> None:
    """Refuse with these sentences, if there are any; many are cut with their number."""
    if said:
        more = [f"……另有 {len(said) - MOST_SAID} 户"] if len(said) > MOST_SAID else []
        raise Refusal(f"有 {len(said)} 户{what}", code="clients", items=[*said[:MOST_SAID], *more])


@transaction.atomic
def divide(*, branch: Branch, clients: Sequence[Client], shares: Shares, paper: str, by: Person) -> list[Division]:
    """Share the clients' income from a month on; a division that began earlier ends the month before.

    Refused where the month, or a later one, is locked, and where one client can't be shared so: then none is.
    """
    register.require_open(branch, shares.from_month, onward=True)
    hold_clients(clients)
    require_shares(branch, shares)
    require_no(objections(branch, clients, shares), what="不能这样分工,请改正后再办")
    _cut(Division.objects.filter(client__in=[client.pk for client in clients]), shares.from_month, note=f"由 {paper} 接替")
    rows = Division.objects.bulk_create(
        Division(
            branch=branch,
            client=client,
            developer=shares.developer,
            service_person=shares.service_person,
            developer_percent=shares.developer_percent,
            from_month=shares.from_month,
            to_month=shares.to_month,
            paper=paper,
            decided_by=by,
        )
        for client in clients
    )
    _record(
        by,
        branch,
        "divide",
        f"{len(rows)} 户客户自{shares.from_month.label}起分工:{rows[0]}({paper})",
        clients,
        paper=paper,
        developer=shares.developer.staff_no,
        service_person=shares.service_person.staff_no,
        developer_percent=str(shares.developer_percent),
        from_month=str(shares.from_month),
        to_month=str(shares.to_month or ""),
    )
    return rows


@transaction.atomic
def end_divisions(*, branch: Branch, clients: Sequence[Client], from_month: Month, paper: str, by: Person) -> int:
    """From `from_month` on the relation's manager has all of it again. Returns how many divisions ended."""
    register.require_open(branch, from_month, onward=True)
    hold_clients(clients)
    ids = [client.pk for client in clients]
    shared = set(Division.objects.standing(from_month).filter(client__in=ids).values_list("client", flat=True))
    none = [f"{one.name}({one.client_no}):{from_month.label}起没有分工" for one in clients if one.pk not in shared]
    require_no(none, what="没有可以解除的分工")
    count = _cut(Division.objects.filter(client__in=ids), from_month, note=f"由 {paper} 解除")
    said = f"{len(clients)} 户客户的分工自{from_month.label}起解除({paper})"
    _record(by, branch, "end_division", said, clients, paper=paper, from_month=str(from_month))
    return count


def end_with_relations(*, branch: Branch, slips: QuerySet[ConfirmationSlip], month: Month, by: Person) -> int:
    """Other managers by these slips from `month` on: their clients' divisions end the month before. Within the caller's act."""
    clients = Client.objects.filter(pk__in=slips.order_by().values("client"))
    rows = Division.objects.filter(client__in=clients)
    divided = list(clients.filter(pk__in=rows.standing(month).values("client")).order_by("client_no"))
    if not divided:
        return 0
    slip = slips.order_by().filter(client=OuterRef("client")).values("pk")[:1]
    count = _cut(rows, month, note="客户经理变更", ended_by=Subquery(slip))
    _record(by, branch, "end_division", f"{len(divided)} 户客户的客户经理变更,分工自{month.label}起终止", divided)
    return count


def undo_with_relation(*, slip: ConfirmationSlip, by: Person) -> None:
    """The slip is void: what rested on its relation is, too, and what it had ended stands again. Within the caller's act."""
    rested = Division.objects.filter(client=slip.client_id, void=False, from_month__gte=slip.effective_month)
    voided = rested.update(void=True, note=f"确认单 {slip.serial} 作废")
    ended = Division.objects.filter(client=slip.client_id, ended_by=slip)
    restored = ended.update(void=False, to_month=F("to_before"), to_before=None, ended_by=None, note="")
    if voided or restored:
        said = f"确认单 {slip.serial} 作废:分工随之作废 {voided} 项、恢复 {restored} 项"
        _record(by, slip.branch, "undo_division", said, [slip.client], slip=slip.serial)


def hold_clients(clients: Iterable[Client]) -> None:
    """Lock the clients, in one order: two divisions of one client wait for each other."""
    list(Client.objects.select_for_update(no_key=True).filter(pk__in=[client.pk for client in clients]).order_by("pk"))


def _cut(rows: QuerySet[Division], month: Month, *, note: str, ended_by: Subquery | None = None) -> int:
    """Nothing of these counts from `month` on: what had begun ends the month before, what had not is void."""
    standing = rows.filter(Q(void=False) & (Q(to_month=None) | Q(to_month__gte=month)))
    given: dict[str, Any] = {"note": note[:200], "ended_by": ended_by, "to_before": F("to_month") if ended_by else None}
    ended = standing.filter(from_month__lt=month).update(to_month=month.previous, **given)
    return ended + standing.filter(from_month__gte=month).update(void=True, **given)


def _record(by: Person, branch: Branch, act: str, summary: str, clients: Sequence[Client], **details: Any) -> None:
    numbers = [client.client_no for client in clients]
    record(by=by, act=f"registry.{act}", subject=branch, summary=summary, branch_code=branch.code, clients=numbers, **details)
