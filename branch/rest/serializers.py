"""Serializers of rows: fields named one by one, relations in brief, every choice with its Chinese word."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers

from branch import fields as columns
from branch.org.models import Branch, Unit
from branch.people.models import Person
from branch.rest.fields import BranchCode, ClockField, MonthField, PersonBrief, UnitBrief


class RowOut(serializers.ModelSerializer[Any]):
    """A row to read. Fields of the model by name; a person, branch or unit in brief; `X_label` is the word of choice X."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        columns.MonthField: MonthField,
        models.TimeField: ClockField,
    }

    def build_field(self, field_name: str, info: Any, model_class: Any, nested_depth: int) -> Any:
        if field_name.endswith("_label") and field_name.removesuffix("_label") in info.fields:
            shown = f"get_{field_name.removesuffix('_label')}_display"
            word = info.fields[field_name.removesuffix("_label")].verbose_name
            return serializers.CharField, {"source": shown, "read_only": True, "label": f"{word}(中文)"}
        if field_name == info.pk.name:
            return super().build_field(field_name, info, model_class, nested_depth)
        found, options = super().build_field(field_name, info, model_class, nested_depth)
        if field_name in info.fields or field_name in info.relations:
            options = {"read_only": True, "label": model_class._meta.get_field(field_name).verbose_name} | {
                name: options[name] for name in KEPT if name in options
            }
            if field_name in info.fields and info.fields[field_name].null:
                options["allow_null"] = True
            if "choices" in options and info.fields[field_name].blank:
                options["allow_blank"] = True
            if found is MonthField:
                options = {name: value for name, value in options.items() if name not in KEPT_OF_NUMBERS}
        return found, options

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        options: dict[str, Any] = {"read_only": True, "allow_null": bool(relation_info.model_field.null)}
        related = relation_info.related_model
        if issubclass(related, Person):
            return PersonBrief, options
        if issubclass(related, Branch):
            return BranchCode, options
        if issubclass(related, Unit):
            return UnitBrief, options
        return serializers.PrimaryKeyRelatedField, options


KEPT = ("choices", "allow_null", "max_digits", "decimal_places", "source")
KEPT_OF_NUMBERS = ("choices", "max_digits", "decimal_places")


class Given(serializers.Serializer[Any]):
    """A body to hand in: unknown keys are told, so that a slip of the pen is not lost."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = {str(name): ["没有这一项"] for name in data if name not in self.fields} if isinstance(data, dict) else {}
        try:
            found = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**unknown, **error.detail}) from error  # type: ignore[dict-item]
        if unknown:
            raise serializers.ValidationError(unknown)
        return found


class StampGiven(Given):
    """What is written over a row that was read; with its `seen` a colleague's change in between is told, not overwritten."""

    seen = serializers.CharField(label="所见内容的印记", max_length=64, allow_blank=True, default="")


class NothingGiven(Given):
    """An act that needs no more than its address."""


class ReasonGiven(Given):
    """An act with its reason."""

    reason = serializers.CharField(label="原因", max_length=200)


class Done(serializers.Serializer[Any]):
    """How many an act touched."""

    count = serializers.IntegerField(label="件数")
