from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals.routes.models import Route
from approvals.routes.register import label_of
from branch.rest.fields import BranchCode
from branch.rest.serializers import Given, RowOut


class StepOut(serializers.Serializer[Any]):
    """A stage as drawn."""

    label = serializers.CharField(label="环节")  # type: ignore[assignment]
    mode = serializers.CharField(label="方式")
    signers = serializers.CharField(label="签署人", allow_blank=True)
    state = serializers.CharField(label="状态", allow_blank=True)
    word = serializers.CharField(label="状态(中文)", allow_blank=True)
    condition = serializers.CharField(label="跳过条件", allow_blank=True)
    task = serializers.CharField(label="任务", allow_blank=True)
    limit = serializers.CharField(label="时限", allow_blank=True)
    notes = serializers.ListField(child=serializers.CharField(), label="其他约定")


class RouteLineOut(RowOut):
    """A version as a list shows one. `standing`: its state's word as of today."""

    kind_label = serializers.SerializerMethodField(label="类别(中文)")
    standing = serializers.CharField(read_only=True, label="状态(今天)")
    stage_labels = serializers.SerializerMethodField(label="环节名称")

    class Meta:
        model = Route
        fields = [
            *("id", "kind", "kind_label", "name", "branch", "version", "effective_from", "effective_to", "state", "state_label"),
            *("standing", "basis", "same_person_twice", "stage_labels", "proposed_by", "proposed_at", "confirmed_at", "reason"),
        ]

    def get_kind_label(self, row: Route) -> str:
        return label_of(row.kind)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_stage_labels(self, row: Route) -> list[str]:
        return [stage["label"] for stage in row.stages]


class RouteOut(serializers.Serializer[Any]):
    """A version: as data, drawn, and what keeps it from working today. `seen` goes back with a change, `digest` with 确认."""

    route = RouteLineOut()
    stages = serializers.JSONField(label="环节(数据)")
    copies = serializers.JSONField(label="抄送(数据)")
    chasers = serializers.JSONField(label="催办人(数据)")
    steps = StepOut(many=True)
    digest = serializers.CharField(label="内容散列")
    seen_head = serializers.CharField(label="所见基本信息的印记")
    seen_stages = serializers.CharField(label="所见环节的印记")
    faults = serializers.ListField(child=serializers.CharField(), label="不能提交的原因")
    gaps = serializers.ListField(child=serializers.CharField(), label="走不完的地方")


class RouteWordingOut(serializers.Serializer[Any]):
    """A point that two versions word differently."""

    section = serializers.CharField(label="部分")
    label = serializers.CharField(label="项目")  # type: ignore[assignment]
    old = serializers.CharField(label="原", allow_blank=True)
    new = serializers.CharField(label="新", allow_blank=True)


class RouteComparisonOut(serializers.Serializer[Any]):
    """What two versions say differently."""

    old = RouteLineOut()
    new = RouteLineOut()
    differences = RouteWordingOut(many=True)


class RouteDraftGiven(Given):
    """A new draft: for what, for whom (no branch: the company), from when, on which version."""

    kind = serializers.CharField(label="类别", max_length=40)
    branch = BranchCode(required=False, default="", allow_blank=True)
    effective_from = serializers.DateField(label="生效日")
    source = serializers.IntegerField(  # type: ignore[assignment]
        label="以哪一版为底", required=False, allow_null=True, default=None, min_value=1
    )


class RouteHeadGiven(Given):
    """What a draft says besides its stages."""

    name = serializers.CharField(label="名称", max_length=80)
    basis = serializers.CharField(label="依据", max_length=200, allow_blank=True, default="")
    effective_from = serializers.DateField(label="生效日")
    effective_to = serializers.DateField(label="失效日", required=False, allow_null=True, default=None)
    copies = serializers.ListField(child=serializers.DictField(), label="抄送", default=list)
    chasers = serializers.ListField(child=serializers.DictField(), label="催办人", default=list)
    same_person_twice = serializers.BooleanField(label="同一人可签多个环节", default=False)
    seen = serializers.CharField(label="所见内容的印记", max_length=64, allow_blank=True, default="")


class RouteStagesGiven(Given):
    """All stages at once, as the route keeps them."""

    stages = serializers.ListField(child=serializers.DictField(), label="环节")
    seen = serializers.CharField(label="所见内容的印记", max_length=64, allow_blank=True, default="")


class RouteProposeGiven(Given):
    """Sending up, knowing which branches lack somebody."""

    aware = serializers.BooleanField(label="已知悉走不完的营业部", default=False)


class RouteConfirmGiven(Given):
    """What was seen, and the password again."""

    seen_digest = serializers.CharField(label="所见内容散列", max_length=64)
    password = serializers.CharField(label="登录密码", max_length=200, trim_whitespace=False)
