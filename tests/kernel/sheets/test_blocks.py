"""CSV text in blocks: what was looked at is read once more behind the row that was looked for."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.sheets.blocks import SMALL, Block, csv_text, look_into
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


@pytest.mark.parametrize("most", [SMALL, 0])
def test_a_file_that_was_looked_into_is_not_looked_into_again(monkeypatch, most):
    monkeypatch.setattr("kernel.sheets.blocks.SMALL", most)
    known = look_into(CONTENT)
    monkeypatch.setattr("kernel.sheets.blocks.look_into", None)
    with csv_text(known, limits=DEFAULT) as text:
        assert next(text.look(1)) == ["一份报表"]


@given(st.text(st.sampled_from("aé客𠮷,\n\r")), st.sampled_from(["gb18030", "utf-8", "utf-8-sig", "utf-16"]), st.integers(1, 9))
@settings(deadline=None)
def test_a_small_file_is_decoded_once_into_the_text_it_is(said, encoding, piece):
    content = ("客户号,姓名客户经理" + said).encode(encoding)
    with patch("kernel.sheets.csvs.MIB", piece):
        known = look_into(content)
    assert known.encoding == encoding
    assert known.text == content.decode(encoding).encode()
