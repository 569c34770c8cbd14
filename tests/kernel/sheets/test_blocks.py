"""CSV text in blocks: what was looked at is read once more behind the row that was looked for."""

from __future__ import annotations

import pytest

from kernel.sheets.blocks import Block, csv_text
from kernel.sheets.guard import DEFAULT

LINES = ["一份报表", "", '"甲\n乙",丙', "客户号,姓名", *(f"{at},某某" for at in range(50))]
CONTENT = "\r\n".join(LINES).encode("gb18030")


def read_behind(wanted: str, **options: int) -> list[tuple[int, str]]:
    """Number and text of each line behind the row whose first cell is `wanted`."""
    found: list[tuple[int, str]] = []
    with csv_text(CONTENT, limits=DEFAULT, **options) as text:
        at = next(at for at, row in enumerate(text.look(40)) if row[:1] == [wanted])
        text.go_behind(at)
        for piece in text.rest():
            assert isinstance(piece, Block)
            found += enumerate(piece.text.decode().splitlines(), piece.first)
    return found


@pytest.mark.parametrize("block", [7, 64, 1 << 20])
@pytest.mark.parametrize(("wanted", "left"), [("客户号", 50), ("0", 49), ("20", 29)])
def test_what_was_looked_at_comes_again_behind_the_row(wanted, left, block):
    found = read_behind(wanted, block=block)
    assert [text for _, text in found] == LINES[-left:]
    assert [number for number, _ in found] == list(range(55 - left, 55))


def test_the_encoding_that_is_known_is_not_asked_for_again(monkeypatch):
    monkeypatch.setattr("kernel.sheets.blocks.csvs.sniff_encoding", None)
    with csv_text(CONTENT, limits=DEFAULT, encoding="gb18030") as text:
        assert next(text.look(1)) == ["一份报表"]
