"""What may be put right, and for whom: 专项附加 by item, insurance by item and side, VAT by its mode, months with no slip."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from branch.files.actions import keep
from branch.parameters.models import ParameterValue
from branch.people.models import Engagement
from kernel.refusals import Refusal
from payroll.corrections.actions.corrections import propose_correction
from payroll.corrections.forms import LineForm
from payroll.corrections.lending import adjustments_due
from payroll.corrections.models import CorrectedSlip, PayAdjustment
from payroll.corrections.queries import adjustments_of
from payroll.outputs import insurance, queries
from payroll.outputs.declarations import wage_rows
from payroll.outputs.summaries import voucher
from payroll.reckoning.parameters import BROKER_MODE
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.slip_rows import digest_now
from tests.factories.branch import People, make_branch, make_person
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER, approved_run, fresh, sign, three
from tests.payroll.corrections import worlds


def _roster(people: People, staff_no: str, **items: str) -> None:
    total = sum(map(Decimal, items.values()))
    Engagement.objects.filter(person=people[staff_no]).update(additional_deductions=items, additional_total=total)


def test_a_late_item_of_special_additional_is_proposed_approved_and_declared(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    _roster(people, "600103", 子女教育="2000.00", 赡养老人="1000.00")
    correction = propose_correction(run_id=PayRun.objects.get().pk, by=people["600002"])
    line = correction.lines.get()
    assert (line.old, line.new) == ("子女教育 2000.00", "子女教育 2000.00、赡养老人 1000.00")
    done = worlds.approved(people, correction)
    row = PayAdjustment.objects.get()
    assert (row.additional, row.parts) == (Decimal("1000.00"), {"专项附加": {"赡养老人": "1000.00"}})
    assert done.due_month == SEPTEMBER
    run = approved_run(people, SEPTEMBER)
    month = queries.month_of(fresh(run))
    assert month.checked.holds, month.checked.sentences
    pay = next(pay for pay in month.pays if pay.staff_no == "600103")
    assert pay.additional == {"子女教育": Decimal("20000.00"), "赡养老人": Decimal("2000.00")}


def test_a_plain_total_stands_for_the_only_item_and_is_refused_where_there_are_several(people: People) -> None:
    _roster(people, "600102", 子女教育="2000.00", 赡养老人="1000.00")
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "additional_total", "3000")
    assert correction.lines.get().new == "子女教育 3000.00"
    with pytest.raises(Refusal, match="逐项"):
        worlds.line(people, correction, "600102", "additional_total", "4000")
    with pytest.raises(Refusal, match="各项为"):
        worlds.line(people, correction, "600102", "additional_total", "旅游 4000")
    worlds.line(people, correction, "600102", "additional_total", "赡养老人 1000、子女教育 3000")
    found = worlds.reckoned(people, correction)
    assert found.problems == []
    assert {row.amounts["additional"] for row in found.slips.all()} == {"1000.00"}


def test_a_corrected_base_is_on_the_list_in_the_voucher_and_in_the_runs_totals(people: People) -> None:
    """The person's difference and the company's, item by item, in the month that pays them in."""
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600102", "contribution_base", "9000.00")
    worlds.approved(people, correction)
    parts = PayAdjustment.objects.get().parts
    corrected = CorrectedSlip.objects.get()
    for item, text in parts["单位"].items():
        old = Decimal(corrected.slip.facts["employer"][item])
        assert Decimal(text) == Decimal(corrected.facts["employer"][item]) - old
    own, company = (sum(map(Decimal, parts[side].values())) for side in ("个人", "单位"))
    assert own == PayAdjustment.objects.get().special > 0
    run = fresh(approved_run(people, SEPTEMBER))
    slip = worlds.slip(people, "600102", SEPTEMBER)
    plain = worlds.slip(people, "600102", AUGUST)
    assert slip.employer_si == plain.employer_si + company
    assert digest_now(slip) == slip.digest
    month = queries.month_of(run)
    assert month.checked.holds, month.checked.sentences
    added = next(row for row in insurance.rows(month.pays) if row["note"])
    assert (added["note"], added["own"], added["company"]) == (f"补缴 2026年8月({correction.number})", own, company)
    booked = {(entry.side, entry.account): entry.amount for entry in voucher(month.pays)}
    assert ("贷", "其他应付款—前期扣款差额") not in booked
    assert booked["借", "业务及管理费—社会保险及住房公积金(单位)"] == run.employer_total
    declared = next(row for row in wage_rows(month.pays) if row["工号"] == "600102")
    assert declared["基本养老保险费"] == Decimal(slip.figures["养老"]) + Decimal(parts["个人"]["养老"])
    assert declared["备注"] == ""
    approved_run(people, OCTOBER)
    assert worlds.slip(people, "600102", OCTOBER).employer_si == plain.employer_si


@pytest.mark.parametrize(("mode", "carried"), [("manual", "100.00"), ("per_transaction", "0.00"), ("per_month", "0.00")])
def test_a_brokers_vat_is_withheld_once_in_every_mode(people: People, mode: str, carried: str) -> None:
    """Told by head office it is put right by its difference; reckoned on payments it is of the payment that brings the money."""
    ParameterValue.objects.filter(code=BROKER_MODE).update(value=mode)
    worlds.ready(people, SEPTEMBER)
    for month in (AUGUST, SEPTEMBER):
        worlds.inputs(people, "600105", month, other_allowance=Decimal("200000.00"))
    worlds.paid(people, AUGUST)
    plain = worlds.following(people, SEPTEMBER)["600105"]
    correction = worlds.opened(people)
    worlds.line(people, correction, "600105", "other_allowance", "210100.00")
    if mode == "manual":
        worlds.line(people, correction, "600105", "vat", "171.29")
    worlds.approved(people, correction)
    due = PayAdjustment.objects.get()
    assert (due.gross, due.vat) == (Decimal("10100.00"), Decimal(carried))
    slip = worlds.following(people, SEPTEMBER)["600105"]
    vat = Decimal(slip.figures["增值税"]) - Decimal(plain.figures["增值税"])
    assert vat + due.vat == Decimal("100.00")
    grown = Decimal(slip.carried_after["chain"]["net_income"]) - Decimal(plain.carried_after["chain"]["net_income"])
    assert grown == Decimal("10000.00")
    surtax = Decimal(slip.figures["附加"]) - Decimal(plain.figures["附加"]) + due.surtax
    assert abs(surtax - Decimal("6.00")) <= Decimal("0.02")


def test_who_was_left_out_of_a_month_is_paid_by_hand(people: People) -> None:
    worlds.paid(people, AUGUST)
    newcomer = make_person("600199", "漏发人")
    correction = worlds.opened(people)
    proof = keep(b"%PDF-1.7", name="审批件.pdf", content_type="application/pdf", by=people["600002"])
    people.by_no["600199"] = newcomer
    with pytest.raises(Refusal, match="不在深圳福田营业部"):
        worlds.line(people, correction, "600199", "manual", "800.00", evidence=proof)
    hired = date(2026, 8, 20)
    Engagement.objects.create(person=newcomer, branch=people.branch, kind="broker", hired_on=hired, contract_from=hired)
    assert newcomer in LineForm(correction=correction).fields["person"].queryset
    with pytest.raises(Refusal, match="手工补发补扣"):
        worlds.line(people, correction, "600199", "duty_score", "90", evidence=proof)
    worlds.line(people, correction, "600199", "manual", "800.00", evidence=proof)
    done = worlds.approved(people, correction)
    (standing,) = adjustments_of(done)
    assert (standing.row.slip_id, standing.words) == (None, "待计入 2026年9月")
    (due,) = adjustments_due([newcomer.pk], SEPTEMBER)[newcomer.pk]
    assert (due.slip, due.gross) == (None, Decimal("800.00"))
    browser = Client()
    browser.force_login(people["600002"].user)
    assert "当月没有工资单" in browser.get(f"/payroll/corrections/{done.number}/").content.decode()


def test_the_old_value_is_the_one_that_counts_when_it_is_reckoned(people: People) -> None:
    """Another correction was approved after the line was typed: the three sign 85 → 92, not 65 → 92."""
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    first = worlds.opened(people)
    worlds.line(people, first, "600103", "duty_score", "85")
    worlds.approved(people, first)
    second = worlds.opened(people)
    worlds.line(people, second, "600103", "duty_score", "92")
    second.lines.update(old="65.00")  # as it was when the line was typed, had both been open at a time
    worlds.reckoned(people, second)
    assert second.lines.get().old == "85.00"
    second.lines.update(new="85")
    with pytest.raises(Refusal, match="现在就是 85"):
        worlds.reckoned(people, second)


def test_a_month_signed_elsewhere_meanwhile_stops_the_last_signature(people: People) -> None:
    """Lots and negative commission went on to another branch, whose month did not know of the correction."""
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "net_commission", "-800.00")
    found = worlds.sent(people, worlds.reckoned(people, correction))
    accountant, deputy, manager = three(people)
    sign(found.approval, accountant, deputy)
    elsewhere = make_branch("0755LH", "深圳罗湖营业部")
    run = PayRun.objects.get(branch=people.branch, month=AUGUST)
    run.pk, run.branch, run.month, run.state, run.number = None, elsewhere, SEPTEMBER, "approved", "XC-0755LH-2026-09"
    run.pay_month, run._state.adding = OCTOBER, True
    run.save()
    slip = worlds.slip(people, "600103", AUGUST)
    slip.pk, slip.run, slip.month, slip._state.adding = None, run, SEPTEMBER, True
    slip.save()
    with pytest.raises(Refusal, match="别的营业部") as refused:
        sign(found.approval, manager)
    assert any("深圳罗湖营业部" in item for item in refused.value.items)
    assert not PayAdjustment.objects.exists()
    PaySlip.objects.filter(pk=slip.pk).update(current=False)
    sign(found.approval, manager)
    assert PayAdjustment.objects.exists()
