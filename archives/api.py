from __future__ import annotations

from django.http import HttpResponse

from archives import actions
from archives.forms import FilingFilter
from archives.models import Filing, FilingQuerySet
from archives.queries import filing_for, filings_for, filtered
from archives.serializers import FilingOut, ReceiptGiven
from branch.files.responses import attachment
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from kernel.file_types import DOCX, XLSX

FILED = (XLSX.media_type, DOCX.media_type)


@get(FilingOut, Power.FILING_VIEW, many=True, query=FilingFilter)
def filing_list(request: ApiRequest) -> FilingQuerySet:
    """可见的备案件"""
    return filtered(filings_for(request.person), request.asked)


@get(FilingOut, Power.FILING_VIEW)
def filing_detail(request: ApiRequest, filing_id: int) -> Filing:
    """一份备案件"""
    return filing_for(request.person, filing_id)


@post(ReceiptGiven, FilingOut, Power.FILING_RECEIVE)
def filing_receive(request: ApiRequest, filing_id: int) -> Filing:
    """接收备案,备案号留空则按年度顺序编号"""
    filing = filing_for(request.person, filing_id)
    actions.receive_filing(filing_id=filing.pk, by=request.person, **request.given)
    return filing_for(request.person, filing_id)


@get(FILED, Power.FILING_VIEW)
def filing_file(request: ApiRequest, filing_id: int) -> HttpResponse:
    """下载备案件,下载会记入审计日志"""
    return attachment(*actions.open_file(filing_id=filing_id, by=request.person))
