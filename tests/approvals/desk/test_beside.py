"""Comments, attachments and phrases: who may, who hears of it, what a refusal keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from approvals.desk import actions
from approvals.desk.actions import Upload
from approvals.desk.models import Attachment, Comment
from approvals.desk.queries import participants, phrases_of
from approvals.requests.models import CopyTo, Decision
from branch.audit.models import AuditRow
from branch.files.models import StoredFile
from branch.notices.models import Notice
from kernel.refusals import Forbidden, Refusal, Unknown

PDF = b"%PDF-1.7 one page"


def pdf(name: str = "说明.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF)


def url(name: str, *args: Any) -> str:
    return reverse(f"approvals:{name}", args=args)


@pytest.fixture
def asked(three: Any) -> Any:
    three.request = three.ask()
    return three


def test_a_comment_tells_whom_it_mentions_and_gives_a_copy(asked: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = actions.comment(request_id=asked.request.pk, text="@王主办请看 @600003 也看", by=asked.applicant)
    assert set(row.mentioned.all()) == {asked.chief, asked.manager}
    assert {copy.person for copy in CopyTo.objects.all()} == {asked.chief, asked.manager}
    assert {notice.person for notice in Notice.objects.filter(text__contains="提到您")} == {asked.chief, asked.manager}
    assert AuditRow.objects.filter(act="approvals.comment").count() == 1


def test_a_comment_changes_nothing_of_the_request(asked: Any) -> None:
    actions.comment(request_id=asked.request.pk, text="只是说一句", by=asked.manager)
    asked.request.refresh_from_db()
    assert asked.request.state == "pending"
    assert not Decision.objects.exists()
    assert not CopyTo.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  ", "请写下评论的内容"),
        ("@没有此人 看", "没有找到 @ 的“没有此人”"),
        ("@孙外人 看", "孙外人看不到这份申请"),
        ("@同名人 看", "有 2 位同名,请改用工号"),
        ("长" * 1001, "不能超过 1000 字"),
    ],
)
def test_a_comment_that_cannot_be_is_refused_and_kept_on_the_page(asked: Any, signed_in: Any, text: str, said: str) -> None:
    asked.person("stranger", "孙外人")
    asked.person("twin1", "同名人")
    asked.person("twin2", "同名人")
    answer = signed_in(asked.chief).post(url("comment-add", asked.request.number), {"comment": text})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert said in html
    assert text.strip() in html
    assert not Comment.objects.exists()


def test_a_colleague_whom_the_kind_lets_see_may_be_mentioned(asked: Any, subject: Any) -> None:
    reader = asked.person("reader", "周查阅")
    subject.seen_by.add(reader.pk)
    row = actions.comment(request_id=asked.request.pk, text="@周查阅 请看", by=asked.applicant)
    assert list(row.mentioned.all()) == [reader]


def test_striking_is_for_the_author_and_for_five_minutes(asked: Any, signed_in: Any) -> None:
    row = actions.comment(request_id=asked.request.pk, text="写错了", by=asked.chief)
    with pytest.raises(Forbidden):
        actions.strike(comment_id=row.pk, request_id=asked.request.pk, by=asked.deputy)
    client = signed_in(asked.chief)
    client.post(url("comment-strike", asked.request.number, row.pk))
    html = client.get(url("request-beside", asked.request.number)).content.decode()
    assert "<s>写错了</s>" in html
    with pytest.raises(Refusal, match="已经划去"):
        actions.strike(comment_id=row.pk, request_id=asked.request.pk, by=asked.chief)
    late = actions.comment(request_id=asked.request.pk, text="早说过", by=asked.chief)
    Comment.objects.filter(pk=late.pk).update(at=timezone.now() - timedelta(minutes=5, seconds=1))
    with pytest.raises(Refusal, match="5 分钟后不能再划去"):
        actions.strike(comment_id=late.pk, request_id=asked.request.pk, by=asked.chief)
    other = asked.ask(title="另一份")
    with pytest.raises(Unknown):
        actions.strike(comment_id=late.pk, request_id=other.pk, by=asked.chief)


def test_whom_one_may_mention_is_offered(asked: Any, signed_in: Any) -> None:
    assert participants(asked.request) == [asked.applicant, asked.chief, asked.deputy, asked.manager]
    html = signed_in(asked.chief).get(url("request-people", asked.request.number)).content.decode()
    assert "@发起人" in html
    assert "@王主办" not in html  # oneself


def test_the_applicant_adds_files_while_the_request_is_unfinished(
    asked: Any, signed_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = signed_in(asked.applicant)
    with django_capture_on_commit_callbacks(execute=True):
        shown = client.post(url("attachment-add", asked.request.number), {"files": [pdf(), pdf("二.pdf")]}, follow=True)
    assert "已上传 2 个附件" in shown.content.decode()
    assert [row.file.name for row in Attachment.objects.all()] == ["说明.pdf", "二.pdf"]
    assert {notice.person for notice in Notice.objects.filter(text__contains="补充了附件")} == {asked.chief}
    for signer in (asked.chief, asked.deputy, asked.manager):
        asked.sign(asked.request, signer)
    with pytest.raises(Refusal, match="已通过,不能再补充"):
        actions.attach(request_id=asked.request.pk, files=[Upload("x.pdf", PDF)], by=asked.applicant)
    html = client.get(url("request-beside", asked.request.number)).content.decode()
    assert "说明.pdf" in html
    assert "补充附件" not in html


def test_nobody_else_adds_files(asked: Any, signed_in: Any) -> None:
    with pytest.raises(Forbidden, match="由发起人补充"):
        actions.attach(request_id=asked.request.pk, files=[Upload("x.pdf", PDF)], by=asked.chief)
    assert signed_in(asked.chief).post(url("attachment-add", asked.request.number), {"files": pdf()}).status_code == 403


def test_one_wrong_file_keeps_none_and_loses_no_words(asked: Any, signed_in: Any, settings: Any) -> None:
    given = {"act": "return", "opinion": "写了很久的意见", "seen_digest": asked.request.content_digest}
    files = [pdf(), SimpleUploadedFile("脚本.pdf", b"<script>")]
    answer = signed_in(asked.chief).post(url("request-decide", asked.request.number), {**given, "files": files})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "文件“脚本.pdf”不是可以上传的类型" in html
    assert "写了很久的意见" in html
    assert not Decision.objects.exists()
    assert not StoredFile.objects.exists()


def test_files_come_with_the_signature_or_not_at_all(asked: Any, signed_in: Any) -> None:
    given = {"act": "agree", "opinion": "", "seen_digest": asked.request.content_digest}
    signed_in(asked.chief).post(url("request-decide", asked.request.number), {**given, "files": [pdf()]})
    row = Attachment.objects.get()
    assert row.decision == Decision.objects.get()
    with pytest.raises(Refusal, match="内容有了变化"):
        actions.sign(
            request_id=asked.request.pk,
            act="agree",
            opinion="",
            seen_digest="f" * 64,
            files=[Upload("x.pdf", PDF)],
            by=asked.deputy,
        )
    assert Attachment.objects.count() == 1


def test_a_returned_rounds_file_stays_with_its_round(asked: Any) -> None:
    actions.sign(
        request_id=asked.request.pk,
        act="return",
        opinion="见附件",
        seen_digest=asked.request.content_digest,
        files=[Upload("批注.pdf", PDF)],
        by=asked.chief,
    )
    assert Attachment.objects.get().round == 1


def test_a_file_goes_out_as_an_attachment_to_those_who_see_the_request(asked: Any, signed_in: Any) -> None:
    (row,) = actions.attach(request_id=asked.request.pk, files=[Upload("说明.pdf", PDF)], by=asked.applicant)
    stranger = asked.person("stranger", "孙外人")
    address = url("attachment-download", asked.request.number, row.pk)
    assert signed_in(stranger).get(address).status_code == 404
    got = signed_in(asked.manager).get(address)
    assert got.content == PDF
    assert got["Content-Disposition"].startswith("attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    row = AuditRow.objects.get(act="approvals.open")  # the stranger took nothing
    assert (row.actor_id, row.summary) == (asked.manager.pk, f"下载申请 {asked.request.number} 的附件:说明.pdf")
    other = asked.ask(title="另一份")
    assert signed_in(asked.manager).get(url("attachment-download", other.number, row.pk)).status_code == 404


def test_own_phrases_are_offered_beside_the_kinds(asked: Any, signed_in: Any) -> None:
    client = signed_in(asked.chief)
    client.post(url("phrase-list"), {"texts": "请附合同\n\n 已电话核实 \n请附合同"})
    assert phrases_of(asked.chief) == ["请附合同", "已电话核实"]
    part = {"path": url("request-beside", asked.request.number), "data": {"sign": "1"}, "headers": {"HX-Request": "true"}}
    html = client.get(**part).content.decode()
    assert html.index("own-phrases") < html.index("请附合同") < html.index("已电话核实")
    other = signed_in(asked.deputy).get(
        url("request-beside", asked.request.number), {"sign": "1"}, headers={"HX-Request": "true"}
    )
    assert "请附合同" not in other.content.decode()
    long = client.post(url("phrase-list"), {"texts": "长" * 61})
    assert long.status_code == 409
    assert "长" * 61 in long.content.decode()
    assert client.post(url("phrase-list"), {"texts": "\n".join(map(str, range(21)))}).status_code == 409
    assert phrases_of(asked.chief) == ["请附合同", "已电话核实"]
