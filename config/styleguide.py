"""The interface's parts on one page, with sample values, for whoever writes or checks a page. Served only under DEBUG."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from branch.people.doors import public
from branch.widgets import MonthChoice
from kernel.months import Month

NAMES = ("林晓东", "陈静", "黄志强", "欧阳文慧", "吴敏", "郑海涛", "何雪", "梁伟", "罗丽娟", "谢俊杰", "唐婉", "许建国")


class Filters(forms.Form):
    name = forms.CharField(label="姓名", required=False, widget=forms.TextInput(attrs={"placeholder": "姓名、首字母或工号"}))
    team = forms.ChoiceField(label="团队", required=False, choices=[("", "全部"), ("1", "营销一部"), ("2", "营销二部")])
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), ("1", "待审")])
    month = MonthChoice(label="所属月份")
    grade = forms.ChoiceField(label="级别", required=False, choices=[("", "全部"), ("1", "一级客户经理")])
    hired = forms.DateField(label="入职日期", required=False, widget=forms.DateInput(attrs={"type": "date"}))


class Sample(forms.Form):
    name = forms.CharField(label="姓名", max_length=20)
    id_number = forms.CharField(label="身份证号", help_text="18 位,末位可以是 X。")
    kind = forms.ChoiceField(label="合同类别", choices=[("1", "劳动合同"), ("2", "委托代理合同")])
    base = forms.DecimalField(label="缴费基数(元)", decimal_places=2, max_digits=12)
    tier = forms.ChoiceField(label="医疗保险档次", choices=[("1", "一档"), ("2", "二档")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="本人已核对身份证原件", required=False)
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 3}))


def _rows() -> list[dict[str, Any]]:
    states = ("草稿", "审批中", "已退回", "已撤回", "已驳回", "已通过", "待审", "已批", "已发放", "已备案", "有异常", "失败")
    return [
        {
            "index": index + 1,
            "code": f"{600101 + index}",
            "name": name,
            "team": ("营销一部", "营销二部")[index % 2],
            "state": states[index],
            "clients": 37 + index * 11,
            "amounts": [Decimal(str(n)) for n in (12860.5 - index * 1731.25, 4200, 860, -120.4 * index, 1032.16, 315.5)],
        }
        for index, name in enumerate(NAMES)
    ]


def _entries() -> list[dict[str, Any]]:
    def at(hour: int) -> datetime:
        return datetime(2026, 11, 5, hour, 24, tzinfo=UTC)

    return [
        {"stage": "发起", "who": "周敏", "word": "提交", "color": "grey", "at": at(1), "round": 1},
        {
            "stage": "主办会计",
            "who": "刘芳",
            "word": "退回",
            "color": "orange",
            "opinion": "请核对 600104 的社保基数。",
            "at": at(2),
            "took": "58 分",
            "round": 1,
        },
        {"stage": "发起", "who": "周敏", "word": "再次提交", "color": "grey", "at": at(3), "round": 2},
        {"stage": "主办会计", "who": "刘芳", "word": "同意", "color": "green", "at": at(4), "took": "1 小时 02 分", "round": 2},
        {
            "stage": "副经理",
            "who": "王磊",
            "for_whom": "赵国强",
            "word": "同意",
            "color": "green",
            "opinion": "已与上月核对,差异有说明。",
            "at": at(6),
            "took": "2 小时",
            "round": 2,
        },
        {"stage": "经理", "who": "孙建华", "missing": True, "word": "等待签署", "round": 2},
    ]


def _jobs() -> list[dict[str, Any]]:
    running = {
        "id": 1,
        "title": "计算 2026年10月 薪酬",
        "state_label": "运行中",
        "done": 120,
        "total": 200,
        "step": "个人所得税",
        "elapsed": 65,
    }
    return [
        running | {"color": "blue", "cancel_url": "#", "running": False},
        running
        | {
            "id": 2,
            "state_label": "完成",
            "color": "green",
            "done": 200,
            "result_url": "#",
            "message": "200 人,应发合计 1,204,880.16 元",
        },
    ]


def _sample() -> dict[str, Any]:
    rows = _rows()
    months = [f"2026-{number:02d}" for number in range(5, 11)]
    return {
        "title": "界面样式",
        "crumbs": [("设置", "#"), ("界面样式", "")],
        "filters": Filters(),
        "page": Paginator(rows, 20).page(1),
        "rows": rows,
        "sums": [sum((row["amounts"][column] for row in rows), Decimal("0.00")) for column in range(6)],
        "columns": ["提成", "底薪", "津贴", "扣款", "个人所得税", "其他"] * 2,
        "form": Sample(),
        "bad_form": Sample({"name": "林晓东", "kind": "1", "base": "abc"}),
        "entries": _entries(),
        "jobs": _jobs(),
        "month": Month(2026, 10),
        "phrases": ["同意", "已核对,无误", "请补充说明", "请更正后再报"],
        "words": ["草稿", "审批中", "已退回", "已撤回", "已驳回", "已通过", "待审", "已批", "已发放", "已备案"],
        "chart": {
            "xAxis": {"type": "category", "data": months},
            "yAxis": {"type": "value", "name": "万元"},
            "series": [
                {"type": "bar", "barMaxWidth": 28, "label": {"show": True, "position": "top"}, "data": [42, 51, 47, 63, 58, 71]}
            ],
        },
    }


@public
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every part of the interface, with its words."""
    return render(request, "styleguide.html", _sample())


@public
def styleguide_paper(request: HttpRequest) -> HttpResponse:
    """An A4 landscape report with the same sample values."""
    return render(request, "styleguide_paper.html", _sample() | {"title": "打印样式", "company": "示例证券股份有限公司"})
