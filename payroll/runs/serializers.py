from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, FigureField, MoneyField, MonthField
from branch.rest.serializers import Given, RowOut
from payroll.runs.models import PayRun, PaySlip


class RunOut(RowOut):
    """One version of a branch's pay of a month. Money in yuan; `digest` is what is signed."""

    problems = serializers.ListField(child=serializers.CharField(), read_only=True, label="例外")
    scheme = serializers.IntegerField(source="scheme_id", read_only=True, label="薪酬方案编号")
    job = serializers.IntegerField(source="job_id", read_only=True, allow_null=True, label="任务编号")
    approval = serializers.CharField(source="approval.number", read_only=True, default=None, allow_null=True, label="申请单号")
    filing = serializers.IntegerField(source="filing_id", read_only=True, allow_null=True, label="备案编号")

    class Meta:
        model = PayRun
        fields = [
            *("id", "number", "branch", "month", "pay_month", "version", "state", "state_label", "scheme", "digest", "maker"),
            *("job", "approval", "filing", "problems", "headcount", "gross_total", "net_total", "iit_total", "employer_total"),
            *("created_at", "computed_at", "sent_at", "approved_at", "issued_on"),
        ]


class RunSignatureOut(serializers.Serializer[Any]):
    """One place of the report's foot; `on` null: not yet."""

    label = serializers.CharField(label="席位")  # type: ignore[assignment]
    name = serializers.CharField(label="姓名", allow_blank=True)
    on = serializers.DateField(label="日期", allow_null=True)
    on_behalf_of = serializers.CharField(label="代谁", allow_blank=True)


class OutlierOut(serializers.Serializer[Any]):
    """Whose pay stands out against the month before."""

    slip = serializers.IntegerField(source="slip.pk", label="工资单编号")
    staff_no = serializers.CharField(source="slip.staff_no", label="工号")
    name = serializers.CharField(source="slip.name", label="姓名")
    net_pay = MoneyField(source="slip.net_pay", label="实发")
    before = MoneyField(label="上月实发", allow_null=True)
    marks = serializers.ListField(child=serializers.CharField(), label="原因")


class RunDetailOut(serializers.Serializer[Any]):
    """A run: its versions, signatures and what stands out."""

    run = RunOut()
    versions = RunOut(many=True)
    signatures = RunSignatureOut(many=True)
    outliers = OutlierOut(many=True)


class PaySlipOut(RowOut):
    """A person's pay of a month, with every column of the month's table."""

    run = serializers.IntegerField(source="run_id", read_only=True, label="薪酬月报编号")
    reversed = serializers.BooleanField(source="run.is_reversed", read_only=True, label="已冲销")
    figures = serializers.DictField(child=FigureField(), read_only=True, label="各列")

    class Meta:
        model = PaySlip
        fields = [
            *("id", "run", "month", "current", "reversed", "staff_no", "name", "kind", "team", "grade", "post", "bank_masked"),
            *("net_commission", "gross_pay", "social", "iit", "net_pay", "employer_si", "figures", "confirmed_at"),
        ]


class LineOut(serializers.Serializer[Any]):
    """Where one figure comes from."""

    label = serializers.CharField(label="项目")  # type: ignore[assignment]
    amount = FigureField(label="金额")
    rule = serializers.CharField(label="怎样算的")
    source = serializers.CharField(label="依据", allow_blank=True)  # type: ignore[assignment]


class ChainRowOut(serializers.Serializer[Any]):
    """One payment of the tax chain: cumulative figures after it."""

    label = serializers.CharField(label="发放")  # type: ignore[assignment]
    income = MoneyField(label="累计收入")
    deductions = serializers.DictField(child=MoneyField(), label="累计扣除")
    taxable = MoneyField(label="累计应纳税所得额")
    withheld = MoneyField(label="累计已预扣")
    tax = MoneyField(label="本次税额", allow_null=True)
    slip = serializers.IntegerField(source="slip_id", label="工资单编号", allow_null=True)


class FigureChangeOut(serializers.Serializer[Any]):
    """One figure of one person that differs between two versions."""

    staff_no = serializers.CharField(label="工号")
    name = serializers.CharField(label="姓名")
    column = serializers.CharField(label="项目")
    old = FigureField(label="原", allow_null=True)
    new = FigureField(label="新", allow_null=True)


class SlipCorrectionOut(serializers.Serializer[Any]):
    """What one approved correction did to a slip. `gross` is paid on top (+) or taken back (-) in `due_month`."""

    number = serializers.CharField(label="更正单号")
    approved_at = serializers.DateTimeField(label="批准时间")
    reasons = serializers.ListField(child=serializers.CharField(), label="更正了什么")
    changes = FigureChangeOut(many=True, label="各项原来和更正后")
    gross = MoneyField(label="应发差额")
    due_month = MonthField(label="计入的月份")
    paid_on = serializers.IntegerField(source="paid_on.pk", default=None, allow_null=True, label="已计入的工资单编号")
    settled = MoneyField(label="已线下结清")
    waits = serializers.BooleanField(label="还有未计入的")
    left = serializers.BooleanField(label="离职后没有工资单承接")


class PaySlipDetailOut(serializers.Serializer[Any]):
    """A slip with every line's reason, the tax chain, the slip that took its place and what was corrected since."""

    slip = PaySlipOut()
    lines = LineOut(many=True)
    chain = ChainRowOut(many=True)
    successor = serializers.IntegerField(source="successor.pk", default=None, allow_null=True, label="接替它的工资单编号")
    corrections = SlipCorrectionOut(many=True, label="更正")


class ComputeGiven(Given):
    """Which month; the month of payment only where it differs from the scheme's."""

    branch = BranchCode(required=False, default="")
    month = MonthField(label="所属月份")
    pay_month = MonthField(label="发放月份", required=False, default=None, allow_null=True)


class IssueGiven(Given):
    """The day the money was paid; `aware`: that the month's inputs have changed since it was reckoned."""

    issued_on = serializers.DateField(label="发放日期")
    aware = serializers.BooleanField(label="已知悉核算以后的变化", default=False)


class BoardStepOut(serializers.Serializer[Any]):
    """One step of the close."""

    name = serializers.CharField(label="步骤")
    who = serializers.CharField(label="谁办")
    state = serializers.ChoiceField(
        [("done", "已完成"), ("now", "待处理"), ("waiting", "未开始"), ("trouble", "有异常")], label="状态"
    )
    state_label = serializers.CharField(label="状态(中文)")
    words = serializers.CharField(label="说明")


class BoardOut(serializers.Serializer[Any]):
    """A branch's close of a month."""

    branch = BranchCode()
    month = MonthField(label="所属月份")
    steps = BoardStepOut(many=True)
    run = RunOut(allow_null=True)


class SideOut(serializers.Serializer[Any]):
    """A figure as it is paid and as it would be."""

    column = serializers.CharField(label="项目")
    real = FigureField(label="实际", allow_null=True)
    tried = FigureField(label="试算")
    difference = FigureField(label="差额")


class TriedOut(serializers.Serializer[Any]):
    """One person's trial."""

    staff_no = serializers.CharField(label="工号")
    name = serializers.CharField(label="姓名")
    sides = SideOut(many=True)


class TrialOut(serializers.Serializer[Any]):
    """A trial of a month: nothing is kept."""

    source = serializers.CharField(label="方案")  # type: ignore[assignment]
    gross = SideOut()
    net = SideOut()
    tried = TriedOut(many=True)
    problems = serializers.ListField(child=serializers.CharField(), label="不能试算的")


def _figure(label: str, *, least: int | None = 0) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=16, decimal_places=2, label=label, required=False, min_value=least, allow_null=True, default=None
    )


class TrialGiven(Given):
    """What if: everything may be left out and then stays as it is. Figures apply to the named person only."""

    branch = BranchCode(required=False, default="")
    month = MonthField(label="所属月份")
    scheme = serializers.IntegerField(label="薪酬方案版本编号", required=False, allow_null=True, default=None, min_value=1)
    raise_percent = serializers.DecimalField(
        max_digits=6, decimal_places=2, label="底薪调整(%)", required=False, min_value=-50, max_value=200, default=Decimal(0)
    )
    staff_no = serializers.CharField(label="工号", max_length=20, required=False, allow_blank=True, default="")
    target = _figure("目标净佣金(元)")
    net_commission = _figure("净佣金(元)", least=None)
    net_new_assets = _figure("净新增资产(元)", least=None)
    new_valid_accounts = serializers.IntegerField(
        label="新增有效户", required=False, min_value=0, max_value=10**6, allow_null=True, default=None
    )
    duty_score = serializers.DecimalField(
        max_digits=5, decimal_places=2, label="职责分", required=False, min_value=0, max_value=100, allow_null=True, default=None
    )
    complaints = serializers.IntegerField(
        label="有效投诉数", required=False, min_value=0, max_value=1000, allow_null=True, default=None
    )
    serious_violation = serializers.BooleanField(label="严重违规", required=False, allow_null=True, default=None)
    other_allowance = _figure("其他补贴(元)", least=None)
    other_deduction = _figure("其他扣款(元)")

    FIGURES = (
        *("target", "net_commission", "net_new_assets", "new_valid_accounts", "duty_score", "complaints"),
        *("serious_violation", "other_allowance", "other_deduction"),
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given["staff_no"] and any(given[name] is not None for name in self.FIGURES):
            raise serializers.ValidationError({"staff_no": ["改动个人数据时,请先写明工号"]})
        return given


class TaxGiven(Given):
    """A single payment and the day whose figures of law count."""

    amount = serializers.DecimalField(max_digits=16, decimal_places=2, label="金额(元)", min_value=Decimal("0.01"))
    day = serializers.DateField(label="发放日期")


class BonusGiven(TaxGiven):
    """The year so far: typed, or taken from the last slip of somebody whose pay the person computes."""

    staff_no = serializers.CharField(label="工号", max_length=20, required=False, allow_blank=True, default="")
    taxable = _figure("本年累计应纳税所得额(元)", least=None)
    withheld = _figure("本年累计已预扣税额(元)")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        lacking = [name for name in ("taxable", "withheld") if not given["staff_no"] and given[name] is None]
        if lacking:
            raise serializers.ValidationError({name: ["没有写工号时请填写,没有就填 0"] for name in lacking})
        return given


class CompensationGiven(TaxGiven):
    """With the exempt limit where the parameters hold none."""

    cap = _figure("免税限额(元)")


class NamedAmountOut(serializers.Serializer[Any]):
    """An amount by name."""

    label = serializers.CharField(label="项目")  # type: ignore[assignment]
    amount = MoneyField(label="金额")


class TaxAnswerOut(serializers.Serializer[Any]):
    """What comes out, with the steps in words."""

    verdict = serializers.CharField(label="结论")
    steps = serializers.ListField(child=serializers.CharField(), label="步骤")
    figures = NamedAmountOut(many=True)
    warning = serializers.CharField(label="提醒", allow_blank=True)
