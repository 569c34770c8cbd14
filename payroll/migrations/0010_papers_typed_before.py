"""Papers whose number was typed with a scheme become registered documents, so that the months they were used for stay reckonable."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def register(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    schemes = apps.get_model("payroll", "SchemeVersion")
    documents = apps.get_model("plans", "RuleDocument")
    by_paper: dict[tuple[int, str], list[Any]] = defaultdict(list)
    rows = schemes.objects.filter(document=None, state__in=("in_force", "retired"), confirmed_by__isnull=False)
    for row in rows.exclude(paper_no="").order_by("effective_from", "id"):
        by_paper[row.branch_id, row.paper_no].append(row)
    versions: dict[int, int] = defaultdict(int)
    for (branch, paper), kept in by_paper.items():
        versions[branch] += 1
        ends = [row.effective_to for row in kept]
        document = documents.objects.create(
            branch_id=branch,
            kind="pay",
            version=versions[branch],
            effective_from=kept[0].effective_from.first,
            effective_to=None if None in ends else max(ends).last,
            state="approved",
            paper_no=paper[:40],
            legacy=True,
            made_by_id=kept[0].drafted_by_id,
            checked_by_id=kept[0].confirmed_by_id,
            approved_at=kept[0].confirmed_at,
        )
        schemes.objects.filter(pk__in=[row.pk for row in kept]).update(document=document)


class Migration(migrations.Migration):
    dependencies = [("payroll", "0009_scheme_rests_on_a_document")]

    operations = [migrations.RunPython(register, migrations.RunPython.noop)]
