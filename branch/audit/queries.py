"""Reading and verifying the log."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Max, Min

from branch.audit.models import AuditHead, AuditRow
from branch.audit.rules import link_hash
from branch.audit.witness import Head, heads, is_away

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """What `verify_chain` found: rows checked, heads outside that agree, the unsealed tail, and a sentence for each break."""

    checked: int
    unsealed: int
    breaks: list[str]
    witnessed: int = 0
    first_unsealed: int | None = None
    last_unsealed: int | None = None

    @property
    def tail(self) -> str:
        """The unsealed tail by name, for the sentence that tells how many there are."""
        return f"(审计编号 {self.first_unsealed} 至 {self.last_unsealed})" if self.unsealed else ""

    @property
    def sound(self) -> bool:
        return not self.breaks


class Testimony:
    """Goes along the chain and the heads kept outside at once; both grow, so neither is held in memory."""

    def __init__(self) -> None:
        self.agreed, self._breaks, self._heads, self._reached = 0, list[str](), heads(), 0
        self._next = self._advance()

    def _advance(self) -> Head | None:
        for head in self._heads:
            if head.sequence <= self._reached:
                self._breaks.append("链外见证文件有一行读不懂或倒退,文件被改动或写入中断")
                continue
            self._reached = head.sequence
            return head
        return None

    def hear(self, sequence: int, hash_: str) -> None:
        """The chain's next link."""
        while self._next is not None and self._next.sequence <= sequence:
            if (self._next.sequence, self._next.hash) == (sequence, hash_):
                self.agreed += 1
            else:
                self._breaks.append(f"第 {self._next.sequence} 环与链外见证({self._next.at})不符:日志被截断后重新入链或换过")
            self._next = self._advance()

    def close(self, last: int) -> list[str]:
        """What is left after the last link: heads that the chain no longer reaches."""
        beyond = self._next
        while self._next is not None:
            beyond, self._next = self._next, self._advance()
        if beyond is not None:
            self._breaks.append(
                f"链外见证记到第 {beyond.sequence} 环({beyond.at}),日志只到第 {last} 环:末尾被截断,或数据库换回了旧备份"
            )
        return self._breaks


def verify_chain() -> Verdict:
    """Walk the chain from its first link: finds any edit, deletion, insertion, swap or truncation.

    Compared with the heads kept outside the database: a chain that was cut and sealed again, or an older database put back.
    """
    breaks: list[str] = []
    testimony = Testimony()
    expected, previous, checked = 1, FIRST_HASH, 0
    for row in AuditRow.objects.exclude(sequence=None).order_by("sequence").iterator(2000):
        checked += 1
        sequence = row.sequence or 0
        if sequence != expected:
            breaks.append(f"链序号 {expected} 至 {sequence - 1} 缺失" if sequence > expected else f"链序号 {row.sequence} 重复")
        if row.previous_hash != previous:
            breaks.append(f"第 {row.sequence} 环与前一环不相连")
        if link_hash(row) != row.hash:
            breaks.append(f"第 {row.sequence} 环(审计编号 {row.pk})内容被改动")
        testimony.hear(sequence, row.hash)
        expected, previous = sequence + 1, row.hash
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    if (head.sequence, head.hash) != (expected - 1, previous):
        breaks.append(f"链头记到第 {head.sequence} 环,日志只到第 {expected - 1} 环:末尾被截断或改动")
    breaks += testimony.close(expected - 1)
    if head.sequence and is_away():
        breaks.append(f"链外见证文件 {settings.AUDIT_HEAD_FILE} 不在或读不到,日志没有链外的见证:被移走、删除,或所在的盘没有挂上")
    tail = AuditRow.objects.filter(sequence=None).aggregate(count=Count("id"), first=Min("id"), last=Max("id"))
    return Verdict(checked, tail["count"], breaks, testimony.agreed, tail["first"], tail["last"])
