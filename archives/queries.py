"""Reading the filings."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from archives.models import Filing, FilingQuerySet
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Unknown


def filings_for(person: Person) -> FilingQuerySet:
    """What the person may list, with what a list shows."""
    return Filing.objects.visible_to(person).select_related("branch", "file", "submitted_by", "received_by")


def filtered(rows: FilingQuerySet, wanted: dict[str, Any]) -> FilingQuerySet:
    """`wanted`: q (in title or number), kind, state, month; empty ones are left out."""
    if wanted["q"]:
        rows = rows.filter(Q(title__icontains=wanted["q"]) | Q(serial_no__icontains=wanted["q"]))
    return rows.filter(**{name: wanted[name] for name in ("kind", "state", "month") if wanted[name]})


def filing_for(person: Person, filing_id: int) -> Filing:
    """One filing the person may see. Raises Unknown."""
    found = filings_for(person).filter(pk=filing_id).first()
    if found is None:
        raise Unknown("没有这份备案件,或不在您的查阅范围内")
    return found


def waiting_for(person: Person) -> FilingQuerySet:
    """Those that wait for this person to receive them."""
    rows = Filing.objects.visible_to(person).waiting()
    return rows if holds(person, Power.FILING_RECEIVE) else rows.none()
