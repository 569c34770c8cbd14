"""What the outputs read: the year's 专项附加 by item, the signed digest, the accounts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.money import total
from payroll.corrections.queries import arrears_in
from payroll.outputs import queries
from payroll.outputs.summaries import CARRIED, voucher
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.slip_rows import digest_now
from tests.factories.branch import People, make_branch
from tests.factories.close import computed
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER, approved_run, fresh, make_ready
from tests.factories.tampering import tampering
from tests.payroll.corrections import worlds


def test_the_stored_slip_still_says_what_was_signed(run: PayRun) -> None:
    for slip in PaySlip.objects.filter(run=run):
        assert digest_now(slip) == slip.digest
    slip = PaySlip.objects.get(staff_no="600101")
    for change in (
        {"figures": slip.figures | {"实发": "1.00"}},
        {"carried_after": slip.carried_after | {"negative_commission": "-1.00"}},
        {"facts": slip.facts | {"employer": slip.facts["employer"] | {"养老": "1.00"}}},
        {"staff_no": "600999"},
    ):
        other = PaySlip.objects.get(pk=slip.pk)
        for name, value in change.items():
            setattr(other, name, value)
        assert digest_now(other) != slip.digest


def test_special_additional_adds_up_by_item_over_changing_months(people: People, run: PayRun) -> None:
    engagement = people["600101"].engagements.get()
    engagement.additional_deductions = {"赡养老人": "3000.00", "住房租金": "1500.00"}
    engagement.additional_total = Decimal("4500.00")
    engagement.save()
    make_ready(people, SEPTEMBER)
    second = computed(people, SEPTEMBER)
    PayRun.objects.filter(pk=second.pk).update(state="approved")
    pays = {pay.staff_no: pay for pay in queries.month_of(fresh(second)).pays}
    leader = pays["600101"]
    assert leader.additional["赡养老人"] == Decimal("3000.00")
    assert leader.additional["住房租金"] == Decimal("1500.00")
    assert leader.additional["子女教育"] == Decimal("18000.00")  # the opening's 16,000 and August's 2,000
    for pay in pays.values():
        if not pay.is_broker:
            assert total(pay.additional.values()) == Decimal(pay.after["additional"])


def test_a_slip_from_before_items_were_frozen_takes_the_rosters(run: PayRun) -> None:
    slip = PaySlip.objects.get(staff_no="600101")
    slip.facts["person"]["additional"] = {}
    with tampering():
        slip.save(update_fields=["facts"])
    pay = next(pay for pay in queries.month_of(run).pays if pay.staff_no == "600101")
    assert pay.additional == {"子女教育": Decimal("18000.00")}


def test_all_outputs_of_a_computed_month_agree(run: PayRun) -> None:
    checked = queries.month_of(run).checked
    assert checked.holds, checked.sentences
    net = next(check for check in checked.checks if check.label == "实发合计")
    assert net.value == run.net_total
    assert len(net.values) == 6


def test_another_run_of_the_same_payment_is_named(people: People, run: PayRun) -> None:
    assert queries.same_payment(run) == []
    make_ready(people, SEPTEMBER)
    second = computed(people, SEPTEMBER, pay_month=run.pay_month)
    PayRun.objects.filter(pk=second.pk).update(state="approved")
    assert queries.same_payment(run) == [second]


@pytest.mark.parametrize("count", [1, 5])
def test_reading_costs_the_same_for_one_and_for_five(run: PayRun, count: int, django_assert_max_num_queries: object) -> None:
    with tampering():
        run.slips.exclude(staff_no__in=["600101", "600102", "600103", "600104", "600105"][:count]).delete()
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        queries.month_of(run)


def test_corrected_earlier_months_flow_into_every_output(people: People) -> None:
    """补发 of one, 扣回 with arrears of another, a broker's corrected commission with its VAT: all papers still agree."""
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "92")
    worlds.line(people, correction, "600102", "net_commission", "1000.00")
    worlds.line(people, correction, "600105", "net_commission", "21000.00")
    worlds.approved(people, correction)
    run = approved_run(people, SEPTEMBER)
    slips = {slip.staff_no: slip for slip in run.slips.all()}
    assert Decimal(slips["600103"].figures["补发补扣"]) > 0 > Decimal(slips["600102"].figures["补发补扣"])
    assert slips["600102"].carried_after["arrears"]
    assert all(digest_now(slip) == slip.digest for slip in slips.values())
    month = queries.month_of(fresh(run))
    assert month.checked.holds, month.checked.sentences


def test_a_deduction_too_large_for_a_month_is_carried_on_and_booked_as_owed(people: People) -> None:
    """Nobody's 实发 falls below 0 by it, the bank file is what the bank account is credited with, and the next month goes on."""
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "other_deduction", "18010.00")
    worlds.approved(people, correction)
    run = approved_run(people, SEPTEMBER)
    slip = worlds.slip(people, "600103", SEPTEMBER)
    (left,) = slip.carried_after["arrears"]
    taken = Decimal(slip.figures["前期扣款差额"])
    assert slip.net_pay > 0
    assert taken + Decimal(left["balance"]) == Decimal("18000.00")
    month = queries.month_of(fresh(run))
    assert month.checked.holds, month.checked.sentences
    booked = {(entry.side, entry.account): entry.amount for entry in voucher(month.pays)}
    assert booked["借", CARRIED] == Decimal(left["balance"])
    assert booked["贷", "其他应付款—前期扣款差额"] == Decimal("18000.00")
    assert digest_now(slip) == slip.digest
    (owed,) = arrears_in([people.branch])
    assert (owed.slip.pk, owed.arrear.balance) == (slip.pk, Decimal(left["balance"]))
    run = approved_run(people, OCTOBER)
    again = Decimal(worlds.slip(people, "600103", OCTOBER).figures["前期扣款差额"])
    booked = {(entry.side, entry.account): entry.amount for entry in voucher(queries.month_of(fresh(run)).pays)}
    assert booked["贷", CARRIED] == again > 0


def test_the_year_so_far_counts_every_branch_and_only_the_kind_of_now(people: People, run: PayRun) -> None:
    """What the heading says: all approved months, as the chain's sums beside them."""
    make_ready(people, SEPTEMBER)
    second = computed(people, SEPTEMBER)
    PayRun.objects.filter(pk=second.pk).update(state="approved")
    with tampering():
        PayRun.objects.filter(pk=run.pk).update(branch=make_branch("0755LH", "深圳罗湖营业部"))
        PaySlip.objects.filter(run=run, staff_no="600102").update(kind="证券经纪人")
    rows = {row["staff_no"]: row for row in queries.year_rows(fresh(second), queries.month_of(fresh(second)).pays)}
    assert (rows["600101"]["months"], rows["600102"]["months"]) == (2, 1)
