from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse

from branch.exports import actions
from branch.exports.models import Export
from branch.exports.register import CSV
from branch.exports.serializers import ExportGiven, ExportOut
from branch.files.responses import XLSX, attachment
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest


@get(ExportOut, many=True)
def export_list(request: ApiRequest) -> QuerySet[Export]:
    """我的导出"""
    return Export.objects.visible_to(request.person).select_related("branch", "job", "file")


@post(ExportGiven, ExportOut, status=201)
def export_new(request: ApiRequest, kind: str) -> Export:
    """导出一份清单;筛选条件写在查询参数里,与页面相同"""
    return actions.ask(kind=kind, query=request._request.GET, reason=request.given["reason"], by=request.person)


@get((XLSX, CSV))
def export_file(request: ApiRequest, export_id: int) -> HttpResponse:
    """下载本人的一份导出"""
    return attachment(*actions.download(export_id=export_id, by=request.person))
