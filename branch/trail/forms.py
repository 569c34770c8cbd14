from __future__ import annotations

from django import forms

from branch.widgets import DateInput


class TrailFilter(forms.Form):
    """The log's filters."""

    who = forms.CharField(label="操作人", required=False, max_length=40)
    act = forms.CharField(label="动作", required=False, max_length=40)
    words = forms.CharField(label="摘要", required=False, max_length=40)
    since = forms.DateField(label="起", required=False, widget=DateInput())
    until = forms.DateField(label="止", required=False, widget=DateInput())
