"""What may be asked of the lists and typed into the pay pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch
from branch.people.choices import BranchChoice, branches_of
from branch.people.employment import employed_in
from branch.people.models import Engagement, Person
from branch.people.roles import Power
from branch.widgets import MonthChoice
from kernel.months import Month
from payroll.runs.models import RunQuerySet
from payroll.runs.queries import people_to_start_from, runs_for
from payroll.runs.states import STATES
from payroll.runs.trial import WhatIf
from payroll.schemes.models import SchemeVersion


class RunFilter(forms.Form):
    """The list of runs: branch, month, state."""

    branch = BranchChoice(label="营业部", empty="全部")
    month = MonthChoice(label="所属月份")
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATES.items()])

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data)
        self.fields["branch"].offer(branches_of(person, Power.PAY_VIEW))  # type: ignore[attr-defined]

    def rows(self, person: Person) -> RunQuerySet:
        """What the filters leave of the runs the person may list, for the page and for its export alike."""
        wanted = {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}
        return runs_for(person).filter(**wanted).order_by("-month", "branch__code", "-version")


class MonthForm(forms.Form):
    """Which branch's month a page is about; the first branch one may see and the month before this one unless asked otherwise."""

    branch = BranchChoice(label="营业部")
    month = MonthChoice(label="所属月份", required=True)

    def __init__(self, data: Any, *, person: Person, power: Power = Power.PAY_VIEW) -> None:
        branches = branches_of(person, power)
        asked = {"branch": branches[0].code if branches else "", "month": str(Month.of(timezone.localdate()).previous)}
        super().__init__(asked | {name: data[name] for name in asked if data.get(name)})
        self.fields["branch"].offer(branches)  # type: ignore[attr-defined]


class ComputeForm(MonthForm):
    """计算: the month and, where it differs from the scheme's, the month of payment."""

    pay_month = MonthChoice(
        label="发放月份",
        help_text="个税的税款所属期随发放月份:1 月发放的 12 月薪酬属下一纳税年度。一般不用改,留空按薪酬方案。",
    )

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data, person=person, power=Power.PAY_COMPUTE)
        self.data = {**self.data, "pay_month": data.get("pay_month", "")}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        month, pay_month = given.get("month"), given.get("pay_month")
        if month and pay_month and pay_month < month:
            self.add_error("pay_month", f"发放月份 {pay_month.label}早于所属月份 {month.label},请改为当月或以后的月份")
        return given


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


class IssueForm(forms.Form):
    """登记发放; `aware` is asked for where the month's inputs have changed since it was reckoned."""

    issued_on = forms.DateField(label="发放日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    aware = forms.BooleanField(label="已知悉以上变化,照已批准的数发放", required=False)


def _figure(label: str, *, least: int | None = 0) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, max_digits=16, decimal_places=2, min_value=least)


def _required_figure(label: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=16, decimal_places=2, min_value=Decimal("0.01"))


class TrialForm(forms.Form):
    """试算: everything may be left empty and then stays as it is. Figures apply to the chosen person only."""

    scheme = forms.ModelChoiceField(
        label="薪酬方案版本", queryset=SchemeVersion.objects.none(), required=False, empty_label="本月生效的方案"
    )
    raise_percent = forms.DecimalField(
        label="底薪调整(%)",
        required=False,
        min_value=-50,
        max_value=200,
        decimal_places=2,
        help_text="例如 5 表示各级底薪上调 5%",
    )
    person = forms.ChoiceField(label="人员", required=False)
    target = _figure("目标净佣金(元)")
    net_commission = _figure("净佣金(元)", least=None)
    net_new_assets = _figure("净新增资产(元)", least=None)
    new_valid_accounts = forms.IntegerField(label="新增有效户", required=False, min_value=0)
    duty_score = forms.DecimalField(label="职责分", required=False, min_value=0, max_value=100, decimal_places=2)
    complaints = forms.IntegerField(label="有效投诉数", required=False, min_value=0)
    serious_violation = forms.ChoiceField(label="严重违规", required=False, choices=[("", "不变"), ("1", "是"), ("0", "否")])
    other_allowance = _figure("其他补贴(元)", least=None)
    other_deduction = _figure("其他扣款(元)")

    def __init__(self, data: Any, *, branch: Branch, month: Month) -> None:
        super().__init__(data)
        self.fields["scheme"].queryset = SchemeVersion.objects.filter(branch=branch)  # type: ignore[attr-defined]
        people: list[Engagement] = list(employed_in(branch, month))
        names = [(str(row.person_id), f"{row.person.staff_no} {row.person.name}") for row in people]
        self.fields["person"].choices = [("", "全部人员"), *names]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("person") and self._figures(cleaned):
            raise forms.ValidationError("改动个人数据时,请先选择一位人员")
        return cleaned

    @staticmethod
    def _figures(cleaned: dict[str, Any]) -> dict[str, Any]:
        plain = ("target", "net_commission", "net_new_assets", "new_valid_accounts", "duty_score", "complaints")
        figures = {name: cleaned.get(name) for name in (*plain, "other_allowance", "other_deduction")}
        if cleaned.get("serious_violation"):
            figures["serious_violation"] = cleaned["serious_violation"] == "1"
        return {name: value for name, value in figures.items() if value is not None}

    def what_if(self) -> WhatIf:
        cleaned = self.cleaned_data
        return WhatIf(
            version=cleaned["scheme"],
            raise_share=(cleaned["raise_percent"] or Decimal(0)) / 100,
            person_id=int(cleaned["person"]) if cleaned["person"] else None,
            figures=self._figures(cleaned),
        )


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TaxSumForm(forms.Form):
    """What every sum of 个税计算 asks for: the amount and the day whose figures of law count."""

    amount = _required_figure("金额(元)")
    day = forms.DateField(label="发放日期", widget=_day_input(), help_text="按这一天有效的税率表和限额计算")

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data, initial={"day": timezone.localdate()})


class LabourForm(TaxSumForm):
    amount = _required_figure("本次劳务报酬(元)")


class CompensationForm(TaxSumForm):
    amount = _required_figure("离职补偿收入(元)")
    cap = forms.DecimalField(
        label="免税限额(元)",
        required=False,
        min_value=0,
        max_digits=16,
        decimal_places=2,
        help_text="当地上年职工年平均工资的 3 倍,以统计部门公布的数为准",
    )


class BonusForm(TaxSumForm):
    """The year so far is typed, or taken from the last slip of somebody whose pay the person computes."""

    amount = _required_figure("全年一次性奖金(元)")
    who = forms.ModelChoiceField(
        label="人员",
        queryset=Person.objects.none(),
        required=False,
        empty_label="不选,手填累计数",
        help_text="选了人,累计数取自其最近一张工资单",
    )
    taxable = _figure("本年累计应纳税所得额(元)", least=None)
    withheld = _figure("本年累计已预扣税额(元)")

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data, person=person)
        self.fields["who"].queryset = people_to_start_from(person)  # type: ignore[attr-defined]
        self.fields["who"].label_from_instance = lambda one: f"{one.staff_no} {one.name}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("who"):
            for name in ("taxable", "withheld"):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, "没有选择人员时请填写,没有就填 0")
        return given
