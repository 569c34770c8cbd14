"""What keeps a branch's month from being reckoned: every sentence at once, each with the page where it is mended."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from branch.org.models import Branch
from clients.figures.queries import figures_month
from clients.imports.models import ClientMonth
from clients.imports.queries import waiting_counts
from clients.imports.sharing import twice_of
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.intake import states as intake
from payroll.intake.models import InputSheet, OpeningSet
from payroll.runs.inputs import freeze
from payroll.runs.models import PayRun
from payroll.runs.states import RETURNED, REVERSED

Problem = dict[str, str]
TAKEN_BACK = (RETURNED, REVERSED)  # somebody has to mend something first: a close doesn't simply reckon the same again

# Where a sentence of the freezing is mended, by the first word that it holds.
PLACES: tuple[tuple[str, str], ...] = (
    ("核算输入", "payroll:input-list"),
    ("期初余额", "payroll:opening-list"),
    ("薪酬方案", "payroll:scheme-list"),
    ("参数", "parameter-list"),
    ("复核", "clients:figures-month"),
    ("月度数据", "clients:figures-month"),
    ("名册", "person-list"),
    ("用工关系", "person-list"),
    ("岗位", "person-list"),
)


def problems_of(branch: Branch, month: Month) -> list[Problem]:
    """Everything that is missing; empty when the branch may be reckoned. Nothing is written."""
    found = list(_steps(branch, month))
    if not found:
        return []
    try:
        sentences = freeze(branch, month).problems
    except Refusal as refusal:
        sentences = [refusal.sentence, *refusal.items]
    return found + named(branch, month, [text for text in sentences if not _follows(text, found)])


def _follows(sentence: str, found: list[Problem]) -> bool:
    """Whether a sentence of the freezing only repeats a missing step: no review, or for each person that there are no inputs."""
    if "复核锁定" in sentence:
        return True
    unfed = any("核算输入还没有导入" in problem["text"] for problem in found)
    return unfed and ("核算输入" in sentence or "目标净佣金" in sentence)


def _steps(branch: Branch, month: Month) -> Iterable[Problem]:
    """The steps before 计算 that are not done, and a version taken back that waits for its finance."""
    query = f"?branch={branch.code}&month={month}"
    if not figures_month(branch, month).is_locked:
        yield from _unreviewed(branch, month, query)
    if not InputSheet.objects.filter(branch=branch, month=month, state=intake.BOOKED).exists():
        yield {"text": f"{month.label}核算输入还没有导入", "url": reverse("payroll:input-list") + query}
    if OpeningSet.objects.filter(branch=branch, state=intake.PROPOSED).exists():
        yield {"text": "期初余额已导入,等待第二人确认", "url": reverse("payroll:opening-list") + query}
    last = PayRun.objects.filter(branch=branch, month=month).order_by("-version").first()
    if last is not None and last.state in TAKEN_BACK:
        url = reverse("payroll:run-detail", args=[last.pk])
        yield {"text": f"第 {last.version} 版{last.get_state_display()},请营业部财务更正后重新计算", "url": url}


def _unreviewed(branch: Branch, month: Month, query: str) -> Iterable[Problem]:
    """Nothing is locked here: who reviews must have looked. What still waits before the review is named with it."""
    if not ClientMonth.objects.filter(branch=branch, month=month).exists():
        yield {"text": f"{month.label}业务数据还没有导入", "url": reverse("clients:import-list") + query}
        return
    counts = waiting_counts(branch, month)
    if counts["rows"] or counts["sales"]:
        text = f"{counts['rows'] + counts['sales']} 行异常等待处理"
        yield {"text": text, "url": reverse("clients:exception-list") + query}
    if counts["unconfirmed"]:
        yield {"text": f"{counts['unconfirmed']} 位客户的关系未确认", "url": reverse("clients:slip-list") + query}
    if shared := len(twice_of(branch, month)):
        url = reverse("clients:exception-list") + f"{query}&kind=shared_account"
        yield {"text": f"{shared} 个资金账号同时记在两处,等待核对", "url": url}
    url = reverse("clients:figures-month", args=[month]) + f"?branch={branch.code}"
    yield {"text": f"{month.label}业务数据还没有复核锁定,请营业部财务复核", "url": url}


def named(branch: Branch, month: Month, sentences: Iterable[str]) -> list[Problem]:
    """The sentences of a computation, each with the page where it is mended; the month's board where no word tells."""
    board = f"{reverse('payroll:month-board')}?branch={branch.code}&month={month}"
    found = []
    for text in sentences:
        name = next((name for word, name in PLACES if word in text), "")
        args = [month] if name == "clients:figures-month" else []
        found.append({"text": text, "url": f"{reverse(name, args=args)}?branch={branch.code}&month={month}" if name else board})
    return found
