from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import MonthField, PersonBrief
from branch.rest.serializers import Given, RowOut, StampGiven
from kernel.seen import stamp
from teams.plans.moves import rules
from teams.plans.moves.actions import shown_leaving, shown_move
from teams.plans.moves.models import Handover, HandoverLine, Leaving, Move


class MoveOut(RowOut):
    """A move: from where to where, from which day. `seen` may go back with a change."""

    handover = serializers.IntegerField(source="handover.pk", read_only=True, allow_null=True, default=None, label="交接清单")
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta:
        model = Move
        fields = [
            *("id", "branch", "person", "from_team", "from_group", "from_outlet", "to_team", "to_group", "to_outlet"),
            *("effective_on", "took_effect_on", "reason", "remark", "state", "state_label", "accepted_by", "made_by", "made_at"),
            *("handover", "seen"),
        ]

    def get_seen(self, move: Move) -> str:
        return stamp(shown_move(move))


class LeavingOut(RowOut):
    """A leaving: whose, of which kind, which last day. `seen` may go back with a change."""

    handover = serializers.IntegerField(source="handover.pk", read_only=True, allow_null=True, default=None, label="交接清单")
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta:
        model = Leaving
        fields = [
            *("id", "branch", "team", "person", "kind", "kind_label", "last_day", "reason", "state", "state_label"),
            *("made_by", "made_at", "closed_by", "closed_at", "handover", "seen"),
        ]

    def get_seen(self, leaving: Leaving) -> str:
        return stamp(shown_leaving(leaving))


class LeavingBindingOut(serializers.Serializer[Any]):
    """What still binds the leaver; one that doesn't block is only told."""

    what = serializers.CharField(label="事项")
    count = serializers.IntegerField(label="数量")
    who = serializers.CharField(label="由谁办")
    blocks = serializers.BooleanField(label="办结前必须办完")


class LeavingBindingsOut(serializers.Serializer[Any]):
    bindings = LeavingBindingOut(many=True)


class HandoverPartyOut(serializers.Serializer[Any]):
    role = serializers.CharField(label="身份")
    person = PersonBrief(allow_null=True)
    clients = serializers.IntegerField(label="客户(户)")
    signed_at = serializers.DateTimeField(label="签字时间", allow_null=True)


class HandoverOut(RowOut):
    """A handover list; its clients are an address of their own."""

    effective_month = MonthField(label="客户生效月", allow_null=True)

    class Meta:
        model = Handover
        fields = ["id", "branch", "giver", "witness", "keeps_new", "made_at", "effective_month", "completed_at"]


class HandoverDetailOut(serializers.Serializer[Any]):
    """A list with its signatures, how many clients stay, go and are undecided, and the hash that the caller would sign."""

    handover = HandoverOut()
    parties = HandoverPartyOut(many=True)
    kept = serializers.IntegerField(source="tally.kept", label="留给本人")
    handed = serializers.IntegerField(source="tally.handed", label="移交")
    undecided = serializers.IntegerField(source="tally.undecided", label="未定")
    digest = serializers.CharField(label="签字内容散列")


class HandoverLineOut(RowOut):
    client_no = serializers.CharField(source="client.client_no", read_only=True, label="客户号")
    client_name = serializers.CharField(source="client.name", read_only=True, label="客户姓名")

    class Meta:
        model = HandoverLine
        fields = ["id", "client_no", "client_name", "decision", "decision_label", "receiver"]


class _WishGiven(Given):
    group = serializers.IntegerField(label="新小组", default=None, allow_null=True, min_value=1)
    outlet = serializers.IntegerField(label="新网点", default=None, allow_null=True, min_value=1)
    effective_on = serializers.DateField(label="调动日期")
    reason = serializers.CharField(label="原因", max_length=rules.LONGEST)


class MoveGiven(_WishGiven):
    """拟调: a group, an outlet or both."""

    person = serializers.CharField(label="工号", max_length=20)


class MoveChanged(_WishGiven, StampGiven):
    """Another destination, day or reason; with `seen` a colleague's change in between is told instead of overwritten."""


class _LeavingGiven(Given):
    kind = serializers.ChoiceField(list(rules.KINDS.items()), label="离职类别")
    last_day = serializers.DateField(label="最后工作日")
    reason = serializers.CharField(label="原因", max_length=rules.LONGEST)


class LeavingFiled(_LeavingGiven):
    person = serializers.CharField(label="工号", max_length=20)


class LeavingChanged(_LeavingGiven, StampGiven):
    """Another kind, day or reason; `seen` as with a move."""


class WitnessGiven(Given):
    witness = serializers.CharField(label="监交人工号", max_length=20)


class StandInGiven(Given):
    """代签: why the leaver can't, and the hash of what was seen."""

    reason = serializers.CharField(label="原因", max_length=200)
    digest = serializers.CharField(label="所见内容的散列", max_length=64)


class RefreshedOut(serializers.Serializer[Any]):
    come = serializers.IntegerField(label="新增(户)")
    gone = serializers.IntegerField(label="去掉(户)")


class AssignGiven(Given):
    """What becomes of the lines named; where they are left out, of all undecided ones."""

    lines = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        label="清单行",
        default=None,
        allow_null=True,
        max_length=5000,
        help_text="不写为全部未定的;空的清单不收",
    )
    decision = serializers.ChoiceField([rules.KEEP, rules.HAND], label="处理")
    receiver = serializers.CharField(label="接收人工号", max_length=20, default="", allow_blank=True)


class AssignedOut(serializers.Serializer[Any]):
    count = serializers.IntegerField(label="改动(户)")


class HandoverSignGiven(Given):
    digest = serializers.CharField(label="所见内容的散列", max_length=64)
