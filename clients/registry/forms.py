"""What a person may ask of clients and slips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from branch.people.models import Person
from clients.registry.models import ClientQuerySet, ConfirmationSlip, ConfirmationSlipQuerySet
from clients.registry.queries import clients_for, slips_for
from clients.registry.states import STATES
from kernel.months import Month

ANY = [("", "全部")]


def month_choices(months: Iterable[Month]) -> list[tuple[str, str]]:
    return [(str(month), month.label) for month in months]


class ClientFilter(forms.Form):
    """The client list's filter."""

    q = forms.CharField(label="姓名/首字母/客户号/账号末四位", required=False, max_length=40)
    manager = forms.CharField(label="客户经理工号", required=False, max_length=20)
    kind = forms.ChoiceField(label="客户类型", required=False, choices=[*ANY, ("个人", "个人"), ("机构", "机构")])
    relation = forms.ChoiceField(
        label="关系", required=False, choices=[*ANY, ("开发", "开发"), ("服务", "服务"), ("none", "未确认")]
    )

    def rows(self, person: Person) -> ClientQuerySet:
        """What the filters leave of the person's list, for the page and for its export alike."""
        wanted = self.cleaned_data if self.is_valid() else {}
        return clients_for(
            person,
            text=wanted.get("q", ""),
            manager=wanted.get("manager", ""),
            kind=wanted.get("kind", ""),
            relation=wanted.get("relation", ""),
        )


class SlipFilter(forms.Form):
    """The slip list's filter."""

    q = forms.CharField(label="流水号/客户/工号", required=False, max_length=40)
    month = forms.ChoiceField(label="编号月份", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[*ANY, *STATES.items()])
    basis = forms.ChoiceField(label="依据", required=False, choices=[*ANY, *ConfirmationSlip.Basis.choices])

    def __init__(self, *args: Any, months: Iterable[Month] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [*ANY, *month_choices(months)]  # type: ignore[attr-defined]

    def rows(self, person: Person) -> ConfirmationSlipQuerySet:
        """What the filters leave of the slips the person may see."""
        wanted = self.cleaned_data if self.is_valid() else {}
        month = Month.parse(wanted["month"]) if wanted.get("month") else None
        return slips_for(
            person, month=month, state=wanted.get("state", ""), basis=wanted.get("basis", ""), text=wanted.get("q", "")
        )


class ReasonForm(forms.Form):
    """A reason, where an act needs one."""

    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))
