from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode
from branch.rest.serializers import Given


class RosterProblemOut(serializers.Serializer[Any]):
    """One thing wrong in a sheet."""

    row = serializers.IntegerField(label="行号")
    column = serializers.CharField(label="列", allow_blank=True)
    value = serializers.CharField(label="值", allow_blank=True)
    message = serializers.CharField(label="说明")


class SheetProblemsOut(serializers.Serializer[Any]):
    """A sheet's mistakes."""

    sheet = serializers.CharField(label="工作表")
    problems = RosterProblemOut(many=True)


class ChangeOut(serializers.Serializer[Any]):
    """One field that the roster changes; personal numbers masked."""

    staff_no = serializers.CharField(label="工号")
    name = serializers.CharField(label="姓名")
    field = serializers.CharField(label="项目")
    before = serializers.CharField(label="原", allow_blank=True)
    after = serializers.CharField(label="新", allow_blank=True)


class OutcomeOut(serializers.Serializer[Any]):
    """What a roster does."""

    people = serializers.IntegerField(label="人数")
    new = serializers.IntegerField(label="新增")
    changes = ChangeOut(many=True)
    notices = serializers.ListField(child=serializers.CharField(), label="提示")


class RosterOut(serializers.Serializer[Any]):
    """An upload as it was pre-checked."""

    file = serializers.IntegerField(label="文件编号")
    branch = BranchCode()
    effective = serializers.DateField(label="变更生效日")
    problems = SheetProblemsOut(many=True)
    outcome = OutcomeOut(allow_null=True, label="将会怎样(有错误时为空)")


class RosterGiven(Given):
    """A roster's file."""

    branch = BranchCode(required=False, default="")
    effective = serializers.DateField(label="变更生效日", required=False, default=None, allow_null=True)
    file = serializers.FileField(label="名册文件")


class RosterConfirmGiven(Given):
    """Of which branch, and from when changes hold: as at the pre-check."""

    branch = BranchCode(required=False, default="")
    effective = serializers.DateField(label="变更生效日", required=False, default=None, allow_null=True)
