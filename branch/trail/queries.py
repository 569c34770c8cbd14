"""The log as far as a person may read it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from branch.audit.models import AuditRow
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power


def rows_visible_to(person: Person) -> QuerySet[AuditRow]:
    """All rows by a company-wide AUDIT_VIEW; else the rows of the branches it reaches."""
    scope = reach(person, Power.AUDIT_VIEW)
    if scope.company:
        return AuditRow.objects.all()
    codes = Branch.objects.filter(pk__in=scope.branches).values("code")
    return AuditRow.objects.filter(branch_code__in=codes)


def filtered(rows: QuerySet[AuditRow], wanted: dict[str, Any]) -> QuerySet[AuditRow]:
    """`wanted`: who, act, words, since, until; empty ones are left out."""
    paths = {
        "who": "actor_name__icontains",
        "act": "act__icontains",
        "words": "summary__icontains",
        "since": "at__date__gte",
        "until": "at__date__lte",
    }
    return rows.filter(**{paths[name]: value for name, value in wanted.items() if value})
