"""更正: a paid month is reckoned again beside the original, signed, and its difference is paid in the next open month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from approvals.requests.models import Request
from branch.audit.models import AuditRow
from branch.files.actions import keep
from branch.notices.models import Notice
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from payroll.corrections import states
from payroll.corrections.actions import corrections
from payroll.corrections.actions.reversals import ask_reversal
from payroll.corrections.models import CorrectedSlip, Correction, PayAdjustment
from payroll.corrections.queries import adjustments_of, arrears_in, differences_of, other_years
from payroll.corrections.recomputing import recompute
from payroll.intake.models import MonthlyInput
from payroll.runs import actions
from payroll.runs import states as runs
from payroll.runs.checks import require_unchanged
from payroll.runs.models import PayRun, PaySlip
from tests.factories.branch import People
from tests.factories.close import committed, computed
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER, approved_run, fresh, sent_up_run, sign, three
from tests.payroll.corrections import worlds


def test_with_nothing_to_put_right_the_months_come_out_as_they_were(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST, SEPTEMBER)
    outcome = recompute(people.branch, AUGUST, {})
    assert (outcome.redone, outcome.problems, outcome.through) == ([], [], SEPTEMBER)


def test_the_original_stays_and_the_corrected_month_stands_beside_it(people: People) -> None:
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.paid(people, AUGUST)
    before = PaySlip.objects.filter(month=AUGUST).order_by("pk").values()
    kept = list(before)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "92")
    found = worlds.reckoned(people, correction)
    assert (found.state, found.people, found.through) == (states.REVIEW, 1, AUGUST)
    assert list(before.all()) == kept
    row = CorrectedSlip.objects.get()
    assert (row.before["职责系数"], row.figures["职责系数"]) == ("0.6", "1.0")
    gross = Decimal(row.figures["应发"]) - Decimal(row.before["应发"])
    assert gross > 0
    assert Decimal(row.amounts["gross"]) == gross == found.gross_total
    (difference,) = differences_of(found)
    assert {"职责系数", "绩效", "应发"} <= {change.column for change in difference.changes}
    assert "实发" in {change.column for change in difference.informative}
    assert "与考核表不符" in difference.cause


def test_a_members_figure_moves_the_team_leaders_pay_too(people: People) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "net_commission", "30000.00")
    worlds.reckoned(people, correction)
    moved = {row.slip.staff_no: set() for row in CorrectedSlip.objects.select_related("slip")}
    assert set(moved) == {"600101", "600103"}


def test_approved_the_difference_is_taken_up_by_the_next_month_as_its_own_line(people: People) -> None:
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    september = computed(people, SEPTEMBER)
    gross = worlds.slip(people, "600103", SEPTEMBER).gross_pay
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "92")
    done = worlds.approved(people, correction)
    assert (done.state, done.due_month) == (states.APPROVED, SEPTEMBER)
    adjustment = PayAdjustment.objects.get()
    assert Notice.objects.filter(person=people["600103"], text__contains=done.number).count() == 1
    with pytest.raises(Refusal, match="重新计算") as refused:
        require_unchanged(fresh(september))
    assert refused.value.items == ["600103 丁一凡"]
    slip = worlds.following(people, SEPTEMBER)["600103"]
    assert slip.gross_pay == gross + adjustment.gross
    assert Decimal(slip.figures["补发补扣"]) == adjustment.gross
    (line,) = [line for line in slip.explained() if line.code == "adjustment"]
    assert line.label == f"补发 2026年8月({done.number})"
    assert line.inputs["slip"] == worlds.slip(people, "600103", AUGUST).pk
    (standing,) = adjustments_of(done)
    assert standing.words == "已计入 2026年9月"


def test_it_is_taken_up_once_and_given_back_by_a_return(people: People) -> None:
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "92")
    worlds.approved(people, correction)
    run = sent_up_run(people, SEPTEMBER)
    sign(run.approval, people["600003"], act="return", opinion="再核对")
    slip = worlds.following(people, SEPTEMBER)["600103"]
    assert Decimal(slip.figures["补发补扣"]) == PayAdjustment.objects.get().gross
    approved_run(people, SEPTEMBER)
    assert "补发补扣" not in worlds.following(people, OCTOBER)["600103"].figures


def test_those_without_a_correction_keep_their_digest(people: People) -> None:
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    before = dict(computed(people, SEPTEMBER).slips.values_list("staff_no", "digest"))
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "92")
    worlds.approved(people, correction)
    after = {no: slip.digest for no, slip in worlds.following(people, SEPTEMBER).items()}
    assert [no for no in before if before[no] != after[no]] == ["600103"]


def test_what_is_taken_back_keeps_to_the_share_and_the_rest_is_carried_on(people: People) -> None:
    """工资支付暂行规定 art. 16: at most 20 % of the month's wage, and the minimum wage stays."""
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600102", "net_commission", "1000.00")
    worlds.approved(people, correction)
    owed = -PayAdjustment.objects.get(person=people["600102"]).gross
    plain = worlds.slip(people, "600102", AUGUST)
    september = worlds.following(people, SEPTEMBER)["600102"]
    figures = {name: Decimal(text) for name, text in september.figures.items()}
    wage = figures["应发"] - figures["加班"] - figures["补发补扣"] - figures["保底补足"]
    limit = (wage * Decimal("0.20")).quantize(Decimal("0.01"))
    assert owed > limit
    assert figures["补发补扣"] == -limit
    (left,) = september.carried_after["arrears"]
    assert Decimal(left["balance"]) == owed - limit
    assert left["slip"] == plain.pk
    approved_run(people, SEPTEMBER)
    (one,) = [item for item in arrears_in([people.branch]) if item.slip.staff_no == "600102"]
    assert (one.arrear.balance, one.left) == (owed - limit, False)
    october = worlds.following(people, OCTOBER)["600102"]
    taken = -Decimal(october.figures["补发补扣"])
    rest = sum((Decimal(row["balance"]) for row in october.carried_after.get("arrears", [])), Decimal(0))
    assert taken > 0
    assert limit + taken + rest == owed


def test_a_typed_amount_needs_a_proof_and_goes_the_same_way(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people, reason="劳动仲裁裁决")
    with pytest.raises(Refusal, match="依据"):
        worlds.line(people, correction, "600103", "manual", "500")
    proof = keep(b"%PDF-1.7", name="裁决书.pdf", content_type="application/pdf", by=people["600002"])
    worlds.line(people, correction, "600103", "manual", "500.00", evidence=proof, reason="裁决补发")
    done = worlds.approved(people, correction)
    assert done.gross_total == Decimal("500.00")
    slip = worlds.following(people, SEPTEMBER)["600103"]
    assert slip.figures["补发补扣"] == "500.00"
    (line,) = [line for line in slip.explained() if line.code == "adjustment"]
    assert "裁决补发" in line.rule


def test_the_old_value_is_read_and_the_new_one_checked(people: People) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "serious_violation", "是")
    assert correction.lines.get().old == "否"
    for field, new, words in (
        ("duty_score", "x", "数字"),
        ("complaints", "1.5", "整数"),
        ("medical_tier", "三档", "一档"),
        ("duty_score", "92.00", "原来就是"),
        ("serious_violation", "是", "已经在更正单里"),
    ):
        with pytest.raises(Refusal, match=words):
            worlds.line(people, correction, "600103", field, new)
    with pytest.raises(Refusal, match="不在这份更正单可以更正的月份"):
        worlds.line(people, correction, "600103", "duty_score", "80", month=SEPTEMBER)
    with pytest.raises(Refusal, match="为什么"):
        worlds.line(people, correction, "600103", "duty_score", "80", reason=" ")


def test_impossible_inputs_are_named_and_nothing_can_be_sent_up(people: People) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "worked_days", "10")
    found = worlds.reckoned(people, correction)
    assert found.state == states.DRAFT
    assert any("600103" in sentence and "应出勤" in sentence for sentence in found.problems)
    with pytest.raises(Refusal, match="草稿"):
        worlds.sent(people, correction)


def test_only_paid_months_are_corrected(people: People) -> None:
    with pytest.raises(Refusal, match="还没有批准"):
        worlds.opened(people)
    approved_run(people, AUGUST)
    with pytest.raises(Refusal, match="冲销"):
        worlds.opened(people)


def test_one_unfinished_correction_a_month(people: People) -> None:
    worlds.paid(people, AUGUST)
    first = worlds.opened(people)
    with pytest.raises(Refusal, match="没有办完"):
        worlds.opened(people)
    corrections.void_correction(number=first.number, reason="不需要", by=people["600002"])
    assert worlds.opened(people).number != first.number


def test_who_may_and_who_may_not(people: People) -> None:
    worlds.paid(people, AUGUST)
    for staff_no in ("600003", "600001", "600103"):
        with pytest.raises(Forbidden):
            corrections.open_correction(branch=people.branch, month=AUGUST, reason="x", by=people[staff_no])
    correction = worlds.opened(people)
    with pytest.raises(Forbidden):
        corrections.compute_correction(number=correction.number, by=people["600003"])


def test_sent_back_it_is_changed_reckoned_again_and_signed_in_a_new_round(people: People) -> None:
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "85")
    first = worlds.sent(people, worlds.reckoned(people, correction))
    with pytest.raises(Refusal, match="审批中"):
        worlds.line(people, correction, "600103", "complaints", "1")
    sign(first.approval, people["600003"], act="return", opinion="考核表是 92 分")
    corrections.remove_line(number=correction.number, line_id=correction.lines.get().pk, by=people["600002"])
    worlds.line(people, correction, "600103", "duty_score", "92")
    again = worlds.sent(people, worlds.reckoned(people, correction))
    assert again.digest != first.digest
    request = Request.objects.get(pk=again.approval_id)
    assert (request.pk, request.round) == (first.approval_id, 2)
    sign(request, *three(people))
    assert Correction.objects.get().state == states.APPROVED
    assert PayAdjustment.objects.count() == 1


def test_refused_for_good_it_is_void(people: People) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    found = worlds.sent(people, worlds.reckoned(people, correction))
    sign(found.approval, people["600003"], act="reject", opinion="没有依据")
    assert Correction.objects.get().state == states.VOID
    assert not PayAdjustment.objects.exists()


def test_a_month_approved_meanwhile_makes_it_stale(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    found = worlds.sent(people, worlds.reckoned(people, correction))
    accountant, deputy, manager = three(people)
    sign(found.approval, accountant, deputy)
    run = sent_up_run(people, SEPTEMBER)
    with pytest.raises(Refusal, match="2026年9月"):
        sign(found.approval, manager)
    sign(run.approval, *three(people))
    with pytest.raises(Refusal, match="重算后再送审"):
        sign(found.approval, manager)
    sign(found.approval, manager, act="return", opinion="九月已批准,请重算")
    done = worlds.approved(people, correction)
    assert (done.through, done.due_month) == (SEPTEMBER, OCTOBER)


def test_a_second_correction_goes_on_from_the_first(people: People) -> None:
    """The difference of the second is against the month as the first has put it, not against the original."""
    worlds.inputs(people, "600103", AUGUST, duty_score=65)
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    first = worlds.opened(people)
    worlds.line(people, first, "600103", "duty_score", "85")
    worlds.approved(people, first)
    second = worlds.opened(people)
    worlds.line(people, second, "600103", "duty_score", "92")
    assert second.lines.get().old == "85.00"
    worlds.approved(people, second)
    one, two = PayAdjustment.objects.order_by("pk")
    original = worlds.slip(people, "600103", AUGUST)
    last = CorrectedSlip.objects.get(correction=second)
    assert original.gross_pay + one.gross + two.gross == Decimal(last.figures["应发"])
    taken = worlds.following(people, SEPTEMBER)["600103"]
    assert Decimal(taken.figures["补发补扣"]) == one.gross + two.gross
    assert len([line for line in taken.lines if line["code"] == "adjustment"]) == 2


def test_a_month_that_a_correction_rests_on_is_not_reversed(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    september = approved_run(people, SEPTEMBER)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    worlds.approved(people, correction)
    with pytest.raises(Refusal, match=correction.number):
        ask_reversal(run_id=september.pk, reason="x", by=people["600002"])
    assert PayRun.objects.get(pk=september.pk).state == runs.APPROVED


def test_across_the_year_end_the_tax_office_is_to_be_told(people: People) -> None:
    """The difference is income of the new year's month of payment; the old year's filing has to be corrected apart."""
    run = computed(people, AUGUST, pay_month=Month(2026, 12))
    with committed():
        actions.send_up(run_id=run.pk, by=people["600002"])
    sign(fresh(run).approval, *three(people))
    with committed():
        actions.issue(run_id=run.pk, issued_on=date(2026, 12, 7), by=people["600002"])
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    found = worlds.reckoned(people, correction)
    (row,) = other_years(found)
    assert (row.tax_year, row.gross) == (2026, found.gross_total)


def test_within_the_year_there_is_nothing_to_tell_the_tax_office(people: People) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    assert other_years(worlds.reckoned(people, correction)) == []


def test_every_step_is_in_the_log(people: People) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    worlds.approved(people, correction)
    acts = list(AuditRow.objects.filter(act__startswith="correction.").order_by("pk").values_list("act", flat=True))
    assert acts == [f"correction.{act}" for act in ("open", "line", "computed", "send_up", "approved")]


def test_a_leavers_difference_is_listed_as_owed(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    done = worlds.approved(people, correction)
    people["600103"].engagements.update(ended_on="2026-08-31")
    (standing,) = adjustments_of(done)
    assert standing.words == "已离职,应收回"
    with committed():
        actions.compute(branch=people.branch, month=SEPTEMBER, by=people["600002"])
    assert MonthlyInput.objects.filter(person=people["600103"], month=SEPTEMBER).exists()


def test_the_database_itself_keeps_what_was_owed(people: People) -> None:
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    worlds.approved(people, correction)
    for act in (lambda: PayAdjustment.objects.update(gross=0), lambda: PayAdjustment.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert PayAdjustment.objects.get().gross < 0


def test_the_arrears_page_asks_the_same_number_of_questions_for_one_and_for_many(
    people: People, django_assert_num_queries: Any
) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600101", "net_commission", "1000.00")
    worlds.line(people, correction, "600102", "net_commission", "1000.00")
    worlds.approved(people, correction)
    approved_run(people, SEPTEMBER)
    with django_assert_num_queries(2):
        found = arrears_in([people.branch])
    assert {one.slip.staff_no for one in found} == {"600101", "600102"}


def test_the_log_tells_no_pay(people: People) -> None:
    """From the month's computing to the correction's approval: who and what, but no amount, for who may read the log alone."""
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people, reason="劳动仲裁裁决")
    proof = keep(b"%PDF-1.7", name="裁决书.pdf", content_type="application/pdf", by=people["600002"])
    worlds.line(people, correction, "600103", "manual", "512.34", evidence=proof, reason="裁决补发")
    worlds.line(people, correction, "600103", "other_allowance", "777.77")
    done = worlds.approved(people, correction)
    told = "".join(f"{row.summary}{row.details}" for row in AuditRow.objects.all())
    assert "手工补发补扣" in told
    run = PayRun.objects.get(month=AUGUST)
    amounts = [Decimal("512.34"), Decimal("777.77"), done.gross_total, run.net_total, run.gross_total]
    amounts += list(PaySlip.objects.values_list("net_pay", flat=True))
    for amount in amounts:
        assert f"{amount:,.2f}" not in told
        assert f"{amount:.2f}" not in told
