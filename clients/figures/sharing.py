"""An account's month counts at one client only, unless a person said why it counts at two: asked before a month is locked."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import OperationalError, transaction

from branch.org.models import Branch
from branch.people.models import Person
from clients.figures.models import FiguresMonth
from clients.imports import sharing
from clients.imports.kinds import EXCLUDE, RESOLUTIONS, SHARED
from clients.imports.sharing import Found
from kernel.months import Month
from kernel.refusals import Refusal

MOST_ITEMS = 20


class Twice(Refusal):
    """Accounts of which another client has an undecided row in the same month."""

    def __init__(self, branch: Branch, month: Month, twice: Sequence[Found]) -> None:
        self.branch, self.month, self.twice = branch, month, twice
        super().__init__(
            f"{month.label}有 {len(twice)} 个资金账号同时记在两处,不能重复计入。请与对方核对:不归本营业部的,由交易管理岗或财务"
            f"在“异常处理”设为“{RESOLUTIONS[EXCLUDE]}”;确属月中转户、两边收入都真实的,由交易管理岗选“{RESOLUTIONS[SHARED]}”"
            "(只有一边算新开户和新增有效户);都要写明原因",
            code="account_twice",
            items=sharing.items(branch, twice[:MOST_ITEMS]),
        )

    def told(self, by: Person) -> None:
        """What stays of a refused lock: the other branches find the accounts on their own page, too."""
        with transaction.atomic():
            sharing.watch([one.account for one in self.twice])
            sharing.tell_others(self.branch, self.month, self.twice, "请核对该归哪一边", key="figures.twice", by=by)


def require_once(branch: Branch, month: Month) -> None:
    """Refuse while an account's month is there twice and undecided. With the month's row held: what is counted here no longer
    changes, so of two branches the one that looks later sees the other's rows.

    That is so if both know of each other. Of an account the other branch doesn't know of yet, its month is held as well until
    this one is locked: else it could bring its row and lock it meanwhile, unasked.
    """
    compared = sharing.compare(branch, month)
    if not compared.twice and compared.unknown:
        _hold(sharing.others_of(branch, compared.unknown), month)
        compared = sharing.compare(branch, month)
    if compared.twice:
        raise Twice(branch, month, compared.twice)
    sharing.note(branch, compared)


def _hold(branches: Sequence[int], month: Month) -> None:
    """Nobody waits for another who waits for him: whose month is being worked at is not waited for."""
    if not branches:
        return
    try:
        with transaction.atomic():
            wanted = [FiguresMonth(branch_id=pk, month=month) for pk in branches]
            FiguresMonth.objects.bulk_create(wanted, ignore_conflicts=True)
            rows = FiguresMonth.objects.select_for_update(of=("self",), nowait=True).filter(branch__in=branches, month=month)
            list(rows.order_by("branch").values_list("pk", flat=True))
    except OperationalError as error:
        raise Refusal(
            f"有资金账号与另一家营业部相同,那家正在导入或复核{month.label}的数据,请一分钟后再复核", code="others_at_work"
        ) from error


__all__ = ["Twice", "require_once"]
