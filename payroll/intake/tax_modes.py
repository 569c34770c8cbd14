"""Reading tax modes: what is confirmed for a year, who may be listed, who qualifies for 公告2020年第19号 by our own history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from branch.org.models import Branch
from branch.parameters.queries import ParameterBook
from branch.people.employment import employed_in
from branch.people.models import Engagement, Person
from branch.prepared import Prepared
from kernel.money import decimal
from kernel.months import Month
from kernel.refusals import Unknown
from payroll.intake import register, rules, states
from payroll.intake.models import OpeningBalance, TaxMode
from payroll.intake.queries import opening_for
from payroll.intake.register import YearPaid


@dataclass(frozen=True)
class LumpCandidate:
    """Somebody engaged at the turn of the year; `why_not` is "" when 第19号 applies by what the system knows."""

    engagement: Engagement
    paid: YearPaid
    why_not: str

    @property
    def qualifies(self) -> bool:
        return not self.why_not


class ConfirmedMode(NamedTuple):
    """The row of a confirmed mode, and which it is."""

    pk: int
    mode: str


def confirmed_modes(person_ids: Iterable[int], tax_year: int) -> dict[int, ConfirmedMode]:
    """Person id → the one confirmed mode of the year. Who has none is not in it."""
    return {who: ConfirmedMode(*mode) for who, *mode in _confirmed(people=person_ids, tax_year=tax_year)}


@Prepared
def _confirmed(people: Any, tax_year: Any) -> QuerySet[TaxMode, Any]:
    rows = TaxMode.objects.filter(person__among=people, tax_year=tax_year, state=states.CONFIRMED)
    return rows.order_by().values_list("person_id", "pk", "mode")


def tax_mode(person: Person, pk: int) -> TaxMode:
    """The row, if this person may see it. Raises Unknown."""
    rows = TaxMode.objects.visible_to(person).select_related("branch", "person", "proposed_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Unknown("没有这条个税减除方式")
    return found


def engaged_in_year(branch: Branch, tax_year: int) -> QuerySet[Engagement]:
    """Engagements that a payment of the tax year may belong to: from December before (paid in January) to its end."""
    begin, end = Month(tax_year - 1, 12).first, date(tax_year, 12, 31)
    rows = Engagement.objects.filter(branch=branch, hired_on__lte=end).filter(Q(ended_on=None) | Q(ended_on__gte=begin))
    return rows.select_related("person").order_by("person__staff_no", "hired_on")


def lump_limit(tax_year: int) -> Decimal:
    """60,000 yuan on the first day of the tax year. Raises Missing."""
    return decimal(ParameterBook.load().value("iit.lump_60000_limit", date(tax_year, 1, 1)))


def paid_in(
    person_ids: Iterable[int], kind: str, year: int, openings: Mapping[int, OpeningBalance] | None = None
) -> dict[int, YearPaid]:
    """Months paid here in `year`: those an opening of that year contains, and those of approved runs."""
    ids = set(person_ids)
    paid = register.paid_in(ids, kind, year)
    for person_id, balance in (opening_for(ids) if openings is None else openings).items():
        if person_id not in ids or balance.opening.tax_year != year or balance.kind != kind:
            continue
        slips = paid.get(person_id)
        months = _opening_months(balance) | (slips.months if slips else frozenset())
        # A chain goes on from the opening, so that the sum after the last slip contains it.
        paid[person_id] = YearPaid(months, slips.income if slips else _income(balance))
    return paid


def _opening_months(balance: OpeningBalance) -> frozenset[int]:
    year = balance.opening.tax_year
    begun = balance.started.month if balance.started.year == year else 1
    return frozenset(range(begun, balance.opening.last_payment.month + 1))


def _income(balance: OpeningBalance) -> Decimal:
    return balance.net_income if balance.kind == Engagement.Kind.BROKER else balance.income


def lump_candidates(branch: Branch, tax_year: int) -> list[LumpCandidate]:
    """Everybody engaged in last year's December and this January whom the system paid last year, judged by 第19号."""
    limit = lump_limit(tax_year)
    january = employed_in(branch, Month(tax_year, 1)).order_by().values("pk")
    rows = list(employed_in(branch, Month(tax_year - 1, 12)).filter(pk__in=january))
    openings = opening_for([row.person_id for row in rows])
    found: list[LumpCandidate] = []
    for kind in Engagement.Kind.values:
        of_kind = {row.person_id: row for row in rows if row.kind == kind}
        paid = paid_in(of_kind, kind, tax_year - 1, openings)
        found += [
            LumpCandidate(row, paid[who], rules.not_lump(paid[who].months, paid[who].income, limit))
            for who, row in of_kind.items()
            if who in paid
        ]
    return found


def lump_suggestions(branch: Branch, tax_year: int) -> list[LumpCandidate]:
    """Who qualifies and has neither a mode of the year confirmed nor one waiting."""
    standing = TaxMode.objects.filter(branch=branch, tax_year=tax_year, state__in=(states.PROPOSED, states.CONFIRMED))
    had = set(standing.values_list("person_id", flat=True))
    return [one for one in lump_candidates(branch, tax_year) if one.qualifies and one.engagement.person_id not in had]
