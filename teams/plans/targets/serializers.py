from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, MoneyField, MonthField
from branch.rest.serializers import Given, RowOut, StampGiven
from kernel.seen import stamp
from teams.plans.targets import states
from teams.plans.targets.actions.breaking import shown_parts, shown_root
from teams.plans.targets.actions.incomes import shown_income
from teams.plans.targets.actions.progress import shown_note
from teams.plans.targets.actions.sheets import shown_changes
from teams.plans.targets.metrics import METRICS
from teams.plans.targets.models import (
    METRIC_CHOICES,
    DeviationNote,
    IncomePart,
    IncomePlan,
    Milestone,
    Target,
    TargetChange,
    TargetSheet,
)
from teams.plans.targets.queries import TargetView, key_of
from teams.plans.targets.rules import MONTHS


class RateField(serializers.DecimalField):
    """A share with four places, as text: "0.8500" is 85 %."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_digits": 10, "decimal_places": 4, "allow_null": True} | options))


def twelve(label: str, **options: Any) -> serializers.ListField:
    """Twelve amounts, January first."""
    return serializers.ListField(child=MoneyField(), label=label, min_length=MONTHS, max_length=MONTHS, **options)


class TargetRowOut(RowOut):
    """A target; counts, too, are written with two places."""

    class Meta:
        model = Target
        fields = [
            *("id", "branch", "year", "metric", "metric_label", "level", "level_label", "team", "group", "person", "parent"),
            *("state", "state_label", "made_by", "made_at", "put_by", "put_at"),
        ]


class NodeOut(serializers.Serializer[Any]):
    """A target in the tree, with what of it no part carries yet."""

    target = TargetRowOut()
    months = twelve("各月")
    year = MoneyField(label="全年")
    gap = twelve("未分解", allow_null=True)
    year_gap = MoneyField(label="全年未分解", allow_null=True)
    parts = serializers.IntegerField(label="下级目标数")


class TreeOut(serializers.Serializer[Any]):
    """A metric's targets of a branch and year, as far as one sees them."""

    branch = BranchCode()
    year = serializers.IntegerField(label="年度")
    metric = serializers.ChoiceField(METRIC_CHOICES, label="项目")
    nodes = NodeOut(many=True)


class TargetChangeOut(RowOut):
    """A change to a target in force. `before` and `after`: twelve amounts."""

    target = TargetRowOut(read_only=True)
    before = twelve("原目标", read_only=True)
    after = twelve("新目标", read_only=True)

    class Meta:
        model = TargetChange
        fields = [
            *("id", "target", "before", "after", "reason", "state", "state_label", "proposed_by", "proposed_at"),
            *("decided_by", "decided_at", "note"),
        ]


class ViewOut(serializers.Serializer[Any]):
    """One target with its parts and the changes it went through. `seen` goes back with its months, `seen_parts` (as `seen`)
    with its parts."""

    target = TargetRowOut()
    months = twelve("各月")
    year = MoneyField(label="全年")
    gap = twelve("未分解")
    parts = NodeOut(many=True)
    changes = TargetChangeOut(many=True)
    seen = serializers.SerializerMethodField(label="所见各月的印记")
    seen_parts = serializers.SerializerMethodField(label="所见分解的印记")

    def get_seen(self, view: TargetView) -> str:
        return stamp(shown_root(view.months))

    def get_seen_parts(self, view: TargetView) -> str:
        return stamp(shown_parts({key_of(node.target): node.months for node in view.parts}))


class RootGiven(StampGiven):
    """The branch's own target. Without `seen` it is written where none is yet; over a draft it wants the draft's."""

    branch = BranchCode(required=False, default="")
    year = serializers.IntegerField(label="年度", min_value=2000, max_value=2100)
    metric = serializers.ChoiceField([(code, one.label) for code, one in METRICS.items()], label="项目")
    months = twelve("各月")


class PartGiven(Given):
    """A part: of a team or group by `unit`, of a person by `staff_no`; without months the draft is taken away."""

    unit = serializers.RegexField(
        r"^(team|group)-[0-9]{1,18}$",
        label="团队或小组",
        max_length=40,
        required=False,
        help_text="team-3 或 group-5",
        error_messages={"invalid": "团队写成 team-3,小组写成 group-5;人员不写这一项,改写 staff_no(工号)"},
    )
    staff_no = serializers.CharField(label="人员工号", max_length=20, required=False)
    months = twelve("各月", allow_null=True)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("unit" in given) == ("staff_no" in given):
            raise serializers.ValidationError("unit(团队或小组)和 staff_no(人员工号)写其中一项")
        return given


class PartsGiven(StampGiven):
    """The parts; `seen` is the target's `seen_parts`."""

    parts = PartGiven(many=True, allow_empty=False, label="分解")


class ChangeGiven(StampGiven):
    """Other months for a target in force; `seen` is the target's."""

    months = twelve("新目标")
    reason = serializers.CharField(label="变更原因", max_length=200)


class DecideGiven(Given):
    act = serializers.ChoiceField([("agree", "同意"), ("refuse", "不同意"), ("withdraw", "撤回")], label="决定")
    note = serializers.CharField(label="意见", max_length=200, required=False, default="", allow_blank=True)


class IncomePartOut(RowOut):
    class Meta:
        model = IncomePart
        fields = ["department", "amount"]


class IncomeOut(RowOut):
    """部门收入目标 of a period, yuan. `seen` of a draft goes back with what is written over it or puts it in force; of any other
    it is empty."""

    parts = IncomePartOut(many=True, read_only=True)
    gap = serializers.SerializerMethodField(label="差额")
    seen = serializers.SerializerMethodField(label="所见草案的印记")

    class Meta:
        model = IncomePlan
        fields = [
            *("id", "branch", "year", "period", "period_label", "version", "total", "parts", "gap", "state", "state_label"),
            *("reason", "made_by", "made_at", "put_by", "put_at", "seen"),
        ]

    def get_seen(self, plan: IncomePlan) -> str:
        return stamp(shown_income(plan)) if plan.state == states.DRAFT else ""

    def get_gap(self, plan: IncomePlan) -> str:
        return f"{plan.total - sum(part.amount for part in plan.parts.all()):.2f}"


class IncomePartGiven(serializers.Serializer[Any]):
    department = serializers.CharField(label="部门", max_length=20)
    amount = MoneyField(label="收入目标(元)")


class IncomeGiven(StampGiven):
    """A draft of a period, yuan. Without `seen` it is written where no draft is yet; over one it wants the draft's."""

    branch = BranchCode(required=False, default="")
    year = serializers.IntegerField(label="年度", min_value=2000, max_value=2100)
    period = serializers.ChoiceField(IncomePlan.Period.choices, label="期间")
    total = MoneyField(label="总收入目标(元)")
    parts = IncomePartGiven(many=True, allow_empty=False, label="各部门")
    reason = serializers.CharField(label="变更原因", max_length=200, required=False, default="", allow_blank=True)


class NoteOut(RowOut):
    """Why a month is behind. Rates are shares. `seen` goes back with another answer."""

    target = TargetRowOut(read_only=True)
    seen = serializers.SerializerMethodField(label="所见说明的印记")

    class Meta:
        model = DeviationNote
        fields = [
            *("id", "target", "month", "state", "state_label", "completion", "deviation", "asked_on", "cause", "action"),
            *("answered_by", "answered_for", "answered_at", "seen"),
        ]

    def get_seen(self, note: DeviationNote) -> str:
        return stamp(shown_note(note))


class NoteGiven(StampGiven):
    """The answer. Without `seen` it is written where none is yet; over one it wants that one's."""

    cause = serializers.CharField(label="原因", max_length=400)
    action = serializers.CharField(label="改进措施", max_length=400)


class StandingOut(serializers.Serializer[Any]):
    """One target's month. Rates are shares: "0.8500" is 85 %; null: not known, or nothing to reach."""

    target = TargetRowOut()
    goal = MoneyField(label="月目标")
    actual = MoneyField(label="实际", allow_null=True)
    completion = RateField(label="完成率")
    forecast = MoneyField(label="预计全月", allow_null=True)
    reached_on = serializers.DateField(label="达标日期", allow_null=True)
    in_time = serializers.BooleanField(label="15日前达标")
    lag = RateField(label="落后")
    is_behind = serializers.BooleanField(label="落后超过界限")
    year_goal = MoneyField(label="年累计目标")
    year_actual = MoneyField(label="年累计实际", allow_null=True)
    year_completion = RateField(label="年累计完成率")
    rank = serializers.IntegerField(label="同级排名", allow_null=True)
    note_id = serializers.IntegerField(source="note.pk", label="偏差说明编号", allow_null=True, default=None)


class ProgressBoardOut(serializers.Serializer[Any]):
    """A month's standings."""

    month = MonthField(label="月份")
    as_of = serializers.DateField(label="数据截至", allow_null=True)
    passed = serializers.IntegerField(label="已过工作日")
    days = serializers.IntegerField(label="全月工作日")
    limit = RateField(label="落后界限")
    lines = StandingOut(many=True)


class MilestoneOut(RowOut):
    """A milestone."""

    file_name = serializers.CharField(source="evidence.name", label="凭据文件名", allow_null=True, default=None, read_only=True)

    class Meta:
        model = Milestone
        fields = [
            *("id", "branch", "team", "name", "starts_on", "due_on", "responsible", "done_on", "done_by", "file_name", "note"),
            *("dropped_on",),
        ]


class MilestoneGiven(Given):
    """A milestone to enter; without a team it is the branch's."""

    branch = BranchCode(required=False, default="")
    team = serializers.IntegerField(label="团队编号", required=False, allow_null=True, default=None)
    name = serializers.CharField(label="事项", max_length=80)
    starts_on = serializers.DateField(label="开始日期", required=False, allow_null=True, default=None)
    due_on = serializers.DateField(label="完成期限")
    responsible = serializers.CharField(label="责任人工号", max_length=20)


class DoneGiven(Given):
    done_on = serializers.DateField(label="完成日期")
    evidence = serializers.FileField(label="完成凭据", required=False, allow_null=True, default=None)
    note = serializers.CharField(label="说明", max_length=200, required=False, default="", allow_blank=True)


class SheetProblemOut(serializers.Serializer[Any]):
    row = serializers.IntegerField(label="行号")
    column = serializers.CharField(label="列", allow_blank=True)
    value = serializers.CharField(label="值", allow_blank=True)
    message = serializers.CharField(label="说明")


class SheetChangeOut(serializers.Serializer[Any]):
    staff_no = serializers.CharField(label="工号")
    name = serializers.CharField(label="姓名")
    metric = serializers.CharField(label="项目")
    old = serializers.CharField(label="原全年目标", allow_blank=True)
    new = serializers.CharField(label="新全年目标")


class TargetSheetOut(RowOut):
    """A file of targets: pre-checked, then booked or dropped. `seen` goes back when it is booked."""

    file_name = serializers.CharField(source="file.name", read_only=True, label="文件名")
    seen = serializers.SerializerMethodField(label="所见改动的印记")
    refused = SheetProblemOut(many=True, read_only=True)
    changes = SheetChangeOut(many=True, read_only=True)

    class Meta:
        model = TargetSheet
        fields = [
            *("id", "branch", "team", "year", "file_name", "state", "state_label", "rows", "refused", "changes"),
            *("imported_by", "checked_at", "booked_at", "seen"),
        ]

    def get_seen(self, sheet: TargetSheet) -> str:
        return stamp(shown_changes(sheet.changes))


class SheetGiven(Given):
    """A file for the branch, or for one of its teams."""

    branch = BranchCode(required=False, default="")
    team = serializers.IntegerField(label="团队编号", required=False, allow_null=True, default=None)
    year = serializers.IntegerField(label="年度", min_value=2000, max_value=2100)
    file = serializers.FileField(label="文件")
