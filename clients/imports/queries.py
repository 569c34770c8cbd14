"""Reading imports, exceptions and a client's months."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from branch.org.models import Branch
from branch.people.choices import branches_of
from branch.people.employment import employed_in
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from branch.prepared import Prepared, loaded
from branch.workbench.counting import counted
from clients.imports.kinds import KINDS, REFUSED, SHARED, SHARED_ACCOUNT, UNCONFIRMED
from clients.imports.models import (
    BatchQuerySet,
    ClientMonth,
    ClientMonthQuerySet,
    CompanyImport,
    ImportBatch,
    ImportFile,
    ImportProblem,
)
from clients.imports.sharing import twice_of
from clients.imports.states import BOOKED, CHECKED
from clients.products.models import ProductSale, SaleQuerySet
from clients.registry.models import Client, ConfirmationSlip, ConfirmationSlipQuerySet
from kernel.months import Month
from kernel.refusals import Unknown
from kernel.sheets.columns import CellProblem


def batches_for(person: Person) -> BatchQuerySet:
    rows = ImportBatch.objects.visible_to(person)
    return rows.select_related("branch", "created_by", "booked_by").prefetch_related("files")


def batch_for(person: Person, batch_id: int) -> ImportBatch:
    """One batch the person may see. Raises Unknown."""
    found = batches_for(person).filter(pk=batch_id).first()
    if found is None:
        raise Unknown("没有这批导入,或不在您的查看范围内")
    return found


def company_import_for(person: Person, company_id: int) -> CompanyImport:
    """One import of the company's file, for who may see it. Raises Unknown."""
    found = CompanyImport.objects.visible_to(person).select_related("created_by").filter(pk=company_id).first()
    if found is None:
        raise Unknown("没有这次公司导入,或不在您的查看范围内")
    return found


def months_of(branch: Branch) -> list[Month]:
    """Months with client rows, newest first: by the files they were booked from, since the rows grow by the month."""
    found = booked_files([branch]).order_by("-batch__month").values_list("batch__month", flat=True).distinct()
    return [month for month in found if month is not None]


def booked_files(branches: Iterable[Branch]) -> QuerySet[ImportFile]:
    """The files that the branches' months of clients were booked from."""
    return ImportFile.objects.filter(batch__branch__in=branches, batch__state=BOOKED, kind=ImportFile.Kind.CLIENTS)


def latest_month(branch: Branch) -> Month | None:
    return next(iter(months_of(branch)), None)


def client_months(client: Client) -> ClientMonthQuerySet:
    return client.months.select_related("manager", "settled_to").order_by("-month")


def exceptions_of(branch: Branch, month: Month, *, kind: str = "", open_only: bool = True) -> ClientMonthQuerySet:
    """Client rows that wait (or, `open_only` False, also those resolved). `kind` unconfirmed_relation: rows without a slip;
    shared_account: rows whose account's month another client has as well."""
    rows = ClientMonth.objects.filter(branch=branch, month=month)
    if kind == UNCONFIRMED:
        found = rows.unconfirmed()
    elif kind == SHARED_ACCOUNT:
        found = rows.filter(client__in=[one.client_id for one in twice_of(branch, month)])
        found = found if open_only else found | rows.filter(resolution=SHARED)
    else:
        found = rows.waiting() if open_only else rows.exclude(exception="", resolution="")
        found = found.filter(exception=kind) if kind else found
    return found.select_related("client", "manager", "expected", "settled_to", "resolved_by").order_by("source_row")


def branches_with_exceptions(person: Person) -> list[Branch]:
    """Where this person resolves what waits, then where they only review it."""
    resolving_at = branches_of(person, Power.EXCEPTION_RESOLVE)
    return [*resolving_at, *(one for one in branches_of(person, Power.FIGURES_LOCK) if one not in resolving_at)]


def sale_exceptions_of(branch: Branch, month: Month, *, open_only: bool = True) -> SaleQuerySet:
    rows = ProductSale.objects.filter(branch=branch, month=month).exclude(exception="")
    rows = rows.filter(resolution="") if open_only else rows
    return rows.select_related("client", "manager", "settled_to", "resolved_by").order_by("source_row")


def booked_batches(branch: Branch, month: Month) -> BatchQuerySet:
    return ImportBatch.objects.filter(branch=branch, month=month, state=BOOKED)


def importers_of(branch: Branch, month: Month) -> list[Person]:
    """Whoever has checked or booked what the month has; of each what a refusal says."""
    pairs = [pair for row in _importers(branch=branch.pk, month=month) for pair in (row[:2], row[2:])]
    return [loaded(Person, ("id", "name"), pair) for pair in dict.fromkeys(pairs) if pair[0] is not None]


@Prepared
def _importers(branch: Any, month: Any) -> QuerySet[ImportBatch, Any]:
    rows = ImportBatch.objects.filter(branch=branch, month=month, state=BOOKED).order_by()
    return rows.values_list("booked_by", "booked_by__name", "created_by", "created_by__name")


def first_booked_month(branch: Branch) -> Month | None:
    """The month in which the branch began to be kept here; None before its first import."""
    return ImportBatch.objects.filter(branch=branch, state=BOOKED).order_by("month").values_list("month", flat=True).first()


def unfinished_batches(person: Person) -> BatchQuerySet:
    """Pre-checked, not yet confirmed, where this person may import."""
    branches = branches_visible_to(person, Power.CRM_IMPORT)
    return ImportBatch.objects.filter(branch__in=branches, state=CHECKED)


def waiting_counts(branch: Branch, month: Month) -> dict[str, int]:
    """How much of the month waits: client rows, sales, and rows whose relation nobody has confirmed."""
    rows = ClientMonth.objects.filter(branch=branch, month=month)
    sales = ProductSale.objects.waiting().filter(branch=branch, month=month)
    return dict(zip(("rows", "sales", "unconfirmed"), counted([rows.waiting(), sales, rows.unconfirmed()]), strict=True))


def counts_by_severity(batch: ImportBatch) -> dict[str, int]:
    """How many findings of each severity the batch has."""
    counted = batch.problems.order_by().values("severity").annotate(count=Count("pk"))
    return {row["severity"]: row["count"] for row in counted}


def kinds_of(batch: ImportBatch, severity: str) -> list[tuple[str, int]]:
    counted = batch.problems.filter(severity=severity).order_by("kind").values("kind").annotate(count=Count("pk"))
    return [(row["kind"], row["count"]) for row in counted]


def refusals_of(batches: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """Batch id → why rows were refused, in words, and how many findings of each kind: most first."""
    found: dict[int, list[tuple[str, int]]] = {}
    rows = ImportProblem.objects.filter(batch__in=batches, severity=REFUSED).values_list("batch", "kind")
    for batch, kind, count in rows.annotate(count=Count("pk")).order_by("batch", "-count", "kind"):
        found.setdefault(batch, []).append((KINDS.get(kind, kind), count))
    return found


def problems_of(batch: ImportBatch, severity: str, kind: str = "") -> QuerySet[ImportProblem]:
    found = batch.problems.filter(severity=severity).select_related("file").order_by("file", "row", "id")
    return found.filter(kind=kind) if kind else found


def cell_problems(file: ImportFile) -> list[CellProblem]:
    """The file's refused cells, for its error sheet."""
    found = file.problems.filter(severity=REFUSED, row__gt=0)
    return [CellProblem(problem.row, problem.column, problem.value, problem.message) for problem in found]


def employed_choices(branch: Branch, month: Month) -> list[tuple[str, str]]:
    """工号 and name of everyone employed in the month: to whom a row may be corrected."""
    return list(employed_in(branch, month).values_list("person__staff_no", "person__name"))


def slips_before_lock(month: Month) -> ConfirmationSlipQuerySet:
    """Slips that keep the month from being locked: of this month or before, of a client whose row of the month waits for one."""
    own = {"branch": OuterRef("branch"), "month": month, "client": OuterRef("client")}
    rows = ClientMonth.objects.filter(**own, exception="", resolution="")
    return ConfirmationSlip.objects.proposed().filter(Exists(rows.order_by()), month__lte=month)
