"""What a branch's import stands on: the months that are booked, and a stamp of all that a pre-check has looked at."""

from __future__ import annotations

from django.db import connection

from branch.org.models import Branch
from branch.people.models import Engagement
from clients.bulk import table
from clients.imports.models import ClientMonth, ImportBatch
from clients.imports.states import BOOKED
from clients.products.models import Product
from clients.registry.models import ConfirmationSlip
from kernel.digests import digest
from kernel.months import Month


def booked_months(branch: Branch) -> list[Month]:
    """Months with client rows, oldest first. A month's rows are looked for where a batch names it: one row is enough to know."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT DISTINCT b.month FROM {table(ImportBatch)} b
                 WHERE b.branch_id = %s AND (SELECT 1 FROM {table(ClientMonth)} m
                        WHERE m.branch_id = b.branch_id AND m.month = b.month LIMIT 1) IS NOT NULL
                 ORDER BY b.month""",  # noqa: S608
            [branch.pk],
        )
        return [Month.from_number(number) for (number,) in cursor.fetchall()]


def stamp_of(branch: Branch) -> str:
    """A digest of what a pre-check rests on: roster, relations, products, and what was booked last.

    Every change of a relation is one of a slip, and no two of them bring back the same counts: slips come and void ones stay.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT state, count(*) FROM {table(ConfirmationSlip)} WHERE branch_id = %s GROUP BY state
                UNION ALL SELECT '#booked', max(id) FROM {table(ImportBatch)} WHERE branch_id = %s AND state = '{BOOKED}'
                UNION ALL SELECT '#products', count(*) FROM {table(Product)}""",  # noqa: S608
            [branch.pk, branch.pk],
        )
        known = sorted(cursor.fetchall())
    engaged = Engagement.objects.filter(branch=branch).order_by("pk").values_list("person__staff_no", "hired_on", "ended_on")
    return digest([known, list(engaged)])
