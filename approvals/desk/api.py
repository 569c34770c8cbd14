from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from approvals.desk import actions as desk
from approvals.desk import batch, queries, statistics
from approvals.desk.forms import KindFilter, RequestFilter, StatisticsFilter, uploads
from approvals.desk.models import Attachment, Comment
from approvals.desk.pages import document_html
from approvals.desk.seats import seat_lines
from approvals.desk.serializers import (
    AttachmentOut,
    AttachmentsGiven,
    BatchAgreedOut,
    BatchGiven,
    CommentGiven,
    CommentOut,
    DecisionGiven,
    DocumentOut,
    LateLineOut,
    PeopleOut,
    PhrasesBody,
    PlaceLineOut,
    RemindedOut,
    RequestLineOut,
    RequestOut,
    WithdrawGiven,
)
from approvals.requests import access, actions
from approvals.requests.kinds import kind_of
from approvals.requests.models import RequestQuerySet
from approvals.requests.queries import choices_for, request_for, seats_with_decisions, signable_seats
from branch.files.responses import attachment
from branch.jobs.models import Job
from branch.people.reentry import password_entered
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.rest.serializers import Done
from kernel.refusals import allows

FILE = "application/octet-stream"
TABS = list(queries.TABS.items())


class InboxQuery(RequestFilter):
    """The page's filters, and which of its four lists."""

    tab = forms.ChoiceField(label="列表", required=False, choices=TABS, help_text="留空为 waiting")


@get(RequestLineOut, many=True, query=InboxQuery)
def request_list(request: ApiRequest) -> RequestQuerySet:
    """审批中心:待我审批、我已审批、我发起的、抄送我的、可查阅的全部"""
    rows = queries.rows_of_tab(request.asked["tab"] or "waiting", request.person)
    found: RequestQuerySet = request.form.narrow(rows)
    return found


def _shown(request: ApiRequest, number: str) -> dict[str, Any]:
    row = request_for(request.person, number)
    kind, person, seats = kind_of(row.kind), request.person, seats_with_decisions(row)
    document, events, stages = kind.describe(row), queries.events_of(row), queries.stages_of(row)
    signable, sitting = signable_seats(person, row), queries.sitting_on(row, seats)
    signing = {seat.stage_id: seat.stage for seat in signable}
    return {
        "request": row,
        "content_digest": row.content_digest,
        "facts": [{"label": label, "value": str(value)} for label, value in document.facts],
        "url": document.url if kind.may_open(person, row) else "",
        "progress": queries.progress_words(seats, row.round),
        "steps": queries.request_steps(row, stages),
        "timeline": queries.timeline(row, seats, events, stages, sitting),
        "differences": queries.differences(row, events) if row.round > 1 else [],
        "seats": seat_lines(row, seats, sitting, person),
        "signable": signable,
        "choosing": [one for stage in signing.values() for one in choices_for(row, stage)],
        "return_targets": queries.targets(stages, signing),
        "asks_password": kind.reentry,
        "may_take_over": allows(access.require_takeable, person, row),
        "may_withdraw": allows(access.require_withdrawable, person, row),
        "may_remind": allows(access.require_remindable, person, row, timezone.now()),
    }


@get(RequestOut)
def request_detail(request: ApiRequest, number: str) -> dict[str, Any]:
    """一份申请:要素、进度、本轮席位、本人可签的席位;内容全文另见 document/"""
    return _shown(request, number)


@get(DocumentOut)
def request_document(request: ApiRequest, number: str) -> dict[str, str]:
    """一份申请的内容全文,与审批人在页面上看到的相同;签署前请阅读"""
    row = request_for(request.person, number)
    html = document_html(request._request, row)  # type: ignore[arg-type]  # its person stands on it, as behind a page's door
    return {"number": row.number, "title": row.title, "content_digest": row.content_digest, "html": html}


@post(BatchGiven, BatchAgreedOut, status=202)
def batch_agree(request: ApiRequest) -> Job:
    """批量同意:逐份签署,每份一个结果;进度在任务中查询"""
    items = [(item["number"], item["seen_digest"]) for item in request.given["items"]]
    return batch.agree_all(items=items, opinion=request.given["opinion"], by=request.person)


@get(BatchAgreedOut)
def batch_result(request: ApiRequest, job_id: int) -> Job:
    """批量同意的进度与逐份结果"""
    return batch.job_of(request.person, job_id)


@post(DecisionGiven, RequestOut)
def request_decide(request: ApiRequest, number: str) -> dict[str, Any]:
    """签署:须带上所见内容散列;类别要求时再次输入密码;附件以 multipart/form-data 的 files 上传"""
    row, given = request_for(request.person, number), request.given
    desk.sign(
        request_id=row.pk,
        act=given["act"],
        opinion=given["opinion"],
        seen_digest=given["seen_digest"],
        seat_id=given["seat"],
        chosen=given["chosen"],
        to_stage=given["to_stage"],
        data={"summary": given["summary"]} if given["summary"] else {},
        reentered=password_entered(request._request, given["password"]),
        files=uploads(request._request.FILES),
        by=request.person,
    )
    return _shown(request, number)


@post(WithdrawGiven, RequestOut)
def request_withdraw(request: ApiRequest, number: str) -> dict[str, Any]:
    """撤回申请:本人发起的,或代不能办理的发起人"""
    row = request_for(request.person, number)
    actions.withdraw(request_id=row.pk, reason=request.given["reason"], by=request.person)
    return _shown(request, number)


@post(None, RemindedOut)
def request_remind(request: ApiRequest, number: str) -> dict[str, list[str]]:
    """催办"""
    told = actions.remind(request_id=request_for(request.person, number).pk, by=request.person)
    return {"told": [person.name for person in told]}


@get(PeopleOut)
def request_people(request: ApiRequest, number: str) -> dict[str, Any]:
    """一份申请的参与人(评论中可以 @)和抄送"""
    row = request_for(request.person, number)
    return {"participants": queries.participants(row), "copies": queries.copies_of(row)}


@get(CommentOut, many=True, order=("id",))
def comment_list(request: ApiRequest, number: str) -> QuerySet[Comment]:
    """一份申请的评论"""
    return queries.comments_of(request_for(request.person, number))


@post(CommentGiven, CommentOut)
def comment_add(request: ApiRequest, number: str) -> Comment:
    """评论;@ 到的人得到抄送和消息"""
    row = request_for(request.person, number)
    return desk.comment(request_id=row.pk, text=request.given["text"], by=request.person)


@post(None, CommentOut)
def comment_strike(request: ApiRequest, number: str, comment_id: int) -> Comment:
    """划去本人的评论(发出后五分钟内)"""
    row = request_for(request.person, number)
    return desk.strike(comment_id=comment_id, request_id=row.pk, by=request.person)


@get(AttachmentOut, many=True, order=("id",))
def attachment_list(request: ApiRequest, number: str) -> QuerySet[Attachment]:
    """一份申请的附件"""
    return queries.attachments_of(request_for(request.person, number))


@post(AttachmentsGiven, Done)
def attachment_add(request: ApiRequest, number: str) -> dict[str, int]:
    """发起人补充附件(multipart/form-data 的 files)"""
    row = request_for(request.person, number)
    return {"count": len(desk.attach(request_id=row.pk, files=uploads(request._request.FILES), by=request.person))}


@get(FILE)
def attachment_download(request: ApiRequest, number: str, attachment_id: int) -> HttpResponse:
    """下载附件,取走记入审计日志"""
    return attachment(*desk.open_attachment(number=number, attachment_id=attachment_id, by=request.person))


@get(PhrasesBody)
def phrase_list(request: ApiRequest) -> dict[str, list[str]]:
    """本人的审批常用语"""
    return {"texts": queries.phrases_of(request.person)}


@post(PhrasesBody, PhrasesBody)
def phrases_keep(request: ApiRequest) -> dict[str, list[str]]:
    """保存本人的审批常用语,按所给顺序,未列出的删除"""
    desk.keep_phrases(texts=request.given["texts"], by=request.person)
    return {"texts": queries.phrases_of(request.person)}


@get(PlaceLineOut, Power.APPROVAL_STATISTICS, many=True, query=StatisticsFilter)
def statistics_places(request: ApiRequest) -> list[statistics.PlaceLine]:
    """审批统计:各环节用时,最慢的在前;默认最近 90 天"""
    return statistics.place_lines(request.person, **request.form.span())


@get(LateLineOut, Power.APPROVAL_STATISTICS, many=True, query=KindFilter)
def statistics_late(request: ApiRequest) -> list[statistics.LateLine]:
    """审批统计:现在超时未签的席位,最久的在前"""
    return statistics.late_lines(request.person, timezone.now(), kind=request.asked["kind"])
