"""What the runs know of a person's tax year, lent to the intake: what was paid, and whether the year may still change."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Q

from branch.org.models import Branch
from branch.people.models import Engagement, Person
from kernel.refusals import Refusal
from payroll.intake.register import YearPaid
from payroll.intake.tax_modes import ConfirmedMode
from payroll.reckoning.facts import STANDARD
from payroll.reckoning.tax import SalaryChain, chain_from_dict
from payroll.runs.chain import Start
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import APPROVING, COMPUTING, FIXED


def mode_for(start: Start, confirmed: ConfirmedMode | None, tax_year: int) -> str:
    """A chain goes on as it began; a new one, of a new tax year or a joiner, begins with the mode confirmed for that year."""
    chain = start.carried.chain
    if chain is not None and chain.year == tax_year and chain.last_month:
        return start.tax_mode
    return confirmed.mode if confirmed else STANDARD


def paid_in(person_ids: Iterable[int], kind: str, tax_year: int) -> dict[int, YearPaid]:
    """Person id → months of payment in the year by approved slips of that kind of engagement, and the last chain's income."""
    label = Engagement.Kind(kind).label
    rows = PaySlip.objects.filter(person__in=list(person_ids), kind=label, current=True, run__state__in=FIXED)
    slips = rows.filter(_paid_within(tax_year, "run__")).select_related("run").order_by("run__pay_month", "month")
    months: dict[int, set[int]] = {}
    income: dict[int, Decimal] = {}
    for slip in slips.defer("lines", "facts", "figures", "carried_before"):
        months.setdefault(slip.person_id, set()).add(slip.run.pay_month.month)
        income[slip.person_id] = _income(slip)
    return {who: YearPaid(frozenset(months[who]), income[who]) for who in months}


def _income(slip: PaySlip) -> Decimal:
    """The chain's cumulative income: of an employee as paid, of a broker without VAT."""
    chain = chain_from_dict(slip.carried_after["chain"])
    return chain.income if isinstance(chain, SalaryChain) else chain.net_income


def _paid_within(tax_year: int, path: str = "") -> Q:
    return Q(**{f"{path}pay_month__gte": tax_year * 100 + 1, f"{path}pay_month__lte": tax_year * 100 + 12})


def guard_tax_year(person: Person, branch: Branch, tax_year: int) -> None:
    """A person's tax mode stays once a payment of the year is computing, being signed or approved."""
    busy = Q(branch=branch, state=COMPUTING)
    settled = Q(state__in=(APPROVING, *FIXED), slips__person=person, slips__current=True)
    run = PayRun.objects.filter(_paid_within(tax_year)).filter(busy | settled).order_by("month").first()
    if run is not None:
        raise Refusal(
            f"{run.month.label}的薪酬月报({run.get_state_display()},{run.pay_month.label}发放)已按现行减除方式核算,"
            f"{person.name} {tax_year} 年的减除方式不能再改;未批准的可先撤回或由审批人退回"
        )
