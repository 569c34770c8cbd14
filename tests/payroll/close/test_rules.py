"""How far a branch is, and what it lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from payroll.close.rules import STEPS, Facts, missing_of, step_of

READY = Facts(people=30, imported=True, locked=True, fed=True)


@pytest.mark.parametrize(
    ("changes", "step", "missing"),
    [
        ({"scheme": False}, "scheme", ["无薪酬方案"]),
        ({"people": 0}, "roster", ["未导名册"]),
        ({"imported": False, "locked": False, "fed": False}, "import", ["未导入", "缺核算输入"]),
        ({"locked": False, "waiting": 7, "unconfirmed": 2}, "exceptions", ["7 行异常未处理", "2 份确认单待核", "未复核"]),
        ({"locked": False}, "review", ["未复核"]),
        ({"waiting": 7}, "compute", ["未计算"]),
        ({"fed": False}, "inputs", ["缺核算输入"]),
        ({}, "compute", ["未计算"]),
        ({"run_state": "computing"}, "compute", ["正在计算"]),
        ({"run_state": "returned"}, "compute", ["已退回,待更正后重新计算"]),
        ({"run_state": "reversed"}, "compute", ["已冲销,待更正后重新计算"]),
        ({"run_state": "reversing"}, "issue", ["冲销审批中"]),
        ({"run_state": "void"}, "compute", ["未计算"]),
        ({"run_state": "draft", "run_problems": 3}, "compute", ["未能计算,3 项待处理"]),
        ({"run_state": "review"}, "send", ["待送审"]),
        ({"run_state": "approving", "signers": ("主办会计",)}, "sign", ["待签(主办会计)"]),
        ({"run_state": "approving", "signers": ("副经理", "经理")}, "sign", ["待签(副经理、经理)"]),
        ({"run_state": "approving"}, "sign", ["待签"]),
        ({"run_state": "approved"}, "issue", ["未发放"]),
        ({"run_state": "issued"}, "file", ["未备案"]),
        ({"run_state": "issued", "filed": True}, "file", ["已报送,待备案"]),
        ({"run_state": "filed"}, "done", []),
    ],
)
def test_step_and_what_is_missing(changes: dict[str, Any], step: str, missing: list[str]) -> None:
    facts = replace(READY, **changes)
    assert (step_of(facts), missing_of(facts)) == (step, missing)
    assert step in STEPS
