"""What a person may hand in: the filters of the lists, an opinion, a reason."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from approvals.desk.actions import Upload
from approvals.desk.queries import with_words
from approvals.desk.rules import LARGEST
from approvals.requests.actions.deciding import AGREEING
from approvals.requests.kinds import all_kinds
from approvals.requests.models import RequestQuerySet
from approvals.requests.states import STATE_WORDS, Act
from kernel.refusals import Refusal

SPAN = timedelta(days=90)


class RequestFilter(forms.Form):
    """类别, 状态, a text looked for as queries.with_words does, and the days between which the request began."""

    kind = forms.ChoiceField(label="类别", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATE_WORDS.items()])
    text = forms.CharField(
        label="关键词",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": "单号、文号、标题、发起人、意见、评论"}),
    )
    since = forms.DateField(label="发起日自", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="发起日至", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", "全部"), *((k.code, k.label) for k in all_kinds())]

    def narrow(self, rows: RequestQuerySet) -> RequestQuerySet:
        """The rows that the filters leave; an invalid filter narrows nothing."""
        chosen = self.cleaned_data if self.is_valid() else {}
        if chosen.get("kind"):
            rows = rows.filter(kind=chosen["kind"])
        if chosen.get("state"):
            rows = rows.filter(state=chosen["state"])
        if chosen.get("since"):
            rows = rows.filter(started_at__gte=day_begins(chosen["since"]))
        if chosen.get("until"):
            rows = rows.filter(started_at__lt=day_ends(chosen["until"]))
        text = chosen.get("text", "").strip()
        return with_words(rows, text) if text else rows


def day_begins(day: date) -> datetime:
    """Midnight in Shanghai."""
    return timezone.make_aware(datetime.combine(day, time.min))


def day_ends(day: date) -> datetime:
    """The midnight after it; of the last day there is, its last moment."""
    return timezone.make_aware(datetime.max) if day == date.max else day_begins(day + timedelta(1))


class KindFilter(forms.Form):
    """类别."""

    kind = forms.ChoiceField(label="类别", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "全部"), *((k.code, k.label) for k in all_kinds())]  # type: ignore[attr-defined]


class StatisticsFilter(KindFilter):
    """类别 and the days between which the signatures were given; the last 90 days where none is said."""

    since = forms.DateField(label="签署日自", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="签署日至", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def span(self) -> dict[str, Any]:
        """What statistics.place_lines takes; a filter that can't be read is none."""
        chosen = self.cleaned_data if self.is_valid() else {}
        until = chosen.get("until") or timezone.localdate()
        since = chosen.get("since") or until - SPAN
        return {"since": day_begins(since), "until": day_ends(until), "kind": chosen.get("kind", "")}


class DecisionForm(forms.Form):
    """One signature. The password is asked where the kind wants it."""

    act = forms.CharField(max_length=10)
    opinion = forms.CharField(required=False, max_length=1000)
    seen_digest = forms.CharField(max_length=64)
    seat = forms.IntegerField(required=False)
    password = forms.CharField(required=False, max_length=200, strip=False)
    to_stage = forms.CharField(required=False, max_length=40)
    summary = forms.CharField(required=False, max_length=4000)

    def require(self) -> dict[str, Any]:
        """The cleaned values; a form that was tampered with or is too long is refused."""
        if not self.is_valid():
            raise Refusal("提交的内容不完整或意见超过 1000 字,请检查后再签署", code="bad_form")
        return self.cleaned_data

    def answer(self) -> dict[str, Any]:
        """What `decide` takes of it: the choice of signers counts when agreeing, the stage to go back to with 退回."""
        given, sent = self.require(), cast(QueryDict, self.data)
        agreeing = given["act"] in AGREEING
        stages = sent.getlist("choosing") if agreeing else []
        return {
            "act": given["act"],
            "opinion": given["opinion"],
            "seen_digest": given["seen_digest"],
            "seat_id": given["seat"],
            "chosen": {code: sent.getlist(f"chosen.{code}") for code in stages},
            "to_stage": given["to_stage"] if given["act"] == Act.RETURN else "",
            "data": {"summary": given["summary"]} if agreeing and given["summary"] else {},
        }


def uploads(files: MultiValueDict[str, UploadedFile], name: str = "files") -> list[Upload]:
    """The files of a form; of one that is too large only so much is read as shows it."""
    return [Upload(file.name or "", file.read(LARGEST + 1)) for file in files.getlist(name)]
