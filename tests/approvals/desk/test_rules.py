"""Whom a comment mentions, and which files are taken."""

from __future__ import annotations

import pytest

from approvals.desk.rules import LARGEST, checked_file, mentions, named
from kernel.refusals import Refusal
from tests.kernel.test_file_types import office


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@王主办 请看", ["王主办"]),
        ("请@王主办、@600003核对", ["王主办", "600003核对"]),
        ("@王主办 @王主办", ["王主办"]),
        ("全角@李副 也算", ["李副"]),
        ("发到 wang@example.com", []),
        ("没有提到谁 @ 空格", []),
    ],
)
def test_what_follows_an_at(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("王主办请看", ["王主办", "李副"], "王主办"),
        ("张伟明", ["张伟", "张伟明"], "张伟明"),
        ("张伟好", ["张伟", "张伟明"], "张伟"),
        ("600003核对", ["600003"], "600003"),
        ("王", ["王"], None),
        ("赵经理", [], None),
    ],
)
def test_the_longest_name_counts(word: str, known: list[str], expected: str | None) -> None:
    assert named(word, known) == expected


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.pdf", b"", "是空的"),
        ("大.pdf", b"%PDF-" + b"x" * LARGEST, "超过 20 MB"),
        ("页面.pdf", b"<html>", "不是可以上传的类型"),
        ("宏.docx", office("word/document.xml", "word/vbaProject.bin"), "不是可以上传的类型"),
        ("表.pdf", office("xl/workbook.xml"), "与后缀不符,请改成 .xlsx"),
        ("../../图.jpg", b"\x89PNG\r\n\x1a\n", "文件“图.jpg”的内容是PNG 图片"),
    ],
)
def test_a_file_that_may_not_come_is_refused_by_name(name: str, content: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        checked_file(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.PDF", b"%PDF-1"), ("b.jpeg", b"\xff\xd8\xff"), ("c.docx", office("word/document.xml")), ("d.png", b"\x89PNG\r\n\x1a\n")],
)
def test_the_five_kinds_are_taken(name: str, content: bytes) -> None:
    assert checked_file(name, content)
