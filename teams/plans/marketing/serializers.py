from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from branch.rest.fields import MoneyField
from branch.rest.serializers import Given, RowOut, StampGiven
from kernel.money import ZERO
from kernel.seen import stamp
from teams.plans.marketing import rules
from teams.plans.marketing.actions import shown_agreement
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement, MarketingPlan
from teams.plans.targets.metrics import METRICS
from teams.plans.targets.rules import MONTHS


class BudgetLineGiven(Given):
    """A line of 费用预算, in yuan."""

    item = serializers.CharField(label="项目", max_length=60)
    amount = MoneyField(label="金额(元)", min_value=ZERO)


def _twelve(metric: str) -> serializers.ListField:
    label = f"{METRICS[metric].label}({METRICS[metric].unit}),1 月至 12 月"
    return serializers.ListField(
        child=MoneyField(min_value=ZERO), label=label, min_length=MONTHS, max_length=MONTHS, required=False
    )


class PlanMonthsGiven(Given):
    """逐月目标: of each thing twelve figures; a thing that is left out stays as it is."""

    accounts = _twelve("accounts")
    assets = _twelve("assets")
    net_income = _twelve("net_income")
    product_sales = _twelve("product_sales")
    headcount = _twelve("headcount")


class PlanContentGiven(Given):
    """What a plan holds; what is left out stays as it is."""

    is_new_team = serializers.BooleanField(label="新成立的团队", required=False)
    market_analysis = serializers.CharField(label="市场分析", max_length=rules.LONGEST, allow_blank=True, required=False)
    channels = serializers.CharField(label="渠道安排", max_length=rules.LONGEST, allow_blank=True, required=False)
    work_plan = serializers.CharField(label="工作计划", max_length=rules.LONGEST, allow_blank=True, required=False)
    budget = BudgetLineGiven(label="费用预算", many=True, required=False)
    months = PlanMonthsGiven(label="逐月目标", required=False)


class PlanGiven(PlanContentGiven):
    """A plan that is begun: also of which team and year."""

    team = serializers.IntegerField(label="团队编号", min_value=1)
    year = serializers.IntegerField(label="年度", min_value=2000, max_value=2100)


class PlanChangeGiven(PlanContentGiven, StampGiven):
    """Another content; with `seen` a colleague's change in between is told instead of overwritten."""


class SummaryGiven(Given):
    text = serializers.CharField(label="年度总结", max_length=rules.LONGEST)


class MarketingPlanOut(RowOut):
    """年度营销方案 of a team, as lists show it."""

    budget_total = MoneyField(read_only=True, label="费用预算合计(元)")

    class Meta:
        model = MarketingPlan
        fields = [
            *("id", "branch", "team", "year", "is_new_team", "state", "state_label", "paper_no", "budget_total"),
            *("made_by", "made_at", "approved_at"),
        ]


class BudgetLineOut(serializers.Serializer[Any]):
    item = serializers.CharField(label="项目")
    amount = MoneyField(label="金额(元)")


class MarketingPlanDetailOut(MarketingPlanOut):
    """A plan with all it says. `seen` may go back with a change; `months`: thing → twelve figures as text."""

    budget = BudgetLineOut(many=True, read_only=True)
    months = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), read_only=True, label="逐月目标")
    left_out = serializers.ListField(child=serializers.CharField(), read_only=True, label="未列入目标的项目")
    request = serializers.CharField(source="approval.number", read_only=True, default=None, allow_null=True, label="审批单号")
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta(MarketingPlanOut.Meta):
        fields = [
            *MarketingPlanOut.Meta.fields,
            *("market_analysis", "channels", "work_plan", "budget", "months", "left_out", "request"),
            *("summary", "summarised_by", "summarised_at", "seen"),
        ]

    def get_seen(self, plan: MarketingPlan) -> str:
        return stamp(plan.content)


class AgreementOut(RowOut):
    """银行合作方案 of an outlet. `seen` may go back with a change, or with a correction of one that is `signed`."""

    file_name = serializers.CharField(source="file.name", read_only=True, default="", label="协议文件名")
    signed = serializers.BooleanField(read_only=True, label="已签订且有文件(只能更正)")
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta:
        model = CooperationAgreement
        fields = [
            *("id", "branch", "outlet", "bank", "agreement_no", "signed_on", "valid_from", "valid_to", "file_name"),
            *("signed", "made_by", "made_at", "seen"),
        ]

    def get_seen(self, row: CooperationAgreement) -> str:
        return stamp(shown_agreement(row))


class AgreementContentGiven(Given):
    """An agreement; without `signed_on` it is 拟定. `file` replaces the paper that is there."""

    bank = serializers.CharField(label="合作银行", max_length=60)
    agreement_no = serializers.CharField(label="协议编号", max_length=60)
    signed_on = serializers.DateField(label="签订日期", required=False, allow_null=True, default=None)
    valid_from = serializers.DateField(label="有效期自")
    valid_to = serializers.DateField(label="有效期至")
    file = serializers.FileField(label="协议文件", required=False, allow_null=True, default=None)


class AgreementGiven(AgreementContentGiven):
    outlet = serializers.IntegerField(label="网点编号", min_value=1)


class AgreementChangeGiven(AgreementContentGiven, StampGiven):
    """Another content, or the day it was signed; `seen` as with a plan."""


class AgreementCorrectionGiven(AgreementContentGiven, StampGiven):
    """How a signed agreement should be, whole, and why; without `file` the paper stays."""

    reason = serializers.CharField(label="更正原因", max_length=200)


class AgreementCorrectionOut(RowOut):
    """A correction of a signed agreement. `before`, `after`: bank, agreement_no, signed_on, valid_from, valid_to as text;
    `file_name` empty: the paper stays."""

    before = serializers.DictField(child=serializers.CharField(allow_blank=True), read_only=True, label="更正前")
    after = serializers.DictField(child=serializers.CharField(allow_blank=True), read_only=True, label="更正后")
    former_file_name = serializers.CharField(source="former_file.name", read_only=True, label="原协议文件名")
    file_name = serializers.CharField(source="file.name", read_only=True, default="", label="新协议文件名")

    class Meta:
        model = AgreementCorrection
        fields = [
            *("id", "agreement", "state", "state_label", "before", "after", "former_file_name", "file_name", "reason"),
            *("proposed_by", "proposed_at", "decided_by", "decided_at", "note"),
        ]


def content_of(given: dict[str, Any], months: dict[str, list[str]]) -> dict[str, Any]:
    """The given content as a plan keeps it: amounts as text; `months` are the figures as they were."""
    found = {name: given[name] for name in ("is_new_team", *rules.TEXTS) if name in given}
    if "budget" in given:
        found["budget"] = [{"item": line["item"].strip(), "amount": _text(line["amount"])} for line in given["budget"]]
    fresh = {metric: [_text(amount) for amount in amounts] for metric, amounts in given.get("months", {}).items()}
    return {**found, "months": {**months, **fresh}}


def _text(amount: Decimal) -> str:
    return f"{amount:.2f}"
