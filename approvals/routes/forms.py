"""What a person may hand in: a new draft, its head, one stage, and the filters of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from approvals.routes import states
from approvals.routes.actions import head_of
from approvals.routes.models import Route, RouteQuerySet
from approvals.routes.queries import kinds_known
from approvals.routes.rules import (
    ANY_DEPARTMENT,
    LONGEST_HOURS,
    MODE_WORDS,
    ONE_SIGNS,
    OPERATOR_WORDS,
    TASK_WORDS,
    AfterReturn,
    Mode,
    OnReturn,
)
from approvals.routes.signer_rows import MOST_LINES, SPARE, Row, SignerRows
from branch.org.models import Branch
from branch.overtaken import SEEN, seen_field
from branch.widgets import DateInput
from kernel.seen import stamp

SEPARATORS = str.maketrans(dict.fromkeys(",,;;、\n", " "))


def _kinds_offered() -> list[tuple[str, str]]:
    return [("", "全部"), *kinds_known().items()]


def _branches_offered() -> list[tuple[str, str]]:
    return [("", "全部"), ("company", "全公司"), *Branch.objects.values_list("code", "name")]


class RouteFilter(forms.Form):
    """类别, 适用, 状态, and 走不完 alone."""

    kind = forms.ChoiceField(label="类别", required=False, choices=_kinds_offered)
    branch = forms.ChoiceField(label="适用", required=False, choices=_branches_offered)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *states.ROUTE.states.items()])
    short = forms.BooleanField(label="只看走不完的", required=False)

    def narrow(self, rows: RouteQuerySet) -> RouteQuerySet:
        """The rows that the filters leave; an invalid filter narrows nothing. 失效 goes by the day."""
        chosen = self.cleaned_data if self.is_valid() else {}
        if chosen.get("kind"):
            rows = rows.filter(kind=chosen["kind"])
        if chosen.get("branch"):
            rows = rows.filter(branch=None) if chosen["branch"] == "company" else rows.filter(branch__code=chosen["branch"])
        over = {"effective_to__lt": timezone.localdate()}
        if chosen.get("state") == states.ENDED:
            return rows.filter(state=states.ENDED) | rows.filter(state=states.ACTIVE, **over)
        if chosen.get("state"):
            rows = rows.filter(state=chosen["state"])
            return rows.exclude(**over) if chosen["state"] == states.ACTIVE else rows
        return rows


def _offer(form: forms.Form, name: str, choices: Sequence[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


class NewRouteForm(forms.Form):
    """For what, for whom, from when, and on which version it is built."""

    kind = forms.ChoiceField(label="类别")
    branch = forms.ChoiceField(label="适用", required=False)
    effective_from = forms.DateField(label="生效日", widget=DateInput(), help_text="今天或以后;以前的版本到前一天为止")
    source = forms.ChoiceField(label="以哪一版为底", required=False, help_text="须是同一类别的版本;不选则从空白开始")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = {str(route.pk): route for route in Route.objects.select_related("branch")}
        kinds = kinds_known()
        _offer(self, "kind", list(kinds.items()))
        _offer(self, "branch", [("", "全公司"), *Branch.objects.filter(closed_on=None).values_list("code", "name")])
        named = [(pk, f"{kinds[r.kind]}:{r}({r.branch or '全公司'},{r.standing})") for pk, r in self.sources.items()]
        _offer(self, "source", [("", "空白"), *named])

    def clean_branch(self) -> Branch | None:
        code = self.cleaned_data["branch"]
        return Branch.objects.get(code=code) if code else None

    def clean_source(self) -> Route | None:
        return self.sources.get(self.cleaned_data["source"])


class RouteForm(SignerRows):
    """What a draft says besides its stages."""

    name = forms.CharField(label="名称", max_length=80)
    basis = forms.CharField(label="依据", max_length=200, required=False, help_text="管理指引的条款,或批准的文件")
    effective_from = forms.DateField(label="生效日", widget=DateInput(), help_text="今天或以后;前一版到这一天的前一天为止")
    effective_to = forms.DateField(
        label="失效日", widget=DateInput(), required=False, help_text="以后改用全公司的流程;长期请留空"
    )
    same_person_twice = forms.BooleanField(label="同一人可以签多个环节", required=False)

    def __init__(self, data: Any = None, *, route: Route) -> None:
        head = head_of(route)
        super().__init__(data, initial=head)
        if route.branch_id is None:
            del self.fields["effective_to"]
        self.fields[SEEN], self.initial[SEEN] = seen_field(), stamp(head)
        self.add_signers("copies", route.copies, "抄送")
        self.add_signers("chasers", route.chasers, "催办人")

    def clean(self) -> dict[str, Any]:
        self.resolve_people("copies", "chasers")
        return self.cleaned_data

    @property
    def head(self) -> dict[str, Any]:
        names = ("name", "basis", "effective_from", "same_person_twice")
        return {
            **{name: self.cleaned_data[name] for name in names},
            "effective_to": self.cleaned_data.get("effective_to"),
            "copies": self.entries("copies"),
            "chasers": self.entries("chasers"),
        }


class StageForm(SignerRows):
    """One stage in plain words. `stage` gives it as the route keeps it; keys at their defaults are left out."""

    label = forms.CharField(label="环节名称", max_length=40)
    mode = forms.ChoiceField(label="签署方式", choices=list(MODE_WORDS.items()), initial=Mode.SINGLE)
    share = forms.IntegerField(label="票签同意比例(%)", required=False, min_value=1, max_value=100)
    chosen_by = forms.ChoiceField(label="签署方由谁定", required=False)
    may_be_none = forms.BooleanField(label="选定的人可以写明理由不选任何签署方(本环节跳过)", required=False)
    task = forms.ChoiceField(
        label="本环节的任务", required=False, choices=[(code, word or "只签署") for code, word in TASK_WORDS.items()]
    )
    on_return = forms.ChoiceField(
        label="会签中有人退回",
        choices=[(OnReturn.AT_ONCE, "立即退回"), (OnReturn.AFTER_ALL, "等全部签完再退回")],
        initial=OnReturn.AT_ONCE,
    )
    after_return = forms.ChoiceField(
        label="从本环节退回后再次提交",
        choices=[(AfterReturn.RESTART, "从第一个环节重新走"), (AfterReturn.RESUME, "从本环节接着走,前面的意见沿用")],
        initial=AfterReturn.RESTART,
    )
    hours = forms.IntegerField(
        label="时限(工作小时)",
        required=False,
        min_value=1,
        max_value=LONGEST_HOURS,
        help_text="一天 8 小时;不限请留空。到时提醒,超时一倍上报",
    )

    def __init__(self, data: Any = None, *, route: Route, stage: Mapping[str, Any] | None, facts: Mapping[str, str]) -> None:
        self.kept = dict(stage or {})
        shown = {key: value for key, value in self.kept.items() if key in self.base_fields}
        super().__init__(data, initial=shown)
        _offer(self, "chosen_by", [("", "在这里写定"), *_choosers(route, self.kept.get("code"))])
        self.fields[SEEN], self.initial[SEEN] = seen_field(), stamp(self.kept) if self.kept else ""
        choices = self.kept.get("choices") or []
        named = self.kept.get("signers") or ([] if choices == ANY_DEPARTMENT else choices)
        self.add_signers("signers", named, "签署方", spare=3)
        self.add_signers("escalate_to", self.kept.get("escalate_to") or [], "上报")
        self._add_conditions(facts)

    def _add_conditions(self, facts: Mapping[str, str]) -> None:
        kept = self.kept.get("skip_when") or []
        known = {**{c["field"]: c["field"] for c in kept}, **facts}
        self.offers_conditions = bool(known)
        for number in range(len(kept) + SPARE if known else 0):
            one = kept[number] if number < len(kept) else {"field": "", "op": "eq", "value": ""}
            value = "、".join(map(str, one["value"])) if isinstance(one["value"], list) else str(one["value"])
            named = f"条件 {number + 1}"
            self.fields[f"when_{number}_field"] = forms.ChoiceField(
                label=named, required=False, choices=[("", "—"), *known.items()], initial=one["field"]
            )
            self.fields[f"when_{number}_op"] = forms.ChoiceField(
                label=f"{named} 比较", required=False, choices=list(OPERATOR_WORDS.items()), initial=one["op"]
            )
            self.fields[f"when_{number}_value"] = forms.CharField(
                label=f"{named} 值", required=False, max_length=100, initial=value
            )

    def conditions(self) -> list[Row]:
        return [Row([self[f"when_{n}_{part}"] for part in ("field", "op", "value")]) for n in self._condition_numbers()]

    def _condition_numbers(self) -> list[int]:
        return [number for number in range(MOST_LINES * 2) if f"when_{number}_field" in self.fields]

    def clean(self) -> dict[str, Any]:
        self.resolve_people("signers", "escalate_to")
        if self.cleaned_data.get("mode") == Mode.VOTE and not self.cleaned_data.get("share") and "share" not in self.errors:
            self.add_error("share", "票签请写明百分之几同意才通过")
        for number in self._condition_numbers():
            if self.cleaned_data.get(f"when_{number}_field") and not self.cleaned_data.get(f"when_{number}_value", "").strip():
                self.add_error(f"when_{number}_value", "请填写比较的值")
        return self.cleaned_data

    @property
    def stage(self) -> dict[str, Any]:
        """The stage as the route keeps it, without its code."""
        given, mode = self.cleaned_data, self.cleaned_data["mode"]
        named = self.entries("signers")
        found: dict[str, Any] = {"label": given["label"].strip(), "mode": mode, "signers": named}
        if given["chosen_by"]:
            found |= {"signers": [], "chosen_by": given["chosen_by"], "choices": named or ANY_DEPARTMENT}
        optional = {
            "share": given["share"] if mode == Mode.VOTE else None,
            "may_be_none": given["may_be_none"] and bool(given["chosen_by"]),
            "task": given["task"],
            "on_return": given["on_return"] if mode == Mode.ALL and given["on_return"] != OnReturn.AT_ONCE else "",
            "after_return": given["after_return"] if given["after_return"] != AfterReturn.RESTART else "",
            "hours": given["hours"],
            "escalate_to": self.entries("escalate_to"),
            "skip_when": self._skip_when(),
        }
        return found | {key: value for key, value in optional.items() if value}

    def _skip_when(self) -> list[dict[str, Any]]:
        found = []
        for number in self._condition_numbers():
            name, op, value = (self.cleaned_data[f"when_{number}_{part}"] for part in ("field", "op", "value"))
            if name:
                several = [part for part in value.translate(SEPARATORS).split(" ") if part]
                found.append({"field": name, "op": op, "value": several if op == "in" else value.strip()})
        return found


def _choosers(route: Route, code: str | None) -> list[tuple[str, str]]:
    """The earlier stages where one person signs, who may name the signers."""
    found = []
    for stage in route.stages:
        if stage["code"] == code:
            break
        if stage["mode"] in ONE_SIGNS:
            found.append((stage["code"], f"由“{stage['label']}”的签署人选定"))
    return found


class ProposeForm(forms.Form):
    """Sending up, knowing which branches lack somebody."""

    aware = forms.BooleanField(label="已知悉:上列营业部补齐人员以前,那里的申请提交不了", required=False)


class ConfirmForm(forms.Form):
    """What was seen, and the password again."""

    seen_digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    password = forms.CharField(
        label="登录密码(或动态验证码)",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ReasonForm(forms.Form):
    """Why it goes back."""

    reason = forms.CharField(label="退回原因", max_length=200)
