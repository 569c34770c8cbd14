"""What a person may hand in about logs: a day's log with its contacts, a verdict, which month or week."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from branch.people.models import Person
from branch.widgets import DateInput, MonthChoice, TimeInput
from kernel.months import Month
from teams.plans.logs import queries
from teams.plans.logs.actions import Contact, Entry
from teams.plans.logs.models import LogCheck, LogContact, LogVersion, WorkLog

SPARE = 1  # empty row offered for contacts; the page adds more at a press
MOST_CONTACTS = 40
CONTENT = ("arrived_at", "left_at", "calls", "leaflets", "accounts_opened", "new_assets", "product_sales")
TEXTS = ("client_questions", "bank_news", "competitor_news", "plan_next")


def _count(label: str) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": 0})
    return forms.IntegerField(label=label, min_value=0, max_value=9999, required=False, initial=0, widget=widget)


def _money(label: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=16, decimal_places=2, required=False, initial=Decimal(0))


def _text(label: str, *, required: bool = False, rows: int = 2) -> forms.CharField:
    return forms.CharField(label=label, max_length=500, required=required, widget=forms.Textarea(attrs={"rows": rows}))


class LogForm(forms.Form):
    """工作日志 in the order of the paper; a broker's record has no duty times."""

    arrived_at = forms.TimeField(label="到岗时间", widget=TimeInput())
    left_at = forms.TimeField(label="离岗时间", widget=TimeInput())
    calls = _count("电话量(个)")
    leaflets = _count("发放宣传资料(份)")
    accounts_opened = _count("开户数(户)")
    new_assets = _money("新增资产(元)")
    product_sales = _money("产品销售(元)")
    client_questions = _text("客户疑问", required=False)
    bank_news = _text("银行网点动态")
    competitor_news = _text("竞争对手动态")
    plan_next = _text("明日计划", required=True, rows=3)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == WorkLog.Kind.ACTIVITY:
            del self.fields["arrived_at"], self.fields["left_at"]

    def entry(self, contacts: list[Contact]) -> Entry:
        given = {name: value for name, value in self.cleaned_data.items() if value is not None}
        return Entry(contacts=contacts, **given)


class ContactForm(forms.Form):
    """One row of 今日接触客户; an empty one is left out."""

    name = forms.CharField(label="客户", max_length=80, required=False)
    way = forms.ChoiceField(label="方式", choices=LogContact.Way.choices, required=False)
    content = forms.CharField(label="内容", max_length=200, required=False)
    result = forms.CharField(label="结果", max_length=200, required=False)
    next_on = forms.DateField(label="下次跟进日", required=False, widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs.update({"list": "own-clients", "autocomplete": "off"})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.filled and not (given.get("name") and given.get("content")):
            raise forms.ValidationError("请写明客户姓名和内容")
        return given

    @property
    def filled(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("name", "content", "result", "next_on"))


ContactRows = forms.formset_factory(ContactForm, extra=SPARE, max_num=MOST_CONTACTS, absolute_max=MOST_CONTACTS)


def contacts_of(rows: Any, person: Person) -> list[Contact]:
    """The filled rows; a name that is one of the person's own clients is tied to it."""
    found = []
    for row in rows:
        if row.filled:
            given = row.cleaned_data
            client = queries.client_named(person, given["name"])
            name = client.name if client is not None else given["name"]
            found.append(Contact(**given | {"client": client, "name": name, "way": given["way"] or LogContact.Way.PHONE}))
    return found


def initial_of(version: LogVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in (*CONTENT, *TEXTS)}


def contact_rows_of(version: LogVersion) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{one.client.name}({one.client.client_no})" if one.client is not None else one.name,
            "way": one.way,
            "content": one.content,
            "result": one.result,
            "next_on": one.next_on,
        }
        for one in version.contacts.all()
    ]


class DayForm(forms.Form):
    """Which day's log; today where none is named."""

    day = forms.DateField(required=False)

    @property
    def chosen(self) -> date:
        return (self.cleaned_data.get("day") if self.is_valid() else None) or timezone.localdate()


class MonthForm(forms.Form):
    """Which month; this one where none is named."""

    month = MonthChoice()

    @property
    def chosen(self) -> Month:
        return (self.cleaned_data.get("month") if self.is_valid() else None) or Month.of(timezone.localdate())


class CheckFilter(forms.Form):
    """Whose drawn logs: all that one sees, or those waiting for oneself."""

    waiting = forms.ChoiceField(label="范围", required=False, choices=[("", "全部"), ("1", "待我抽查")])

    @property
    def chosen(self) -> bool:
        return self.is_valid() and self.cleaned_data["waiting"] == "1"


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(label="抽查结果", choices=LogCheck.Verdict.choices, widget=forms.RadioSelect)
    remark = forms.CharField(
        label="评语", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="退回时必填"
    )


class DrawForm(forms.Form):
    """Which team's week: `2026-W41`, as the browser's week picker writes it."""

    team = forms.TypedChoiceField(label="团队", coerce=int)
    week = forms.RegexField(
        r"^\d{4}-W\d{2}$",
        label="周",
        error_messages={"invalid": "请写成 2026-W41"},
        widget=forms.TextInput(attrs={"type": "week"}),
    )

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [(team.pk, team.name) for team in teams]  # type: ignore[attr-defined]

    @property
    def year_and_week(self) -> tuple[int, int]:
        year, week = self.cleaned_data["week"].split("-W")
        return int(year), int(week)
