"""What a person may hand in about a marketing plan and a cooperation agreement."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch, Outlet, Team
from branch.overtaken import SEEN, seen_field
from branch.people.choices import BranchChoice
from branch.rest.places import chosen
from branch.widgets import DateInput
from kernel.money import ZERO
from kernel.seen import stamp
from teams.plans.marketing import rules, states
from teams.plans.marketing.actions import shown_agreement
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan
from teams.plans.targets.metrics import METRICS
from teams.plans.targets.rules import MONTHS

LINES, SPARE = "lines", 3
LEAST_LINES = 5


class AmountField(forms.DecimalField):
    """An amount of a table as people write it: 1,200 and full-width digits are read, nothing is nought."""

    def __init__(self, *, label: str, places: int) -> None:
        attrs = {"inputmode": "decimal" if places else "numeric", "autocomplete": "off", "aria-label": label}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(label=label, required=False, min_value=0, max_digits=15, decimal_places=places, widget=widget)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).replace(",", "").replace(" ", "")
        return super().to_python(value)


def month_name(metric: str, number: int) -> str:
    return f"{metric}_{number}"


class PlanForm(forms.Form):
    """A whole plan: texts, a budget of lines, and a grid of five things by twelve months."""

    is_new_team = forms.BooleanField(
        label="新成立的团队", required=False, help_text="筹办时必须列明一年内的工作计划与目标开户数(指引第三条)"
    )
    market_analysis = forms.CharField(
        label="市场分析", required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text="当地市场、客户、同业和机会"
    )
    channels = forms.CharField(
        label="渠道安排",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="各渠道(银行网点、社区等)怎么做",
    )
    work_plan = forms.CharField(
        label="工作计划", required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="按步骤列出要做的事和时间"
    )

    def __init__(self, *args: Any, plan: MarketingPlan | None = None, **kwargs: Any) -> None:
        content = plan.content if plan is not None else None
        super().__init__(*args, **{"initial": _initial(content), **kwargs})
        self.lines = self._count(len(plan.budget) if plan is not None else 0)
        for at in range(self.lines):
            line = f"预算第 {at + 1} 行"
            item = forms.TextInput(attrs={"aria-label": f"{line}项目"})
            self.fields[f"item_{at}"] = forms.CharField(label=f"{line}项目", required=False, max_length=60, widget=item)
            self.fields[f"amount_{at}"] = AmountField(label=f"{line}金额(元)", places=2)
        for metric in rules.PLANNED:
            for number in range(1, MONTHS + 1):
                name, places = month_name(metric, number), 0 if METRICS[metric].whole else 2
                self.fields[name] = AmountField(label=f"{METRICS[metric].label} {number}月", places=places)
        self.fields[LINES] = forms.IntegerField(required=False, widget=forms.HiddenInput(), initial=self.lines)
        self.fields[SEEN] = seen_field()
        if content is not None:
            self.initial[SEEN] = stamp(content)

    def _count(self, filled: int) -> int:
        if self.is_bound:
            said = self.data.get(self.add_prefix(LINES), "")
            return min(int(said), rules.MOST_LINES) if said.isdecimal() else LEAST_LINES
        return min(max(filled + SPARE, LEAST_LINES), rules.MOST_LINES)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for at in range(self.lines):
            if given.get(f"amount_{at}") and not given.get(f"item_{at}"):
                self.add_error(f"item_{at}", "写了金额的一行请写明项目")
        return given

    @property
    def content(self) -> dict[str, Any]:
        """What the plan would hold; the form is valid."""
        given = self.cleaned_data
        budget = [
            {"item": given[f"item_{at}"].strip(), "amount": f"{given[f'amount_{at}'] or ZERO:.2f}"}
            for at in range(self.lines)
            if given.get(f"item_{at}")
        ]
        months = {
            metric: [f"{given[month_name(metric, number)] or ZERO:.2f}" for number in range(1, MONTHS + 1)]
            for metric in rules.PLANNED
        }
        texts = {name: given[name] for name in rules.TEXTS}
        return {"is_new_team": given["is_new_team"], **texts, "budget": budget, "months": months}

    @property
    def head_fields(self) -> list[forms.BoundField]:
        """What stands above the texts."""
        return [self[name] for name in ("team", "year", "is_new_team") if name in self.fields]

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in rules.TEXTS]

    @property
    def budget_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"item_{at}"], self[f"amount_{at}"]) for at in range(self.lines)]

    @property
    def month_rows(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for metric in rules.PLANNED:
            label = f"{METRICS[metric].label}({METRICS[metric].unit})"
            yield label, [self[month_name(metric, number)] for number in range(1, MONTHS + 1)]

    @property
    def by_month(self) -> list[tuple[int, list[tuple[str, forms.BoundField]]]]:
        """The grid a month a row, each field with its heading: on a phone a month is a card."""
        heads = {metric: f"{METRICS[metric].label}({METRICS[metric].unit})" for metric in rules.PLANNED}
        return [
            (number, [(head, self[month_name(metric, number)]) for metric, head in heads.items()])
            for number in range(1, MONTHS + 1)
        ]


def _initial(content: Mapping[str, Any] | None) -> dict[str, Any]:
    """The content as the form's fields have it; nought is left empty."""
    if content is None:
        return {}
    found = {"is_new_team": content["is_new_team"], **{name: content[name] for name in rules.TEXTS}}
    for at, line in enumerate(content["budget"]):
        found |= {f"item_{at}": line["item"], f"amount_{at}": _written(line["amount"])}
    for metric in rules.PLANNED:
        for number, amount in enumerate(content["months"].get(metric, ()), 1):
            found[month_name(metric, number)] = _written(amount) if Decimal(amount) else ""
    return found


def _written(amount: str) -> str:
    return amount.removesuffix(".00")


class NewPlanForm(PlanForm):
    """A plan that is begun: also of which team and year."""

    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), empty_label="请选择")
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams
        today = timezone.localdate()
        self.initial.setdefault("year", today.year + (today.month >= 10))


class PlanFilter(forms.Form):
    """Which plans a list shows; unknown words filter nothing."""

    year = forms.IntegerField(label="年度", required=False, min_value=2000, max_value=2100)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *states.PLAN.states.items()])

    @property
    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return {"year": given.get("year"), "state": given.get("state") or ""}


class BranchForm(forms.Form):
    """Of which branch the agreements are taken away."""

    branch = BranchChoice(label="营业部", required=False)

    def __init__(self, *args: Any, branches: list[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = branches
        self.fields["branch"].offer(branches)  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def chosen(self) -> Branch:
        """Without a code the first. Raises Unknown where the one named isn't one of the person's: another is not meant."""
        return chosen(self.offered, str(self.data.get("branch") or ""))


class AgreementForm(forms.Form):
    """A cooperation agreement of one outlet."""

    outlet = forms.ModelChoiceField(label="网点", queryset=Outlet.objects.none(), empty_label="请选择")
    bank = forms.CharField(label="合作银行", max_length=60)
    agreement_no = forms.CharField(label="协议编号", max_length=60)
    signed_on = forms.DateField(label="签订日期", required=False, widget=DateInput(), help_text="还没有签的留空,列为拟定")
    valid_from = forms.DateField(label="有效期自", widget=DateInput())
    valid_to = forms.DateField(label="有效期至", widget=DateInput())
    file = forms.FileField(
        label="协议文件", required=False, help_text="PDF、照片或 Word,不超过 20 MB;签订日期和文件齐全后,改动须由两人更正"
    )

    def __init__(self, *args: Any, outlets: Any = None, row: CooperationAgreement | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": _agreement_initial(row), **kwargs})
        self.fields[SEEN] = seen_field()
        field = self.fields["outlet"]
        assert isinstance(field, forms.ModelChoiceField)
        if row is not None:
            del self.fields["outlet"]
        else:
            field.queryset = outlets

    @property
    def given(self) -> dict[str, Any]:
        """The form's values as the actions take them."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("file", SEEN)}
        file = self.files.get("file")
        return {**values, "file": file.read() if file else None, "file_name": file.name if file else ""}


def _agreement_initial(row: CooperationAgreement | None) -> dict[str, Any]:
    """The row as the form shows it, its paper by name; nothing of one that is not entered yet."""
    if row is None:
        return {}
    shown = shown_agreement(row)
    return {**shown, "file": row.file.name if row.file is not None else "", SEEN: stamp(shown)}


class CorrectionForm(AgreementForm):
    """How a signed agreement should be, and why."""

    reason = forms.CharField(
        label="更正原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如:有效期登记有误,协议第三条为 12 月 31 日止;或:签了补充协议(编号、日期)",
    )

    def __init__(self, *args: Any, row: CooperationAgreement, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["signed_on"].required, self.fields["signed_on"].help_text = True, ""
        self.fields["signed_on"].error_messages["required"] = rules.STAYS_SIGNED
        self.fields["file"].label = "新的协议文件或补充协议"
        self.fields["file"].help_text = "不换文件的留空;原文件始终可以下载"


class SummaryForm(forms.Form):
    """年度总结."""

    text = forms.CharField(label="年度总结", widget=forms.Textarea(attrs={"rows": 8}), max_length=rules.LONGEST)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)
