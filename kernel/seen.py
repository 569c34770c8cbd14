"""Two people at one row: what a page showed travels with its form, and a save on top of what was not seen is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.digests import digest
from kernel.refusals import Refusal


class Overtaken(Refusal):
    """Somebody else saved the row after it was shown. `items` name both values; whoever sends again has seen them and chooses.

    `for_programs` says the same to who reads and sends by the API, where no page is open and nothing is pressed.
    """

    def __init__(self, what: str) -> None:
        said = f"{what}在您打开页面之后已被同事修改,您填写的还没有保存。核对下面两边的内容:再按一次保存,就以您填写的为准"
        super().__init__(said, code="overtaken")
        self.for_programs = f"{what}已不是您读取时的内容,这次没有保存。请重新读取,核对双方的内容后带上新的 seen 再提交"


def stamp(shown: Mapping[str, Any]) -> str:
    """What was shown, as 16 hex digits. The same values again are the same stamp: nothing was overtaken."""
    return digest(dict(shown))[:16]


def require_seen(seen: str, now: Mapping[str, Any], *, what: str) -> None:
    """Refuse to write over values that the person never saw. Call it with the row locked; an empty `seen` comes from no page."""
    if seen and seen != stamp(now):
        raise Overtaken(what)
