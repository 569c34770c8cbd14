from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals.routes.models import Route
from approvals.routes.queries import route_steps
from approvals.routes.register import label_of
from branch.rest.serializers import RowOut


class StepOut(serializers.Serializer[Any]):
    """A stage as drawn."""

    label = serializers.CharField(label="环节")  # type: ignore[assignment]
    mode = serializers.CharField(label="方式")
    signers = serializers.CharField(label="签署人", allow_blank=True)
    state = serializers.CharField(label="状态", allow_blank=True)
    word = serializers.CharField(label="状态(中文)", allow_blank=True)
    condition = serializers.CharField(label="跳过条件", allow_blank=True)


class RouteOut(RowOut):
    """A version of a route, drawn."""

    kind_label = serializers.SerializerMethodField(label="类别(中文)")
    steps = serializers.SerializerMethodField(label="环节")

    class Meta:
        model = Route
        fields = [
            *("id", "kind", "kind_label", "name", "branch", "version", "effective_from", "effective_to", "state", "state_label"),
            *("basis", "same_person_twice", "steps"),
        ]

    def get_kind_label(self, row: Route) -> str:
        return label_of(row.kind)

    @extend_schema_field(StepOut(many=True))
    def get_steps(self, row: Route) -> Any:
        return StepOut(route_steps(row), many=True).data
