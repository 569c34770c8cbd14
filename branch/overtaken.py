"""The second of two editors: the form keeps what was typed, says what the colleague saved, and lets the person choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils import timezone

from branch.audit.models import AuditRow
from kernel.seen import Overtaken

SEEN = "seen"


def seen_field() -> forms.CharField:
    """The hidden stamp of what the form showed (`kernel.seen.stamp` as its initial value)."""
    return forms.CharField(required=False, widget=forms.HiddenInput)


def confront(refusal: Overtaken, typed: Any, present: Any, *, subject: str, subject_id: str) -> Overtaken:
    """Put both values into the refusal, and what is there now into the form's stamp, so that sending it again is a choice.

    `typed` is the form as sent, `present` a fresh one of the row as it is; the log tells who changed `subject` (`branch.Team`).
    """
    who = _last(subject, subject_id)
    refusal.items = [
        f"“{label}”:{who}改为“{theirs or '(空)'}”,您填写的是“{yours or '(空)'}”"
        for label, theirs, yours in _differing(typed, present)
    ]
    refusal.items = refusal.items or [f"{who}保存的内容与您填写的相同"]
    typed.data = typed.data.copy()
    typed.data[typed.add_prefix(SEEN)] = present[SEEN].value()
    return refusal


def _last(subject: str, subject_id: str) -> str:
    row = AuditRow.objects.filter(subject_type=subject, subject_id=subject_id).order_by("-id").first()
    return f"同事 {row.actor_name} 于 {timezone.localtime(row.at):%m-%d %H:%M} 已" if row is not None else "同事已"


def _differing(typed: forms.BaseForm, present: forms.BaseForm) -> Iterator[tuple[str, str, str]]:
    for name in typed.fields:
        if name != SEEN and name in present.fields and (theirs := _written(present[name])) != (yours := _written(typed[name])):
            yield str(typed[name].label), theirs, yours


def _written(field: forms.BoundField) -> str:
    """A value as the page writes it."""
    value = field.value()
    if isinstance(field.field, forms.BooleanField):
        return "是" if value in (True, "on", "true", "True", "1") else "否"
    if isinstance(field.field, forms.ChoiceField):
        return str(dict(field.field.choices).get(value or "", value or ""))  # type: ignore[arg-type]
    if isinstance(field.field, forms.FileField):
        return str(getattr(value, "name", value) or "")
    shown = field.field.widget.format_value(value)
    return "" if shown is None else str(shown).strip()
