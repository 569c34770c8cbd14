"""Money: `Decimal` yuan (元), two places at every boundary. The one module that rounds.

Rounding is half up (四舍五入) at named steps only; a float never becomes money.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal("0.00")

Number = Decimal | int | str
_UNITS = tuple(Decimal(1).scaleb(-places) for places in range(7))  # made once: a slip rounds some twenty times


def decimal(value: Number) -> Decimal:
    """An exact decimal. A float is refused: what it holds is not what was written."""
    if isinstance(value, float):
        raise TypeError("金额不能来自浮点数,请传入字符串或 Decimal")
    try:
        number = value if isinstance(value, Decimal) else Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"不是数字:{value}") from error
    if not number.is_finite():
        raise ValueError(f"不是数字:{value}")
    return number


def half_up(value: Number, places: int = 2) -> Decimal:
    """Round half up (away from zero on a tie) to `places` decimals."""
    return decimal(value).quantize(_UNITS[places] if 0 <= places < len(_UNITS) else Decimal(1).scaleb(-places), ROUND_HALF_UP)


def yuan(value: Number) -> Decimal:
    """Round half up to 分 and return yuan with two places; minus zero becomes zero."""
    number = value if type(value) is Decimal and value.is_finite() else decimal(value)
    return number.quantize(CENT, ROUND_HALF_UP) + ZERO


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Sum of yuan amounts, two places even when there are none."""
    return sum(amounts, ZERO)


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split `amount` (yuan) by `weights`; the pennies sum to the amount, the largest remainders get them first."""
    whole = total(weights)
    if whole == 0:
        raise ValueError("分摊比例合计为 0")
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(CENT, rounding=ROUND_DOWN) for share in exact]
    missing = int((amount - total(shares)) / CENT)
    step = CENT if missing >= 0 else -CENT
    by_remainder = sorted(range(len(weights)), key=lambda i: abs(exact[i] - shares[i]), reverse=True)
    for index in by_remainder[: abs(missing)]:
        shares[index] += step
    return shares


def short(amount: Decimal) -> str:
    """Yuan in little room: `3.8万`, `5,500万`, `6.82亿`; below 万 whole yuan. For a glance, never for a sum."""
    size = abs(amount)
    if size < 10_000:
        return f"{half_up(amount, 0):,}"
    if size < 100_000_000:
        return f"{half_up(amount / 10_000, 1 if size < 10_000_000 else 0):,}万"
    return f"{half_up(amount / 100_000_000, 2):,}亿"


def grouped(amount: Decimal | None) -> str:
    """`1,234.50`, as a page shows money; an absent amount is an empty string."""
    return "" if amount is None else f"{amount:,.2f}"


_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


def in_words(amount: Decimal) -> str:
    """人民币大写, as forms and prints carry it: `壹佰元零伍分`, `负` before a negative."""
    rounded = yuan(amount)
    whole, rest = divmod(int(abs(rounded) * 100), 100)
    tenths, cents = divmod(rest, 10)
    words = f"{_counted(whole)}元" if whole else ""
    if tenths:
        words += f"{_FIGURES[tenths]}角"
    elif cents and whole:
        words += "零"
    if cents:
        words += f"{_FIGURES[cents]}分"
    if not rest:
        words = f"{words or '零元'}整"
    return f"负{words}" if rounded < 0 else words


def _counted(number: int) -> str:
    """A whole number in 大写, nothing for 0; one 零 for noughts between two figures, as the rules of writing vouchers ask."""
    for size, place in _PLACES:
        if number >= size:
            count, rest = divmod(number, size)
            return f"{_counted(count)}{place}{'零' if 0 < rest < size // 10 else ''}{_counted(rest)}"
    return _FIGURES[number] if number else ""
