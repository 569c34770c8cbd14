"""From a raw cell to a typed value, or a `CellError` with a Chinese sentence that says how to mend it.

Nothing is guessed: a float becomes money only when it plainly is one, and a long number never becomes an identifier.
Each reader begins with the shape nearly every cell has, for speed; the rest is for the odd ones.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kernel.money import CENT, ZERO
from kernel.months import Month
from kernel.sheets.raw import NULL, Broken, Raw, is_blank


class CellError(ValueError):
    """The cell can't be read as what its column holds."""


@dataclass(frozen=True, slots=True)
class CellType:
    """`read` turns a raw cell into a value or raises CellError; the rest tells a template how to format and explain it.

    `kind` is one of text, code, money, number, int, percent, day, month, choice.

    `common`: the form nearly every cell has, as a regular expression of the whole text (Python's dialect and Rust's alike), so
    that a column can be read at once (`kernel.sheets.frames`); what it doesn't match goes to `read`. `values` of a frame's column
    are text, cents (whole 分), day, month (its number) or flag (是); empty where a column can't be read at once.
    """

    read: Callable[[Raw], Any] = field(repr=False)
    kind: str
    hint: str = ""
    choices: tuple[str, ...] = ()
    common: str = ""
    values: str = ""

    def __call__(self, raw: Raw) -> Any:
        return self.read(raw)


_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_cents = re.compile(r"-?\d{1,15}\.\d\d", re.ASCII).fullmatch
_ZEROS = {"0.00", "-0.00"}
_WRITTEN_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{0,15})?|[-+]?\.\d{1,15}", re.ASCII)
_EXCEL_ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
_NO_TEXT = {NULL, *_EXCEL_ERRORS}
_DASHES = {"-", "--", "—", "——", "–", "−", "/", "无"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_DIRECTION = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # turn what is read about
_INVISIBLE = _DIRECTION | dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])
_EXACT = 2**53


def _remembering(read: Callable[[Raw], Any]) -> Callable[[Raw], Any]:
    """The same reader, quick for the days and months that come again and again. Errors are not remembered."""
    remembered: Callable[[Raw], Any] = lru_cache(maxsize=8192, typed=True)(read)
    return remembered


def _shown(raw: Raw) -> str:
    return "" if raw is None else str(raw)


def _stop(raw: Raw, what: str) -> CellError:
    """What to say of a cell that can't be this."""
    if isinstance(raw, Broken):
        return CellError(raw.message)
    return CellError("不能为空" if is_blank(raw) else what)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_INVISIBLE).strip()


def _decimal(raw: Raw, *, what: str, dash_is_zero: bool = False) -> Decimal:
    """The exact number a cell writes; of a float, the shortest decimal that means it."""
    if type(raw) is str:
        if _PLAIN_NUMBER.fullmatch(raw):
            return Decimal(raw)
        return _written(raw, what, dash_is_zero)
    if type(raw) is float:
        if not math.isfinite(raw) or abs(raw) >= 1e15:
            raise CellError(f"{what},数值过大或无效")
        return Decimal(repr(raw))
    if type(raw) is int:
        if abs(raw) >= 10**15:
            raise CellError(f"{what},数值过大或无效")
        return Decimal(raw)
    if isinstance(raw, date):
        raise CellError(f"{what}:单元格是日期,请改为数值格式")
    raise _stop(raw, what)


def _written(raw: str, what: str, dash_is_zero: bool) -> Decimal:
    text = _plain(raw)
    if is_blank(text):
        raise CellError("不能为空")
    if text in _DASHES:
        if dash_is_zero:
            return Decimal(0)
        raise CellError(f"“{text}”{what},没有请填 0")
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    text = text.removesuffix("元").removesuffix("CNY").strip()
    sign = "-" if text[:1] in "-−" and text else ""
    text = text[1:].lstrip() if sign else text
    text = text.removeprefix("CNY").removeprefix("RMB").lstrip().lstrip("¥").replace(" ", "")
    if not text or (sign and text[0] in "+-") or not _WRITTEN_NUMBER.fullmatch(text) or (negative and (sign or text[0] in "+-")):
        raise CellError(what)
    number = Decimal(text.replace(",", ""))
    return -number if negative or sign else number


def _fixed(number: Decimal, places: int, unit: Decimal, from_float: bool, what: str) -> Decimal:
    """`number` with exactly `places` decimals: refused when more are written, but a float's dust is no digit."""
    exponent = number.as_tuple().exponent
    if exponent == -places:
        return number if number else abs(number)
    fixed = number.quantize(unit)
    if fixed != number and not (from_float and abs(fixed - number) < unit / 10_000):
        raise CellError(f"最多 {places} 位小数,这里是 {number}" if places else f"{what}:{number}")
    return fixed if fixed else abs(fixed)


def _bounded(number: Any, least: Any, most: Any) -> None:
    if least is not None and number < least:
        raise CellError(f"不能小于 {least}")
    if most is not None and number > most:
        raise CellError(f"不能大于 {most}")


def money(*, negative: bool = True, dash_is_zero: bool = False) -> CellType:
    """Yuan with two decimals: `1,234.50`, `¥12`, `(3.00)` for −3.00, full-width digits, a float within 1e-6 of two places."""

    def read(raw: Raw) -> Decimal:
        if type(raw) is str and _cents(raw) and (negative or raw[0] != "-"):
            return Decimal(raw) if raw not in _ZEROS else ZERO
        if type(raw) is float and (negative or raw >= 0) and (_cents(shown := repr(raw)) or _cents(shown := shown + "0")):
            return Decimal(shown) if raw else ZERO
        amount = _fixed(_decimal(raw, what="不是金额", dash_is_zero=dash_is_zero), 2, CENT, type(raw) is float, "不是金额")
        if not negative and amount < ZERO:
            raise CellError("金额不能为负")
        return amount

    common = ("-?" if negative else "") + r"[0-9]{1,12}(?:\.[0-9]{1,2})?"
    return CellType(read, "money", "金额,元,两位小数" + ("" if negative else ",不为负"), common=common, values="cents")


def number(places: int, *, least: Decimal | int | None = None, most: Decimal | int | None = None) -> CellType:
    """A number with at most `places` decimals, given back with exactly as many."""
    unit = Decimal(1).scaleb(-places)

    def read(raw: Raw) -> Decimal:
        value = _fixed(_decimal(raw, what="不是数字"), places, unit, type(raw) is float, "不是数字")
        _bounded(value, least, most)
        return value

    return CellType(read, "number", f"数字,最多 {places} 位小数")


def integer(*, least: int | None = None, most: int | None = None) -> CellType:
    """A whole number: `3`, `3.0`, `1,000`."""
    unit = Decimal(1)

    def read(raw: Raw) -> int:
        value = int(_fixed(_decimal(raw, what="不是整数"), 0, unit, type(raw) is float, "不是整数"))
        _bounded(value, least, most)
        return value

    return CellType(read, "int", "整数")


def percent(*, places: int = 6, least: Decimal | int = 0, most: Decimal | int = 1) -> CellType:
    """A fraction: `8%` and `0.08` and a percent cell give Decimal 0.08; `8` is refused as it could mean either."""
    unit = Decimal(1).scaleb(-places)

    def read(raw: Raw) -> Decimal:
        signed = isinstance(raw, str) and _plain(raw).endswith("%")
        plain = _plain(str(raw))[:-1] if signed else raw
        value = _decimal(plain, what="不是百分比") / (100 if signed else 1)
        if type(raw) is float:
            value = value.quantize(Decimal("1e-12"))
        if not least <= value <= most:
            raise CellError(f"百分比要在 {_percent(least)} 到 {_percent(most)} 之间,请写成 8% 或 0.08")
        return _fixed(value, places, unit, type(raw) is float, "不是百分比").normalize() + 0

    return CellType(read, "percent", "百分比,如 8% 或 0.08")


def _percent(fraction: Decimal | int) -> str:
    return f"{Decimal(fraction) * 100:f}%"


def text(*, longest: int = 200, nfkc: bool = False) -> CellType:
    """Text without blanks at the ends; a leading `=` is a character like any other. Control characters are refused."""

    def read(raw: Raw) -> str:
        if type(raw) is str:
            value = (unicodedata.normalize("NFKC", raw) if nfkc else raw).strip()
            if value in _NO_TEXT:
                raise CellError("不能为空" if value == NULL else f"单元格是错误值 {value},请改正公式或重新填写")
            if 0 < len(value) <= longest and value.isprintable():
                return value
        elif isinstance(raw, float) and not isinstance(raw, bool) and raw.is_integer() and abs(raw) < _EXACT:
            value = str(int(raw))
        elif raw is None or isinstance(raw, Broken):
            raise _stop(raw, "不是文本")
        else:
            value = {True: "是", False: "否"}[raw] if isinstance(raw, bool) else str(raw)
        if not value.isprintable():
            value = value.translate(_DIRECTION).strip()
        if not value:
            raise CellError("不能为空")
        if not value.isprintable() and _CONTROL.search(value):
            raise CellError("含有不可见的控制字符,请删除后重新输入")
        if len(value) > longest:
            raise CellError(f"最多 {longest} 个字,这里有 {len(value)} 个")
        return value

    common = "" if nfkc else rf"[\u4e00-\u9fa5A-Za-z0-9·]{{1,{longest}}}"
    return CellType(read, "text", f"文本,最多 {longest} 个字", common=common, values="text" if common else "")


_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
_QUOTED_CODE = re.compile(r'^="([^"]*)"$')


def code(*, pattern: str | None = None, longest: int = 40, hint: str = "") -> CellType:
    """An identifier as text, with or without `pattern` (a full match). A number is only taken when it can't have lost a digit."""
    shape = re.compile(pattern, re.ASCII) if pattern else None

    def read(raw: Raw) -> str:
        value = raw.strip() if type(raw) is str else _numbered(raw)
        if not shape and 0 < len(value) <= longest and value.isascii() and value.isalnum():
            return value
        if not value.isascii() or not value.isalnum():
            value = _plain(value).lstrip("'")
            value = found[1].strip() if (found := _QUOTED_CODE.match(value)) else value
        if is_blank(value):
            raise CellError("不能为空")
        if _SCIENTIFIC.fullmatch(value):
            raise CellError("编号变成了科学计数法,末位可能已丢失,请把这一列设为文本格式后重新导出")
        if len(value) > longest:
            raise CellError(f"最多 {longest} 个字符,这里有 {len(value)} 个")
        if shape and not shape.fullmatch(value):
            raise CellError(f"格式不对,{hint or '请核对'}")
        if not value.isprintable() or " " in value:
            raise CellError("编号里不能有空格或控制字符")
        return value

    common = "" if shape else f"[0-9A-Za-z]{{1,{longest}}}"
    return CellType(read, "code", hint or "编号,单元格格式设为文本", common=common, values="text" if common else "")


def _numbered(raw: Raw) -> str:
    """The digits of an identifier stored as a number."""
    if isinstance(raw, bool) or not isinstance(raw, float | int):
        raise _stop(raw, "不是编号,请设为文本格式后重新输入")
    if isinstance(raw, float) and (not math.isfinite(raw) or not raw.is_integer()):
        raise CellError("编号以小数存放,请设为文本格式后重新输入")
    if abs(raw) >= 10**15:  # Excel keeps fifteen digits
        raise CellError("编号以数值存放会丢失末位,请把单元格设为文本格式后重新输入")
    if raw < 0:
        raise CellError("编号不能为负数")
    return str(int(raw))


_DAY = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))(?:[ T]+0{1,2}:00(?::00(?:\.0+)?)?)?",
    re.ASCII,
)
_SAY_DAY = "不是有效的日期,请写成 2026-10-08"


def day() -> CellType:
    """A date: a real one, or `2026-10-08`, `2026/10/8`, `2026年10月8日`, `20261008`, also in full-width digits."""

    def read(raw: Raw) -> date:
        if type(raw) is str:
            found = _DAY.fullmatch(raw) or _DAY.fullmatch(_plain(raw))
            if not found:
                raise _stop(raw, _SAY_DAY)
            parts = [part for part in found.groups() if part]
        elif isinstance(raw, datetime):
            return raw.date()
        elif isinstance(raw, date):
            return raw
        elif isinstance(raw, float | int) and not isinstance(raw, bool) and 19000101 <= raw <= 99991231 and raw == int(raw):
            digits = str(int(raw))
            parts = [digits[:4], digits[4:6], digits[6:]]
        elif isinstance(raw, float | int) and not isinstance(raw, bool):
            raise CellError("单元格是数字,请设为日期格式或写成 2026-10-08")
        else:
            raise _stop(raw, _SAY_DAY)
        try:
            return date(int(parts[0]), int(parts[1]), int(parts[2]))
        except ValueError as error:
            raise CellError(_SAY_DAY) from error

    common = "[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    return CellType(_remembering(read), "day", "日期,如 2026-10-08", common=common, values="day")


def month() -> CellType:
    """A `Month`: `2026-10`, `202610`, `2026年10月`, or any date within it."""
    as_day = day().read

    def read(raw: Raw) -> Month:
        if isinstance(raw, Broken | bool) or is_blank(raw):
            raise _stop(raw, "不是月份,请写成 2026-10")
        plain = int(raw) if isinstance(raw, float) and raw.is_integer() else raw
        try:
            return Month.parse(_plain(plain) if isinstance(plain, str) else plain)
        except ValueError:
            pass
        try:
            return Month.of(as_day(raw))
        except ValueError as error:  # no day, or one of a month that nothing here can mean
            raise CellError("不是月份,请写成 2026-10") from error

    return CellType(_remembering(read), "month", "月份,如 2026-10", common="20[0-9]{2}-(?:0[1-9]|1[0-2])", values="month")


def choice(*allowed: str, aliases: Mapping[str, str] | None = None) -> CellType:
    """One of `allowed`, or another word for one of them in `aliases`."""
    known = {word: word for word in allowed} | dict(aliases or {})
    folded = {_plain(word): value for word, value in known.items()}

    def read(raw: Raw) -> str:
        if type(raw) is str:
            if raw in known:
                return known[raw]
            if (value := folded.get(_plain(raw))) is not None:
                return value
        elif isinstance(raw, float | int) and not isinstance(raw, bool) and (value := folded.get(f"{raw:g}")) is not None:
            return value
        raise _stop(raw, f"只能填{'、'.join(allowed)}")

    common = "|".join(map(re.escape, allowed)) if all(known[word] == word for word in allowed) else ""
    return CellType(read, "choice", f"填{'、'.join(allowed)}", tuple(allowed), common, "text" if common else "")


def yes_no() -> CellType:
    """是 or 否 as a bool."""
    words = {"是": True, "否": False}

    def read(raw: Raw) -> bool:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and (value := words.get(raw, words.get(_plain(raw)))) is not None:
            return value
        raise _stop(raw, "只能填是或否")

    return CellType(read, "choice", "填是或否", ("是", "否"), "是|否", "flag")
