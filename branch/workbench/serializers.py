from __future__ import annotations

from typing import Any

from rest_framework import serializers


class TodoOut(serializers.Serializer[Any]):
    """What waits."""

    label = serializers.CharField(label="事项")  # type: ignore[assignment]
    count = serializers.IntegerField(label="件数")
    url = serializers.CharField(label="页面")
    urgent = serializers.BooleanField(label="紧急")


class TileOut(serializers.Serializer[Any]):
    """A figure of the month."""

    label = serializers.CharField(label="名称")  # type: ignore[assignment]
    value = serializers.CharField(label="数值")
    hint = serializers.CharField(label="说明", allow_blank=True)
    url = serializers.CharField(label="页面", allow_blank=True)


class HomeOut(serializers.Serializer[Any]):
    """The workbench."""

    todos = TodoOut(many=True)
    tiles = TileOut(many=True)
    unread = serializers.IntegerField(label="未读消息")
