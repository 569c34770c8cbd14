"""Why somebody is behind, and how groups rank."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from teams.plans.board.rules import Behind, Owes, cumulative, ranks, score, why

FINE = {"known": True, "reached": False, "has_targets": True}


def test_a_sentence_from_the_facts() -> None:
    behind = [Behind("新开户数", "3", "10", 7), Behind("净收入", "1.4万", "3.8万")]
    assert why(behind, Owes(logs=2), **FINE) == "新开户数 3/10,近 7 天无新增;净收入 1.4万/3.8万;缺日志 2 天"


@pytest.mark.parametrize(
    ("behind", "owes", "changes", "said"),
    [
        ([Behind("新开户数", "3", "10", 6)], Owes(), {}, "新开户数 3/10"),
        ([], Owes(notes=1, milestones=2), {}, "偏差说明待写 1 份;里程碑逾期 2 项"),
        ([], Owes(), {}, "进度正常"),
        ([], Owes(logs=1), {"former_group": "第1组"}, "缺日志 1 天;已换组,目标还在第1组"),
        ([], Owes(), {"reached": True}, "各项已达标"),
        ([], Owes(), {"known": False}, "还没有业务数据"),
        ([], Owes(logs=1), {"has_targets": False}, "本月没有个人目标;缺日志 1 天"),
    ],
)
def test_what_is_said_of_whom(behind: list[Behind], owes: Owes, changes: dict[str, Any], said: str) -> None:
    assert why(behind, owes, **FINE | changes) == said


def test_one_runaway_does_not_hide_the_rest() -> None:
    assert score([Decimal("3.0000"), Decimal("0.5000")]) == Decimal("0.7500")
    assert score([None, Decimal("0.2")]) == Decimal("0.2000")
    assert score([None]) is None


def test_the_same_score_is_the_same_place() -> None:
    scores = [Decimal("0.5"), None, Decimal("0.9"), Decimal("0.5")]
    assert ranks(scores) == [2, None, 1, 2]


def test_s11_planned_1000_reached_650_is_65_percent_and_months_without_figures_do_not_count() -> None:
    pairs = [(Decimal(1000), Decimal(650)), (Decimal(1000), None), (Decimal(0), Decimal(7))]
    assert cumulative(pairs) == Decimal("0.6500")
    assert cumulative([(Decimal(1000), Decimal(650)), (Decimal(1000), Decimal(1000))]) == Decimal("0.8250")
    assert cumulative([]) is None
