"""The states of a company's close and of a branch in it; docs/diagrams/company_close.mmd and branch_close.mmd are drawn here."""

from __future__ import annotations

from kernel.transitions import Moves

NEW, RUNNING, ENDED, CANCELLED = "new", "running", "ended", "cancelled"

CLOSE = Moves(
    subject="公司月结",
    states={NEW: "未发起", RUNNING: "进行中", ENDED: "已结束", CANCELLED: "已取消"},
    acts={"start": "发起", "end": "结束", "cancel": "取消"},
    table={
        (NEW, "start"): RUNNING,
        (RUNNING, "start"): RUNNING,
        (RUNNING, "end"): ENDED,
        (RUNNING, "cancel"): CANCELLED,
        (ENDED, "start"): RUNNING,
        (CANCELLED, "start"): RUNNING,
    },
)

QUEUED, WORKING, REVIEW, NOT_READY, SKIPPED, FAILED, DROPPED = (
    "queued",
    "working",
    "review",
    "not_ready",
    "skipped",
    "failed",
    "dropped",
)

BRANCH = Moves(
    subject="营业部月结",
    states={
        QUEUED: "排队中",
        WORKING: "计算中",
        REVIEW: "待审",
        NOT_READY: "未就绪",
        SKIPPED: "已跳过",
        FAILED: "失败",
        DROPPED: "已取消",
    },
    acts={
        "take": "开始",
        "finish": "算完",
        "stop": "缺资料",
        "skip": "营业部已算",
        "fail": "系统故障",
        "drop": "取消",
        "queue": "再次发起",
    },
    table={
        (QUEUED, "take"): WORKING,
        (WORKING, "take"): WORKING,
        (WORKING, "finish"): REVIEW,
        (WORKING, "stop"): NOT_READY,
        (WORKING, "skip"): SKIPPED,
        (WORKING, "fail"): FAILED,
        (QUEUED, "fail"): FAILED,
        (QUEUED, "drop"): DROPPED,
        (NOT_READY, "queue"): QUEUED,
        (FAILED, "queue"): QUEUED,
        (DROPPED, "queue"): QUEUED,
        (REVIEW, "queue"): QUEUED,
        (SKIPPED, "queue"): QUEUED,
    },
)

OPEN = (QUEUED, WORKING)
"""The close waits for these."""
