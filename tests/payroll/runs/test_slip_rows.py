"""The quick writing of a slip's JSON says what the plain one would."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from payroll.reckoning.lines import Line
from payroll.runs.inputs import freeze
from payroll.runs.models import PaySlip
from payroll.runs.slip_rows import digest_now, encoded_lines
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST

MIXED = {"rate": "8.5%", "count": 3, "whole": Decimal("1E+2"), "net": Decimal("-0.00"), "serious": True, "day": date(2026, 8, 31)}


def plainly(lines: list[Line]) -> str:
    return json.dumps([line._asdict() for line in lines], ensure_ascii=False, separators=(",", ":"), default=str)


def test_lines_are_written_as_the_encoder_would_write_them() -> None:
    lines = [
        Line("duty", "职责系数", Decimal("1.0"), "{rate} 的 100% 与“{net}”", MIXED, '《方案》"甲"\\乙\n丙'),
        Line("duty", "职责系数", Decimal("0.9"), "{rate} 的 100% 与“{net}”", {**MIXED, "rate": '9%"'}, '《方案》"甲"\\乙\n丙'),
        Line("carry", "负佣金结转", Decimal(0), "没有 %s", {}, "100%"),
        Line("carry", "负佣金结转", Decimal(0), "{net}", {"net": "无"}, "100%"),
        Line("carry", "负佣金结转", Decimal(0), "{net}", {"net": Decimal(5)}, "100%"),
    ]
    assert encoded_lines(lines) == plainly(lines)
    assert encoded_lines([]) == "[]"


def test_a_stored_slip_explains_itself_and_keeps_its_digest(people: People) -> None:
    run = computed(people, AUGUST)
    for slip in PaySlip.objects.filter(run=run):
        assert slip.digest == digest_now(slip)
        lines = slip.explained()
        slip.save()  # by way of the ORM it stays what the computation wrote
        assert PaySlip.objects.get(pk=slip.pk).lines == slip.lines
        assert len(lines) > 15
        assert all("{" not in line.rule for line in lines)
        assert [line.as_dict() for line in lines] == json.loads(encoded_lines(lines))
    assert len(freeze(people.branch, AUGUST).people) == run.headcount
