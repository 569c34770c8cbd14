"""Whose month a branch pays where somebody has two engagements in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from branch.people.models import Engagement
from payroll.corrections.proposing import since
from payroll.intake.actions import import_opening
from payroll.intake.models import MonthlyInput
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import APPROVED, DRAFT
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.payroll import sheet_rows, workbook
from tests.factories.runs import AUGUST, SEPTEMBER, approved_run, engage, make_ready, second_branch
from tests.factories.tampering import tampering


def worked(people: People, days: int, **cells: object) -> None:
    MonthlyInput.objects.filter(person=people["600103"]).update(worked_days=days, **cells)


def test_who_moves_within_a_month_is_paid_where_they_were_and_named_where_they_are(people: People) -> None:
    other = second_branch(people)
    engage(people, "600103", date(2026, 8, 17), at=other)
    worked(people, 10)
    make_ready(other, AUGUST, only=["600103"], without=["600103"])
    there = computed(other, AUGUST)
    assert there.state == DRAFT
    assert there.problems[0] == (
        "600103 丁一凡:2026年8月在深圳福田营业部任职到 2026-08-16,一人一月只有一张工资单,由那里核算;"
        "请在名册把在深圳南山营业部的入职日期更正为 2026-09-01,其间的报酬以后用“更正”的手工补发"
    )
    assert not any("核算输入没有此人" in sentence or "不在职" in sentence for sentence in there.problems)
    here = computed(people, AUGUST)
    assert not here.problems
    assert here.slips.get(staff_no="600103").facts["person"]["left_on"] == "2026-08-16"


def test_a_slip_of_the_month_elsewhere_is_named_and_a_signed_one_is_the_months(people: People) -> None:
    """The database holds one current slip a person and month: it must never be the one to say so."""
    other = second_branch(people)
    engage(people, "600103", date(2026, 8, 17), at=other)
    worked(people, 10)
    run = computed(people, AUGUST)
    slip = run.slips.get(staff_no="600103")
    elsewhere = PayRun.objects.create(
        number="x", branch=other.branch, month=AUGUST, pay_month=AUGUST.next, scheme=run.scheme, maker=run.maker, digest="x",
        state="review",
    )  # fmt: skip
    PaySlip.objects.filter(pk=slip.pk).update(run=elsewhere)
    (said,) = computed(people, AUGUST).problems
    assert "600103 丁一凡:已在深圳南山营业部2026年8月的薪酬月报(待审)里,一人一月只有一张工资单" in said
    PayRun.objects.filter(pk=elsewhere.pk).update(state=APPROVED)
    again = computed(people, AUGUST)
    assert not again.problems
    assert not again.slips.filter(staff_no="600103").exists()


@pytest.mark.parametrize(
    ("back", "kind", "said"),
    [
        (date(2026, 8, 20), "employee", "第二段的入职日期更正为 2026-08-11(中间没有上班的天数填事假),或更正为 2026-09-01"),
        (date(2026, 8, 11), "broker", "第二段的入职日期更正为 2026-09-01"),
    ],
)
def test_two_engagements_at_one_branch_say_how_to_put_it_right(people: People, back: date, kind: str, said: str) -> None:
    engage(people, "600103", back, kind)
    Engagement.objects.filter(person=people["600103"]).exclude(hired_on=back).update(ended_on=date(2026, 8, 10))
    MonthlyInput.objects.filter(person=people["600103"]).update(vat=0)
    problem = computed(people, AUGUST).problems[0]
    assert problem == f"600103 丁一凡:本月有两段用工关系(前一段到 2026-08-10),一人一月只有一张工资单,请先在名册中理清:{said}"


@pytest.mark.parametrize(
    ("kind", "ended", "said"),
    [
        ("employee", date(2026, 8, 28), "第二段的入职日期更正为 2026-08-11(中间没有上班的天数填事假)"),
        ("employee", date(2026, 9, 18), "更正为 2026-08-11(中间没有上班的天数填事假),或更正为 2026-09-01"),
        ("broker", date(2026, 9, 18), "第二段的入职日期更正为 2026-09-01"),
        ("broker", date(2026, 8, 28), ""),
    ],
)
def test_of_two_that_have_ended_only_days_the_roster_takes_are_named(people: People, kind: str, ended: date, said: str) -> None:
    """A broker's days that are over within the month of the employee's leaving can be made no month at all: paid by hand."""
    second = engage(people, "600103", date(2026, 8, 20), kind)
    Engagement.objects.filter(person=people["600103"]).exclude(pk=second.pk).update(ended_on=date(2026, 8, 10))
    Engagement.objects.filter(pk=second.pk).update(ended_on=ended)
    worked(people, 6, vat=0)
    run = computed(people, AUGUST)
    assert bool(run.problems) == bool(said)
    if said:
        assert run.problems[0].endswith(said)
    else:
        slip = run.slips.get(staff_no="600103")
        assert (slip.kind, slip.facts["person"]["left_on"]) == ("员工", "2026-08-10")
        (sentence,) = since(run).left_out
        assert "2026-08-20 至 2026-08-28 作为证券经纪人的报酬不在本月工资单里" in sentence


def test_what_goes_on_from_the_day_before_is_one_service(people: People) -> None:
    whole = computed(people, AUGUST).slips.get(staff_no="600103")
    engage(people, "600103", date(2026, 8, 11))
    run = computed(people, AUGUST)
    assert not run.problems
    slip = run.slips.get(staff_no="600103")
    assert slip.facts["person"]["hired_on"] == whole.facts["person"]["hired_on"]
    assert (slip.gross_pay, slip.social, slip.iit) == (whole.gross_pay, whole.social, whole.iit)


def test_who_was_entered_after_the_month_was_signed_is_paid_with_an_opening_of_nought(people: People) -> None:
    approved_run(people, AUGUST)
    Engagement.objects.filter(person=people["600104"]).update(hired_on=date(2026, 8, 20))
    with tampering():  # as if the roster had come too late
        PaySlip.objects.filter(person=people["600104"]).delete()
    make_ready(people, SEPTEMBER)
    (problem,) = computed(people, SEPTEMBER).problems
    assert "请导入首个核算月份为 2026年9月的期初余额并由另一人确认(还没有在本单位领过薪的,各项填 0" in problem
    heads = {title: sheet_rows("期初_2026-08.xlsx", title)[0] for title in ("员工", "证券经纪人")}
    known = {"工号": "600104", "姓名": "方小雨", "任职受雇起始月": "2026-08", "累计减除费用": 10000, "累计专项附加扣除": 4000}
    row = [known.get(str(name), 0) for name in heads["员工"]]
    content = workbook({"员工": [heads["员工"], row], "证券经纪人": [heads["证券经纪人"]]})
    for who in ("600002", "600003"):
        import_opening(content=content, name="期初_2026-09.xlsx", branch=people.branch, by=people[who])
    run = computed(people, SEPTEMBER)
    assert not run.problems
    chain = run.slips.get(staff_no="600104").carried_after["chain"]
    assert (Decimal(chain["basic"]), Decimal(chain["additional"])) == (15000, 6000)
