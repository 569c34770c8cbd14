from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ArticleOut(serializers.Serializer[Any]):
    """One article."""

    number = serializers.IntegerField(label="条")
    label = serializers.CharField(label="名称")  # type: ignore[assignment]
    paragraphs = serializers.ListField(child=serializers.CharField(), label="条文")


class ChapterOut(serializers.Serializer[Any]):
    """One chapter."""

    label = serializers.CharField(label="章")  # type: ignore[assignment]
    title = serializers.CharField(label="名称")
    articles = ArticleOut(many=True)


class GuidelineOut(serializers.Serializer[Any]):
    """The guideline's text."""

    title = serializers.CharField(label="名称")
    owner = serializers.CharField(label="主管部门")
    chapters = ChapterOut(many=True)
