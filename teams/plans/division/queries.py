"""What pages and the API read of divisions and proposals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from branch.clearance import Binding
from branch.org.models import Branch
from branch.people.employment import employed_in
from branch.people.models import Person
from clients.figures.models import FiguresMonth
from clients.figures.states import LOCKED
from clients.registry.models import Client, Division, DivisionQuerySet
from clients.registry.queries import clients_for, divided_with, open_relations_of
from kernel.months import Month
from kernel.refusals import Unknown
from teams.plans.division.models import DivisionProposal, ProposalQuerySet, ProposedClient
from teams.plans.division.states import WAITING

NOW, TO_COME, PAST = "now", "to_come", "past"
SHOWN = {NOW: "现行", TO_COME: "未生效", PAST: "已终止", "all": "全部"}


def divisions_for(person: Person, *, text: str = "", staff_no: str = "", show: str = NOW) -> DivisionQuerySet:
    """The divisions this person may see: of a client by name or number, of one of the two by 工号, as of this month."""
    month = Month.of(timezone.localdate())
    rows = Division.objects.visible_to(person)
    if show == NOW:
        rows = rows.in_month(month)
    elif show == TO_COME:
        rows = rows.filter(void=False, from_month__gt=month)
    elif show == PAST:
        rows = rows.filter(Q(void=True) | Q(to_month__lt=month))
    if text:
        rows = rows.filter(client__in=clients_for(person, text=text).order_by().values("pk"))
    if staff_no:
        rows = rows.filter(Q(developer__staff_no=staff_no) | Q(service_person__staff_no=staff_no))
    found: DivisionQuerySet = rows.select_related("client", "developer", "service_person", "decided_by", "branch")
    return found.order_by("client__client_no", "-from_month", "-pk")


def proposals_for(person: Person) -> ProposalQuerySet:
    """Newest first, with the number of their clients as `count`."""
    rows: ProposalQuerySet = DivisionProposal.objects.visible_to(person).annotate(count=Count("clients"))
    return rows.select_related("branch", "developer", "service_person", "made_by", "declined_by", "approval")


def proposal_for(person: Person, proposal_id: int) -> DivisionProposal:
    """The proposal, if this person may see it. Raises Unknown."""
    found = proposals_for(person).filter(pk=proposal_id).first()
    if found is None:
        raise Unknown("没有这份分工申请,或不在您的查看范围内")
    return found


@dataclass(frozen=True)
class ClientLine:
    """A client of a proposal with whose client it is and how it is shared until then."""

    client: Client
    manager: Person | None
    before: Division | None


def clients_of(row: DivisionProposal) -> list[ClientLine]:
    """The proposal's clients, by number, with what they share now while it is not decided: four statements however many."""
    ids = row.clients.values("client")
    clients = Client.objects.filter(pk__in=ids).order_by("client_no")
    managers = dict(clients.filter(relations__to_month=None).values_list("pk", "relations__manager"))
    people = Person.objects.in_bulk(set(managers.values()))
    rows = Division.objects.filter(client__in=ids).in_month(row.from_month) if row.state in WAITING else Division.objects.none()
    shared = {one.client_id: one for one in rows.select_related("developer", "service_person")}
    return [ClientLine(one, people.get(managers.get(one.pk, 0)), shared.get(one.pk)) for one in clients]


def staff_of(branches: Iterable[Branch]) -> list[Person]:
    """Who works at these branches this month or the next: who may develop or serve a client."""
    month = Month.of(timezone.localdate())
    found: dict[int, Person] = {}
    for branch in branches:
        for one in (month, month.next):
            found |= {row.person_id: row.person for row in employed_in(branch, one)}
    return sorted(found.values(), key=lambda person: person.staff_no)


def locked_since(branch: Branch, month: Month) -> Month | None:
    """The first locked month from `month` on."""
    rows = FiguresMonth.objects.filter(branch=branch, month__gte=month, state=LOCKED).order_by("month")
    return rows.values_list("month", flat=True).first()


def waiting_elsewhere(clients: Sequence[Client], row: DivisionProposal | None) -> QuerySet[ProposedClient]:
    """Those of the clients about whom another proposal has still to be decided."""
    rows = ProposedClient.objects.filter(client__in=[client.pk for client in clients], waiting=True)
    rows = rows.exclude(proposal=row) if row is not None else rows
    return rows.select_related("client", "proposal__made_by")


def shared_by_leaver(person: Person, day: date) -> Iterable[Binding]:
    """What binds a leaver: others' clients in which the person has a part after that month. Own ones end with the handover."""
    others = divided_with(person, Month.of(day).next).exclude(client__in=open_relations_of(person).values("client"))
    page = f"{reverse('plans:division-list')}?staff_no={person.staff_no}&show=all"
    yield Binding("与他人分工的客户未解除", others.count(), page, "plans", who="团队负责人")
