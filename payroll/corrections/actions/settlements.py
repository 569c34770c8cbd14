"""Writes of what was settled outside the pay run: one person registers a leaver's item as settled, another confirms it.

Both take the branch's lock: of two who settle the same item at once the second finds what the first left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from branch.audit.actions import record
from branch.files.models import StoredFile
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Engagement, Person
from branch.people.queries import holders
from branch.people.roles import ROLES, Power
from kernel.money import ZERO, grouped
from kernel.refusals import Refusal, Unknown
from payroll.corrections import access
from payroll.corrections.balances import HOW, LOTS, WAIVED, Instalment, adjustment_of, divisible, part_of
from payroll.corrections.declaring import due_of
from payroll.corrections.leavers import Item, Leaver, leavers_of
from payroll.corrections.models import OutsideSettlement, PayAdjustment
from payroll.corrections.states import SETTLEMENT
from payroll.corrections.unpaid import unpaid_of
from payroll.runs.actions import lock_branch
from payroll.runs.models import PaySlip


@dataclass(frozen=True)
class Settling:
    """How an item was settled: yuan (> 0), the day, a code of HOW, why, and the proof: a voucher's number, a file, or both.
    `tax`: what was withheld of what was paid."""

    amount: Decimal
    day: date
    how: str
    reason: str
    voucher: str = ""
    evidence: StoredFile | None = None
    tax: Decimal | None = None


@transaction.atomic
def propose_settlement(*, slip_id: int | None, key: str, given: Settling, by: Person) -> OutsideSettlement:
    """Register that a leaver's item, or a part of it, was settled. `slip_id`: the leaver's last slip; None of who never had one,
    whom the adjustment in `key` names."""
    branch = _branch_of(slip_id, key)
    lock_branch(branch.pk)
    access.may_propose_settlement(by, branch)
    leaver, item = _open_item(branch, slip_id, key)
    if item.pending:
        raise _pending()
    amount = _part(item, given.amount)
    _require_told(given)
    _require_out_of_service(leaver, item, given.day)
    row = OutsideSettlement(
        branch=branch,
        person_id=leaver.person_id,
        slip=leaver.slip,
        kind=item.kind,
        key=item.key,
        label=(item.label + _instalments(item, amount) + _insurance(item, amount))[:200],
        adjustment_id=item.adjustment.key if item.adjustment else None,
        amount=amount,
        tax=_tax(leaver, item, amount, given),
        day=given.day,
        how=given.how,
        reason=given.reason.strip()[:200],
        voucher=given.voucher.strip()[:60],
        evidence=given.evidence,
        proposed_by=by,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise _pending() from error
    _log(row, by, "propose", f"登记{_named(row)}:{row.reason}")
    others = [one for one in _confirmers(branch) if one.pk != by.pk]
    tell(others, f"{by.name}登记{_told(row)},等您确认", key=f"settlement:{row.pk}:proposed", link=_link(row))
    return row


@transaction.atomic
def confirm_settlement(*, settlement_id: int, by: Person) -> OutsideSettlement:
    """The second person confirms: from now on the pay run neither pays nor takes it again. Final."""
    row = _locked(settlement_id)
    access.may_confirm_settlement(by, row)
    row.state = SETTLEMENT.after(row.state, "confirm")
    _, item = _open_item(row.branch, row.slip_id, row.key)
    _part(item, row.size)
    _decide(row, by)
    _log(row, by, "confirm", f"确认{_named(row)}")
    tell([row.proposed_by], f"您登记的{_told(row)}已由{by.name}确认", key=f"settlement:{row.pk}:confirmed", link=_link(row))
    return row


@transaction.atomic
def reject_settlement(*, settlement_id: int, reason: str, by: Person) -> OutsideSettlement:
    """Sent back by a second person, or taken back by who registered it; nothing counts as settled by it."""
    row = _locked(settlement_id)
    access.may_return_settlement(by, row)
    if not reason.strip():
        raise Refusal("请写明退回或撤回的原因")
    row.state = SETTLEMENT.after(row.state, "reject")
    row.returned = reason.strip()[:200]
    _decide(row, by)
    mine = by.pk == row.proposed_by_id
    _log(row, by, "reject", f"{'撤回' if mine else '退回'}{_named(row)}:{row.returned}")
    if not mine:
        told = f"您登记的{_told(row)}被{by.name}退回:{row.returned}"
        tell([row.proposed_by], told, key=f"settlement:{row.pk}:rejected", link=_link(row))
    return row


def _open_item(branch: Branch, slip_id: int | None, key: str) -> tuple[Leaver, Item]:
    """What is still to be settled, read under the branch's lock. Raises Refusal once a later slip has taken it up."""
    leaver = unpaid_of([branch], adjustment_of(key)) if slip_id is None else leavers_of([branch], slip_id)
    if leaver is None:
        raise Refusal("此人没有离职,或已经没有未结的余额:在职的由工资补发、扣回,不能登记线下结清", code="not_left")
    if leaver.slip is not None and not leaver.is_paid:
        raise Refusal(
            f"{leaver.month.label}的薪酬月报({leaver.slip.run.get_state_display()})还没有发放,余额还可能变动;请发放以后再登记",
            code="not_paid",
        )
    return leaver, leaver.item(key)


def _part(item: Item, amount: Decimal) -> Decimal:
    """`amount` in the direction of what is left of the item. Raises Refusal where it can't be settled so."""
    found = part_of(item.left, amount)
    if item.adjustment is not None and found != item.left and not divisible(item.adjustment, item.settled + found):
        raise Refusal(f"这笔差额连同三险一金等扣款,只能一次结清 {grouped(item.size)} 元", code="whole_only")
    return found


def _tax(leaver: Leaver, item: Item, amount: Decimal, given: Settling) -> Decimal | None:
    """What was withheld, as it enters the year's chain; None where nothing does. Raises Refusal where it can't be so."""
    if not leaver.is_employees or given.how == WAIVED:
        if given.tax:
            whose = "证券经纪人的" if leaver.slip else "没有工资单的人的"
            why = "放弃的没有付款" if given.how == WAIVED else f"{whose}线下结清不进累计预扣,个税由财务另行申报"
            raise Refusal(f"{why},代扣个税请留空", code="no_tax")
        return None
    if amount < 0:
        if given.tax:
            raise Refusal("收回的款项冲减收入,不代扣也不退个税,代扣个税请留空", code="no_tax")
        return ZERO
    if given.tax is None and leaver.slip is not None:
        reckoned = due_of(leaver.slip, item, amount, given.day)
        hint = "" if reckoned is None else f";按本年累计数应扣 {grouped(reckoned)} 元"
        raise Refusal(f"请填写这笔付款代扣了多少个税,没有的填 0{hint}", code="tax_missing")
    assert given.tax is not None
    if given.tax != given.tax.quantize(Decimal("0.01")) or not ZERO <= given.tax < amount:
        raise Refusal("代扣个税应是 0 或比付款少的数,最多两位小数", code="bad_tax")
    return given.tax


def _instalments(item: Item, amount: Decimal) -> str:
    """Which months' instalments a payment of lots covers, in words."""
    due: list[Instalment] = [one for one in item.plan if one.so_far - one.amount < amount]
    return f":{due[0].month.label}至{due[-1].month.label}" if due else ""


def _insurance(item: Item, amount: Decimal) -> str:
    """三险一金 by item that go with what is settled to the end: no later run has them on its list."""
    return f";三险一金差额由财务补缴或退回:{item.insurance}" if item.insurance and amount == item.left else ""


def _require_told(given: Settling) -> None:
    if given.how not in HOW:
        raise Refusal("请选择结清的方式:转账、现金或放弃")
    if not given.reason.strip():
        raise Refusal("请写明怎样结清的;放弃的写明谁同意、为什么")
    if given.evidence is None and not given.voucher.strip():
        raise Refusal("请填写凭证号或上传依据文件,例如回单、收据、本人签字的说明")


def _require_out_of_service(leaver: Leaver, item: Item, day: date) -> None:
    """Settled by hand is only what no wage could bear: on a day between two engagements, or after the last. A broker's pay bears
    no deferral."""
    if day > timezone.localdate():
        raise Refusal("结清日期不能晚于今天:结清以后再登记")
    if day < leaver.month.first:
        whose = "最后一份工资单的月份" if leaver.slip else "更正的月份"
        raise Refusal(f"结清日期不能早于{whose} {leaver.month.label}")
    rows = Engagement.objects.filter(Q(ended_on=None) | Q(ended_on__gte=day), person=leaver.person_id)
    engaged = rows.filter(hired_on__lte=day)
    if item.kind == LOTS:
        engaged = engaged.filter(kind=Engagement.Kind.EMPLOYEE)
    if held := engaged.select_related("branch").first():
        raise Refusal(f"{leaver.name}在 {day} 在{held.branch.name}任职,余额由工资补发、扣回,不能登记线下结清", code="in_service")


def _decide(row: OutsideSettlement, by: Person) -> None:
    row.decided_by, row.decided_at = by, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at", "returned"])


def _pending() -> Refusal:
    return Refusal("这一项已有一笔待确认的登记,请先确认、退回或撤回它", code="settlement_pending")


def _branch_of(slip_id: int | None, key: str) -> Branch:
    if slip_id is None:
        due = PayAdjustment.objects.filter(pk=adjustment_of(key), slip=None).select_related("correction__branch").first()
        if due is None:
            raise Unknown("没有这位离职人员的未结余额")
        return due.correction.branch
    slip = PaySlip.objects.filter(pk=slip_id).select_related("run__branch").light().first()
    if slip is None:
        raise Unknown("没有这位离职人员的未结余额")
    return slip.run.branch


def _locked(pk: int) -> OutsideSettlement:
    """The row, after its branch's lock. Raises Unknown."""
    branch = OutsideSettlement.objects.filter(pk=pk).values_list("branch_id", flat=True).first()
    if branch is None:
        raise Unknown("没有这笔线下结清的登记")
    lock_branch(branch)
    rows = OutsideSettlement.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("branch", "person", "proposed_by").get(pk=pk)


def _confirmers(branch: Branch) -> list[Person]:
    roles = [code for code, role in ROLES.items() if Power.PAY_SIGN in role.powers]
    return list({person.pk: person for role in roles for person in holders(role, branch=branch)}.values())


def _log(row: OutsideSettlement, by: Person, act: str, summary: str) -> None:
    record(by=by, act=f"settlement.{act}", subject=row, summary=summary, branch_code=row.branch.code)


def _named(row: OutsideSettlement) -> str:
    """For the log, which also those read who may not see anybody's pay: without the amount."""
    return f"{row.person.name}({row.person.staff_no})的线下结清({row.get_how_display()},{row.day})"


def _told(row: OutsideSettlement) -> str:
    way = "补付" if row.to_person else "收回"
    return f"{row.person.name}的线下结清({row.get_how_display()}{way} {grouped(row.size)} 元,{row.day}):{row.label}"


def _link(row: OutsideSettlement) -> str:
    return row.get_absolute_url()
