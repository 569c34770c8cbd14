from __future__ import annotations

from rest_framework import serializers

from branch.rest.serializers import Given, RowOut, StampGiven
from kernel.seen import stamp
from teams.plans.rulebooks import rules
from teams.plans.rulebooks.models import RuleDocument


class RuleDocumentOut(RowOut):
    """实施细则 of a team (null: of the whole branch), one version, as lists show it."""

    class Meta:
        model = RuleDocument
        fields = [
            *("id", "branch", "team", "kind", "kind_label", "version", "state", "state_label", "paper_no", "legacy"),
            *("effective_from", "effective_to", "made_by", "made_at", "checked_by", "approved_at"),
        ]


class RuleDocumentDetailOut(RuleDocumentOut):
    """A version with its text. `seen` may go back with a change."""

    file_name = serializers.CharField(source="file.name", read_only=True, default="", label="附件文件名")
    request = serializers.CharField(source="approval.number", read_only=True, default=None, allow_null=True, label="审批单号")
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta(RuleDocumentOut.Meta):
        fields = [*RuleDocumentOut.Meta.fields, "text", "file_name", "request", "seen"]

    def get_seen(self, row: RuleDocument) -> str:
        return stamp(row.content)


class RuleTextGiven(Given):
    """A version's text and days."""

    text = serializers.CharField(label="正文", max_length=rules.LONGEST)
    effective_from = serializers.DateField(label="生效日期")
    effective_to = serializers.DateField(label="失效日期", required=False, allow_null=True, default=None)


class RulePlaceGiven(Given):
    """Of which branch, team and kind."""

    branch = serializers.CharField(label="营业部代码", max_length=20)
    team = serializers.IntegerField(label="团队编号", required=False, allow_null=True, default=None, help_text="留空为全营业部")
    kind = serializers.ChoiceField(list(rules.KINDS.items()), label="类别")


class RuleGiven(RulePlaceGiven, RuleTextGiven):
    """A new version."""


class RuleChangeGiven(RuleTextGiven, StampGiven):
    """Another text; with `seen` a colleague's change in between is told instead of overwritten."""


class RulePaperGiven(RulePlaceGiven):
    """A paper that was approved before, under its number."""

    paper_no = serializers.CharField(label="文号", max_length=40)
    effective_from = serializers.DateField(label="生效日期")
    text = serializers.CharField(label="正文", required=False, allow_blank=True, default="", max_length=rules.LONGEST)


class RuleFileGiven(Given):
    file = serializers.FileField(label="附件")
