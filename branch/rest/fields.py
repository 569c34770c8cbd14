"""Fields as every endpoint writes them: a month as "2026-10", money as "1234.50", a branch by its code, a person in brief."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from branch.org.models import Branch
from branch.people.models import Person
from kernel.months import Month

MONTH_SCHEMA = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "example": "2026-10"}


@extend_schema_field(MONTH_SCHEMA)
class MonthField(serializers.Field[Any, Any, Any, Any]):
    """`2026-10`. Reads what `Month.parse` reads."""

    default_error_messages = {"invalid": "不是月份(请写成 2026-10)"}

    def to_internal_value(self, data: Any) -> Month:
        try:
            if not isinstance(data, str):
                raise ValueError
            return Month.parse(data)
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: Any) -> str:
        return str(Month.from_number(value) if isinstance(value, int) else value)


@extend_schema_field({"type": "string", "pattern": r"^\d{2}:\d{2}$", "example": "17:30"})
class ClockField(serializers.TimeField):
    """A time of day, `17:30`."""

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {"format": "%H:%M"} | options
        super().__init__(**given)


class MoneyField(serializers.DecimalField):
    """Yuan with two places, as text: "1234.50"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_digits": 18, "decimal_places": 2} | options))


@extend_schema_field({"type": "string", "example": "1234.50"})
class FigureField(serializers.Field[Any, Any, Any, Any]):
    """A figure kept as text in a frozen row, given as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"read_only": True} | options))

    def to_representation(self, value: Any) -> str:
        return str(value)


class PersonBrief(serializers.Serializer[Person]):
    """Somebody by 工号 and 姓名."""

    staff_no = serializers.CharField(label="工号")
    name = serializers.CharField(label="姓名")


class UnitBrief(serializers.Serializer[Any]):
    """A team, group, outlet or department."""

    id = serializers.IntegerField(label="编号")
    name = serializers.CharField(label="名称")


class BranchCode(serializers.CharField):
    """A branch by its code, e.g. 0755FT. Reads the code as text: `given` keeps it, the endpoint looks it up within its reach."""

    def __init__(self, **options: Any) -> None:
        given: dict[str, Any] = {"label": "营业部代码", "max_length": 20} | options
        super().__init__(**given)

    def to_representation(self, value: Any) -> str:
        return value.code if isinstance(value, Branch) else str(value)
