"""The columns of 《营业部客户经理薪酬月报表》 in the paper form's order and words, and what each slip puts into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple

from kernel.money import ZERO
from kernel.months import Month
from kernel.sheets.writing import OutColumn
from payroll.reckoning.facts import BROKER
from payroll.reckoning.lines import EARLIER, EARLIER_DEDUCTIONS
from payroll.runs.models import PayRun, PaySlip

AT_A_TIME = 100  # slips that are read at once
ENGAGEMENTS = {"员工": "客户经理(劳动合同)", BROKER: "证券经纪人(委托合同)"}


def _money(key: str, label: str, width: float = 13) -> OutColumn:
    return OutColumn(key, label, "money", width, total=True)


COLUMNS: tuple[OutColumn, ...] = (
    OutColumn("period", "所属月份", "month", 10),
    OutColumn("line_no", "序号", "int", 6),
    OutColumn("staff_no", "工号", "text", 9),
    OutColumn("name", "姓名", "text", 9),
    OutColumn("team", "团队", "text", 12),
    OutColumn("grade", "级别", "text", 8),
    OutColumn("engagement", "用工性质", "text", 20),
    OutColumn("clients_end", "期末客户数", "int", 10, total=True),
    OutColumn("new_valid_accounts", "新增有效户", "int", 10, total=True),
    _money("assets_end", "期末托管资产", 17),
    _money("net_new_assets", "净新增资产", 15),
    _money("gross_commission", "交易佣金收入", 14),
    _money("net_commission", "净佣金收入", 14),
    _money("other_net_income", "其他净收入(两融息差/产品/投顾)", 16),
    OutColumn("completion_rate", "任务完成率", "percent", 10),
    _money("base_standard", "底薪标准"),
    _money("base_pay", "底薪考核后"),
    _money("attendance_deduction", "考勤扣款"),
    _money("overtime_pay", "加班工资"),
    _money("commission_pay", "业务提成"),
    _money("opening_award", "开户奖励"),
    _money("asset_award", "新增资产奖励"),
    _money("product_award", "产品销售奖励"),
    _money("management_allowance", "管理津贴"),
    OutColumn("duty_score", "职责考核分", "number1", 10),
    OutColumn("performance_factor", "考核系数", "number1", 9),
    OutColumn("compliance_factor", "合规系数", "number1", 9),
    _money("performance_after", "考核后绩效"),
    _money("deferred", "递延/风险金扣留", 14),
    _money("deferred_released", "递延发放"),
    _money("minimum_topup", "保底补足"),
    _money("other_allowance", "其他补贴"),
    _money("other_deduction", "其他扣款"),
    _money("earlier", "补发补扣"),
    _money("gross_pay", "应发合计"),
    _money("pension_ee", "养老个人"),
    _money("medical_ee", "医疗个人"),
    _money("unemployment_ee", "失业个人"),
    _money("housing_fund_ee", "公积金个人"),
    _money("special_additional", "专项附加扣除"),
    _money("vat", "增值税(经纪人)"),
    _money("surtax", "附加税费(经纪人)"),
    _money("iit", "个人所得税"),
    _money("earlier_deductions", "前期扣款差额"),
    _money("net_pay", "实发合计"),
    _money("employer_si", "单位社保公积金"),
    OutColumn("bank_masked", "开户银行/账号(掩码)", "text", 30),
    OutColumn("remark", "备注", "text", 28),
)
SIGNERS = ("制表", "营业部财务复核", "主办会计", "副经理(经理助理)", "经理")
FILING_LABEL = "报经纪业务综合室备案号"

_FROM_FIGURES = {
    "clients_end": "期末客户数",
    "new_valid_accounts": "新增有效户",
    "assets_end": "期末资产",
    "net_new_assets": "净新增资产",
    "net_commission": "净佣金",
    "completion_rate": "完成率",
    "base_pay": "底薪",
    "attendance_deduction": "考勤扣款",
    "overtime_pay": "加班",
    "commission_pay": "提成",
    "opening_award": "开户奖励",
    "asset_award": "资产奖励",
    "product_award": "产品奖励",
    "performance_factor": "职责系数",
    "compliance_factor": "合规系数",
    "performance_after": "绩效",
    "deferred_released": "递延发放",
    "minimum_topup": "保底补足",
    "other_deduction": "其他扣款",
    "gross_pay": "应发",
    "pension_ee": "养老",
    "medical_ee": "医疗",
    "unemployment_ee": "失业",
    "housing_fund_ee": "公积金",
    "vat": "增值税",
    "surtax": "附加",
    "iit": "个税",
    "net_pay": "实发",
    "earlier": EARLIER,
    "earlier_deductions": EARLIER_DEDUCTIONS,
}
_WHOLE = frozenset({"clients_end", "new_valid_accounts"})


class Reported(NamedTuple):
    """What the report needs of a slip, its figures as numbers."""

    staff_no: str
    name: str
    team: str
    grade: str
    kind: str
    bank_masked: str
    employer_si: Decimal
    facts: dict[str, Any]
    carried_before: dict[str, Any]
    carried_after: dict[str, Any]
    figures: dict[str, Decimal]

    @classmethod
    def of(cls, slip: PaySlip) -> Reported:
        return cls.kept(_columns(slip))

    @classmethod
    def kept(cls, values: Iterable[Any]) -> Reported:
        """Of the columns as they are kept, the figures as text."""
        *others, figures = values
        return cls(*others, {name: Decimal(text) for name, text in figures.items()})  # type: ignore[call-arg]


_columns = attrgetter(*Reported._fields)


def slips_for_report(run: PayRun) -> Iterator[Reported]:
    """Everything the report needs of each slip, by staff number, in one statement; few are held at a time."""
    return map(Reported.kept, run.slips.order_by("staff_no").values_list(*Reported._fields).iterator(AT_A_TIME))


def rows(run: PayRun, slips: Iterable[Reported]) -> list[dict[str, Any]]:
    """One row a person, by column key."""
    return list(each_row(run, slips))


def each_row(run: PayRun, slips: Iterable[Reported]) -> Iterator[dict[str, Any]]:
    """The same one after the other: a large branch's slips need not be in memory at once."""
    bases = {name: grade.base for name, grade in run.scheme.scheme().grades.items()}
    for number, slip in enumerate(slips, 1):
        yield row(run, slip, number, bases)


def row(run: PayRun, slip: Reported, number: int, bases: Mapping[str, Decimal]) -> dict[str, Any]:
    """A slip under the paper form's heads. Figures are Decimal, counts int; a broker has no base and no insurance."""
    figures = slip.figures
    values: dict[str, Any] = {key: figures.get(column, ZERO) for key, column in _FROM_FIGURES.items()}
    values |= {key: int(values[key]) for key in _WHOLE}
    person, inputs = slip.facts["person"], slip.facts["person"]["inputs"]
    other = Decimal(inputs["other_allowance"])
    return values | {
        "period": run.month,
        "line_no": number,
        "staff_no": slip.staff_no,
        "name": slip.name,
        "team": slip.team,
        "grade": slip.grade,
        "engagement": ENGAGEMENTS[slip.kind],
        "gross_commission": Decimal(person["gross_commission"]),
        "other_net_income": Decimal(slip.facts["other_net_income"]),
        "base_standard": bases.get(slip.grade, ZERO),
        "management_allowance": figures["津贴"] - other,
        "other_allowance": other,
        "duty_score": Decimal(inputs["duty_score"]),
        "deferred": figures["递延"] + figures["风险金"],
        "special_additional": special_additional(slip),
        "employer_si": slip.employer_si,
        "bank_masked": slip.bank_masked,
        "remark": remark(slip, run.month),
    }


def special_additional(slip: Reported) -> Decimal:
    """专项附加扣除 counted with this payment: what the chain grew by (a new year's or a joiner's chain began at 0)."""
    after, before = slip.carried_after["chain"], slip.carried_before["chain"]
    if "additional" not in after:
        return ZERO
    begun = before is not None and before["kind"] == after["kind"] and before["year"] == after["year"]
    return Decimal(after["additional"]) - (Decimal(before["additional"]) if begun else ZERO)


def remark(slip: Reported, month: Month) -> str:
    """What the columns don't show: damages, a joiner, sales that earned nothing."""
    person, words = slip.facts["person"], []
    if damages := slip.figures["赔偿扣款"]:
        words.append(f"应发已扣赔偿 {damages:,.2f} 元")
    if str(person["hired_on"])[:7] == str(month):
        words.append(f"{person['hired_on']} 入职")
    if person.get("left_on"):
        words.append(f"{person['left_on']} 离职,离职结算")
    unsuitable = sum(sale["client_level"] < sale["product_level"] for sale in person["sales"])
    if unsuitable:
        words.append(f"适当性不符 {unsuitable} 笔未计奖")
    corrected = sorted({one["number"] for one in person.get("adjustments", ())})
    if corrected:
        words.append(f"补发补扣见更正单 {'、'.join(corrected)}")
    if person["inputs"]["serious_violation"]:
        words.append("本月有严重违规")
    return ";".join(words)


def totals(table: list[dict[str, Any]]) -> dict[str, Any]:
    """合计 of the columns that add up."""
    return {column.key: sum((row[column.key] for row in table), ZERO) for column in COLUMNS if column.total}
