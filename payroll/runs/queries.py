"""Every read for the pay pages: lists, one run, one slip, the signatures, the tax chain month by month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from approvals.requests.queries import signatures
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from clients.figures.models import FiguresMonth
from kernel.money import ZERO, total
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from payroll.reckoning.facts import Carried
from payroll.reckoning.lines import COLUMNS, EARLIER, EARLIER_DEDUCTIONS, Reckoning
from payroll.runs.comparing import Row
from payroll.runs.models import PayRun, PaySlip, RunQuerySet, SlipQuerySet
from payroll.runs.states import FIXED, LIVE, PAID
from payroll.runs.words import RATES, Shown, shown
from payroll.schemes.models import SchemeVersion
from payroll.schemes.queries import scheme_in_force

SEATS = {"副经理": "副经理(经理助理)"}
EMPTY_SEATS = ("主办会计", "副经理(经理助理)", "经理")


@dataclass(frozen=True)
class Signature:
    """One place of the report's foot: the seat's label, who signed, on which day (None: not yet)."""

    label: str
    name: str = ""
    on: date | None = None
    on_behalf_of: str = ""


def signatures_of(run: PayRun) -> list[Signature]:
    """制表, 营业部财务复核 and the three seats of the route, in the form's order; those still missing are empty."""
    made = run.sent_at or run.computed_at
    found = [Signature("制表", run.maker.name if made else "", timezone.localdate(made) if made else None)]
    locked = FiguresMonth.objects.filter(branch=run.branch, month=run.month).select_related("locked_by").first()
    if locked is not None and locked.locked_by is not None and locked.locked_at is not None:
        found.append(Signature("营业部财务复核", locked.locked_by.name, timezone.localdate(locked.locked_at)))
    else:
        found.append(Signature("营业部财务复核"))
    if run.approval is None:
        return found + [Signature(label) for label in EMPTY_SEATS]
    for one in signatures(run.approval):
        day = timezone.localdate(one.at) if one.at else None
        found.append(Signature(SEATS.get(one.role_label, one.role_label), one.name, day, one.on_behalf_of))
    return found


def runs_for(person: Person) -> RunQuerySet:
    """What the person may list."""
    return PayRun.objects.visible_to(person).shown()


def run_for(person: Person, run_id: int) -> PayRun:
    """One run the person may see. Raises Unknown."""
    found = runs_for(person).filter(pk=run_id).first()
    if found is None:
        raise Unknown("没有这份薪酬月报,或不在您的查阅范围内")
    return found


def run_of_month(person: Person, branch: Branch, month: Month) -> PayRun | None:
    """The version of the month that counts, else the newest one there was."""
    rows = list(runs_for(person).filter(branch=branch, month=month).order_by("-version"))
    return next((run for run in rows if run.state in LIVE), rows[0] if rows else None)


def versions_of(run: PayRun) -> list[PayRun]:
    """All versions of the run's month, newest first."""
    return list(PayRun.objects.filter(branch=run.branch, month=run.month).shown().order_by("-version"))


def slip_for(person: Person, slip_id: int) -> PaySlip:
    """One slip the person may see. Raises Unknown: nobody learns that another's slip exists."""
    rows = PaySlip.objects.visible_to(person).select_related("run", "run__branch", "run__scheme", "person")
    found = rows.filter(pk=slip_id).first()
    if found is None:
        raise Unknown("没有这份工资单")
    return found


def own_slip(person: Person, slip_id: int) -> PaySlip:
    """The person's own slip of an approved month; anybody else's does not exist. Raises Unknown."""
    slip = slip_for(person, slip_id)
    if slip.person_id != person.pk or not may_read_own(slip):
        raise Unknown("没有这份工资单")
    return slip


def may_read_own(slip: PaySlip) -> bool:
    """Whether its person may read it: approved and current, or reversed after that."""
    return slip.run.is_reversed or (slip.current and slip.run.is_fixed)


def own_slips(person: Person) -> list[PaySlip]:
    """The person's slips of approved months, newest first; a reversed one stays beside its successor."""
    rows = PaySlip.objects.readable(person).light().select_related("run", "run__branch")
    return list(rows.order_by("-month", "-run__version"))


def successor_of(slip: PaySlip) -> PaySlip | None:
    """The slip that took a superseded one's place, once three have signed it."""
    if slip.current:
        return None
    return (
        PaySlip.objects.filter(person=slip.person_id, month=slip.month, current=True, run__state__in=FIXED)
        .light()
        .select_related("run")
        .first()
    )


def slips_to_confirm(person: Person) -> SlipQuerySet:
    """The issued slips that wait for the person's confirmation."""
    return PaySlip.objects.own(person).filter(run__state__in=PAID, confirmed_at=None)


@dataclass
class TeamRows:
    """The grid's part of one team, with its subtotals by figure."""

    team: str
    rows: list[GridRow] = field(default_factory=list)
    sums: list[Shown] = field(default_factory=list)


@dataclass(frozen=True)
class GridRow:
    """A person's line of the grid: the cells in the order of GRID."""

    row: Row
    number: int
    cells: list[Shown]


_BEFORE = {"应发": EARLIER, "实发": EARLIER_DEDUCTIONS}  # figures of corrected earlier months, before the sum they are part of
GRID: tuple[str, ...] = tuple(
    shown_column
    for column in COLUMNS
    if column not in {"期末客户数", "期末资产", "累计应纳税所得额"}
    for shown_column in ((_BEFORE[column], column) if column in _BEFORE else (column,))
)


def grid(rows: Iterable[Row]) -> tuple[list[TeamRows], list[Shown]]:
    """The rows grouped by team, each with its sums, and the sums of all (None for rates)."""
    teams: dict[str, TeamRows] = {}
    everybody: list[GridRow] = []
    for number, row in enumerate(rows, 1):
        line = GridRow(row, number, [shown(column, Decimal(row.slip.figures.get(column, "0.00"))) for column in GRID])
        teams.setdefault(row.slip.team or "未编入团队", TeamRows(row.slip.team or "未编入团队")).rows.append(line)
        everybody.append(line)
    for team in teams.values():
        team.sums = _sums(team.rows)
    return list(teams.values()), _sums(everybody)


def _sums(lines: list[GridRow]) -> list[Shown]:
    return [
        Shown(None, "") if column in RATES else shown(column, total(line.cells[at].value or ZERO for line in lines))
        for at, column in enumerate(GRID)
    ]


@dataclass(frozen=True)
class ChainRow:
    """One payment of the tax chain: cumulative figures after it, and the tax withheld with it."""

    label: str
    income: Decimal
    deductions: dict[str, Decimal]
    taxable: Decimal
    withheld: Decimal
    tax: Decimal | None
    slip_id: int | None = None
    here: bool = False


OUTSIDE = "线下结清(工资以外)"
SALARY_PARTS = {"exempt": "免税收入", "basic": "减除费用", "special": "专项扣除", "additional": "专项附加", "other": "其他扣除"}
BROKER_PARTS = {"development_cost": "展业成本", "surtax": "附加税费", "basic": "减除费用", "other": "其他扣除"}


def tax_chain(slip: PaySlip) -> list[ChainRow]:
    """The chain of the slip's tax year and kind of engagement up to its payment: the opening balance, then one row a payment."""
    year = slip.run.pay_month.year
    rows = (
        PaySlip.objects.filter(person=slip.person_id, month__lte=slip.month.number, run__pay_month__gte=year * 100 + 1)
        .filter(current=True, kind=slip.kind)
        .exclude(pk=slip.pk)
        .select_related("run")
        .defer("lines", "facts")
    )
    slips = [*rows.order_by("month"), slip]
    found: list[ChainRow] = []
    before = slips[0].carried_before["chain"]
    if before is not None and before["year"] == year:
        opened = f"截至 {year}年{before['last_month']}月发放(期初)" if before["last_month"] else OUTSIDE
        found.append(_chain_row(opened, before, None))
    for at, one in enumerate(slips):
        if at and one.carried_before["chain"] != slips[at - 1].carried_after["chain"]:
            found.append(_chain_row(OUTSIDE, one.carried_before["chain"], None))
        label = f"{one.month.label}(发放 {one.run.pay_month.label})"
        found.append(_chain_row(label, one.carried_after["chain"], one, here=one.pk == slip.pk))
    return found


def _chain_row(label: str, chain: dict[str, Any], slip: PaySlip | None, *, here: bool = False) -> ChainRow:
    broker = chain["kind"] == "broker"
    income = Decimal(chain["income_amount" if broker else "income"])
    parts = {words: Decimal(chain[name]) for name, words in (BROKER_PARTS if broker else SALARY_PARTS).items()}
    return ChainRow(
        label=label,
        income=income,
        deductions=parts,
        taxable=income - sum(parts.values(), ZERO),
        withheld=Decimal(chain["withheld"]),
        tax=slip.iit if slip else None,
        slip_id=slip.pk if slip else None,
        here=here,
    )


def reckoned_under(version: SchemeVersion) -> list[Reckoning]:
    """The figures of the last month reckoned under a scheme version, for its advice; none before the first."""
    run = PayRun.objects.computed().live().filter(scheme=version).order_by("-month", "-version").first()
    slips = run.slips.defer("lines", "facts", "carried_before") if run else []
    return [
        Reckoning(
            staff_no=slip.staff_no,
            name=slip.name,
            kind=slip.kind,
            figures={name: Decimal(amount) for name, amount in slip.figures.items()},
            lines=(),
            employer={},
            carried_after=Carried.from_dict(slip.carried_after),
        )
        for slip in slips
    ]


def pay_month_of(branch: Branch, month: Month, run: PayRun | None) -> Month | None:
    """发放月份 as it stands: the run's, else the scheme's; None while no scheme is in force."""
    if run is not None:
        return run.pay_month
    try:
        return scheme_in_force(branch, month).scheme().payment_month(month)
    except Refusal:
        return None


def people_to_start_from(viewer: Person) -> QuerySet[Person]:
    """Whose last slip may begin a sum of 个税计算: people of branches whose pay the viewer computes."""
    branches = branches_visible_to(viewer, Power.PAY_COMPUTE)
    return Person.objects.filter(pay_slips__current=True, pay_slips__run__branch__in=branches).distinct().order_by("staff_no")


def slips_to_start_from(viewer: Person, person: Person, tax_year: int) -> list[PaySlip]:
    """The person's current slips paid in the tax year, as far as the viewer may see them."""
    rows = PaySlip.objects.visible_to(viewer).filter(person=person, current=True, run__pay_month__gte=tax_year * 100 + 1)
    return list(rows.filter(run__pay_month__lte=tax_year * 100 + 12).defer("lines", "facts", "figures", "carried_before"))
