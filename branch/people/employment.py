"""Who is employed in a month, where, and how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from branch.org.models import Branch
from branch.people.models import Engagement, Person
from branch.prepared import Prepared
from kernel import masks
from kernel.months import Month


def employed_in(branch: Branch, month: Month) -> QuerySet[Engagement]:
    """Engagements of the branch that touch the month, with their people."""
    return employed(month).filter(branch=branch).select_related("person")


def employed(month: Month) -> QuerySet[Engagement]:
    """Engagements that touch the month: begun on or before its last day, not ended before its first."""
    return _engaged(month.first, month.last)


def _engaged(first: Any, last: Any) -> QuerySet[Engagement]:
    rows = Engagement.objects.filter(hired_on__lte=last).filter(Q(ended_on=None) | Q(ended_on__gte=first))
    return rows.order_by("person__staff_no", "hired_on")


def ended_elsewhere(begun: Mapping[int, date], branch: Branch, month: Month) -> dict[int, Engagement]:
    """Of people who begin at the branch within the month (person id → day): the engagement at another branch that ended in it
    before, with its branch. Their month is paid there."""
    if not begun:
        return {}
    rows = Engagement.objects.filter(person__in=list(begun), ended_on__range=(month.first, month.last)).exclude(branch=branch)
    found = rows.select_related("branch").order_by("ended_on")
    return {row.person_id: row for row in found if row.ended_on is not None and row.ended_on < begun[row.person_id]}


class Employed(NamedTuple):
    """An engagement with what pay needs of its person, as plain values."""

    pk: int
    person_id: int
    staff_no: str
    name: str
    bank_name: str
    bank_account_sealed: str
    kind: str
    hired_on: date
    ended_on: date | None
    medical_tier: str
    insurance_base: Decimal | None
    housing_fund_rate: Decimal | None
    additional_deductions: dict[str, str]
    additional_total: Decimal

    @property
    def kind_label(self) -> str:
        return Engagement.Kind(self.kind).label

    @property
    def masked_bank_account(self) -> str:
        table = Person._meta.db_table
        return masks.bank_account(Person.bank_account.opened(table, self.bank_account_sealed, self.staff_no))


_OF_PERSON = ("staff_no", "name", "bank_name", "bank_account_sealed")
_EMPLOYED = tuple(f"person__{name}" if name in _OF_PERSON else name for name in Employed._fields)


def employed_rows(branch: Branch, month: Month) -> list[Employed]:
    """`employed_in` without a row and a person object each: of thousands of people that is most of the cost."""
    return [Employed(*row) for row in _employed_rows(branch=branch.pk, first=month.first, last=month.last)]


@Prepared
def _employed_rows(branch: Any, first: Any, last: Any) -> QuerySet[Engagement, Any]:
    return _engaged(first, last).filter(branch=branch).values_list(*_EMPLOYED)


def ids_employed_in(branch: Branch, month: Month) -> list[int]:
    """Person ids of the branch's engagements that touch the month, one for each engagement."""
    return [person_id for (person_id,) in _employed_ids(branch=branch.pk, first=month.first, last=month.last)]


@Prepared
def _employed_ids(branch: Any, first: Any, last: Any) -> QuerySet[Engagement, Any]:
    return _engaged(first, last).filter(branch=branch).order_by().values_list("person")
