"""What pay runs show on the workbench and in the menu, and where the room signs the registers of those below."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from approvals.requests import kinds
from archives import register as filing_kinds
from branch.exports import register as exports
from branch.jobs import register as jobs
from branch.people.access import holds
from branch.people.models import Person
from branch.people.register import add_departure_guard, add_leaving_guard
from branch.people.roles import Power
from branch.workbench.register import MenuItem, Tile, Todo, add_menu, add_tiles, add_todos
from clients.figures.register import add_unlock_guard
from kernel.months import Month
from payroll.intake.register import add_freeze_guard, add_tax_year_guard, add_year_history
from payroll.runs.actions import JOB, prepare_month
from payroll.runs.checks import guard_figures, guard_final_pay, guard_inputs, guard_leaving, guard_months
from payroll.runs.computing import compute_run
from payroll.runs.exports import KINDS as EXPORTS
from payroll.runs.filing import PAYROLL_MONTHLY
from payroll.runs.lending import PAY_COST
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.queries import reckoned_under, slips_to_confirm
from payroll.runs.signing import PAY_RUN
from payroll.runs.states import APPROVED, DRAFT, ISSUED, REVIEW
from payroll.runs.tax_years import guard_tax_year, paid_in
from payroll.schemes.register import add_month_guard, add_reckoned_month
from teams.plans.reports.register import lend


def _todos(person: Person) -> Iterable[Todo]:
    yield Todo("待确认的工资单", slips_to_confirm(person), reverse("payroll:my-slips"))
    runs = PayRun.objects.visible_to(person)
    for power, state, words in (
        (Power.PAY_COMPUTE, DRAFT, "待计算的薪酬月报"),
        (Power.PAY_COMPUTE, REVIEW, "待送审的薪酬月报"),
        (Power.PAY_ISSUE, APPROVED, "已批待发放的薪酬月报"),
    ):
        if holds(person, power):
            yield Todo(words, runs.filter(state=state), f"{reverse('payroll:run-list')}?state={state}")
    if holds(person, Power.FILING_SUBMIT):
        unfiled = runs.filter(state=ISSUED, filing=None)
        yield Todo("已发放待报送备案的薪酬月报", unfiled, f"{reverse('payroll:run-list')}?state={ISSUED}")


def _tiles(person: Person) -> Iterable[Tile]:
    """The standing of last month's close, for whoever sees pay; the last payslip, for everybody."""
    month = Month.of(timezone.localdate()).previous
    if holds(person, Power.PAY_VIEW):
        run = PayRun.objects.visible_to(person).live().filter(month=month).first()
        words = run.get_state_display() if run else "未开始"
        yield Tile(
            f"{month.label}薪酬", words, f"{run.headcount} 人" if run and run.headcount else "", reverse("payroll:month-board")
        )
    slip = PaySlip.objects.own(person).light().order_by("-month").first()
    if slip is not None:
        yield Tile(f"{slip.month.label}实发(元)", f"{slip.net_pay:,.2f}", "", reverse("payroll:my-slip", args=[slip.pk]))


def sign_in() -> None:
    """Called once when the application starts."""
    jobs.register(JOB, compute_run)
    jobs.add_monthly(prepare_month)
    exports.register(*EXPORTS)
    kinds.register(PAY_RUN)
    filing_kinds.register(PAYROLL_MONTHLY)
    add_unlock_guard(guard_figures)
    add_freeze_guard(guard_inputs)
    add_leaving_guard(guard_leaving)
    add_departure_guard(guard_final_pay)
    add_tax_year_guard(guard_tax_year)
    add_year_history(paid_in)
    add_month_guard(guard_months)
    add_reckoned_month(reckoned_under)
    lend(PAY_COST)
    add_todos(_todos)
    add_tiles(_tiles)

    def pays(person: Person) -> bool:
        return holds(person, Power.PAY_VIEW)

    add_menu(
        MenuItem("payroll", "月结进度", "payroll:month-board", pays, order=10),
        MenuItem("payroll", "薪酬月报", "payroll:run-list", pays, order=20),
        MenuItem("payroll", "试算", "payroll:trial", lambda person: holds(person, Power.PAY_COMPUTE), order=60),
        MenuItem("payroll", "个税计算", "payroll:tax-sum", lambda person: holds(person, Power.PAY_COMPUTE), order=65),
        MenuItem("payroll", "我的工资单", "payroll:my-slips", _has_slips, slips_to_confirm, 90),
    )


def _has_slips(person: Person) -> bool:
    """Whoever was ever engaged at a branch is paid here; the person of a page's request knows it already."""
    known: bool | None = getattr(person, "ever_engaged", None)
    return person.engagements.exists() if known is None else known
