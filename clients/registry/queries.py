"""Reading clients, slips and relations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from branch.org.models import Branch
from branch.people.models import Person
from branch.prepared import Prepared
from clients.registry.models import (
    Client,
    ClientQuerySet,
    ConfirmationSlip,
    ConfirmationSlipQuerySet,
    Division,
    DivisionQuerySet,
    Relation,
    RelationQuerySet,
)
from clients.registry.search import HasText
from clients.registry.states import PROPOSED, STATES
from kernel.months import Month
from kernel.refusals import Unknown

# a client has one of each at most: an order would only join further tables
_OPEN = Relation.objects.filter(to_month=None).select_related("manager").order_by()
_WAITING = ConfirmationSlip.objects.filter(state=PROPOSED).select_related("manager").order_by()
OPEN = Prefetch("relations", _OPEN, to_attr="open_relations")
WAITING = Prefetch("slips", _WAITING, to_attr="waiting_slips")


def clients_for(person: Person, *, text: str = "", manager: str = "", kind: str = "", relation: str = "") -> ClientQuerySet:
    """The person's list: `text` is part of a name, initials, 客户号, or an account's last four digits."""
    rows = Client.objects.visible_to(person)
    if text:
        rows = rows.filter(_found(text.strip()))
    if manager:
        rows = rows.filter(relations__manager__staff_no=manager, relations__to_month=None)
    if kind:
        rows = rows.filter(kind=kind)
    if relation == "none":
        rows = rows.exclude(pk__in=Relation.objects.filter(to_month=None).values("client"))
    elif relation:
        rows = rows.filter(relations__kind=relation, relations__to_month=None)
    return rows.prefetch_related(OPEN, WAITING, divided_now())


def divided_now() -> Prefetch[Any]:
    """A client's divisions that share this month or a later one, the earliest first, as `divisions_now`."""
    standing = Division.objects.standing(Month.of(timezone.localdate())).order_by("from_month")
    return Prefetch("divisions", standing.select_related("developer", "service_person"), to_attr="divisions_now")


def divisions_of(client: Client) -> DivisionQuerySet:
    """A client's divisions, the newest first, void ones too."""
    rows: DivisionQuerySet = client.divisions.select_related("developer", "service_person", "decided_by")
    return rows.order_by("-from_month", "-pk")


def divided_with(person: Person, month: Month) -> DivisionQuerySet:
    """What this person shares in `month` or later with somebody: to be ended before the person leaves."""
    rows = Division.objects.standing(month).filter(Q(developer=person) | Q(service_person=person))
    return rows.select_related("client", "developer", "service_person").order_by("client__client_no")


def _found(text: str) -> Q:
    if text.isdecimal():
        found = Q(client_no=text) | Q(fund_account=text)
        return found | Q(account_tail=text) if len(text) == 4 else found | Q(client_no__endswith=text)
    if text.isascii():
        return Q(initials__startswith=text.lower()) | Q(client_no__iexact=text)
    return Q(**{f"name__{HasText.lookup_name}": text})


def client_for(person: Person, client_id: int) -> Client:
    """One client the person may see. Raises Unknown."""
    found = Client.objects.visible_to(person).select_related("branch").filter(pk=client_id).first()
    if found is None:
        raise Unknown("没有这位客户,或不在您的查看范围内")
    return found


def open_relations_of(manager: Person) -> RelationQuerySet:
    """The relations without an end of this manager: the clients that somebody must take over when they leave."""
    return Relation.objects.filter(manager=manager, to_month=None)


def slips_for(
    person: Person, *, month: Month | None = None, state: str = "", basis: str = "", text: str = ""
) -> ConfirmationSlipQuerySet:
    """Slips in the order of their numbers, newest month first."""
    rows = ConfirmationSlip.objects.visible_to(person)
    if month is not None:
        rows = rows.filter(month=month)
    if state in STATES:
        rows = rows.filter(state=state)
    if basis:
        rows = rows.filter(basis=basis)
    if text:
        clients = _found(text.strip())
        rows = rows.filter(
            Q(serial__endswith=text.strip()) | Q(manager__staff_no=text) | Q(client__in=Client.objects.filter(clients))
        )
    return rows.select_related("client", "manager", "branch", "decided_by")


@Prepared
def any_proposed(branch: Any, month: Any) -> QuerySet[ConfirmationSlip, Any]:
    """One proposed slip of the month, if there is any."""
    return ConfirmationSlip.objects.proposed().filter(branch=branch, month=month).order_by().values_list("pk")[:1]


def slip_for(person: Person, slip_id: int) -> ConfirmationSlip:
    """One slip the person may see. Raises Unknown."""
    rows = ConfirmationSlip.objects.visible_to(person)
    found = rows.select_related("client", "manager", "branch", "created_by", "decided_by").filter(pk=slip_id).first()
    if found is None:
        raise Unknown("没有这张确认单,或不在您的查看范围内")
    return found


def slip_months(person: Person) -> list[Month]:
    """Months in which slips this person may see were numbered, newest first."""
    found = ConfirmationSlip.objects.visible_to(person).order_by("-month").values_list("month", flat=True).distinct()
    return list(found)


def waiting_by_month(branches: Sequence[Branch]) -> list[tuple[Branch, Month, int]]:
    """How many slips wait, branch by branch and month by month."""
    by_key = {branch.pk: branch for branch in branches}
    waiting = ConfirmationSlip.objects.proposed().filter(branch__in=by_key).order_by("branch__code", "month")
    counted = waiting.values_list("branch", "month").annotate(count=Count("pk"))
    return [(by_key[branch], month, count) for branch, month, count in counted]
