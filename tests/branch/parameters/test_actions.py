from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from branch.parameters import actions
from branch.parameters.models import ParameterValue
from branch.parameters.queries import ParameterBook
from kernel.refusals import Forbidden, Missing, Refusal, Unknown
from tests.branch.conftest import Office

State = ParameterValue.State
MAKER, CHECKER = "100003", "100010"


def propose(office: Office, by: str = MAKER, **changes: Any) -> ParameterValue:
    given = {"code": "wage.min_month", "value": "2800", "effective_from": date(2027, 1, 1), "effective_to": None}
    return actions.propose(**{**given, "source": "深人社发〔2026〕1号", "note": "", **changes}, by=office[by])


def confirm(office: Office, row: ParameterValue, by: str = CHECKER, paper_no: str = "财〔2026〕9号") -> ParameterValue:
    return actions.confirm(value_id=row.pk, paper_no=paper_no, by=office[by])


def value(code: str, day: date) -> Any:
    return ParameterBook.load().value(code, day)


def test_a_proposal_counts_for_nothing_until_another_confirms(office: Office) -> None:
    row = propose(office)
    assert value("wage.min_month", date(2027, 1, 1)) == "2700"
    with pytest.raises(Refusal, match="不能是同一人"):
        confirm(office, row, by=MAKER)
    confirm(office, row)
    assert [value("wage.min_month", day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == ["2700", "2800"]
    former = ParameterValue.objects.get(code="wage.min_month", effective_from=date(2026, 9, 1))
    assert former.effective_to == date(2026, 12, 31)


def test_a_value_from_the_same_day_replaces_and_keeps_the_former(office: Office) -> None:
    confirm(office, propose(office, effective_from=date(2026, 9, 1), value="2750"))
    rows = ParameterValue.objects.filter(code="wage.min_month", effective_from=date(2026, 9, 1))
    assert {row.state: row.value for row in rows} == {State.REPLACED: "2700", State.CONFIRMED: "2750"}
    assert value("wage.min_month", date(2026, 10, 1)) == "2750"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"effective_from": date(2026, 8, 1)}, "自 2026-09-01 起已有生效的数值"),
        ({"effective_to": date(2027, 6, 30)}, "之后仍然有效"),
    ],
)
def test_confirmations_that_would_tear_the_past_are_refused(office: Office, changes: dict[str, Any], words: str) -> None:
    row = propose(office, **changes)
    with pytest.raises(Refusal, match=words):
        confirm(office, row)
    row.refresh_from_db()
    assert row.state == State.PROPOSED
    assert value("wage.min_month", date(2027, 1, 1)) == "2700"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"by": "600001"}, "没有权限"),
        ({"code": "no.such"}, "没有代码为"),
        ({"source": " "}, "请填写依据"),
        ({"effective_to": date(2026, 12, 31)}, "失效日不能早于生效日"),
    ],
)
def test_proposals_that_are_refused(office: Office, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        propose(office, **changes)


def test_one_proposal_of_a_parameter_at_a_time(office: Office) -> None:
    propose(office)
    with pytest.raises(Refusal, match="待确认的提议"):
        propose(office)


def test_a_number_and_a_power_are_needed_to_confirm(office: Office) -> None:
    row = propose(office)
    with pytest.raises(Refusal, match="文号"):
        confirm(office, row, paper_no=" ")
    with pytest.raises(Forbidden):
        confirm(office, row, by="100002")
    actions.reject(value_id=row.pk, reason="数值有误", by=office[CHECKER])
    with pytest.raises(Refusal, match="未采纳"):
        confirm(office, row)
    with pytest.raises(Unknown):
        actions.confirm(value_id=0, paper_no="x", by=office[CHECKER])


def test_the_proposer_takes_it_back(office: Office) -> None:
    row = propose(office, by="100002")
    assert actions.reject(value_id=row.pk, reason="写错了", by=office["100002"]).state == State.REJECTED


def test_a_day_without_a_value_is_refused_by_name(office: Office) -> None:
    with pytest.raises(Missing, match="深圳医疗保险\\(一档\\)"):
        value("si.sz.medical_1", date(2027, 1, 1))


def test_reference_values_come_once_and_never_over_a_confirmed_one(office: Office) -> None:
    rows = [
        {
            "code": "x",
            "name": "甲",
            "unit": "元",
            "value": "1",
            "source": "s",
            "confidence": "确定",
            "note": "",
            "effective_from": "2026-01-01",
            "effective_to": None,
        }
    ]
    assert [actions.take_reference(rows), actions.take_reference(rows)] == [1, 0]
