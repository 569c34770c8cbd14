"""Booking a month's inputs: all or nothing, replaced whole, frozen by a run, and the same content writes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from branch.audit.models import AuditRow
from branch.org.models import Branch
from branch.people.models import Engagement
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from payroll.intake import queries, register, states
from payroll.intake.actions import book_inputs, check_inputs, drop_inputs, import_inputs
from payroll.intake.models import InputSheet, MonthlyInput
from tests.factories.branch import People, make_branch
from tests.factories.payroll import cell, changed_inputs, demo_bytes, inputs_name, without

OCTOBER = Month(2026, 10)


def load(people: People, content: bytes | None = None, month: str = "2026-10", by: str = "600002") -> InputSheet:
    name = inputs_name(month)
    return import_inputs(content=content or demo_bytes(name), name=name, branch=people.branch, by=people[by])


@pytest.mark.parametrize(("month", "count"), [("2026-08", 33), ("2026-09", 36), ("2026-10", 36)])
def test_the_demo_months_come_in_without_an_exception(people: People, month: str, count: int) -> None:
    sheet = load(people, month=month)
    assert sheet.state == states.BOOKED
    assert (sheet.rows, sheet.refused, sheet.exceptions) == (count, [], [])
    assert len(queries.inputs_for(people.branch, Month.parse(month))) == count


def test_a_row_keeps_every_cell_and_blank_stays_none(people: People) -> None:
    load(people)
    rows = queries.input_facts(people.branch, OCTOBER)
    leader = rows[people["600101"].pk].cells
    assert (leader.due_days, leader.worked_days, leader.target) == (Decimal(18), Decimal(18), Decimal(163000))
    assert (leader.duty_score, leader.complaints, leader.serious_violation) == (Decimal(92), 0, False)
    assert (leader.vat, leader.other_allowance) == (None, Decimal(200))
    broker = rows[people["600153"].pk].cells
    assert (broker.due_days, broker.vat) == (None, Decimal("182.57"))
    assert queries.inputs_for(people.branch, OCTOBER)[people["600153"].pk].sheet.file.name == "核算输入_2026-10.xlsx"


def test_the_same_content_again_writes_nothing(people: People) -> None:
    first = load(people)
    before = list(MonthlyInput.objects.order_by("pk").values())
    again = load(people)
    assert again.pk == first.pk
    assert list(MonthlyInput.objects.order_by("pk").values()) == before
    assert InputSheet.objects.filter(state=states.BOOKED).count() == 1


def test_a_replacement_shows_its_differences_and_keeps_one_row_a_person(people: People) -> None:
    load(people)

    def change(rows: list[list[Any]]) -> None:
        cell(rows, "600101", "职责分", "88")
        without(rows, "600151")

    checked = check_inputs(
        content=changed_inputs("2026-10", change), name="核算输入_2026-10.xlsx", branch=people.branch, by=people["600002"]
    )
    shown = [(item["staff_no"], item["column"], item["old"], item["new"]) for item in checked.changes]
    assert shown == [("600101", "职责分", "92.00", "88.00"), ("600151", "", "原有", "删除")]
    assert [item["staff_no"] for item in checked.exceptions] == ["600151"]
    assert MonthlyInput.objects.filter(month=OCTOBER).count() == 36, "a pre-check books nothing"
    booked = book_inputs(sheet_id=checked.pk, by=people["600002"])
    rows = queries.inputs_for(people.branch, OCTOBER)
    assert len(rows) == 35
    assert {row.sheet_id for row in rows.values()} == {booked.pk}
    assert sorted(InputSheet.objects.values_list("state", flat=True)) == [states.BOOKED, states.REPLACED]


def test_a_bad_row_keeps_the_whole_file_out(people: People) -> None:
    content = changed_inputs("2026-10", lambda rows: cell(rows, "600102", "实出勤天数", 19))
    with pytest.raises(Refusal, match="整份没有导入") as caught:
        load(people, content)
    assert caught.value.items == [
        "第 3 行 600102 夏娜芳「应出勤天数」“18”:实出勤与事假、病假、旷工合计比应出勤多 1 天,请核对考勤"
    ]
    assert not MonthlyInput.objects.exists()


def test_a_run_freezes_the_month(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    load(people)

    def guard(branch: Branch, month: Month) -> None:
        raise Refusal(f"{month.label}的薪酬月报已在审批")

    monkeypatch.setattr(register, "_guards", [guard])
    with pytest.raises(Refusal, match="已在审批"):
        load(people, changed_inputs("2026-10", lambda rows: cell(rows, "600101", "职责分", "60")))
    assert queries.inputs_for(people.branch, OCTOBER)[people["600101"].pk].duty_score == Decimal(92)
    assert load(people).state == states.BOOKED, "the same content is no change"


def test_only_finance_of_the_branch_imports(people: People) -> None:
    for staff_no in ("600001", "600003", "600005", "600101"):
        with pytest.raises(Forbidden):
            load(people, by=staff_no)
    elsewhere = make_branch("0755LH", "深圳罗湖营业部")
    with pytest.raises(Forbidden):
        import_inputs(
            content=demo_bytes("核算输入_2026-10.xlsx"), name="核算输入_2026-10.xlsx", branch=elsewhere, by=people["600002"]
        )


def test_a_file_of_another_month_is_refused(people: People) -> None:
    with pytest.raises(Refusal, match="写的是 2026年9月,与所选的 2026年10月不一致"):
        check_inputs(
            content=demo_bytes("核算输入_2026-09.xlsx"),
            name="核算输入_2026-09.xlsx",
            branch=people.branch,
            by=people["600002"],
            month=OCTOBER,
        )


def test_a_checked_sheet_is_judged_again_when_booked(people: People) -> None:
    checked = check_inputs(
        content=demo_bytes("核算输入_2026-10.xlsx"), name="核算输入_2026-10.xlsx", branch=people.branch, by=people["600002"]
    )
    Engagement.objects.filter(person=people["600101"]).update(ended_on=date(2026, 9, 30))
    with pytest.raises(Refusal) as caught:
        book_inputs(sheet_id=checked.pk, by=people["600002"])
    assert "已于 2026-09-30 离职" in caught.value.items[0]


def test_a_person_is_listed_once_a_month_in_the_whole_company(people: People) -> None:
    load(people)
    other = make_branch("0755LH", "深圳罗湖营业部")
    Engagement.objects.filter(person=people["600101"]).update(branch=other)
    InputSheet.objects.update(state=states.REPLACED)
    people["600002"].roles.update(branch=other)
    people["600002"].__dict__.pop("_holdings", None)
    content = changed_inputs("2026-10", lambda rows: without(rows, *(row[0] for row in rows[2:])))
    with pytest.raises(Refusal) as caught:
        import_inputs(content=content, name="核算输入_2026-10.xlsx", branch=other, by=people["600002"])
    assert "已在深圳福田营业部的核算输入里" in caught.value.items[0]


def test_who_was_at_another_branch_before_within_the_month_is_listed_there(people: People) -> None:
    other = make_branch("0755LH", "深圳罗湖营业部")
    here = Engagement.objects.get(person=people["600101"])
    Engagement.objects.create(
        person=here.person, branch=other, kind=here.kind, hired_on=date(2026, 1, 5), ended_on=date(2026, 10, 15),
        contract_from=date(2026, 1, 5),
    )  # fmt: skip
    Engagement.objects.filter(pk=here.pk).update(hired_on=date(2026, 10, 16))
    with pytest.raises(Refusal) as caught:
        load(people)
    (said,) = caught.value.items
    assert "2026年10月在深圳罗湖营业部任职到 2026-10-15,由那里核算" in said
    assert "入职日期更正为 2026-11-01" in said
    sheet = import_inputs(
        content=changed_inputs("2026-10", lambda rows: without(rows, "600101")),
        name="核算输入_2026-10.xlsx",
        branch=people.branch,
        by=people["600002"],
    )
    assert not any(one["staff_no"] == "600101" for one in sheet.exceptions)


def test_a_dropped_sheet_cannot_be_booked(people: People) -> None:
    checked = check_inputs(
        content=demo_bytes("核算输入_2026-10.xlsx"), name="核算输入_2026-10.xlsx", branch=people.branch, by=people["600002"]
    )
    drop_inputs(sheet_id=checked.pk, by=people["600002"])
    with pytest.raises(Refusal, match="已放弃"):
        book_inputs(sheet_id=checked.pk, by=people["600002"])
    with pytest.raises(Refusal):
        drop_inputs(sheet_id=checked.pk, by=people["600002"])


def test_the_log_says_whose_cell_changed_and_no_amount(people: People) -> None:
    load(people)

    def change(rows: list[list[Any]]) -> None:
        cell(rows, "600101", "其他补贴", "7531.25")
        without(rows, "600151")

    load(people, changed_inputs("2026-10", change))
    row = AuditRow.objects.filter(act="intake.inputs_book").latest("pk")
    assert row.details["changes"] == ["600101 其他补贴", "600151 删除"]
    assert row.details["file"] == InputSheet.objects.get(state=states.BOOKED).file.sha256
    assert "7531.25" in str(InputSheet.objects.get(state=states.BOOKED).changes)
    assert not any("7531.25" in f"{row.summary}{row.details}" for row in AuditRow.objects.all())


def test_every_step_is_in_the_log(people: People) -> None:
    load(people)
    acts = list(AuditRow.objects.order_by("pk").values_list("act", "actor_name", "branch_code"))
    assert acts == [
        ("intake.inputs_check", "杨静嘉(600002)", "0755FT"),
        ("intake.inputs_book", "杨静嘉(600002)", "0755FT"),
    ]
