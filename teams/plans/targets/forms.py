"""What a person may hand in about targets: year and metric, a grid of months, an income plan, a note, a milestone, a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch, Team
from branch.overtaken import SEEN, seen_field
from branch.people.choices import BranchChoice
from branch.people.models import Person
from branch.widgets import DateInput, MonthInput
from kernel.money import ZERO
from kernel.months import Month
from kernel.seen import stamp
from teams.plans.targets import rules
from teams.plans.targets.access import branches_for, require_branch
from teams.plans.targets.actions import shown_note
from teams.plans.targets.metrics import INCOME_DEPARTMENTS, LEVELS, METRICS, Metric
from teams.plans.targets.models import METRIC_CHOICES, DeviationNote, IncomePlan, Milestone, Target
from teams.plans.targets.queries import Months, Unit

HAND, EVEN, SHAPE = "hand", "even", "shape"
WAYS = [(HAND, "逐月填写"), (EVEN, "全年目标平均到各月"), (SHAPE, "全年目标按上年的样子分到各月")]
WAN = Decimal(10000)
LARGEST_FILE = 20 * 1024 * 1024


class PlaceForm(forms.Form):
    """Which branch and year a page shows; where none is named the first branch and this year."""

    branch = BranchChoice(label="营业部", required=False)
    year = forms.IntegerField(label="年度", required=False, min_value=2000, max_value=2100)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.offered = person, branches_for(person)
        self.fields["branch"].offer(self.offered)  # type: ignore[attr-defined]
        if len(self.offered) < 2:
            self.fields["branch"].widget = forms.HiddenInput()
        if "year" in self.fields:
            self.fields["year"].widget.attrs["placeholder"] = timezone.localdate().year
        self.is_valid()

    def _asked(self, name: str) -> Any:
        return getattr(self, "cleaned_data", {}).get(name)

    @property
    def chosen_branch(self) -> Branch:
        """Raises Unknown where the branch named isn't one of the person's: another is not meant."""
        return require_branch(self.person, str(self.data.get("branch") or ""))

    @property
    def chosen_year(self) -> int:
        return self._asked("year") or timezone.localdate().year


class TreeForm(PlaceForm):
    """Which metric of a branch and year."""

    metric = forms.ChoiceField(label="项目", choices=METRIC_CHOICES, required=False)

    @property
    def chosen_metric(self) -> str:
        return self._asked("metric") or next(iter(METRICS))


class MonthBoardForm(PlaceForm):
    """Which month, metric and level of a branch's progress."""

    month = forms.CharField(label="月份", required=False, max_length=10, widget=MonthInput)
    metric = forms.ChoiceField(label="项目", choices=METRIC_CHOICES, required=False)
    level = forms.ChoiceField(
        label="层级", required=False, choices=[("", "全部"), *((level.value, word) for level, word in LEVELS.items())]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["year"]

    @property
    def chosen_metric(self) -> str:
        return self._asked("metric") or next(iter(METRICS))

    @property
    def chosen_level(self) -> str:
        return self._asked("level") or ""

    def clean_month(self) -> str:
        """As typed; what is no month is said, on the page beside another month's figures."""
        text: str = self.cleaned_data["month"]
        try:
            Month.parse(text or "2000-01")
        except ValueError as error:
            raise forms.ValidationError("没有这个月份,请写成 2026-10") from error
        return text

    def chosen_month(self, months: Sequence[Month]) -> Month:
        """The month asked for, else the newest with figures, else this one."""
        try:
            return Month.parse(self._asked("month") or "")
        except ValueError:
            return months[0] if months else Month.of(timezone.localdate())


@dataclass(frozen=True)
class GridRow:
    """A unit's row of the grid: its fields, or its months where they can't be edited here."""

    unit: Unit
    year: Any
    cells: list[Any]
    locked: bool
    months: Months | None = None

    @property
    def total(self) -> Decimal:
        return sum(self.months or [], ZERO)


class MonthGrid(forms.Form):
    """Units by months. A row left empty carries no target; with a way other than by hand a year's figure fills the months."""

    way = forms.ChoiceField(label="填法", choices=WAYS, initial=HAND, required=False)

    def __init__(
        self,
        *args: Any,
        units: Sequence[Unit],
        metric: Metric,
        months: Mapping[str, Months],
        locked: Sequence[str] = (),
        shapes: Mapping[str, Sequence[Decimal]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.units, self.metric, self.months, self.locked = units, metric, months, set(locked)
        self.shapes = shapes or {}
        self.remainders: dict[str, Decimal] = {}
        for unit in units:
            if unit.key not in self.locked:
                self._add_row(unit)
        self.fields[SEEN] = seen_field()

    def _add_row(self, unit: Unit) -> None:
        known = self.months.get(unit.key)
        self.fields[f"{unit.key}:0"] = self._field(f"{unit.name} 全年", None if known is None else self._year(known))
        for number in range(1, rules.MONTHS + 1):
            self.fields[f"{unit.key}:{number}"] = self._field(f"{unit.name} {number} 月", known[number - 1] if known else None)

    def _year(self, months: Months) -> Decimal:
        return rules.year_figure(months, self.metric)

    def _field(self, label: str, value: Decimal | None) -> forms.DecimalField:
        shown = None if value is None else f"{value:.0f}" if self.metric.whole or value == value.to_integral_value() else value
        widget = forms.NumberInput(attrs={"class": "num", "aria-label": label, "step": 1 if self.metric.whole else "0.01"})
        return forms.DecimalField(label=label, required=False, initial=shown, max_digits=16, decimal_places=2, widget=widget)

    def clean(self) -> dict[str, Any]:
        """Unit key → twelve months or None, as `parts`."""
        given = super().clean() or {}
        self.parts = {unit.key: self._row(unit.key, given) for unit in self.units if unit.key not in self.locked}
        return given

    def _row(self, key: str, given: Mapping[str, Any]) -> list[Decimal] | None:
        year, way = given.get(f"{key}:0"), given.get("way") or HAND
        typed = [given.get(f"{key}:{number}") for number in range(1, rules.MONTHS + 1)]
        if way != HAND and year is not None and year >= 0:
            split = (
                rules.evenly(year, self.metric)
                if way == EVEN
                else rules.by_shape(year, self.shapes.get(key, [ZERO] * rules.MONTHS), self.metric)
            )
            if split.remainder:
                self.remainders[key] = split.remainder
            return list(split.parts)
        return None if all(one is None for one in typed) else [one or ZERO for one in typed]

    def rows(self) -> Iterator[GridRow]:
        for unit in self.units:
            if unit.key in self.locked:
                yield GridRow(unit, None, [], True, self.months[unit.key])
                continue
            cells = [self[f"{unit.key}:{number}"] for number in range(1, rules.MONTHS + 1)]
            yield GridRow(unit, self[f"{unit.key}:0"], cells, False)

    def remainder_words(self) -> str:
        """What did not divide, for the message after saving."""
        names = {unit.key: unit.name for unit in self.units}
        return ";".join(
            f"{names[key]}分不尽的 {rules.shown(left, self.metric)}已逐一加到前面的月份" for key, left in self.remainders.items()
        )


class ChangeForm(MonthGrid):
    """Other months for one target in force, and why."""

    reason = forms.CharField(label="变更原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class IncomeForm(forms.Form):
    """部门收入目标 of a period, in 万元; up to three further departments beside the five."""

    period = forms.ChoiceField(label="期间", choices=IncomePlan.Period.choices)
    total = forms.DecimalField(label="总收入目标(万元)", max_digits=14, decimal_places=6)
    reason = forms.CharField(label="变更原因", max_length=200, required=False, help_text="已有生效的目标时必填")

    def __init__(self, *args: Any, plan: IncomePlan | None = None, **kwargs: Any) -> None:
        parts = {part.department: part.amount for part in plan.parts.all()} if plan is not None else {}
        if plan is not None:
            shown = {"period": plan.period, "total": wan(plan.total), "reason": plan.reason}
            kwargs["initial"] = shown | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.names = [*INCOME_DEPARTMENTS, *(name for name in parts if name not in INCOME_DEPARTMENTS)]
        for place, name in enumerate(self.names):
            self.fields[f"part{place}"] = forms.DecimalField(
                label=f"{name}(万元)",
                required=False,
                max_digits=14,
                decimal_places=6,
                initial=wan(parts[name]) if name in parts else None,
            )
        self.fields["other_name"] = forms.CharField(label="其他部门名称", required=False, max_length=20)
        self.fields["other"] = forms.DecimalField(label="其他部门(万元)", required=False, max_digits=14, decimal_places=6)
        self.fields[SEEN] = seen_field()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        named = {name: given.get(f"part{place}") for place, name in enumerate(self.names)}
        if given.get("other") is not None and not given.get("other_name"):
            self.add_error("other_name", "请写明部门名称")
        named |= {given["other_name"]: given.get("other")} if given.get("other_name") else {}
        self.parts = {name: amount * WAN for name, amount in named.items() if amount is not None}
        return given


def wan(amount: Decimal) -> Decimal:
    """Yuan as 万元, without needless noughts."""
    found = (amount / WAN).normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found


class DecideForm(forms.Form):
    """What the superior says to a change."""

    act = forms.ChoiceField(choices=[("agree", "同意"), ("refuse", "不同意"), ("withdraw", "撤回")])
    note = forms.CharField(label="意见", max_length=200, required=False)


class NoteForm(forms.Form):
    """Why a month is behind, and what is done about it."""

    cause = forms.CharField(label="落后的原因", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    action = forms.CharField(label="改进措施", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, note: DeviationNote, **kwargs: Any) -> None:
        shown = shown_note(note)
        super().__init__(*args, **{"initial": {**shown, SEEN: stamp(shown)}, **kwargs})
        self.fields[SEEN] = seen_field()


class NoteFilter(forms.Form):
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), ("asked", "待说明"), ("answered", "已说明"), ("lapsed", "已赶上")]
    )

    @property
    def chosen(self) -> str:
        return self.cleaned_data.get("state", "") if self.is_valid() else ""


class MilestoneFilter(forms.Form):
    standing = forms.ChoiceField(
        label="进展", required=False, choices=[("", "全部"), ("overdue", "逾期"), ("open", "未完成"), ("done", "已完成")]
    )

    @property
    def chosen(self) -> str:
        return self.cleaned_data.get("standing", "") if self.is_valid() else ""


class MilestoneForm(forms.ModelForm):
    """What is to be done by when, by whom."""

    class Meta:
        model = Milestone
        fields = ["team", "name", "starts_on", "due_on", "responsible"]
        widgets = {"starts_on": DateInput(), "due_on": DateInput()}

    def __init__(self, *args: Any, teams: Any, people: Any, whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset, self.fields["responsible"].queryset = teams, people  # type: ignore[attr-defined]
        self.fields["team"].required = not whole
        self.fields["team"].empty_label = "营业部" if whole else "请选择"  # type: ignore[attr-defined]
        self.fields["responsible"].empty_label = "请选择"  # type: ignore[attr-defined]


class DoneForm(forms.Form):
    """That a milestone is reached, with what shows it."""

    done_on = forms.DateField(label="完成日期", widget=DateInput())
    evidence = forms.FileField(label="完成凭据", required=False, help_text="照片、文件或表格,20 MB 以内")
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="没有凭据时必填")

    def clean_evidence(self) -> Any:
        file = self.cleaned_data["evidence"]
        if file is not None and file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 20 MB,请压缩后再上传")
        return file


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)


class SheetForm(forms.Form):
    """A file of targets for a branch or one of its teams."""

    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), required=False)
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    file = forms.FileField(label="文件", widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}))

    def __init__(self, *args: Any, teams: Any, whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.required, field.empty_label = teams, not whole, "全营业部" if whole else "请选择"

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 20 MB,请删去多余的内容后再上传")
        return file


def target_label(target: Target) -> str:
    """Whose target of what: 营销一队 2026年新开户数."""
    return f"{target.unit_name} {target.year}年{target.kind.label}"
