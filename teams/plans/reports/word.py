"""The report as a Word file: A4, the tables as tables, everything in the fonts a Chinese office has."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from kernel.heavy import docx
from teams.plans.reports.models import AnalysisReport
from teams.plans.reports.states import IN_FORCE
from teams.plans.reports.tables import Block

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT = "宋体"
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what XML cannot hold, should somebody have pasted it


def file_name(report: AnalysisReport) -> str:
    return f"{report.branch.name}_{report}.docx"


def document(report: AnalysisReport, blocks: Sequence[Block], *, signatures: Sequence[tuple[str, str]], mark: str = "") -> bytes:
    """The file. `signatures`: (word, name); `mark`: the watermark of an export, in the foot of every page."""
    paper = docx.Document()
    _prepare(paper)
    _line(paper, report.branch.name, center=True)
    title = str(report) if report.state in IN_FORCE else f"{report}({report.get_state_display()})"
    paper.core_properties.title, paper.core_properties.author = title, report.made_by.name
    _line(paper, title, size=16, bold=True, center=True)
    _line(paper, f"期间:{report.period}    团队:{report.team.name}    取数时间:{_moment(report.taken_at)}", size=9)
    for block in blocks:
        _table(paper, block)
    for label, text in report.labelled_texts:
        _heading(paper, label)
        for paragraph in text.splitlines() or ["(未填写)"]:
            _line(paper, paragraph)
    _line(paper, "        ".join(f"{word}:{name}" for word, name in signatures))
    if mark:
        foot = paper.sections[0].footer.paragraphs[0]
        foot.text = _clean(mark)
    content = io.BytesIO()
    paper.save(content)
    return content.getvalue()


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _prepare(paper: Any) -> None:
    """A4 with the margins of an office paper, one font for Latin and Chinese letters alike."""
    millimetres = docx.shared.Mm
    section = paper.sections[0]
    section.page_width, section.page_height = millimetres(210), millimetres(297)
    section.left_margin = section.right_margin = millimetres(20)
    section.top_margin = section.bottom_margin = millimetres(20)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, docx.shared.Pt(10.5)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(docx.oxml.ns.qn("w:eastAsia"), FONT)
    normal.paragraph_format.space_after = docx.shared.Pt(3)


def _clean(text: str) -> str:
    return FORBIDDEN.sub("", text)


def _line(paper: Any, text: str, *, size: float | None = None, bold: bool = False, center: bool = False) -> None:
    paragraph = paper.add_paragraph()
    run = paragraph.add_run(_clean(text))
    run.bold = bold
    if size is not None:
        run.font.size = docx.shared.Pt(size)
    if center:
        paragraph.alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.CENTER


def _heading(paper: Any, text: str) -> None:
    _line(paper, text, size=12, bold=True)
    paper.paragraphs[-1].paragraph_format.keep_with_next = True


def _table(paper: Any, block: Block) -> None:
    _heading(paper, block.title)
    rows = [*block.rows, *([block.tail] if block.tail else [])]
    if not block.rows:
        _line(paper, block.empty)
    else:
        table = paper.add_table(rows=0, cols=len(block.heads), style="Table Grid")
        _row(table, block.heads, bold=True)
        for row in rows:
            _row(table, row, numbers=block.numbers)
    if block.note:
        _line(paper, block.note, size=8)


def _row(table: Any, texts: Sequence[str], *, bold: bool = False, numbers: frozenset[int] = frozenset()) -> None:
    for at, (cell, text) in enumerate(zip(table.add_row().cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(_clean(text))
        run.bold, run.font.size = bold, docx.shared.Pt(9)
        if at in numbers:
            paragraph.alignment = docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT
