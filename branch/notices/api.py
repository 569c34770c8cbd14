from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet

from branch.notices import actions, queries
from branch.notices.models import Notice
from branch.notices.serializers import NoticeOut
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.rest.serializers import Done
from kernel.refusals import Unknown


class NoticeFilter(django_filters.FilterSet):
    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label="只看未读(true)或已读(false)")

    class Meta:
        model = Notice
        fields: list[str] = []


@get(NoticeOut, many=True, query=NoticeFilter)
def notice_list(request: ApiRequest) -> QuerySet[Notice]:
    """我的消息"""
    return queries.notices_of(request.person)


@post(None, NoticeOut)
def notice_read(request: ApiRequest, notice_id: int) -> Notice:
    """将一条消息标为已读"""
    if not queries.notices_of(request.person).filter(pk=notice_id).exists():
        raise Unknown("没有这条消息")
    actions.mark_read(by=request.person, notice_id=notice_id)
    return queries.notices_of(request.person).get(pk=notice_id)


@post(None, Done)
def notice_read_all(request: ApiRequest) -> dict[str, Any]:
    """将全部消息标为已读"""
    return {"count": actions.mark_read(by=request.person)}
