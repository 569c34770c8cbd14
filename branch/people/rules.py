"""How a name is found by its initials."""

from __future__ import annotations

from kernel.heavy import pypinyin


def initials(name: str) -> str:
    """陆晨伟 → LCW; letters and digits stay. Upper case, at most 40 characters."""
    return "".join(pypinyin.lazy_pinyin(name, style=pypinyin.Style.FIRST_LETTER)).upper()[:40]
