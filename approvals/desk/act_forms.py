"""What the acts beside signing ask for: people by 工号 or 姓名, seats, days, a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q

from approvals.requests.kinds import all_kinds
from approvals.requests.models import Seat
from approvals.requests.states import HOW_WORDS
from branch.people.models import Person


class PeopleField(forms.CharField):
    """Several people by 工号 or whole 姓名, apart by blanks or 、. Refused by name: nobody of that name, several of it."""

    def __init__(self, *, most: int = 20, **options: Any) -> None:
        self.most = most
        given: dict[str, Any] = {"label": "人员", "max_length": 400} | options
        super().__init__(**given)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        words = list(dict.fromkeys(re.findall(r"[^\s,,、;;]+", text)))
        if len(words) > self.most:
            raise forms.ValidationError(f"一次最多 {self.most} 人" if self.most > 1 else "只能填写一个人")
        known = list(Person.objects.filter(Q(staff_no__in=words) | Q(name__in=words)).select_related("user"))
        return [self._one(word, known) for word in words]

    @staticmethod
    def _one(word: str, known: Sequence[Person]) -> Person:
        found = [person for person in known if word in (person.staff_no, person.name)]
        if not found:
            raise forms.ValidationError(f"没有找到“{word}”,请填写工号或完整姓名")
        if len(found) > 1:
            choice = "、".join(person.staff_no for person in found[:5])
            raise forms.ValidationError(f"“{word}”有 {len(found)} 位同名,请改填工号:{choice}")
        return found[0]


class TakeOverForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200, help_text="例如:发起人休病假。写入审批记录,发起人收到消息。")


class _SeatForm(forms.Form):
    """An act on a seat; which one is asked only where there are several."""

    seat = forms.ChoiceField(label="席位", required=False)
    reason = forms.CharField(label="原因", max_length=200)

    def __init__(self, *args: Any, seats: Sequence[Seat], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(seats) == 1:
            self.fields["seat"] = forms.CharField(widget=forms.HiddenInput, initial=str(seats[0].pk), required=False)
        else:
            choices = [(str(seat.pk), f"{seat.stage.label} · {seat.label}") for seat in seats]
            self.fields["seat"] = forms.ChoiceField(label="席位", choices=choices)

    @property
    def seat_id(self) -> int | None:
        chosen = self.cleaned_data["seat"]
        return int(chosen) if str(chosen).isdecimal() else None


class TransferForm(_SeatForm):
    """转交 to one person."""

    to = PeopleField(label="转交给", most=1, help_text="填写工号或完整姓名;转交后由对方签署,您仍可查看")
    field_order = ("seat", "to", "reason")


class AddSignerForm(_SeatForm):
    """加签: who, and in which order with one's own signature."""

    people = PeopleField(label="加签人员", most=10, help_text="填写工号或完整姓名,几个人用空格隔开")
    how = forms.ChoiceField(
        label="方式",
        choices=list(HOW_WORDS.items()),
        widget=forms.RadioSelect,
        help_text="前加签:他们先签,再轮到您;后加签:您签后再由他们签;并加签:同时签",
    )
    field_order = ("seat", "people", "how", "reason")


class RerouteForm(forms.Form):
    """转办 by the administrator, to one person."""

    to = PeopleField(label="转办给", most=1, help_text="填写工号或完整姓名;不能是发起人、本轮已签的人,也不能是您自己")
    reason = forms.CharField(label="原因", max_length=200, help_text="记入审批记录")


class DropSignerForm(_SeatForm):
    """减签 of a seat that one has added or chosen."""


class CopyForm(forms.Form):
    """抄送."""

    people = PeopleField(label="抄送给", help_text="填写工号或完整姓名,几个人用空格隔开;对方可以查看本申请并收到消息")


class DelegationForm(forms.Form):
    """委托代签 for some days."""

    to = PeopleField(label="受托人", most=1, help_text="填写工号或完整姓名")
    since = forms.DateField(label="起日", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="止日", widget=forms.DateInput(attrs={"type": "date"}))
    kinds = forms.MultipleChoiceField(
        label="类别", required=False, widget=forms.CheckboxSelectMultiple, help_text="一个都不选表示全部类别"
    )
    reason = forms.CharField(label="原因", max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind.code, kind.label) for kind in all_kinds()]  # type: ignore[attr-defined]
