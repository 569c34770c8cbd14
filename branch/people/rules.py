"""How a name is found by its initials."""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin


def initials(name: str) -> str:
    """陆晨伟 → LCW; letters and digits stay. Upper case, at most 40 characters."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).upper()[:40]
