"""Query parameters: the very forms (or django-filter sets) that the pages use, so that both narrow a list alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.choices import CallableChoiceIterator
from django_filters import FilterSet

from branch.rest.errors import Invalid
from branch.rest.fields import MONTH_SCHEMA
from branch.rest.requests import ApiRequest
from branch.widgets import MonthChoice as MonthChoice  # noqa: PLC0414 - handed on

TYPES: tuple[tuple[type[forms.Field], dict[str, Any]], ...] = (
    (forms.DateField, {"type": "string", "format": "date"}),
    (forms.BooleanField, {"type": "boolean"}),
    (forms.IntegerField, {"type": "integer"}),
    (forms.DecimalField, {"type": "string", "example": "1234.50"}),
)


class BranchQuery(forms.Form):
    """Of which branch; left out: the first one the person has."""

    branch = forms.CharField(label="营业部代码", max_length=20, required=False, help_text="留空为本人的第一个营业部")


class BranchMonthQuery(BranchQuery):
    """Of which branch and month."""

    month = MonthChoice()


def require_known(asked: Iterable[str], known: Sequence[str]) -> None:
    """A name that is not asked about is told: left unread, a slip of the pen would answer with everything."""
    unknown = list(dict.fromkeys(name for name in asked if name not in known))
    if unknown:
        mend = f"可以用的有:{'、'.join(known)}" if known else "这里不带查询参数"
        raise Invalid({name: [f"没有这个查询参数;{mend}"] for name in unknown}, {name: name for name in unknown})


def cleaned(form: forms.BaseForm) -> dict[str, Any]:
    """What was asked; Invalid with the form's own sentences where it can't be used."""
    if not form.is_valid():
        labels = {name: str(field.label or name) for name, field in form.fields.items()}
        raise Invalid({name: [str(one) for one in found] for name, found in form.errors.items()}, labels)
    return form.cleaned_data


def filtered(kind: type[FilterSet], request: ApiRequest, rows: Any) -> Any:
    """The rows a filter set leaves."""
    found = kind(request.query_params, queryset=rows, request=request)
    cleaned(found.form)
    return found.qs


def parameters(form: forms.Form) -> list[dict[str, Any]]:
    """OpenAPI's words for a form's fields."""
    return [
        {
            "name": name,
            "in": "query",
            "required": bool(field.required),
            "description": " ".join(str(part) for part in (field.label or name, field.help_text) if part),
            "schema": _schema(field),
        }
        for name, field in form.fields.items()
    ]


def _schema(field: forms.Field) -> dict[str, Any]:
    if getattr(field, "is_month", False):
        return dict(MONTH_SCHEMA)
    if isinstance(field, forms.ModelChoiceField) or isinstance(getattr(field, "choices", None), CallableChoiceIterator):
        return {"type": "string"}  # what is kept as rows is no part of the contract
    if isinstance(field, forms.ChoiceField):
        codes = [str(code) for code, _ in field.choices if str(code)]  # type: ignore[misc, union-attr]
        return {"type": "string", "enum": codes} if codes else {"type": "string"}
    for kind, schema in TYPES:
        if isinstance(field, kind):
            return dict(schema)
    longest = getattr(field, "max_length", None)
    return {"type": "string", **({"maxLength": longest} if longest else {})}
