"""Reading what pay starts from: opening balances, the month's inputs, and who is missing from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet

from branch.calendar.queries import WorkCalendar
from branch.org.models import Branch
from branch.parameters.queries import ParameterBook
from branch.people.employment import employed, employed_in
from branch.people.models import Engagement, Person
from branch.people.queries import holders
from branch.people.roles import ROLES, Power
from branch.prepared import Prepared
from kernel.money import decimal, total
from kernel.months import Month
from kernel.refusals import Unknown
from kernel.sheets.columns import Column
from payroll.intake import states
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet
from payroll.intake.parsing import INPUTS, OPENING, SHEETS
from payroll.intake.rules import Known, OpeningTerms, missing_cells
from payroll.intake.shown import Cell, cell, head
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import INPUT_COLUMNS, LUMP, STANDARD, Carried, MonthInput
from payroll.reckoning.tax import BrokerChain, SalaryChain


def opening_for(person_ids: Iterable[int], known: Iterable[OpeningSet] = ()) -> dict[int, OpeningBalance]:
    """Person id → confirmed opening balance with its set; those `known` are not read again. Who has none is not in it."""
    if not (wanted := list(person_ids)):
        return {}
    rows = OpeningBalance.objects.filter(person__among=wanted, opening__state=states.CONFIRMED).order_by()
    found = {row.person_id: row for row in rows}
    sets = {one.pk: one for one in known}  # one set for hundreds of rows
    if missing := {row.opening_id for row in found.values()} - sets.keys():
        sets |= OpeningSet.objects.in_bulk(missing)
    for row in found.values():
        row.opening = sets[row.opening_id]
    return found


def carried_from(balance: OpeningBalance) -> Carried:
    """The state a person's first reckoned month starts from: the tax chain, the deferral lot, the negative commission."""
    opening = balance.opening
    employed_from = balance.started.month if balance.started.year == opening.tax_year else 1
    shared: dict[str, Any] = {
        "year": opening.tax_year,
        "employed_from": employed_from,
        "basic_start": employed_from if balance.tax_mode == STANDARD else 1,
        "lump": balance.tax_mode == LUMP,
        "last_month": opening.last_payment.month,
        "basic": balance.basic,
        "other": balance.other,
        "relief": balance.relief,
        "withheld": balance.withheld,
    }
    if balance.kind == Engagement.Kind.BROKER:
        sums = {name: getattr(balance, name) for name in ("net_income", "income_amount", "development_cost", "surtax")}
        return Carried(BrokerChain(**shared, **sums), (), balance.negative_commission)
    sums = {name: getattr(balance, name) for name in ("income", "exempt", "special", "additional")}
    lot = Lot(None, balance.deferral_balance, balance.deferral_left, balance.deferral_instalment)
    return Carried(SalaryChain(**shared, **sums), (lot,) if balance.deferral_left else (), balance.negative_commission)


def inputs_for(branch: Branch, month: Month) -> dict[int, MonthlyInput]:
    """Person id → the month's input row, as booked."""
    rows = MonthlyInput.objects.filter(branch=branch, month=month).select_related("person")
    return {row.person_id: row for row in rows}


class InputFacts(NamedTuple):
    """A booked row as pay takes it: its key and its cells."""

    pk: int
    cells: MonthInput


def input_facts(branch: Branch, month: Month) -> dict[int, InputFacts]:
    """Person id → the month's cells, without the rows' people and sheet around them."""
    return {who: InputFacts(pk, MonthInput(*cells)) for who, pk, *cells in _input_rows(branch=branch.pk, month=month)}


@Prepared
def _input_rows(branch: Any, month: Any) -> QuerySet[MonthlyInput, Any]:
    return MonthlyInput.objects.filter(branch=branch, month=month).order_by().values_list("person_id", "pk", *INPUT_COLUMNS)


def known_in(branch: Branch, month: Month) -> dict[str, Known]:
    """Staff number → who is employed at the branch in the month; of two engagements in it the later one counts, from the former's
    first day where it goes on from it."""
    found: dict[str, Known] = {}
    for row in employed_in(branch, month).order_by("hired_on"):
        known = Known(row.person_id, row.person.staff_no, row.person.name, row.kind, row.hired_on, row.ended_on)
        former = found.get(known.staff_no)
        goes_on = former and former.left_on and (former.kind, former.left_on + timedelta(1)) == (known.kind, known.hired_on)
        found[known.staff_no] = replace(known, hired_on=former.hired_on) if former and goes_on else known
    return found


def strangers_among(staff_nos: Iterable[str], branch: Branch, month: Month) -> dict[str, str]:
    """Staff number → why that person can't be listed for this branch and month; numbers that nobody has are left out."""
    people = Person.objects.filter(staff_no__in=list(staff_nos)).prefetch_related("engagements__branch")
    return {person.staff_no: _why_not(person, branch, month) for person in people}


def _why_not(person: Person, branch: Branch, month: Month) -> str:
    engagements = list(person.engagements.all())
    here = [row for row in engagements if row.branch_id == branch.pk]
    if not here and engagements:
        return f"是{engagements[-1].branch.name}的人员,不属于{branch.name}"
    if not here:
        return f"{person.name}没有劳动合同或委托代理合同的登记,不在核算范围"
    last = here[-1]
    if last.hired_on > month.last:
        return f"{last.hired_on} 才入职,{month.label}不在册"
    return f"已于 {last.ended_on} 离职,{month.label}不在册"


def confirmed_openings(staff_nos: Iterable[str]) -> dict[str, OpeningBalance]:
    """Staff number → the confirmed balance that can't be given again."""
    rows = OpeningBalance.objects.filter(opening__state=states.CONFIRMED, person__staff_no__in=list(staff_nos))
    return {row.person.staff_no: row for row in rows.select_related("person", "opening")}


def confirmers(branch: Branch) -> list[Person]:
    """Who may confirm opening balances at the branch."""
    roles = [code for code, role in ROLES.items() if Power.OPENING_CONFIRM in role.powers]
    return [person for role in roles for person in holders(role, branch=branch)]


def opening_terms(first_month: Month) -> OpeningTerms:
    """The tax law's amounts that opening balances are judged by."""
    book, day = ParameterBook.load(), first_month.first
    basic, lump = book.value("iit.basic_deduction_month", day), book.value("iit.lump_60000_limit", day)
    return OpeningTerms(first_month, decimal(basic), decimal(lump))


def work_days(month: Month) -> int:
    return WorkCalendar.of_month(month).work_days(month)


def opening_set(person: Person, pk: int) -> OpeningSet:
    """The set, if this person may see it. Raises Unknown."""
    sets = OpeningSet.objects.visible_to(person).select_related("branch", "file", "proposed_by", "confirmed_by")
    found = sets.filter(pk=pk).first()
    if found is None:
        raise Unknown("没有这份期初余额")
    return found


def input_sheet(person: Person, pk: int) -> InputSheet:
    """The sheet, if this person may see it. Raises Unknown."""
    found = InputSheet.objects.visible_to(person).select_related("branch", "file", "imported_by").filter(pk=pk).first()
    if found is None:
        raise Unknown("没有这份核算输入")
    return found


@dataclass(frozen=True)
class BalanceTable:
    """The balances of one kind of engagement as a page shows them, in the file's columns."""

    kind: str
    title: str
    heads: list[Cell]
    rows: list[tuple[OpeningBalance, list[Cell]]]
    sums: list[Cell]


def balance_table(opening: OpeningSet, kind: str) -> BalanceTable:
    columns = OPENING[kind][2:]
    balances = list(opening.balances.filter(kind=kind).select_related("person"))
    rows = [(balance, [cell(getattr(balance, column.key), column.parse.kind) for column in columns]) for balance in balances]
    sums = [
        cell(total(getattr(balance, column.key) for balance in balances), "money") if column.parse.kind == "money" else Cell()
        for column in columns
    ]
    return BalanceTable(kind, SHEETS[kind], [head(column) for column in columns], rows, sums)


@dataclass(frozen=True)
class MonthView:
    """The month's inputs as a page shows them: rows, sums, who is missing and which cells are."""

    sheet: InputSheet | None
    heads: list[Cell]
    rows: list[tuple[MonthlyInput, list[Cell]]]
    sums: list[Cell]
    missing: list[Engagement]
    incomplete: list[tuple[MonthlyInput, str]]

    @property
    def exception_count(self) -> int:
        """People whose pay waits for something."""
        return len(self.missing) + len(self.incomplete)


def month_view(branch: Branch, month: Month) -> MonthView:
    """Everything about the month's inputs, in three queries."""
    sheets = InputSheet.objects.filter(branch=branch, month=month, state=states.BOOKED)
    sheet = sheets.select_related("file", "imported_by").first()
    inputs = list(inputs_for(branch, month).values())
    engaged = {row.person_id: row for row in employed_in(branch, month)}
    listed = {row.person_id for row in inputs}
    incomplete = []
    for row in inputs:
        kind = engaged[row.person_id].kind if row.person_id in engaged else Engagement.Kind.EMPLOYEE
        if cells := missing_cells(kind, {name: getattr(row, name) for name in INPUT_COLUMNS}):
            incomplete.append((row, "、".join(INPUT_COLUMNS[cell] for cell in cells)))
    columns = INPUTS[2:]
    rows = [(row, [cell(getattr(row, column.key), column.parse.kind) for column in columns]) for row in inputs]
    missing = [row for key, row in engaged.items() if key not in listed]
    return MonthView(
        sheet, [head(column) for column in columns], rows, [_sum(column, inputs) for column in columns], missing, incomplete
    )


class Wanting(NamedTuple):
    """What a branch's inputs of a month still want: is a sheet booked, how many people it lacks, how many rows lack cells."""

    branch: Branch
    booked: bool
    missing: int
    incomplete: int


def inputs_wanting(branches: Sequence[Branch], month: Month) -> list[Wanting]:
    """Branch by branch as `month_view` has it, in three queries however many branches."""
    here = {"branch__in": branches, "month": month}
    booked = set(InputSheet.objects.filter(**here, state=states.BOOKED).values_list("branch", flat=True))
    kinds = {(row.branch_id, row.person_id): row.kind for row in employed(month).filter(branch__in=branches)}
    listed: set[tuple[int, int]] = set()
    incomplete: Counter[int] = Counter()
    for branch, who, *cells in MonthlyInput.objects.filter(**here).order_by().values_list("branch", "person", *INPUT_COLUMNS):
        listed.add((branch, who))
        kind = kinds.get((branch, who), Engagement.Kind.EMPLOYEE)
        incomplete[branch] += bool(missing_cells(kind, dict(zip(INPUT_COLUMNS, cells, strict=True))))
    missing = Counter(branch for branch, _ in kinds.keys() - listed)
    return [Wanting(one, one.pk in booked, missing[one.pk], incomplete[one.pk]) for one in branches]


def _sum(column: Column, inputs: list[MonthlyInput]) -> Cell:
    if column.key not in SUMMED:
        return Cell()
    return cell(total(value for row in inputs if (value := getattr(row, column.key)) is not None), column.parse.kind)


SUMMED = (
    *("worked_days", "personal_leave", "sick_leave", "absence"),
    *("overtime_weekday", "overtime_rest", "overtime_statutory"),
    *("target", "complaints", "vat", "other_allowance", "other_deduction", "damages_balance"),
)


def months_with_inputs(branch: Branch) -> list[Month]:
    """Months that have a booked sheet, newest first."""
    sheets = InputSheet.objects.filter(branch=branch, state=states.BOOKED).order_by("-month")
    return list(sheets.values_list("month", flat=True))


def people_for_template(branch: Branch, month: Month) -> list[dict[str, Any]]:
    """The rows a 核算输入 template begins with: everybody employed in the month, employees with the calendar's work days."""
    days = work_days(month)
    return [
        {"staff_no": known.staff_no, "name": known.name, "due_days": days if known.kind == Engagement.Kind.EMPLOYEE else None}
        for known in sorted(known_in(branch, month).values(), key=lambda known: known.staff_no)
    ]


def people_for_opening(branch: Branch, first_month: Month) -> dict[str, list[dict[str, Any]]]:
    """By kind, who was hired before the first month and has no confirmed balance yet."""
    people = [known for known in known_in(branch, first_month).values() if known.hired_on < first_month.first]
    had = confirmed_openings(known.staff_no for known in people)
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in Engagement.Kind.values}
    for known in sorted(people, key=lambda known: known.staff_no):
        if known.staff_no not in had:
            rows[known.kind].append({"staff_no": known.staff_no, "name": known.name})
    return rows
