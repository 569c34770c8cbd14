"""Books that come back: the error file with the reasons beside the rows, and the template to fill in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kernel.heavy import openpyxl
from kernel.sheets.columns import ORIGINAL_ROW, REASON, CellProblem, Column
from kernel.sheets.pages import BAD_FILL, Page, Pages, Style
from kernel.sheets.raw import Raw, column_letters

CHOICE_ROWS, FORMATTED_ROWS = 5_000, 300  # so far down reach a template's drop-downs and its formats
_KINDS = {"code": "text", "number": "text", "choice": "text"}


def error_workbook(
    rows: Iterable[Sequence[Raw]],
    problems: Sequence[CellProblem],
    *,
    title: str = "错误清单",
    only_bad: bool = False,
    header_row: int = 1,
) -> bytes:
    """The rows as they came, each with its reasons in a last column 错误原因, the bad cells coloured.

    `only_bad`: only the header and the rows with a problem, and the number each had in the file. What is put right
    there can be uploaded again as it is.
    """
    by_row: dict[int, list[CellProblem]] = defaultdict(list)
    for problem in problems:
        by_row[problem.row].append(problem)
    chosen = [(at, row) for at, row in enumerate(rows, 1) if not only_bad or at == header_row or at in by_row]
    width = _own_width(chosen, header_row)
    pages = Pages()
    page = pages.add(title)
    page.lay_out([14.0] * width + [48.0, 8.0], 1 if only_bad else header_row)
    styles = _ErrorStyles(page)
    for number, row in chosen:
        cells = [*row[:width], *[""] * (width - len(row))]
        if number == header_row:
            said = "".join(f":{problem.message}" for problem in by_row[number])
            page.header([*map(str, cells), REASON + said, *([ORIGINAL_ROW] if only_bad else [])])
        else:
            page.append(styles.line(cells, by_row.get(number, []), number if only_bad else None))
    return pages.to_bytes()


def _own_width(chosen: list[tuple[int, Sequence[Raw]]], header_row: int) -> int:
    """How many columns are the file's own: not those that an earlier error file added."""
    for number, row in chosen:
        if number == header_row:
            for at, cell in enumerate(row):
                if str(cell).startswith(REASON):
                    return at
    return max((len(row) for _, row in chosen), default=0)


class _ErrorStyles:
    """Cells as they came: numbers as numbers, the rest as text that can be corrected in place."""

    def __init__(self, page: Page) -> None:
        self.text, self.number = Style(page), Style(page, "general", align="right")
        self.bad_text, self.bad_number = Style(page, fill=BAD_FILL), Style(page, "general", fill=BAD_FILL, align="right")
        self.reason = Style(page, wrap=True)

    def line(self, cells: Sequence[Raw], found: Sequence[CellProblem], number: int | None) -> Iterator[str]:
        marked = {problem.at for problem in found}
        for at, cell in enumerate(cells, 1):
            numeric = isinstance(cell, float | int) and not isinstance(cell, bool)
            good, bad = (self.number, self.bad_number) if numeric else (self.text, self.bad_text)
            yield (bad if at in marked else good)(cell)
        yield self.reason(
            ";".join(f"{problem.column}:{problem.message}" if problem.column else problem.message for problem in found)
        )
        if number is not None:
            yield self.text(str(number))


def template_workbook(
    columns: Sequence[Column], *, title: str, examples: Sequence[Sequence[Any]] = (), notes: Sequence[str] = ()
) -> bytes:
    """A book to fill in: the header, examples, formats by kind (identifiers as text), drop-downs, and a sheet 填写说明."""
    pages = Pages()
    page = pages.add(title)
    page.lay_out([max(12.0, len(column.name) * 2.2 + 2) for column in columns], 1)
    for index, column in enumerate(columns, 1):
        _drop_down(page, column, column_letters(index))
    page.header([column.name for column in columns])
    styles = [Style(page, _kind(column)) for column in columns]
    for example in examples:
        page.append(style(value) for style, value in zip(styles, example, strict=True))
    for _ in range(FORMATTED_ROWS - len(examples)):
        page.append(style(None) for style in styles)
    _write_notes(pages.add("填写说明"), columns, notes)
    return pages.to_bytes()


def _kind(column: Column) -> str:
    kind = column.parse.kind
    return _KINDS.get(kind, kind)


def _drop_down(page: Page, column: Column, letters: str) -> None:
    choices = ",".join(column.parse.choices)
    if not choices or len(choices) > 250 or any("," in choice or '"' in choice for choice in column.parse.choices):
        return
    validation = openpyxl.worksheet.datavalidation.DataValidation
    rule = validation(type="list", formula1=f'"{choices}"', allow_blank=not column.required, showErrorMessage=True)
    rule.errorTitle, rule.error = column.name, f"只能填:{'、'.join(column.parse.choices)}"[:200]
    rule.add(f"{letters}2:{letters}{CHOICE_ROWS}")
    page.sheet.data_validations.append(rule)


def _write_notes(page: Page, columns: Sequence[Column], notes: Sequence[str]) -> None:
    page.lay_out([24, 10, 60], 1, landscape=False)
    page.header(["列名", "必填", "怎么填"])
    name, must, how = Style(page), Style(page, align="center"), Style(page, wrap=True)
    for column in columns:
        page.append([name(column.name), must("是" if column.required else "否"), how(column.parse.hint)])
    plain = Style(page, border=False)
    for line in ["", *notes] if notes else []:
        page.append([plain(line)])
