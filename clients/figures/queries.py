"""From client rows to a manager's figures: grouped in the database, live until the month is locked, then the frozen rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from branch.org.models import Branch
from branch.parameters.queries import ParameterBook
from branch.people.employment import ids_employed_in
from branch.people.models import Person, Posting
from branch.people.queries import postings_in
from branch.prepared import Prepared, prepared_objects
from clients.bulk import exact
from clients.figures.access import visible_people
from clients.figures.counting import Counted, count
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.rules import COUNTS, DIVIDED, FIGURES, LABELS, MONEY, OPENED_FROM, SUMS, opening_span
from clients.figures.states import LOCKED
from clients.imports.kinds import SHARED
from clients.imports.models import ClientMonth, confirmed_relation
from clients.products.models import ProductSale
from clients.registry.models import Client, Division
from clients.registry.rules import shared
from kernel.money import ZERO, grouped
from kernel.months import Month
from kernel.refusals import Refusal


@dataclass(frozen=True)
class Cell:
    """One figure with its word, as a table shows it."""

    name: str
    label: str
    is_count: bool
    value: Any

    @property
    def shown(self) -> str:
        return f"{self.value:,}" if self.is_count else grouped(self.value)


def cells(values: Mapping[str, Any]) -> list[Cell]:
    """The figures in the order of the page's columns."""
    return [Cell(name, LABELS[name], name in COUNTS, values[name]) for name in FIGURES]


@dataclass
class FigureLine:
    """A manager's figures as a page shows them, live or frozen. `values` by the keys of rules.FIGURES."""

    person: Person
    posting: Posting | None
    values: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def cells(self) -> list[Cell]:
        return cells(self.values)

    @property
    def team(self) -> str:
        return self.posting.team.name if self.posting and self.posting.team else "未分团队"


def opened_from(month: Month) -> date:
    """The first opening day that counts for 新增有效户, a dated parameter."""
    found = ParameterBook.load("figures.opened_from").find("figures.opened_from", month.first, None)
    return date.fromisoformat(str(found)) if found else OPENED_FROM


def _is_fresh(month: Month, since: date) -> Q:
    """Whether a row is of a new valid account: opened within the span and not before `since`, valid now and never before, here or
    as another client's (ADR 0102), and not settled as 转户 (ADR 0103)."""
    first, last = opening_span(month, since)
    earlier = ClientMonth.objects.filter(client=OuterRef("client"), month__lt=month, is_valid=True).order_by()
    theirs = ClientMonth.objects.filter(client=OuterRef("pk"), month__lt=month, is_valid=True).order_by()
    others = Client.objects.filter(fund_account=OuterRef("client__fund_account")).exclude(pk=OuterRef("client")).order_by()
    new = Q(is_valid=True, opened_on__gte=first, opened_on__lte=last) & ~Q(resolution=SHARED)
    return new & ~Exists(earlier) & ~Exists(others.filter(Exists(theirs)))


_ZERO: dict[str, Any] = dict.fromkeys(COUNTS, 0) | dict.fromkeys(MONEY, ZERO)


def live_values(
    branch: Branch, month: Month, person_id: int | None = None, since: date | None = None
) -> dict[int, dict[str, Any]]:
    """Person id → figures as the rows are now, for everyone employed in the month (zeros without clients), or one of them.

    `since`: the first opening day that counts, where the caller knows it.
    """
    employed = [who for who in ids_employed_in(branch, month) if person_id in (None, who)]
    return values_of(employed, count(branch, month, since or opened_from(month), person_id))


def values_of(people: Iterable[int], counted: Counted) -> dict[int, dict[str, Any]]:
    """Person id → figures, of these people and of whoever else something counts for."""
    found = {who: _ZERO.copy() for who in people}
    for who, sums in counted.sums:
        values = found.get(who)
        if values is None:
            values = found[who] = _ZERO.copy()
        for name, amount in sums.items():
            values[name] += amount
    for values in found.values():
        values["net_new_assets"] = max(values["net_new_assets_raw"], ZERO)
    return found


def figures_month(branch: Branch, month: Month) -> FiguresMonth:
    """The month's row; one that isn't there yet is open, and not saved."""
    return next(iter(_figures_month(branch=branch.pk, month=month)), None) or FiguresMonth(branch=branch, month=month)


@prepared_objects(FiguresMonth, "branch", "locked_by")
def _figures_month(branch: Any, month: Any) -> QuerySet[FiguresMonth]:
    return FiguresMonth.objects.filter(branch=branch, month=month).order_by()


def lines_of(branch: Branch, month: Month, row: FiguresMonth | None = None, counted: Counted | None = None) -> list[FigureLine]:
    """Everyone's figures by staff number: the frozen rows of a locked month, else as they stand now. `row`, `counted` (of an open
    month): where they are known."""
    if (row or figures_month(branch, month)).is_locked:
        frozen = ManagerFigure.objects.filter(branch=branch, month=month)
        values = {row.person_id: {name: getattr(row, name) for name in FIGURES} for row in frozen}
    else:
        values = live_values(branch, month) if counted is None else values_of(ids_employed_in(branch, month), counted)
    people = Person.objects.in_bulk(values)
    postings = postings_in(values, month)
    lines = [FigureLine(people[pk], postings.get(pk), figures) for pk, figures in values.items()]
    return sorted(lines, key=lambda line: line.person.staff_no)


def lines_for(
    person: Person, branch: Branch, month: Month, row: FiguresMonth | None = None, counted: Counted | None = None
) -> list[FigureLine]:
    """The lines this person may see, for the page and for its export alike."""
    seen = visible_people(person, branch)
    return [line for line in lines_of(branch, month, row, counted) if seen is None or line.person.pk in seen]


def line_of(subject: Person, branch: Branch, month: Month, row: FiguresMonth, since: date | None = None) -> FigureLine | None:
    """One manager's line, frozen or live; None for somebody without figures of the month."""
    if row.is_locked:
        frozen = ManagerFigure.objects.filter(branch=branch, month=month, person=subject).first()
        values = None if frozen is None else {name: getattr(frozen, name) for name in FIGURES}
    else:
        values = live_values(branch, month, subject.pk, since).get(subject.pk)
    return None if values is None else FigureLine(subject, postings_in([subject.pk], month).get(subject.pk), values)


def total_of(lines: list[FigureLine]) -> dict[str, Any]:
    """Σ of the lines, by figure; 净新增资产 adds up what each manager has, floors and all."""
    counts = {name: sum(line.values[name] for line in lines) for name in COUNTS}
    return counts | {name: sum((line.values[name] for line in lines), Decimal("0.00")) for name in MONEY}


class FigureFacts(NamedTuple):
    """A manager's frozen figures as payroll takes them; `net_new_assets_raw` may be negative."""

    pk: int
    net_commission: Decimal
    gross_commission: Decimal
    other_net_income: Decimal
    clients_end: int
    assets_end: Decimal
    net_new_assets_raw: Decimal
    new_valid_accounts: int


def locked_figures(branch: Branch, month: Month) -> dict[int, FigureFacts]:
    """Person id → frozen figures, for payroll. Raises Refusal while the month isn't locked."""
    found = {who: FigureFacts(*facts) for who, *facts in _locked(branch=branch.pk, month=month)}
    if not found and not FiguresMonth.objects.filter(branch=branch, month=month, state=LOCKED).exists():
        raise Refusal(f"{branch.name}{month.label}的业务数据尚未复核锁定,请营业部财务先复核", code="figures_open")
    return found


@Prepared
def _locked(branch: Any, month: Any) -> QuerySet[ManagerFigure, Any]:
    locked = FiguresMonth.objects.filter(branch=branch, month=month, state=LOCKED)
    rows = ManagerFigure.objects.filter(Exists(locked), branch=branch, month=month).order_by()
    return rows.values_list("person_id", *FigureFacts._fields)


def rows_behind(branch: Branch, month: Month, person_id: int, figure: str = "", since: date | None = None) -> QuerySet[Any]:
    """The client rows that make up a manager's figure, `is_fresh` for a new valid account; `figure` narrows the counted ones.

    Of a divided client both partners have the row, with what `part_of` needs; only its earner counts the client and its assets.
    """
    is_fresh = _is_fresh(month, since or opened_from(month))
    rows: QuerySet[Any] = ClientMonth.objects.filter(branch=branch, month=month).select_related("client")
    rows = rows.annotate(
        earner=Coalesce("settled_to", "manager"),
        figure_of=Value(person_id),
        is_fresh=ExpressionWrapper(is_fresh, BooleanField()),
    )
    pair = Q(developer=OuterRef("earner")) | Q(service_person=OuterRef("earner"))
    division = Division.objects.in_month(month).filter(pair, client=OuterRef("client")).order_by()
    shares = bool(_shared(person=person_id, branch=branch.pk, month=month))
    rows = rows.filter(_counted(branch, month, person_id, division if shares and figure in ("", *DIVIDED) else None))
    rows = rows.annotate(
        divided_percent=Subquery(division.values("developer_percent")[:1]) if shares else Value(None, DecimalField()),
        divided_developer=Subquery(division.values("developer")[:1]) if shares else Value(None, IntegerField()),
    )
    if figure == "new_valid_accounts":
        rows = rows.filter(is_fresh)
    elif figure == "new_accounts":
        rows = rows.filter(opened_on__gte=month.first, opened_on__lte=month.last).exclude(resolution=SHARED)
    elif figure in ("net_new_assets", "net_new_assets_raw"):
        rows = rows.exclude(assets_in=0, assets_out=0)
    elif figure in ("net_commission", "gross_commission", "turnover"):
        rows = rows.exclude(turnover=0, gross_commission=0, net_commission=0)
    elif figure == "other_net_income":
        rows = rows.exclude(margin_income=0)
    return rows.order_by("client__client_no")


@Prepared
def _shared(person: Any, branch: Any, month: Any) -> QuerySet[Division, Any]:
    """A division of the month with a part for the person, if there is any: hardly anybody has one."""
    rows = Division.objects.in_month(month).filter(Q(developer=person) | Q(service_person=person), branch=branch)
    return rows.order_by().values_list("pk")[:1]


def _counted(branch: Branch, month: Month, person_id: int, division: QuerySet[Division] | None) -> Q:
    """Rows that count for the person; with `division` (that of the row's earner) also those that count for a partner."""
    named = Q(exception="", resolution="") & Exists(confirmed_relation())
    found = Q(manager=person_id) & named | Q(settled_to=person_id)
    if division is None:
        return found
    of_person = Q(developer=person_id) | Q(service_person=person_id)
    clients = Division.objects.in_month(month).filter(of_person, branch=branch).order_by()
    divided = Q(client__in=clients.values("client")) & Exists(division.filter(of_person))
    return found | divided & (named | Q(settled_to__isnull=False))


@dataclass(frozen=True)
class Part:
    """What a person has of a divided client's row: percent, and by the row's column the yuan. `earns`: whether the client and its
    assets count for this person, too."""

    percent: Decimal
    earns: bool
    values: dict[str, Decimal]

    def __getattr__(self, name: str) -> Decimal:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None


def part_of(row: Any) -> Part | None:
    """The person's part of a row of `rows_behind`; None of a client that nobody shares."""
    if row.divided_percent is None:
        return None
    develops = row.figure_of == row.divided_developer
    which = 0 if develops else 1
    amounts = {SUMS[name]: shared(getattr(row, SUMS[name]), row.divided_percent)[which] for name in DIVIDED}
    percent = row.divided_percent if develops else 100 - row.divided_percent
    return Part(percent, row.earner == row.figure_of, amounts)


def figure_rows(figure: ManagerFigure, name: str = "") -> QuerySet[Any]:
    """The client rows behind a frozen figure."""
    return rows_behind(figure.branch, figure.month, figure.person_id, name)


def sales_behind(branch: Branch, month: Month, person_id: int) -> list[ProductSale]:
    rows = ProductSale.objects.filter(branch=branch, month=month).counting().annotate(earner=Coalesce("settled_to", "manager"))
    return list(rows.filter(earner=person_id).select_related("client").order_by("source_row"))


class OpenedAndMoved(NamedTuple):
    """Of one manager's clients of one kind in a month: accounts opened in it, and assets that came in and went out, yuan."""

    month: Month
    person_id: int
    client_kind: str
    accounts: int
    assets_in: Decimal
    assets_out: Decimal


def opened_and_moved(branch: Branch, months: Sequence[Month]) -> list[OpenedAndMoved]:
    """What `ManagerFigure` holds as one number, by client kind and direction; rows count as `rows_behind` says. One statement,
    however many months (at least one)."""
    named = Q(manager__isnull=False, exception="", resolution="") & Exists(confirmed_relation())
    rows: QuerySet[Any, Any] = ClientMonth.objects.filter(named | Q(settled_to__isnull=False), branch=branch)
    found: list[OpenedAndMoved] = []
    opened = reduce(or_, (Q(month=month, opened_on__gte=month.first, opened_on__lte=month.last) for month in months), Q())
    sums = (
        rows.filter(month__in=months)
        .order_by()
        .annotate(earner=Coalesce("settled_to", "manager"))
        .values("month", "earner", "client__kind")
        .annotate(accounts=Count("pk", filter=opened & ~Q(resolution=SHARED)), came=exact("assets_in"), went=exact("assets_out"))
    )
    for month, who, kind, accounts, came, went in sums.values_list("month", "earner", "client__kind", "accounts", "came", "went"):
        found.append(OpenedAndMoved(month, who, kind, accounts, came or ZERO, went or ZERO))
    return found
