from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, MonthField
from branch.rest.serializers import Given, RowOut, StampGiven
from payroll.schemes.models import SchemeVersion


class SchemeOut(RowOut):
    """One version of a branch's pay scheme. `digest` goes back with a confirmation."""

    class Meta:
        model = SchemeVersion
        fields = [
            *("id", "branch", "code", "name", "version", "paper_no", "effective_from", "effective_to", "digest", "state"),
            *("state_label", "drafted_by", "drafted_at", "proposed_by", "proposed_at", "confirmed_by", "confirmed_at", "reason"),
        ]


class SectionOut(serializers.Serializer[Any]):
    """One heading of the scheme with its table."""

    title = serializers.CharField(label="标题")
    head = serializers.ListField(child=serializers.CharField(), label="表头")
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField(allow_blank=True)), label="各行")
    notes = serializers.ListField(child=serializers.CharField(), label="说明")


class SchemeDetailOut(serializers.Serializer[Any]):
    """A version: as data, in words, and what the law asks of it. `seen` may go back with a change, or when it is sent up."""

    version = SchemeOut()
    data = serializers.JSONField(label="内容")  # type: ignore[assignment]
    seen = serializers.CharField(label="所见内容的印记")
    sections = SectionOut(many=True)
    advice = serializers.ListField(child=serializers.CharField(), label="提示")


class DraftGiven(Given):
    """A scheme as data, as the scheme file has it."""

    branch = BranchCode(required=False, default="")
    data = serializers.DictField(label="内容")  # type: ignore[assignment]


class EditGiven(StampGiven):
    """Other data for a draft."""

    data = serializers.DictField(label="内容")  # type: ignore[assignment]


class CopyGiven(Given):
    """From which month the new version shall hold."""

    effective_from = MonthField(label="生效月份")


class SchemeConfirmGiven(Given):
    """What was seen, and the number of the paper that approves it."""

    seen_digest = serializers.CharField(label="所见内容散列", max_length=64)
    paper_no = serializers.CharField(label="批准文号", max_length=60)


class WordingOut(serializers.Serializer[Any]):
    """A row that two versions word differently."""

    section = serializers.CharField(label="标题")
    label = serializers.CharField(label="项目")  # type: ignore[assignment]
    old = serializers.CharField(label="原", allow_blank=True)
    new = serializers.CharField(label="新", allow_blank=True)


class SchemeComparisonOut(serializers.Serializer[Any]):
    """What two versions say differently."""

    old = SchemeOut()
    new = SchemeOut()
    differences = WordingOut(many=True)
