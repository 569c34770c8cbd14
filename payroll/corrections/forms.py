"""What may be asked of the list of corrections and typed into one."""

from __future__ import annotations

from typing import Any

from django import forms

from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from kernel.money import grouped
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.corrections.balances import HOW, KINDS
from payroll.corrections.leavers import Leaver, leavers_in
from payroll.corrections.models import Correction
from payroll.corrections.proofs import LARGEST, proof_type
from payroll.corrections.recomputing import people_of, runs_from
from payroll.corrections.rules import FIELDS, MANUAL, MANUAL_LABEL
from payroll.corrections.states import CORRECTION_STATES
from payroll.corrections.unpaid import unpaid_in
from payroll.runs.models import PayRun
from payroll.runs.states import PAID


class CorrectionFilter(forms.Form):
    """The list: branch and state."""

    branch = forms.ModelChoiceField(label="营业部", queryset=Branch.objects.none(), required=False, empty_label="全部")
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), ("open", "没有办完的"), *CORRECTION_STATES.items()]
    )

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data)
        self.fields["branch"].queryset = branches_visible_to(person, Power.PAY_VIEW)  # type: ignore[attr-defined]


class OpenForm(forms.Form):
    """A paid month and why it is opened for correction."""

    run = forms.ModelChoiceField(
        label="要更正的月份", queryset=PayRun.objects.none(), empty_label="请选择", help_text="只列出已经发放的月份"
    )
    reason = forms.CharField(label="原因", max_length=200, help_text="例如:600103 的职责分录错,考核表为 85 分")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches = branches_visible_to(person, Power.PAY_CORRECT)
        rows = PayRun.objects.filter(branch__in=branches, state__in=PAID).select_related("branch")
        self.fields["run"].queryset = rows.order_by("-month", "branch__code")  # type: ignore[attr-defined]
        self.fields["run"].label_from_instance = lambda run: f"{run.month.label} {run.branch.name}"  # type: ignore[attr-defined]


class LineForm(forms.Form):
    """One thing that was wrong: who, in which month, what, how it should be, why, and what proves it."""

    person = forms.ModelChoiceField(label="人员", queryset=Person.objects.none(), empty_label="请选择")
    month = forms.TypedChoiceField(label="所属月份", coerce=Month.parse)
    field = forms.ChoiceField(label="项目")
    new = forms.CharField(
        label="应为",
        max_length=200,
        help_text="原来的数由系统读取;严重违规填“是”或“否”,金额以元为单位;"
        "专项附加有几项的逐项写,如“子女教育 2000、赡养老人 1000”",
    )
    reason = forms.CharField(label="原因", max_length=200)
    evidence = forms.FileField(
        label="依据(PDF、图片或 xlsx)",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.xlsx"}),
        help_text="手工补发补扣必须上传,例如仲裁裁决",
    )

    def __init__(self, *args: Any, correction: Correction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = runs_from(correction.branch, correction.month)
        self.fields["person"].queryset = people_of(runs)  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = lambda one: f"{one.staff_no} {one.name}"  # type: ignore[attr-defined]
        self.fields["month"].choices = [(str(run.month), run.month.label) for run in runs]  # type: ignore[attr-defined]
        groups: dict[str, list[tuple[str, str]]] = {}
        for field in FIELDS.values():
            groups.setdefault(field.group, []).append((field.code, field.label))
        choices = [("", "请选择"), *groups.items(), (MANUAL, MANUAL_LABEL)]
        self.fields["field"].choices = choices  # type: ignore[attr-defined]

    def clean_evidence(self) -> Any:
        return _proof(self.cleaned_data.get("evidence"))


def _proof(file: Any) -> Any:
    """The file when it is one of the kinds that may prove something, ready to be read; None when none was handed in."""
    if file is None:
        return None
    try:
        proof_type(file.read(LARGEST + 1))
    except Refusal as refusal:
        raise forms.ValidationError(refusal.sentence) from refusal
    file.seek(0)
    return file


OPEN, WAITING, ALL = "", "waiting", "all"


class LeaverFilter(forms.Form):
    """The list of leavers: branch, and whether what is settled is shown as well."""

    branch = forms.ModelChoiceField(label="营业部", queryset=Branch.objects.none(), required=False, empty_label="全部")
    show = forms.ChoiceField(
        label="显示",
        required=False,
        choices=[(OPEN, "未结清的"), (WAITING, "有登记待确认的"), (ALL, "全部(含已结清、已返聘)")],
    )

    def __init__(self, data: Any, *, person: Person) -> None:
        super().__init__(data)
        self.fields["branch"].queryset = branches_visible_to(person, Power.PAY_VIEW)  # type: ignore[attr-defined]

    def rows(self, person: Person) -> list[Leaver]:
        """What the filters leave of the leavers the person may see, for the page, its export and the API alike."""
        wanted = self.cleaned_data if self.is_valid() else {}
        branches = branches_visible_to(person, Power.PAY_VIEW)
        asked = [wanted["branch"]] if wanted.get("branch") else branches
        found = sorted([*leavers_in(asked), *unpaid_in(asked)], key=lambda one: one.staff_no)
        show = wanted.get("show", OPEN)
        if show == ALL:
            return found
        return [one for one in found if one.waiting or (show == OPEN and one.is_open and one.back is None)]


class SettlementForm(forms.Form):
    """One item of a leaver's that was settled outside the pay run."""

    item = forms.ChoiceField(label="结清的项目")
    amount = forms.DecimalField(
        label="金额(元)",
        max_digits=14,
        decimal_places=2,
        help_text="扣个税前的数,填正数;部分结清填这一次的数,递延按期结清填“累计”一栏的数",
    )
    day = forms.DateField(label="结清日期", widget=forms.DateInput(attrs={"type": "date"}))
    how = forms.ChoiceField(label="方式", choices=[("", "请选择"), *HOW.items()])
    tax = forms.DecimalField(
        label="代扣个税(元)",
        max_digits=14,
        decimal_places=2,
        required=False,
        min_value=0,
        help_text="付给员工的必填,没有代扣的填 0:计入当年累计预扣,并进结清当月的申报表;收回、放弃的和经纪人的留空",
    )
    reason = forms.CharField(label="说明", max_length=200, help_text="例如:转入本人招商银行工资卡;放弃的写明谁同意、为什么")
    voucher = forms.CharField(label="凭证号", max_length=60, required=False, help_text="凭证号和依据文件至少填一样")
    evidence = forms.FileField(
        label="依据(PDF、图片或 xlsx)",
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.xlsx"}),
        help_text="例如银行回单、收据、本人签字的说明",
    )

    def __init__(self, *args: Any, leaver: Leaver, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_items = [item for item in leaver.items if item.left and not item.pending]
        choices = [
            (item.key, f"{KINDS[item.kind]} {item.label}:{'应补付' if item.left > 0 else '应收回'} {grouped(item.size)} 元")
            for item in open_items
        ]
        self.fields["item"].choices = [("", "请选择"), *choices]  # type: ignore[attr-defined]

    def clean_evidence(self) -> Any:
        return _proof(self.cleaned_data.get("evidence"))
