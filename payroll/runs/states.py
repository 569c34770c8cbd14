"""The states of a pay run and the one table of its moves. docs/diagrams/pay_run.mmd is drawn from it."""

from __future__ import annotations

from kernel.transitions import Moves

DRAFT, COMPUTING, REVIEW, APPROVING = "draft", "computing", "review", "approving"
APPROVED, ISSUED, FILED, RETURNED, VOID = "approved", "issued", "filed", "returned", "void"
REVERSING, REVERSED = "reversing", "reversed"

STATES = {
    DRAFT: "草稿",
    COMPUTING: "计算中",
    REVIEW: "待审",
    APPROVING: "审批中",
    APPROVED: "已批",
    ISSUED: "已发放",
    FILED: "已备案",
    RETURNED: "已退回",
    VOID: "已作废",
    REVERSING: "冲销审批中",
    REVERSED: "已冲销",
}
ACTS = {
    "compute": "计算",
    "computed": "计算完成",
    "stop": "计算未完成",
    "send_up": "送审",
    "withdraw": "撤回",
    "approve": "批准",
    "return": "退回",
    "issue": "发放",
    "file": "备案",
    "void": "作废",
    "ask_reversal": "申请冲销",
    "reverse": "冲销",
    "keep": "恢复为已批",
}
MOVES = Moves(
    subject="薪酬月报",
    states=STATES,
    acts=ACTS,
    table={
        (DRAFT, "compute"): COMPUTING,
        (REVIEW, "compute"): COMPUTING,
        (COMPUTING, "compute"): COMPUTING,
        (COMPUTING, "computed"): REVIEW,
        (COMPUTING, "stop"): DRAFT,
        (REVIEW, "send_up"): APPROVING,
        (APPROVING, "withdraw"): REVIEW,
        (APPROVING, "approve"): APPROVED,
        (APPROVING, "return"): RETURNED,
        (APPROVED, "issue"): ISSUED,
        (ISSUED, "file"): FILED,
        (DRAFT, "void"): VOID,
        (REVIEW, "void"): VOID,
        (APPROVED, "ask_reversal"): REVERSING,
        (REVERSING, "reverse"): REVERSED,
        (REVERSING, "keep"): APPROVED,
    },
)

LIVE = (DRAFT, COMPUTING, REVIEW, APPROVING, APPROVED, ISSUED, FILED, REVERSING)
"""One run of a branch and month may be in these states at a time."""

COMPUTED = (REVIEW, APPROVING, APPROVED, ISSUED, FILED, REVERSING)
"""Every person has a slip and the digest stands."""

FIXED = (APPROVED, ISSUED, FILED, REVERSING)
"""Three have signed: nothing changes any more. While a reversal is being signed the run counts on, but is not paid."""

PAID = (ISSUED, FILED)
"""The money has gone out: what was wrong is corrected in a later month, never reversed."""
