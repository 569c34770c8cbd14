"""What a person may hand in: a scheme's JSON file, other figures for a draft, the paper's number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from branch.overtaken import SEEN, seen_field
from kernel.money import decimal
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.seen import stamp
from payroll.reckoning.reading import parse_scheme
from payroll.schemes import fields as places
from payroll.schemes.fields import Figure, Grid
from payroll.schemes.words import percent

LARGEST = 256 * 1024


def decoded(content: bytes) -> dict[str, Any]:
    """A scheme file's JSON. Fractions stay the text they were written in; a key given twice is refused."""
    if len(content) > LARGEST:
        raise Refusal("方案文件超过 256 KB,请核对是否选错了文件")
    try:
        data = json.loads(content.decode("utf-8-sig"), parse_float=str, parse_constant=_no_constant, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise Refusal("方案文件不是 UTF-8 编码的文本,请另存为 UTF-8 后再上传") from error
    except (json.JSONDecodeError, RecursionError) as error:
        where = f"第 {error.lineno} 行第 {error.colno} 列" if isinstance(error, json.JSONDecodeError) else "嵌套过深"
        raise Refusal(f"方案文件不是有效的 JSON({where}),请核对后再上传") from error
    if not isinstance(data, dict):
        raise Refusal("方案文件的最外层应是一组项目({…})")
    return data


def _no_constant(word: str) -> Any:
    raise Refusal(f"方案文件里的 {word} 不是数字")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise Refusal(f"方案文件里“{twice}”写了两次,请只留一处")
    return found


class UploadForm(forms.Form):
    branch = forms.ChoiceField(label="营业部")
    file = forms.FileField(label="方案文件(JSON)", widget=forms.ClearableFileInput(attrs={"accept": ".json"}))

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].choices = branches  # type: ignore[attr-defined]

    def data_of_file(self) -> dict[str, Any]:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise Refusal("方案文件超过 256 KB,请核对是否选错了文件")
        return decoded(file.read())


class CopyForm(forms.Form):
    effective_from = forms.CharField(
        label="新版本的生效月份", max_length=10, widget=forms.TextInput(attrs={"placeholder": "2026-12"})
    )

    def clean_effective_from(self) -> Month:
        try:
            return Month.parse(self.cleaned_data["effective_from"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class ConfirmForm(forms.Form):
    """Which approved document the scheme rests on; its number is frozen with the scheme."""

    paper_no = forms.ChoiceField(label="依据的薪酬标准实施细则", help_text="只列出方案生效之日有效的已批准文件")
    seen_digest = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, papers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = papers if len(papers) == 1 else [("", "请选择"), *papers]
        self.fields["paper_no"].choices = offered  # type: ignore[attr-defined]


@dataclass
class GridRows:
    """A table on the page: its headings, and rows of bound fields."""

    label: str
    heads: list[str]
    rows: list[list[forms.BoundField]]


@dataclass
class GroupRows:
    title: str
    figures: list[forms.BoundField]
    grids: list[GridRows]


class SchemeForm(forms.Form):
    """The figures of a scheme, each at its place. `clean` makes `scheme_data`, judged by the reckoning's own reader."""

    def __init__(self, *args: Any, scheme: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scheme, self.scheme_data = scheme, deepcopy(scheme)
        self.fields[SEEN], self.initial[SEEN] = seen_field(), stamp(scheme)
        for _, figures, grids in places.present(scheme):
            for figure in figures:
                self._add(figure)
            for grid in grids:
                self._add_grid(grid)

    def groups(self) -> Iterator[GroupRows]:
        for group, figures, grids in places.present(self.scheme):
            yield GroupRows(group.title, [self[figure.path] for figure in figures], [self._grid_rows(grid) for grid in grids])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        for _, figures, grids in places.present(self.scheme):
            for figure in figures:
                places.put(self.scheme_data, figure.path, cleaned[figure.path])
            for grid in grids:
                places.put(self.scheme_data, grid.path, self._grid_value(grid, cleaned))
        try:
            parse_scheme(self.scheme_data)
        except Refusal as refusal:
            for sentence in refusal.items or [str(refusal)]:
                self.add_error(None, places.in_chinese(sentence))
        return cleaned

    def _add(self, figure: Figure) -> None:
        value = places.at(self.scheme, figure.path)
        self.fields[figure.path] = _field(figure, value)
        self.initial[figure.path] = shown(value, figure.kind)

    def _add_grid(self, grid: Grid) -> None:
        for number, row in enumerate([*_grid_lines(self.scheme, grid), *[[None] * len(grid.columns)] * grid.spare]):
            for at, ((_, heading, kind), value) in enumerate(zip(grid.columns, row, strict=True)):
                name = f"{grid.path}:{number}:{at}"
                field = _field(Figure(name, f"{grid.label}第 {number + 1} 行{heading}", kind), value)
                field.required = False
                self.fields[name] = field
                self.initial[name] = shown(value, kind)

    def _grid_names(self, grid: Grid) -> Iterator[list[str]]:
        for number in range(len(_grid_lines(self.scheme, grid)) + grid.spare):
            yield [f"{grid.path}:{number}:{at}" for at in range(len(grid.columns))]

    def _grid_rows(self, grid: Grid) -> GridRows:
        rows = [[self[name] for name in names] for names in self._grid_names(grid)]
        return GridRows(grid.label, [heading for _, heading, _ in grid.columns], rows)

    def _grid_value(self, grid: Grid, cleaned: dict[str, Any]) -> Any:
        rows = [[cleaned[name] for name in names] for names in self._grid_names(grid)]
        rows = [row for row in rows if any(cell is not None for cell in row)]
        if not grid.keyed:
            keys = [key for key, _, _ in grid.columns]
            return [dict(zip(keys, row, strict=True)) for row in rows]
        names = [row[0] for row in rows]
        for name in names:
            if name is None or names.count(name) > 1:
                self.add_error(None, f"“{grid.label}”里每一行都要有名称,且不能重复" if name is None else f"“{name}”写了两行")
        if len(grid.columns) == 2:
            return {row[0]: row[1] for row in rows if row[0]}
        keys = [key for key, _, _ in grid.columns[1:]]
        return {row[0]: dict(zip(keys, row[1:], strict=True)) for row in rows if row[0]}


def _grid_lines(scheme: dict[str, Any], grid: Grid) -> list[list[Any]]:
    held = places.at(scheme, grid.path)
    if not grid.keyed:
        return [[row.get(key) for key, _, _ in grid.columns] for row in held]
    if len(grid.columns) == 2:
        return [[name, value] for name, value in held.items()]
    return [[name, *(value.get(key) for key, _, _ in grid.columns[1:])] for name, value in held.items()]


def shown(value: Any, kind: str) -> Any:
    """A figure as the form shows it: a fraction as a percentage, an absent one as nothing."""
    if value is None:
        return ""
    if kind == places.PERCENT:
        return percent(decimal(value))
    return value


class FigureField(forms.CharField):
    """A figure typed by a person, given back as the JSON keeps it. One that still means the same keeps the text it had."""

    def __init__(self, *, figure: Figure, former: Any, **kwargs: Any) -> None:
        super().__init__(label=figure.label, max_length=100, **kwargs)
        self.figure, self.former = figure, former

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return self._read(text.replace(",", "").replace(",", ""))
        except ValueError as error:
            raise forms.ValidationError(f"“{self.label}”:{_SAY[self.figure.kind]},这里是“{text}”") from error

    def _read(self, text: str) -> Any:
        kind = self.figure.kind
        if kind == places.TEXT:
            return text
        if kind == places.MONTH:
            return str(Month.parse(text))
        if kind == places.DAY:
            return date.fromisoformat(text).isoformat()
        if kind == places.WHOLE:
            return int(text)
        number = decimal(text.removesuffix("%").removesuffix("%")) / (100 if text[-1] in "%%" else 1)
        if kind == places.PERCENT and text[-1] not in "%%" and number > 1:
            raise ValueError
        if self.former is not None and not isinstance(self.former, bool) and _same(self.former, number):
            return self.former
        return f"{number:f}"


_SAY = {
    places.MONEY: "应是金额",
    places.NUMBER: "应是数字",
    places.PERCENT: "应写成 15% 或 0.15",
    places.WHOLE: "应是整数",
    places.MONTH: "应是月份,如 2026-12",
    places.DAY: "应是日期,如 2026-12-01",
    places.TEXT: "不能为空",
}
_MAY_BE_EMPTY = ("effective_to",)


def _same(former: Any, number: Decimal) -> bool:
    try:
        return decimal(former) == number
    except (TypeError, ValueError):
        return False


def _field(figure: Figure, value: Any) -> forms.Field:
    if figure.kind == places.FLAG:
        return forms.BooleanField(label=figure.label, required=False)
    if figure.kind == places.CHOICE:
        return forms.ChoiceField(label=figure.label, choices=figure.choices)
    return FigureField(figure=figure, former=value, required=figure.path not in _MAY_BE_EMPTY)
