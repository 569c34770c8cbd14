"""Inputs and fields that several forms share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kernel.months import Month


class DateInput(forms.DateInput):
    """The browser's own date picker, in ISO form."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


class MonthInput(forms.TextInput):
    """The browser's own month picker, in ISO form."""

    input_type = "month"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"placeholder": "2026-10", **(attrs or {})})


class MonthChoice(forms.CharField):
    """A month as `2026-10`, cleaned to a Month (None when left out)."""

    widget = MonthInput
    is_month = True

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {"max_length": 10, "required": False, "label": "月份"} | options
        super().__init__(**given)

    def to_python(self, value: Any) -> Month | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            return Month.parse(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def run_validators(self, value: Any) -> None:
        """A Month has no length."""


class OfferingInput(forms.TextInput):
    """A line that offers `offered` (value, words) while one types, and takes what it doesn't offer, too."""

    offered: Sequence[tuple[str, str]] = ()

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        listed = f"{name}-offered"
        line = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        options = format_html_join("", '<option value="{}">{}</option>', self.offered)
        return format_html('{}<datalist id="{}">{}</datalist>', line, listed, options)
