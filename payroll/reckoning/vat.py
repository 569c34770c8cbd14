"""VAT of brokers and its surtaxes, by dated mode.

Sources: 增值税法第二十三条 and 公告2026年第10号 (reaching the threshold is taxed in full); until 2025 the month's threshold was
exempt up to and including (公告2023年第1号, 第19号); 附加 halved by 公告2023年第12号; education surtaxes: 财税〔2016〕12号.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kernel.money import ZERO, yuan
from kernel.refusals import Refusal

MANUAL = "manual"
PER_TRANSACTION = "per_transaction"
PER_MONTH = "per_month"
EXEMPT = "exempt"
RECKONED = (PER_TRANSACTION, PER_MONTH)  # here, on each payment; in the others it is told or none
MODES = (MANUAL, PER_TRANSACTION, PER_MONTH, EXEMPT)

# From this day a sum that reaches the threshold is taxed in full, by month as well (增值税法第二十三条).
REACHING_IS_TAXED_FROM = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class VatRule:
    """`threshold` is without tax; None in the modes that need none. `inclusive_exempt`: the threshold itself is still exempt."""

    mode: str
    rate: Decimal
    threshold: Decimal | None = None
    inclusive_exempt: bool = False


def inclusive_exempt(mode: str, day: date) -> bool:
    """Whether on `day` the threshold of `mode` itself was exempt: by month until the end of 2025, never by transaction."""
    return mode == PER_MONTH and day < REACHING_IS_TAXED_FROM


def vat(gross: Decimal, rule: VatRule, given: Decimal | None = None) -> Decimal:
    """VAT inside `gross` yuan. In the manual mode the amount `given` by head office is taken; None is refused."""
    if rule.mode == MANUAL:
        if given is None:
            raise Refusal("增值税按总部结果导入,本月没有增值税金额", code="vat_missing")
        return given
    if rule.mode == EXEMPT:
        return ZERO
    if rule.mode not in MODES or rule.threshold is None:
        raise Refusal(f"增值税口径“{rule.mode}”不明,可用:{'、'.join(MODES)}", code="vat_mode")
    # Multiplied out, so that a sum that exactly reaches the threshold is not lost in a division.
    bound = rule.threshold * (1 + rule.rate)
    if gross < bound or (rule.inclusive_exempt and gross == bound) or gross <= 0:
        return ZERO
    return yuan(gross * rule.rate / (1 + rule.rate))


class Surtaxes(NamedTuple):
    """城市维护建设税, 教育费附加, 地方教育附加, each half-up."""

    urban: Decimal
    education: Decimal
    local: Decimal

    @property
    def total(self) -> Decimal:
        return self.urban + self.education + self.local


def surtaxes(amount: Decimal, rates: tuple[Decimal, Decimal, Decimal], relief: Decimal, *, edu_exempt: bool = False) -> Surtaxes:
    """The surtaxes on `amount` of VAT; `relief` is the share still due (0.5: halved), `edu_exempt` frees the last two."""
    urban, education, local = (yuan(amount * rate * relief) for rate in rates)
    return Surtaxes(urban, ZERO, ZERO) if edu_exempt else Surtaxes(urban, education, local)
