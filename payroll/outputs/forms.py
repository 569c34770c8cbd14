"""Which month head office looks at."""

from __future__ import annotations

from typing import Any

from django import forms

from kernel.months import Month
from payroll.outputs.company import months_with_totals


class CompanyForm(forms.Form):
    """One of the months with approved runs; the newest unless asked otherwise."""

    month = forms.ChoiceField(label="所属月份", required=False)

    def __init__(self, data: Any) -> None:
        self.months = months_with_totals()
        asked = str(data.get("month") or (self.months[0] if self.months else ""))
        super().__init__({"month": asked})
        self.fields["month"].choices = [(str(month), month.label) for month in self.months]  # type: ignore[attr-defined]

    def chosen(self) -> Month | None:
        """None where there is no approved month yet, or none of that name."""
        return Month.parse(self.cleaned_data["month"]) if self.is_valid() and self.cleaned_data["month"] else None
