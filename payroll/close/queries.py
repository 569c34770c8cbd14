"""What the company's page shows: every branch's month in a handful of statements, however many branches there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.urls import reverse

from approvals.requests.models import Seat
from approvals.requests.states import SeatState
from branch.org.models import Branch
from branch.people.models import Engagement
from clients.figures.models import FiguresMonth
from clients.figures.states import LOCKED
from clients.imports.models import ClientMonth
from clients.imports.queries import slips_before_lock
from clients.products.models import ProductSale
from kernel.masks import FEWEST
from kernel.money import ZERO, total
from kernel.months import Month
from payroll.close.models import BranchClose, CompanyClose
from payroll.close.rules import DONE, STEPS, Facts, missing_of, step_of
from payroll.intake import states as intake
from payroll.intake.models import InputSheet
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.rules import too_few
from payroll.runs.states import APPROVING, COMPUTED, COMPUTING, LIVE
from payroll.schemes.models import SchemeVersion


@dataclass(frozen=True)
class Sums:
    """People and yuan of a branch, or of the company."""

    headcount: int = 0
    gross: Decimal = ZERO
    net: Decimal = ZERO
    iit: Decimal = ZERO

    @classmethod
    def of_run(cls, run: PayRun) -> Sums:
        return cls(run.headcount, run.gross_total, run.net_total, run.iit_total)

    @classmethod
    def added(cls, parts: Sequence[Sums]) -> Sums:
        return cls(
            sum(part.headcount for part in parts),
            total(part.gross for part in parts),
            total(part.net for part in parts),
            total(part.iit for part in parts),
        )


@dataclass(frozen=True)
class Totals:
    """The company's sums, added up from the slips; `differences` names each branch whose run says something else."""

    company: Sums = Sums()
    branches: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def told(self) -> Sums | None:
        """The sums as who may see sums only reads them: None while so few are paid that they would tell a person's pay."""
        return None if 0 < self.company.headcount < FEWEST else self.company


@dataclass(frozen=True)
class Standing:
    """How many branches the month has, and how many of them are reckoned."""

    branches: int
    computed: int

    @property
    def unready(self) -> int:
        return self.branches - self.computed


@dataclass(frozen=True)
class Line:
    """A branch's month: what is missing, how far it is, what it comes to."""

    branch: Branch
    facts: Facts
    clients: int | None
    run: PayRun | None
    close: BranchClose | None
    board_url: str
    too_few: bool = False

    @property
    def step(self) -> str:
        return step_of(self.facts)

    @property
    def step_label(self) -> str:
        return STEPS[self.step]

    @property
    def missing(self) -> list[str]:
        return missing_of(self.facts)

    @property
    def colour(self) -> str:
        """Green done, blue in good hands, orange where a person must do something before it can be reckoned."""
        if self.step == DONE:
            return "green"
        return "blue" if self.is_computed or self.facts.run_state == COMPUTING else "orange"

    @property
    def is_late(self) -> bool:
        return self.step != DONE

    @property
    def is_computed(self) -> bool:
        return self.run is not None and self.run.is_computed

    @property
    def sums(self) -> Sums | None:
        """None before the month is reckoned, and where so few are paid that the sum would tell a person's pay."""
        return Sums.of_run(self.run) if self.run is not None and self.run.is_computed and not self.too_few else None

    @property
    def problems(self) -> list[dict[str, str]]:
        """What the last close found missing, as long as the branch hasn't been reckoned since."""
        return [] if self.close is None or self.is_computed else list(self.close.problems)


@dataclass(frozen=True)
class Board:
    """The whole company's month."""

    month: Month
    lines: list[Line]
    totals: Totals
    close: CompanyClose | None

    @property
    def computed(self) -> int:
        return sum(line.is_computed for line in self.lines)

    @property
    def done(self) -> int:
        return sum(not line.is_late for line in self.lines)

    @property
    def unready(self) -> int:
        return len(self.lines) - self.computed

    @property
    def steps(self) -> list[tuple[str, str, int]]:
        """Code, word and number of branches of each step that has any, in order."""
        counted = Counter(line.step for line in self.lines)
        return [(code, words, counted[code]) for code, words in STEPS.items() if counted[code]]

    @property
    def in_close(self) -> dict[str, int]:
        """How many branches of the last close are in each state."""
        return Counter(line.close.state for line in self.lines if line.close is not None)


@dataclass(frozen=True)
class Summed:
    """合计 of the branches in a list. `small`: how many of them show no sum of their own; `together`: what those come to."""

    shown: Sums
    small: int
    together: Sums | None

    @property
    def total(self) -> Sums:
        return Sums.added([self.shown, self.together]) if self.together else self.shown

    @property
    def left_out(self) -> int:
        """How many of the list's branches the total lacks."""
        return 0 if self.together else self.small


def summed(board: Board, lines: Sequence[Line]) -> Summed:
    """Whole, as the company's sums are, where the list has all the month's small branches. Where it has some of them the total
    goes without: that of a list narrowed to one would be its people's pay, and so would two lists' that differ by one."""
    small = [line.run for line in lines if line.run is not None and line.too_few]
    whole = small and board.totals.told and len(small) == sum(line.too_few for line in board.lines)
    together = Sums.added([Sums.of_run(run) for run in small]) if whole else None
    return Summed(Sums.added([line.sums for line in lines if line.sums]), len(small), together)


def board(month: Month) -> Board:
    """Five statements: runs, seats, the close with its branches, branches with what they have, slips."""
    runs = _runs(month)
    seats = _open_seats(runs.values())
    rows = _closes(month)
    close = next((row.close for row in rows.values()), None)
    lines = []
    hidden = too_few({str(pk): run.headcount for pk, run in runs.items() if run.is_computed})
    for branch in _branches(month, runs):
        run = runs.get(branch.pk)
        facts = _facts(branch, run, seats.get(run.approval_id or 0, []) if run else [])
        url = f"{reverse('payroll:month-board')}?branch={branch.code}&month={month}"
        lines.append(Line(branch, facts, branch.client_count, run, rows.get(branch.pk), url, str(branch.pk) in hidden))
    return Board(month, lines, _totals(month, [line.run for line in lines if line.run is not None]), close)


def standing(month: Month) -> Standing:
    """For the workbench: two statements."""
    runs = _runs(month)
    branches = Branch.objects.filter(_concerned(month, runs)).count()
    return Standing(branches, sum(run.is_computed for run in runs.values()))


def _concerned(month: Month, runs: dict[int, PayRun]) -> Q:
    """Branches that have a scheme, people or a run in the month."""
    schemes = Exists(SchemeVersion.objects.in_force(month).filter(branch=OuterRef("pk")))
    people = Exists(_engaged(month).filter(branch=OuterRef("pk")))
    return Q(schemes) | Q(people) | Q(pk__in=list(runs))


def totals_of(month: Month) -> Totals:
    """The company's sums of the month as they stand."""
    return _totals(month, list(_runs(month).values()))


def people_of(month: Month) -> dict[int, int]:
    """Branch id → engagements that touch the month: how big a branch is."""
    counted = _engaged(month).order_by().values("branch").annotate(count=Count("person", distinct=True))
    return {row["branch"]: row["count"] for row in counted}


def _engaged(month: Month) -> QuerySet[Engagement]:
    return Engagement.objects.filter(Q(ended_on=None) | Q(ended_on__gte=month.first), hired_on__lte=month.last)


def _count(rows: QuerySet[Any], of: str = "pk") -> Subquery:
    """How many of `rows` belong to the outer branch; None where there are none."""
    own = rows.filter(branch=OuterRef("pk")).order_by().values("branch").annotate(count=Count(of, distinct=of != "pk"))
    return Subquery(own.values("count"), output_field=IntegerField())


def _branches(month: Month, runs: dict[int, PayRun]) -> QuerySet[Any]:
    """The month's branches with what each has: one statement."""
    own = {"branch": OuterRef("pk"), "month": month}
    reviewed = FiguresMonth.objects.filter(**own, state=LOCKED)
    return (
        Branch.objects.annotate(
            people=_count(_engaged(month), "person"),
            has_scheme=Exists(SchemeVersion.objects.in_force(month).filter(branch=OuterRef("pk"))),
            imported=Exists(ClientMonth.objects.filter(**own)),
            waiting_rows=_count(ClientMonth.objects.filter(month=month).waiting()),
            waiting_sales=_count(ProductSale.objects.filter(month=month).waiting()),
            waiting_slips=_count(slips_before_lock(month)),
            locked=Exists(reviewed),
            client_count=Cast(Subquery(reviewed.values(count=KT("totals__clients_end"))), IntegerField()),
            fed=Exists(InputSheet.objects.filter(**own, state=intake.BOOKED)),
        )
        .filter(_concerned(month, runs))
        .order_by("code")
    )


def _runs(month: Month) -> dict[int, PayRun]:
    """Branch id → the version that counts, else the last one there was."""
    rows = PayRun.objects.filter(month=month).defer("parameters")
    found: dict[int, PayRun] = {}
    for run in rows.order_by("version"):
        if run.branch_id not in found or run.state in LIVE or found[run.branch_id].state not in LIVE:
            found[run.branch_id] = run
    return found


def _open_seats(runs: Any) -> dict[int, list[str]]:
    """Request id → whose signature it waits for."""
    asked = [run.approval_id for run in runs if run.state == APPROVING and run.approval_id]
    found: dict[int, list[str]] = {}
    for request, label in Seat.objects.filter(request__in=asked, state=SeatState.OPEN).values_list("request", "label"):
        found.setdefault(request, []).append(label)
    return found


def _closes(month: Month) -> dict[int, BranchClose]:
    """Branch id → its part in the month's close."""
    rows = BranchClose.objects.filter(close__month=month).select_related("close__started_by", "job")
    return {row.branch_id: row for row in rows.defer("job__params", "job__result")}


def _facts(branch: Any, run: PayRun | None, signers: Sequence[str]) -> Facts:
    return Facts(
        scheme=branch.has_scheme,
        people=branch.people or 0,
        imported=branch.imported or branch.locked,
        waiting=(branch.waiting_rows or 0) + (branch.waiting_sales or 0),
        unconfirmed=branch.waiting_slips or 0,
        locked=branch.locked,
        fed=branch.fed,
        run_state=run.state if run else "",
        run_problems=len(run.problems) if run else 0,
        signers=tuple(signers),
        filed=run is not None and run.filing_id is not None,
    )


def _totals(month: Month, runs: Sequence[PayRun]) -> Totals:
    """Σ of the slips themselves, and each run held against its own: Σ branches = company only when every one agrees."""
    computed = [run for run in runs if run.state in COMPUTED]
    sums = (
        PaySlip.objects.filter(run__in=computed)
        .order_by()
        .values("run")
        .annotate(headcount=Count("pk"), gross=Sum("gross_pay"), net=Sum("net_pay"), iit=Sum("iit"))
    )
    by_run = {row["run"]: Sums(row["headcount"], row["gross"], row["net"], row["iit"]) for row in sums}
    wrong = [run for run in computed if by_run.get(run.pk, Sums()) != Sums.of_run(run)]
    names = dict(Branch.objects.filter(pk__in=[run.branch_id for run in wrong]).values_list("pk", "name")) if wrong else {}
    said = [f"{names[run.branch_id]}:月报合计与工资单之和不一致,请由营业部财务重新计算" for run in wrong]
    return Totals(Sums.added(list(by_run.values())), len(computed), said)


def filtered(lines: Sequence[Line], *, q: str = "", step: str = "", late: bool = False, sort: str = "") -> list[Line]:
    """By name or code, step, only what isn't done; sorted by a column (`-` the other way round), else the earliest step first."""
    found = [
        line
        for line in lines
        if (not q or q in line.branch.name or q.upper() in line.branch.code.upper())
        and (not step or line.step == step)
        and (not late or line.is_late)
    ]
    order = list(STEPS)
    keys: dict[str, Any] = {
        "code": lambda line: line.branch.code,
        "people": lambda line: line.facts.people,
        "clients": lambda line: line.clients or 0,
        "gross": lambda line: line.sums.gross if line.sums else ZERO,
        "net": lambda line: line.sums.net if line.sums else ZERO,
        "iit": lambda line: line.sums.iit if line.sums else ZERO,
        "step": lambda line: order.index(line.step),
    }
    found.sort(key=lambda line: (order.index(line.step), line.branch.code))
    if sort.lstrip("-") in keys:
        found.sort(key=keys[sort.lstrip("-")], reverse=sort.startswith("-"))
    return found
