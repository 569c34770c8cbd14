"""Who may say, add and read what beside a request. One function per act; each raises a Refusal with a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals.desk.models import Comment
from approvals.requests.models import Request
from approvals.requests.states import State
from branch.people.models import Person
from kernel.refusals import Forbidden, Refusal

STRIKE_WITHIN = timedelta(minutes=5)


def require_strikable(person: Person, comment: Comment, now: datetime) -> None:
    """划去: one's own comment, for a few minutes."""
    if comment.author_id != person.pk:
        raise Forbidden("只有评论人本人可以划去自己的评论", code="not_author")
    if comment.struck_at is not None:
        raise Refusal("这条评论已经划去", code="struck")
    if now > comment.at + STRIKE_WITHIN:
        minutes = int(STRIKE_WITHIN.total_seconds() // 60)
        raise Refusal(f"评论发出 {minutes} 分钟后不能再划去,请另发一条评论说明", code="too_late")


def require_attachable(person: Person, request: Request) -> None:
    """附件 by the applicant, while the request is unfinished; a signer hands them in with the signature."""
    if request.applicant_id != person.pk:
        raise Forbidden("附件由发起人补充;审批人请在签署意见时一并上传", code="not_applicant")
    if request.state not in (State.PENDING, State.RETURNED):
        raise Refusal(f"申请{request.get_state_display()},不能再补充附件", code="ended")
