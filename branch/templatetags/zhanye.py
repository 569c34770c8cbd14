"""How pages write money, months, masks, statuses, icons and links: the one template library."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django import template
from django.forms import BoundField, widgets
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from branch.once.http import FIELD
from branch.people.doors import may_enter
from branch.people.models import Person
from kernel import masks, money
from kernel.months import Month

register = template.Library()

SPRITE = "vendor/tabler-icons-3.52.0/sprite.svg"

# The request's own six words, then the subjects' words mapped to the same colours.
STATUS_COLOURS = {
    "草稿": "grey",
    "审批中": "blue",
    "已退回": "orange",
    "已撤回": "grey",
    "已驳回": "red",
    "已通过": "green",
    # waiting or going on
    "计算中": "blue",
    "生成中": "blue",
    "待审": "blue",
    "待送审": "blue",
    "待审批": "blue",
    "待核": "blue",
    "待复核": "blue",
    "待确认": "blue",
    "待生效": "blue",
    "进行中": "blue",
    "运行中": "blue",
    "执行中": "blue",
    "会签中": "blue",
    # done
    "已批": "green",
    "可下载": "green",
    "一致": "green",
    "已批准": "green",
    "已发放": "green",
    "已备案": "green",
    "已复核": "green",
    "已锁定": "green",
    "已确认": "green",
    "已生效": "green",
    "已处理": "green",
    "已签": "green",
    "已完成": "green",
    "完成": "green",
    "成功": "green",
    "同意": "green",
    "在职": "green",
    "有效": "green",
    "办结": "green",
    "已办结": "green",
    # a person must do something
    "退回": "orange",
    "待处理": "orange",
    "有异常": "orange",
    "异常": "orange",
    "提醒": "orange",
    "逾期": "orange",
    "已逾期": "orange",
    "部分完成": "orange",
    # refused or broken
    "驳回": "red",
    "失败": "red",
    "未生成": "red",
    "不一致": "red",
    "已拒绝": "red",
    "校验未通过": "red",
    "不符": "red",
    # resting
    "未开始": "grey",
    "未导入": "grey",
    "排队中": "grey",
    "等待中": "grey",
    "已取消": "grey",
    "已作废": "grey",
    "冲销审批中": "orange",
    "已冲销": "grey",
    "未通过": "orange",
    "作废": "grey",
    "已失效": "grey",
    "已过期": "grey",
    "已终止": "grey",
    "已离职": "grey",
    "离职": "grey",
    "停用": "grey",
}
COLOURS = frozenset({"grey", "blue", "orange", "red", "green"})


@register.filter(name="money")
def money_filter(value: Decimal | int | str | None) -> str:
    """`1,234.50`; an absent amount is an empty string. A float is refused, as everywhere."""
    if value is None or value == "":
        return ""
    return money.grouped(money.yuan(value))


@register.filter
def signed(value: Decimal | int | None) -> str:
    """The CSS classes of an amount's cell: `num`, and `neg` below zero."""
    return "num neg" if isinstance(value, Decimal | int) and value < 0 else "num"


@register.filter
def month_label(value: Month | date | int | str | None) -> str:
    """`2026年10月` from a Month, 202610, `2026-10` or a date; '' for None."""
    if value is None or value == "":
        return ""
    month = Month.from_number(value) if isinstance(value, int) else Month.parse(value)
    return month.label


@register.filter
def count(value: int | str | None) -> str:
    """A number of things with thousands separators: 4487 → `4,487`; '' for None."""
    return "" if value is None or value == "" else f"{int(value):,}"


@register.filter
def percent(value: Decimal | int | str | None) -> str:
    """A ratio as a percentage with two places: 0.8501 → `85.01%`; '' for None."""
    if value is None or value == "":
        return ""
    return f"{money.half_up(money.decimal(value) * 100):,.2f}%"


@register.filter
def in_short(value: Decimal | None, metric: Any) -> str:
    """A figure in little room: a count as it is (`metric.whole`), yuan as `money.short` has it; `–` for None."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if metric.whole else money.short(value)


@register.filter
def in_words(value: Decimal | int | str | None) -> str:
    """人民币大写; '' for None."""
    if value is None or value == "":
        return ""
    return money.in_words(money.decimal(value))


@register.filter
def elapsed(seconds: float | None) -> str:
    """A duration for people: `45 秒`, `1 分 05 秒`, `2 小时 03 分`, `3 天 4 小时`."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} 天 {hours_left} 小时"
    if hours:
        return f"{hours} 小时 {minutes_left:02d} 分"
    return f"{minutes} 分 {rest:02d} 秒" if minutes else f"{rest} 秒"


@register.filter
def masked_id(text: str | None) -> str:
    return masks.id_number(text) if text else ""


@register.filter
def masked_phone(text: str | None) -> str:
    return masks.phone(text) if text else ""


@register.filter
def masked_account(text: str | None) -> str:
    return masks.bank_account(text) if text else ""


@register.filter
def masked_name(text: str | None) -> str:
    return masks.name(text) if text else ""


@register.filter
def audit_source(code: str) -> str:
    """Where an act came from, in words."""
    return {"page": "页面", "api": "接口", "command": "命令行", "task": "后台任务", "system": "系统"}.get(code, code)


@register.filter(name="may_enter")
def may_enter_filter(person: object, url: str) -> bool:
    """`{% if me|may_enter:url %}`: a link is offered only to those whom its door lets in."""
    return isinstance(person, Person) and bool(url) and may_enter(person, url)


@register.filter
def first_line(text: object) -> str:
    """The sentence of a message whose further lines are its items."""
    return str(text).split("\n", 1)[0]


@register.filter
def further_lines(text: object) -> list[str]:
    return [line for line in str(text).split("\n")[1:] if line.strip()]


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's input with the class its kind of widget needs; classes given in the form stay."""
    widget = field.field.widget
    css = _control_class(widget)
    if field.errors and css:
        css += " is-invalid"
    own = widget.attrs.get("class", "")
    classes = f"{own} {css}".strip()
    return field.as_widget(attrs={"class": classes} if classes else None)


def _control_class(widget: widgets.Widget) -> str:
    if isinstance(widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple):
        return ""
    if isinstance(widget, widgets.CheckboxInput):
        return "form-check-input"
    if isinstance(widget, widgets.Select):
        return "form-select"
    return "form-control"


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """One box whose label stands behind it."""
    widget = field.field.widget
    return isinstance(widget, widgets.CheckboxInput)


@register.filter
def is_choices(field: BoundField) -> bool:
    """A list of radios or boxes: its label names a group, not one input."""
    return isinstance(field.field.widget, widgets.RadioSelect | widgets.CheckboxSelectMultiple)


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """One outline icon of the sprite. Decoration only: words stand beside it."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f" {css}" if css else "",
        static(SPRITE),
        name,
    )


@register.simple_tag
def once() -> SafeString:
    """The hidden token of one form as shown: sent twice, it is done once (branch.once). Stands beside `{% csrf_token %}`."""
    return format_html('<input type="hidden" name="{}" value="{}" autocomplete="off">', FIELD, uuid.uuid4().hex)


@register.simple_tag(takes_context=True)
def lost_file(context: template.Context, name: str) -> SafeString:
    """Said at the file field `name` of a form that is shown again: no browser puts a chosen file back, and who sends the form
    again without noticing saves it without its paper. Nothing where no file came."""
    request = context.get("request")
    names = [file.name for file in request.FILES.getlist(name)] if request is not None else []
    if not names:
        return SafeString("")
    said = f"您选的文件“{'、'.join(names)}”没有保存,须重新选择"
    return format_html('<p class="field-lost" role="alert">{}<span>{}</span></p>', icon("alert-triangle"), said)


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present query string with `changes` made; None removes a key. Always starts with `?`."""
    request = context.get("request")
    params: QueryDict = request.GET.copy() if request is not None else QueryDict(mutable=True)
    for key, value in changes.items():
        params.pop(key, None)
        if value is not None and value != "":
            params[key] = str(value)
    return f"?{params.urlencode()}"


@register.simple_tag
def status(word: object, colour: str = "") -> SafeString:
    """A status word in its fixed colour; an unknown word without a colour is grey."""
    chosen = colour if colour in COLOURS else STATUS_COLOURS.get(str(word), "grey")
    return format_html('<span class="state state-{}">{}</span>', chosen, word)


@register.simple_tag
def amount(value: Decimal | int | None, label: str) -> SafeString:
    """The table cell of an amount in 元: to the right, marked below zero, with its column's `label` for a phone's card.

    One tag, because most of a long list's time goes into the parts of its cells.
    """
    cell = f'<td class="{signed(value)}" data-label="{conditional_escape(label)}">{money_filter(value)}</td>'
    return SafeString(cell)  # digits, and a label that is escaped  # nosec B703


@register.simple_tag
def figure(value: Decimal | int, shown: str, behind: str = "") -> SafeString:
    """The table cell of a figure as `shown` (digits), leading to the page `behind` it where there is anything behind it."""
    text = f'<a href="{conditional_escape(behind)}">{shown}</a>' if behind and value else shown
    cell = f'<td class="{signed(value)}">{text}</td>'
    return SafeString(cell)  # digits, and an address that is escaped  # nosec B703


@register.inclusion_tag("parts/sortable_th.html", takes_context=True)
def sortable_th(context: template.Context, key: str, label: str, css: str = "") -> dict[str, str]:
    """A column head that sorts: `?sort=key`, then `?sort=-key`, then the list's own order."""
    request = context.get("request")
    present = request.GET.get("sort", "") if request is not None else ""
    following = {key: f"-{key}", f"-{key}": None}.get(present, key)
    return {
        "label": label,
        "css": css,
        "direction": {key: "ascending", f"-{key}": "descending"}.get(present, ""),
        "href": query(context, sort=following, page=None, after=None, before=None),
    }


@register.filter
def page_sizes(_page: object) -> tuple[int, ...]:
    """The page sizes a list offers."""
    return (20, 50, 100, 200)
