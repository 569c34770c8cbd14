"""The states of a work log and the moves between them."""

from __future__ import annotations

from kernel.transitions import Moves

BLANK, SUBMITTED, PASSED, RETURNED = "blank", "submitted", "passed", "returned"

LOG = Moves(
    subject="工作日志",
    states={BLANK: "未填", SUBMITTED: "已提交", PASSED: "已抽查(通过)", RETURNED: "已抽查(退回)"},
    acts={"submit": "提交", "correct": "修改", "pass": "抽查通过", "return": "抽查退回"},
    table={
        (BLANK, "submit"): SUBMITTED,
        (SUBMITTED, "correct"): SUBMITTED,
        (SUBMITTED, "pass"): PASSED,
        (SUBMITTED, "return"): RETURNED,
        (RETURNED, "correct"): SUBMITTED,
    },
)
