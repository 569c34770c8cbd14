from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from branch.rest.fields import MoneyField, MonthField
from branch.rest.serializers import Given, RowOut, StampGiven
from kernel.seen import stamp
from teams.plans.expenses.actions import shown_note
from teams.plans.expenses.models import Expense, ExpenseNote
from teams.plans.expenses.queries import Cost
from teams.plans.targets.serializers import RateField


class ExpenseOut(RowOut):
    """An expense, yuan; a voided one does not count."""

    kind = serializers.CharField(source="kind.name", read_only=True, label="类别")
    paper_name = serializers.CharField(source="paper.name", read_only=True, label="凭据文件名")

    class Meta:
        model = Expense
        fields = [
            *("id", "branch", "team", "month", "day", "kind", "activity", "amount", "paper_name", "made_by", "made_at"),
            *("voided_by", "voided_at", "void_reason"),
        ]


class ExpenseGiven(Given):
    """An expense to add; `kind` by its name."""

    team = serializers.IntegerField(label="团队编号")
    day = serializers.DateField(label="日期")
    kind = serializers.CharField(label="类别", max_length=20)
    activity = serializers.CharField(label="活动", max_length=100)
    amount = MoneyField(label="金额(元)")
    paper = serializers.FileField(label="凭据")


class KindSumOut(serializers.Serializer[Any]):
    kind = serializers.CharField(label="类别")
    amount = MoneyField(label="金额(元)")


class CostOut(serializers.Serializer[Any]):
    """A team's month against its income, yuan. Rates are shares; null: the income is not known, or there is none."""

    team = serializers.CharField(source="team.name", label="团队")
    team_id = serializers.IntegerField(source="team.pk", label="团队编号")
    spent = MoneyField(label="费用")
    amounts = serializers.SerializerMethodField(label="按类别")
    income = MoneyField(label="净收入", allow_null=True)
    rate = RateField(label="费用/净收入")
    is_over = serializers.BooleanField(label="超过限额")
    year_spent = MoneyField(label="年累计费用")
    year_income = MoneyField(label="年累计净收入", allow_null=True)
    year_rate = RateField(label="年累计费用/净收入")
    budget = MoneyField(label="年度预算", allow_null=True)
    left = MoneyField(label="预算剩余", allow_null=True)

    @extend_schema_field(KindSumOut(many=True))
    def get_amounts(self, cost: Cost) -> list[dict[str, str]]:
        return [{"kind": kind, "amount": f"{amount:.2f}"} for kind, amount in cost.amounts]


class CostBoardOut(serializers.Serializer[Any]):
    """A month's costs of the teams one sees."""

    month = MonthField(label="月份")
    limit = RateField(label="限额")
    costs = CostOut(many=True)


class ExpenseNoteOut(RowOut):
    """Why a month cost too much. `limit`: a share. `seen` goes back with another answer."""

    seen = serializers.SerializerMethodField(label="所见说明的印记")

    class Meta:
        model = ExpenseNote
        fields = [
            *("id", "branch", "team", "month", "state", "state_label", "spent", "income", "limit", "asked_on"),
            *("cause", "action", "answered_by", "answered_at", "seen"),
        ]

    def get_seen(self, note: ExpenseNote) -> str:
        return stamp(shown_note(note))


class ExpenseNoteGiven(StampGiven):
    """The answer. Without `seen` it is written where none is yet; over one it wants that one's."""

    cause = serializers.CharField(label="原因", max_length=400)
    action = serializers.CharField(label="压缩措施", max_length=400)
