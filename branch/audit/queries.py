"""Reading and verifying the log."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Min

from branch.audit.models import AuditHead, AuditRow
from branch.audit.rules import link_hash

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """What `verify_chain` found: rows checked, the unsealed tail, and a sentence for each break."""

    checked: int
    unsealed: int
    breaks: list[str]
    first_unsealed: int | None = None
    last_unsealed: int | None = None

    @property
    def tail(self) -> str:
        """The unsealed tail by name, for the sentence that tells how many there are."""
        return f"(审计编号 {self.first_unsealed} 至 {self.last_unsealed})" if self.unsealed else ""

    @property
    def sound(self) -> bool:
        return not self.breaks


def verify_chain() -> Verdict:
    """Walk the chain from its first link: finds any edit, deletion, insertion, swap or truncation."""
    breaks: list[str] = []
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
        expected, previous = sequence + 1, row.hash
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    if (head.sequence, head.hash) != (expected - 1, previous):
        breaks.append(f"链头记到第 {head.sequence} 环,日志只到第 {expected - 1} 环:末尾被截断或改动")
    tail = AuditRow.objects.filter(sequence=None).aggregate(count=Count("id"), first=Min("id"), last=Max("id"))
    return Verdict(checked, tail["count"], breaks, tail["first"], tail["last"])
