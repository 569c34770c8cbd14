from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals.desk.models import Attachment, Comment
from approvals.requests.models import CopyTo, Request
from approvals.requests.states import ACT_WORDS, HOW_WORDS, SEAT_WORDS
from approvals.routes.models import Delegation
from approvals.routes.register import label_of
from approvals.routes.serializers import StepOut
from branch.jobs.models import Job
from branch.rest.fields import PersonBrief
from branch.rest.serializers import Given, RowOut


class RequestLineOut(RowOut):
    """A request as a list shows one."""

    kind_label = serializers.SerializerMethodField(label="类别(中文)")
    present_stage = serializers.CharField(read_only=True, allow_null=True, default=None, label="当前环节")

    class Meta:
        model = Request
        fields = [
            *("number", "kind", "kind_label", "title", "branch", "applicant", "state", "state_label", "round"),
            *("document_number", "receipt_number", "present_stage", "started_at", "ended_at"),
        ]

    def get_kind_label(self, row: Request) -> str:
        return label_of(row.kind)


class FactOut(serializers.Serializer[Any]):
    """One thing that signers see."""

    label = serializers.CharField(label="项目")  # type: ignore[assignment]
    value = serializers.CharField(label="内容", allow_blank=True)


class EntryOut(serializers.Serializer[Any]):
    """What happened, or who is still missing."""

    round = serializers.IntegerField(label="轮次")
    stage = serializers.CharField(label="环节")
    who = serializers.CharField(label="谁", allow_blank=True)
    for_whom = serializers.CharField(label="代谁", allow_blank=True, default="")
    word = serializers.CharField(label="怎样")
    opinion = serializers.CharField(label="意见", allow_blank=True, default="")
    at = serializers.DateTimeField(label="时间", allow_null=True, default=None)
    missing = serializers.BooleanField(label="尚未签署", default=False)
    carried = serializers.BooleanField(label="沿用", default=False)


class DifferenceOut(serializers.Serializer[Any]):
    """What the present round changes."""

    label = serializers.CharField(label="项目")  # type: ignore[assignment]
    before = serializers.CharField(label="原")
    after = serializers.CharField(label="新")


class SeatOut(serializers.Serializer[Any]):
    """A seat the person may sign now."""

    id = serializers.IntegerField(label="席位编号")
    label = serializers.CharField(label="席位")  # type: ignore[assignment]
    stage = serializers.CharField(source="stage.label", label="环节")


class SitterOut(serializers.Serializer[Any]):
    """Somebody on a seat, and in whose place."""

    staff_no = serializers.CharField(source="person.staff_no", label="工号")
    name = serializers.CharField(source="person.name", label="姓名")
    for_whom = serializers.CharField(source="delegated_by.name", label="代谁", allow_blank=True, default="")


class SeatLineOut(serializers.Serializer[Any]):
    """A seat of the present round, signed or not."""

    id = serializers.IntegerField(source="seat.pk", label="席位编号")
    label = serializers.CharField(source="seat.label", label="席位")  # type: ignore[assignment]
    stage = serializers.CharField(source="seat.stage.label", label="环节")
    department = serializers.CharField(source="seat.department.name", label="部门", allow_null=True, default=None)
    state = serializers.ChoiceField(list(SEAT_WORDS.items()), source="seat.state", label="状态")
    state_label = serializers.CharField(source="seat.get_state_display", label="状态(中文)")
    people = SitterOut(many=True, label="谁", help_text="已签的为签署人,未签的为今天可以签署的人")
    signed_at = serializers.DateTimeField(source="decision.at", label="签署时间", allow_null=True, default=None)
    due_at = serializers.DateTimeField(source="seat.due_at", label="应签时间", allow_null=True)
    may_drop = serializers.BooleanField(label="本人可减签")


class CopyOut(RowOut):
    """Who got a copy, and whether it was marked 已阅."""

    class Meta:
        model = CopyTo
        fields = ["person", "at", "read_at"]


class PeopleOut(serializers.Serializer[Any]):
    """Who takes part (applicant, who may sign or signed, commented, got a copy), and the copies."""

    participants = PersonBrief(many=True, label="参与人")
    copies = CopyOut(many=True, label="抄送")


class AttachmentOut(RowOut):
    """A file of a round."""

    name = serializers.CharField(source="file.name", label="文件名")
    content_type = serializers.CharField(source="file.content_type", label="类型")
    size = serializers.IntegerField(source="file.size", label="字节数")
    with_decision = serializers.SerializerMethodField(label="随签署意见")

    class Meta:
        model = Attachment
        fields = ["id", "round", "name", "content_type", "size", "by", "with_decision", "at"]

    def get_with_decision(self, row: Attachment) -> bool:
        return row.decision_id is not None


class CommentOut(RowOut):
    """A comment; one that its author struck through has the time of it."""

    class Meta:
        model = Comment
        fields = ["id", "round", "author", "text", "at", "struck_at"]


class ChoiceOut(serializers.Serializer[Any]):
    """A place that may be chosen, and who would sign."""

    key = serializers.CharField(label="席位")
    label = serializers.CharField(label="名称")  # type: ignore[assignment]
    people = serializers.CharField(label="由谁签署", allow_blank=True)


class ChoosingOut(serializers.Serializer[Any]):
    """A later stage whose signers are named when agreeing."""

    code = serializers.CharField(label="环节代码")
    label = serializers.CharField(label="环节")  # type: ignore[assignment]
    single = serializers.BooleanField(label="只能选一个")
    may_be_none = serializers.BooleanField(label="可以不选")
    choices = ChoiceOut(many=True)


class TargetOut(serializers.Serializer[Any]):
    """An earlier stage that 退回 may lead to."""

    code = serializers.CharField(label="环节代码")
    label = serializers.CharField(label="环节")  # type: ignore[assignment]


class RequestOut(serializers.Serializer[Any]):
    """A request: what is signed, how far it is, what the person may do. `content_digest` goes back with a decision."""

    request = RequestLineOut()
    content_digest = serializers.CharField(label="内容散列")
    facts = FactOut(many=True)
    url = serializers.CharField(label="对象页面", allow_blank=True)
    progress = serializers.CharField(label="进度", allow_blank=True)
    steps = StepOut(many=True)
    timeline = EntryOut(many=True)
    differences = DifferenceOut(many=True)
    seats = SeatLineOut(many=True, label="本轮席位")
    signable = SeatOut(many=True)
    choosing = ChoosingOut(many=True)
    return_targets = TargetOut(many=True)
    asks_password = serializers.BooleanField(label="签署须再次输入密码")
    may_withdraw = serializers.BooleanField(label="可撤回")
    may_take_over = serializers.BooleanField(label="可接办")
    may_remind = serializers.BooleanField(label="可催办")


class DocumentOut(serializers.Serializer[Any]):
    """What is signed, to be read. `content_digest` goes back with a decision."""

    number = serializers.CharField(label="单号")
    title = serializers.CharField(label="标题")
    content_digest = serializers.CharField(label="内容散列")
    html = serializers.CharField(label="申请内容", help_text="一段 HTML,与申请页面“申请内容”栏相同")


class DecisionGiven(Given):
    """One signature. The password (or the code in use) where the kind asks for it."""

    act = serializers.ChoiceField(list(ACT_WORDS.items()), label="决定")
    opinion = serializers.CharField(label="意见", max_length=1000, allow_blank=True, default="")
    seen_digest = serializers.CharField(label="所见内容散列", max_length=64)
    chosen = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=80)),
        label="选定的签署方",
        required=False,
        default=dict,
    )
    to_stage = serializers.CharField(
        label="退回到的环节代码", max_length=40, allow_blank=True, default="", help_text="留空为发起人"
    )
    summary = serializers.CharField(label="回传的会签意见", max_length=4000, allow_blank=True, default="")
    seat = serializers.IntegerField(label="席位编号", required=False, allow_null=True, default=None, min_value=1)
    password = serializers.CharField(label="登录密码", max_length=200, trim_whitespace=False, allow_blank=True, default="")
    files = serializers.ListField(child=serializers.FileField(), label="附件", required=False)


class CommentGiven(Given):
    """What is said; @ with a name or 工号 mentions."""

    text = serializers.CharField(label="评论", max_length=1000)


class AttachmentsGiven(Given):
    """Files of an applicant."""

    files = serializers.ListField(child=serializers.FileField(), label="附件", required=False)


class PhrasesBody(Given):
    """One's own phrases in their order."""

    texts = serializers.ListField(child=serializers.CharField(max_length=60), label="常用语", allow_empty=True)


class BatchItemGiven(Given):
    """One request, as it was seen."""

    number = serializers.CharField(label="单号", max_length=20)
    seen_digest = serializers.CharField(label="所见内容散列", max_length=64)


class BatchGiven(Given):
    """What is agreed to at once."""

    items = BatchItemGiven(many=True, label="申请")
    opinion = serializers.CharField(label="意见", max_length=1000, allow_blank=True, default="")


class BatchRowOut(serializers.Serializer[Any]):
    """What came of one request."""

    number = serializers.CharField(label="单号")
    title = serializers.CharField(label="标题", allow_blank=True)
    agreed = serializers.BooleanField(label="已同意")
    words = serializers.CharField(label="结果")


class BatchAgreedOut(RowOut):
    """How far a batch is; `rows` once it has ended."""

    rows = serializers.SerializerMethodField(label="逐份结果")

    class Meta:
        model = Job
        fields = ["id", "title", "state", "state_label", "total", "done", "rows"]

    @extend_schema_field(BatchRowOut(many=True))
    def get_rows(self, row: Job) -> Any:
        return BatchRowOut(row.result.get("rows", []), many=True).data


class TransferGiven(Given):
    """转交 to one person."""

    to = serializers.CharField(label="受转交人工号", max_length=20)
    reason = serializers.CharField(label="原因", max_length=200)
    seat = serializers.IntegerField(label="席位编号", required=False, allow_null=True, default=None, min_value=1)


class AddSignerGiven(Given):
    """加签."""

    people = serializers.ListField(child=serializers.CharField(max_length=20), label="加签人员工号", max_length=10)
    how = serializers.ChoiceField(list(HOW_WORDS.items()), label="方式")
    reason = serializers.CharField(label="原因", max_length=200)
    seat = serializers.IntegerField(label="席位编号", required=False, allow_null=True, default=None, min_value=1)


class DropSignerGiven(Given):
    """减签."""

    seat = serializers.IntegerField(label="席位编号", min_value=1)
    reason = serializers.CharField(label="原因", max_length=200)


class CopiedToGiven(Given):
    """抄送."""

    people = serializers.ListField(child=serializers.CharField(max_length=20), label="抄送人员工号", max_length=20)


class StrayOut(serializers.Serializer[Any]):
    """An open seat that nobody can sign. What the request says is left out."""

    id = serializers.IntegerField(source="seat.pk", label="席位编号")
    label = serializers.CharField(source="seat.label", label="席位")  # type: ignore[assignment]
    stage = serializers.CharField(source="seat.stage.label", label="环节")
    number = serializers.CharField(source="seat.request.number", label="单号")
    kind = serializers.CharField(label="类别")
    branch = serializers.CharField(source="seat.request.branch_code", label="营业部代码", allow_blank=True, help_text="总部为空")
    applicant = serializers.CharField(source="seat.request.applicant.name", label="发起人")
    opened_at = serializers.DateTimeField(source="seat.opened_at", label="轮到时间")
    may_move = serializers.BooleanField(label="可以转办", help_text="否则须由流程规定的人签署,请授予角色")


class RerouteGiven(Given):
    """转办 to one person."""

    to = serializers.CharField(label="受转办人工号", max_length=20)
    reason = serializers.CharField(label="原因", max_length=200)


class SigningLentGiven(Given):
    """委托代签."""

    to = serializers.CharField(label="受托人工号", max_length=20)
    kinds = serializers.ListField(child=serializers.CharField(max_length=40), label="类别(留空为全部)", default=list)
    since = serializers.DateField(label="起日")
    until = serializers.DateField(label="止日")
    reason = serializers.CharField(label="原因", max_length=200)


class DelegationOut(RowOut):
    """A 委托代签."""

    class Meta:
        model = Delegation
        fields = ["id", "principal", "deputy", "kinds", "effective_from", "effective_to", "reason", "ended_at"]


class TakeOverGiven(Given):
    """Why the applicant can't go on."""

    reason = serializers.CharField(label="原因", max_length=200)


class WithdrawGiven(Given):
    """Why it is taken back."""

    reason = serializers.CharField(label="原因", max_length=1000, allow_blank=True, default="")


class RemindedOut(serializers.Serializer[Any]):
    """Who was reminded."""

    told = serializers.ListField(child=serializers.CharField(), label="催办对象")


class PlaceLineOut(serializers.Serializer[Any]):
    """One place of one stage: signatures and working hours."""

    kind = serializers.CharField(label="类别")
    stage = serializers.CharField(label="环节")
    place = serializers.CharField(label="席位")
    count = serializers.IntegerField(label="签署次数")
    median = serializers.FloatField(label="用时中位数(工作小时)")
    ninth = serializers.FloatField(label="九成不超过(工作小时)")
    late = serializers.IntegerField(label="超时次数")


class LateLineOut(serializers.Serializer[Any]):
    """A seat that should have been signed by now."""

    number = serializers.CharField(label="单号", allow_blank=True, help_text="保密申请无权查阅时为空")
    about = serializers.CharField(label="标题", help_text="保密申请无权查阅时为类别")
    branch = serializers.CharField(source="seat.request.branch_code", label="营业部代码", allow_blank=True, help_text="总部为空")
    stage = serializers.CharField(source="seat.stage.label", label="环节")
    place = serializers.CharField(source="seat.label", label="席位")
    people = serializers.CharField(label="由谁签署")
    due_at = serializers.DateTimeField(source="seat.due_at", label="应签时间")
    hours = serializers.FloatField(label="已超时(工作小时)")
