"""Identifiers of people, companies and accounts: is what was written valid, invalid, or odd enough for a warning.

Sources: GB 11643 (身份证), GB 32100 (统一社会信用代码), Luhn (bank cards), 中证协 registration numbers. Blanks (also inside),
full-width signs, lower case and +86 are put right first. The day is passed in: a birth date must not lie in the future.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from stdnum import luhn
from stdnum.cn import ric
from stdnum.cn import uscc as credit_code

VALID = "valid"
INVALID = "invalid"
WARN = "warn"

_PROVINCES = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)}
_RESIDENCE_REGIONS = {"810000", "820000", "830000"}
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word` is valid, invalid or warn; `value` the normalised text; `message` says in Chinese what to mend ("" when valid)."""

    word: str
    value: str
    message: str = ""

    @property
    def accepted(self) -> bool:
        return self.word != INVALID


def normalised(text: str) -> str:
    """Half-width, upper case, no blanks anywhere."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _valid(value: str) -> Verdict:
    return Verdict(VALID, value)


def _invalid(value: str, message: str) -> Verdict:
    return Verdict(INVALID, value, message)


def _warn(value: str, message: str) -> Verdict:
    return Verdict(WARN, value, message)


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value, flags=re.ASCII) is not None


def _eighteen(text: str, today: date, region_ok: Callable[[str], bool], region_message: str) -> Verdict:
    value = normalised(text)
    if not _matches(r"\d{17}[\dX]", value):
        return _invalid(value, f"证件号码应为 18 位(前 17 位数字,末位数字或 X),现为 {len(value)} 位")
    if not region_ok(value[:6]):
        return _invalid(value, region_message)
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return _invalid(value, f"证件号码中的出生日期 {value[6:14]} 不存在")
    if born > today:
        return _invalid(value, f"证件号码中的出生日期 {born:%Y-%m-%d} 在将来")
    if ric.calc_check_digit(value) != value[-1]:
        return _invalid(value, "证件号码末位校验不符,请核对各位数字")
    return _valid(value)


def resident_id(text: str, today: date) -> Verdict:
    """居民身份证: province code, real birth date, check character of GB 11643."""
    return _eighteen(text, today, lambda region: int(region[:2]) in _PROVINCES, "证件号码前两位不是省级行政区代码")


def hkmo_tw_residence_permit(text: str, today: date) -> Verdict:
    """港澳台居民居住证: the same number with the region 810000, 820000 or 830000."""
    return _eighteen(
        text, today, lambda region: region in _RESIDENCE_REGIONS, "港澳台居民居住证号码应以 810000、820000 或 830000 开头"
    )


def uscc(text: str, today: date | None = None) -> Verdict:
    """统一社会信用代码: 18 characters without I, O, S, V, Z and the check character of GB 32100."""
    value = normalised(text)
    if not _matches(r"[0-9A-HJ-NPQRTUW-Y]{18}", value):
        return _invalid(value, "统一社会信用代码应为 18 位数字或大写字母(不含 I、O、S、V、Z)")
    if credit_code.calc_check_digit(value[:-1]) != value[-1]:
        return _invalid(value, "统一社会信用代码末位校验不符,请核对")
    return _valid(value)


def bank_card(text: str, today: date | None = None) -> Verdict:
    """银行卡号: 16 to 19 digits; a failing Luhn digit is only odd (passbooks and company accounts need none)."""
    value = normalised(text)
    if not _matches(r"\d{16,19}", value):
        return _invalid(value, "银行卡号应为 16 至 19 位数字")
    if not luhn.is_valid(value):
        return _warn(value, "银行卡号校验位不符,请与本人核对(存折和对公账号可以不符)")
    return _valid(value)


def mobile(text: str, today: date | None = None) -> Verdict:
    """手机号: 1, then 3–9, then nine digits; +86 before it is taken off."""
    value = normalised(text).removeprefix("+86")
    if not _matches(r"1[3-9]\d{9}", value):
        return _invalid(value, "手机号应为 11 位,以 13 至 19 开头")
    return _valid(value)


def sac_registration(text: str, today: date | None = None) -> Verdict:
    """证券从业登记编号: letter + institution (4), class (1), year and month (4), serial (4)."""
    value = normalised(text)
    if not _matches(r"[A-Z]\d{13}", value):
        return _invalid(value, "登记编号应为 1 个字母加 13 位数字,如 S0850512080006")
    if value[0] != "S":
        return _warn(value, f"登记编号通常以 S 开头,现为 {value[0]},请核对")
    if not 1 <= int(value[8:10]) <= 12:
        return _warn(value, f"登记编号中的月份是 {value[8:10]},请核对")
    return _valid(value)


def securities_account(text: str, today: date | None = None) -> Verdict:
    """证券账户: 10 digits (Shenzhen), or a letter and 9 digits (Shanghai)."""
    value = normalised(text)
    if not _matches(r"\d{10}|[A-Z]\d{9}", value):
        return _invalid(value, "证券账户应为 10 位数字,或 1 个字母加 9 位数字")
    return _valid(value)


def fund_account(text: str, today: date | None = None, *, least: int = 8, most: int = 14) -> Verdict:
    """资金账号: digits only; how many is a parameter of the branch."""
    value = normalised(text)
    if not _matches(rf"\d{{{least},{most}}}", value):
        return _invalid(value, f"资金账号应为 {least} 至 {most} 位数字")
    return _valid(value)


KINDS: Mapping[str, Callable[[str, date], Verdict]] = {
    "resident_id": resident_id,
    "hkmo_tw_residence_permit": hkmo_tw_residence_permit,
    "uscc": uscc,
    "bank_card": bank_card,
    "mobile": mobile,
    "sac_registration": sac_registration,
    "securities_account": securities_account,
    "fund_account": fund_account,
}


def check(kind: str, text: str, today: date) -> Verdict:
    """The verdict on `text` as an identifier of `kind` (a key of KINDS; KeyError otherwise)."""
    if len(text) > _LONGEST:
        return _invalid(text[:_LONGEST], "号码过长")
    return KINDS[kind](text, today)
