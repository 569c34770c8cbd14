"""What a rule document must have, which days it covers, and what differs between two of its texts. Plain values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from difflib import SequenceMatcher

from kernel.months import Month
from kernel.refusals import Refusal

MANAGEMENT, PAY = "management", "pay"
KINDS = {MANAGEMENT: "管理实施细则", PAY: "薪酬标准实施细则"}
LONGEST = 100_000  # characters of a text
_PAPER = re.compile(r"^(\S{2,20})〔(20\d{2})〕(\d{1,6})号$")


def paper_number(text: str) -> str:
    """A document number such as 深营营销〔2026〕1号; other brackets are put right, anything else is refused."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    for left, right in ("[]", "()", "【】", "﹝﹞", "{}"):
        plain = plain.replace(left, "〔").replace(right, "〕")
    if not _PAPER.match(plain):
        raise Refusal("请填写批准文件的文号,例如 深营营销〔2026〕1号", code="bad_number")
    return plain


def parts_of(number: str) -> tuple[str, str, int]:
    """Series, year and running number of a document number."""
    found = _PAPER.match(number)
    assert found is not None  # `paper_number` has read it
    return found[1], found[2], int(found[3])


def require_text(text: str, effective_from: date, effective_to: date | None) -> None:
    """Raises Refusal."""
    if len(text) > LONGEST:
        raise Refusal(f"正文最多 {LONGEST:,} 字,请分为几份或作附件", code="too_long")
    if effective_to is not None and effective_to < effective_from:
        raise Refusal("失效日期不能早于生效日期", code="span")


def covers(effective_from: date, effective_to: date | None, month: Month) -> bool:
    """Whether the days hold the whole month."""
    return effective_from <= month.first and (effective_to is None or effective_to >= month.last)


def paragraphs(text: str) -> list[str]:
    """A text's paragraphs: its lines that are not blank."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def differences(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The paragraphs that differ, side by side; an empty side where one was added or taken out."""
    old, new = paragraphs(before), paragraphs(after)
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            yield "\n".join(old[a:b]), "\n".join(new[c:d])
