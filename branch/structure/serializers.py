from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.org.models import Branch, Company, Department, Outlet, Team
from branch.people.models import Leadership
from branch.rest.fields import ClockField, PersonBrief, UnitBrief
from branch.rest.serializers import Given, RowOut

DATES = ["opened_on", "closed_on"]


class CompanyOut(RowOut):
    class Meta:
        model = Company
        fields = ["id", "name", "short_name", *DATES]


class DepartmentOut(RowOut):
    class Meta:
        model = Department
        fields = ["id", "code", "name", *DATES]


class BranchOut(RowOut):
    class Meta:
        model = Branch
        fields = ["id", "code", "name", "document_prefix", "groups_per_team", *DATES]


class OutletOut(RowOut):
    class Meta:
        model = Outlet
        fields = ["id", "name", "opens_at", "closes_at", "open_on_weekends", *DATES]


class CompanyWithDepartmentsOut(serializers.Serializer[Any]):
    """The company and its head-office departments."""

    company = CompanyOut(allow_null=True)
    departments = DepartmentOut(many=True)


class GroupLineOut(serializers.Serializer[Any]):
    """A group and who leads it."""

    group = UnitBrief(label="小组")
    leader = PersonBrief(label="小组长", allow_null=True)


class TeamLineOut(serializers.Serializer[Any]):
    """A team as of a day."""

    team = UnitBrief(label="团队")
    leader = PersonBrief(label="负责人", allow_null=True)
    people = serializers.IntegerField(label="人数")
    preparing = serializers.BooleanField(label="筹办中")
    begun_on = serializers.DateField(label="启用日", allow_null=True)
    groups = GroupLineOut(many=True)


class BranchDetailOut(serializers.Serializer[Any]):
    """A branch as of a day."""

    branch = BranchOut()
    day = serializers.DateField(label="日期")
    teams = TeamLineOut(many=True)
    outlets = OutletOut(many=True)


class LeadershipOut(RowOut):
    """Who led what from when to when."""

    class Meta:
        model = Leadership
        fields = ["id", "team", "group", "person", "effective_from", "effective_to"]


class UnitOut(serializers.Serializer[Any]):
    """A part of the organisation after it was kept."""

    id = serializers.IntegerField(label="编号")
    name = serializers.CharField(label="名称")
    opened_on = serializers.DateField(label="设立日")
    closed_on = serializers.DateField(label="撤销日", allow_null=True)


class UnitGiven(Given):
    """A part of the organisation. What is left out stays as it is; which fields count depends on the kind."""

    parent = serializers.IntegerField(label="所属营业部或团队的编号", required=False, min_value=1)  # type: ignore[assignment]
    name = serializers.CharField(label="名称", max_length=60, required=False)
    short_name = serializers.CharField(label="简称", max_length=20, required=False)
    code = serializers.CharField(label="代码", max_length=20, required=False)
    document_prefix = serializers.CharField(label="文号前缀", max_length=10, required=False)
    groups_per_team = serializers.IntegerField(label="每队小组数", min_value=0, max_value=99, required=False)
    opened_on = serializers.DateField(label="设立日", required=False)
    closed_on = serializers.DateField(label="撤销日", required=False, allow_null=True)
    opens_at = ClockField(label="上班时间", required=False)
    closes_at = ClockField(label="下班时间", required=False)
    open_on_weekends = serializers.BooleanField(label="周末营业", required=False)


class TeamOut(RowOut):
    """A team and since when it works; null: 筹办中."""

    class Meta:
        model = Team
        fields = ["id", "name", "branch", "opened_on", "begun_on", "closed_on"]


class BeginGiven(Given):
    """From which day a team works."""

    on = serializers.DateField(label="启用日")


class LeaderGiven(Given):
    """Who leads from when."""

    staff_no = serializers.CharField(label="新负责人工号", max_length=20)
    since = serializers.DateField(label="起")
