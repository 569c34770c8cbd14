"""The data maker: a branch's month of any size, the same for the same seed. People and clients are invented.

`python -m bench.data --clients 100000 --managers 900 --months 2026-09 2026-10 --out DIR` writes the CRM's files.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.months import Month

SEED = 20261031
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅春燕建国志远文博思齐晓岚"
HEAD = (
    *("月份", "营业部代码", "客户号", "资金账号", "客户姓名", "客户类型", "开户日期", "客户经理工号", "客户经理", "关系类型"),
    *("股基交易量", "佣金收入", "经手费", "证管费", "过户费", "投保基金", "净佣金收入", "两融息差收入"),
    *("期初资产", "期末资产", "资产转入", "资产转出", "是否有效户"),
)


@dataclass(frozen=True)
class Maker:
    """A branch with `managers` people and `clients` clients. Every figure follows from `seed`."""

    clients: int
    managers: int
    branch: str = "0755FT"
    seed: int = SEED
    first_staff_no: int = 700001

    def staff(self) -> list[tuple[str, str]]:
        """工号 and name of each manager."""
        chance = random.Random(self.seed)
        return [(str(self.first_staff_no + at), name(chance)) for at in range(self.managers)]

    def rows(self, month: Month) -> Iterator[tuple[Any, ...]]:
        """The client rows of a month in the order of HEAD; amounts are whole 分 turned into text, and add up."""
        staff = self.staff()
        steady = random.Random(self.seed + 1)
        chance = random.Random(self.seed * 2000 + month.number)
        now, before = self._assets(month), self._assets(month.previous)
        digits = "".join(sign for sign in self.branch if sign.isdigit())[-4:]
        place = f"{ord(self.branch[0]) % 10}{int(digits):04d}"  # an account is one branch's, of all that are made with one letter
        for at in range(self.clients):
            number, manager = staff[steady.randrange(self.managers)]
            opened = date(2015, 1, 1) + timedelta(days=steady.randrange(4200))
            client, kind = name(steady), "机构" if steady.random() < 0.02 else "个人"
            relation = "开发" if steady.random() < 0.7 else "服务"
            base = steady.randrange(100_000, 90_000_000)
            opening, closing = (base * stream.randrange(900, 1100) // 1000 for stream in (before, now))
            turnover = chance.randrange(0, 50_000_000) if chance.random() < 0.6 else 0
            fees = (turnover * 341 // 10**7, turnover * 2 // 10**5, turnover // 10**5, turnover * 3 // 10**6)
            gross = turnover * 8 // 10**4
            margin = chance.randrange(0, 20_000) if chance.random() < 0.05 else 0
            inflow = chance.randrange(0, 5_000_000) if chance.random() < 0.1 else 0
            outflow = chance.randrange(0, 4_000_000) if chance.random() < 0.08 else 0
            money = (turnover, gross, *fees, gross - sum(fees), margin, opening, closing, inflow, outflow)
            account = f"{place}{at:07d}"
            yield (
                *(str(month), self.branch, f"1{at:09d}", account, client, kind, opened.isoformat(), number, manager, relation),
                *(f"{cents // 100}.{cents % 100:02d}" for cents in money),
                "是" if closing > 10_000_00 else "否",
            )

    def _assets(self, month: Month) -> random.Random:
        """期末资产 of a month come from a stream of their own, so that the next month begins with them."""
        return random.Random(self.seed * 1000 + month.number)

    def head(self) -> str:
        """The header line."""
        return ",".join(HEAD) + "\r\n"

    def csv(self, month: Month, encoding: str = "gb18030") -> bytes:
        """客户月度业务明细 of the month as the CRM writes it."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(HEAD)
        writer.writerows(self.rows(month))
        return text.getvalue().encode(encoding)


def name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))


def sheet_rows(count: int, seed: int = SEED) -> Iterator[tuple[Any, ...]]:
    """Rows of 12 mixed cells for the reader's bench."""
    chance = random.Random(seed)
    for at in range(count):
        amounts = [Decimal(chance.randrange(-(10**6), 10**9)).scaleb(-2) for _ in range(6)]
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(360))
        yield (f"1{at:09d}", f"3{at:011d}", name(chance), *amounts[:5], chance.randrange(1000), day, "开发", amounts[5])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--managers", type=int, default=900)
    parser.add_argument("--months", nargs="+", default=["2026-10"])
    parser.add_argument("--branch", default="0755FT")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    maker = Maker(options.clients, options.managers, options.branch, options.seed)
    for text in options.months:
        path = options.out / f"客户月度业务明细_{text}.csv"
        path.write_bytes(maker.csv(Month.parse(text)))
        print(path)


if __name__ == "__main__":
    main()
