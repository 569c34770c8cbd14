"""A month's close, step by step: what is done, what waits, where to go."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from approvals.requests.queries import signatures
from branch.org.models import Branch
from branch.people.employment import employed_in
from branch.workbench.counting import counted
from clients.figures.models import FiguresMonth
from clients.figures.states import LOCKED
from clients.imports.models import ClientMonth
from clients.imports.queries import slips_before_lock
from clients.products.models import ProductSale
from kernel.months import Month
from payroll.intake import states as intake
from payroll.intake.models import InputSheet, OpeningSet
from payroll.runs.models import PayRun
from payroll.runs.states import APPROVING, COMPUTED, FILED, FIXED, ISSUED

DONE, NOW, WAITING, TROUBLE = "done", "now", "waiting", "trouble"
WORDS = {DONE: "已完成", NOW: "待处理", WAITING: "未开始", TROUBLE: "有异常"}


@dataclass(frozen=True)
class Step:
    """One step: its name, who does it, how it stands, in words, and where it is done ("" where it has no page yet)."""

    name: str
    who: str
    state: str
    words: str
    url: str

    @property
    def state_label(self) -> str:
        return WORDS[self.state]


def _link(name: str, query: str = "", *args: int | Month) -> str:
    """The address of a page, or none where that page does not exist."""
    try:
        return reverse(name, args=args) + query
    except NoReverseMatch:
        return ""


def board_of(branch: Branch, month: Month, run: PayRun | None, *, pay: bool) -> list[Step]:
    """The twelve steps in their order; `run` is the version that counts. Without `pay` no step says what it comes to: a branch

    may have one person to be paid.
    """
    query = f"?branch={branch.code}&month={month}"
    booked = ClientMonth.objects.filter(branch=branch, month=month)
    people, rows, slips, waiting = counted(
        [
            employed_in(branch, month),
            booked,
            slips_before_lock(month).filter(branch=branch),
            (booked.waiting(), ProductSale.objects.filter(branch=branch, month=month).waiting()),
        ]
    )
    return [
        _roster(people, month),
        _opening(branch, query),
        _import(rows, query),
        _relations(slips, query),
        _exceptions(waiting, query),
        _lock(branch, month, query),
        _inputs(branch, month, query),
        *_run_steps(run, pay),
    ]


def next_step(steps: list[Step]) -> Step | None:
    """The first step that is not done."""
    return next((step for step in steps if step.state != DONE), None)


def _roster(count: int, month: Month) -> Step:
    words = f"{month.label}在职 {count} 人" if count else "还没有在职人员,请导入名册"
    return Step("名册", "交易管理岗", DONE if count else NOW, words, _link("person-list"))


def _opening(branch: Branch, query: str) -> Step:
    sets = list(OpeningSet.objects.filter(branch=branch).exclude(state=intake.REJECTED))
    url = _link("payroll:opening-list", query)
    if any(one.state == intake.PROPOSED for one in sets):
        return Step("期初", "营业部财务、主办会计", NOW, "期初余额已导入,等待第二人确认", url)
    if not sets:
        return Step("期初", "营业部财务、主办会计", NOW, "还没有期初余额;全部人员都在首月入职时不需要", url)
    people = sum(one.people_count for one in sets)
    return Step("期初", "营业部财务、主办会计", DONE, f"{people} 人,自 {min(one.first_month for one in sets).label}起算", url)


def _import(rows: int, query: str) -> Step:
    words = f"{rows:,} 户" if rows else "还没有导入《客户月度业务明细》"
    return Step("导入", "交易管理岗", DONE if rows else NOW, words, _link("clients:import-list", query))


def _relations(waiting: int, query: str) -> Step:
    words = f"{waiting:,} 份确认单待确认" if waiting else "没有待确认的关系"
    return Step("关系确认", "交易管理岗", NOW if waiting else DONE, words, _link("clients:slip-list", query))


def _exceptions(waiting: int, query: str) -> Step:
    words = f"{waiting:,} 行等待处理" if waiting else "没有未处理的异常"
    return Step("异常处理", "交易管理岗", TROUBLE if waiting else DONE, words, _link("clients:exception-list", query))


def _lock(branch: Branch, month: Month, query: str) -> Step:
    figures = FiguresMonth.objects.filter(branch=branch, month=month).select_related("locked_by").first()
    url = _link("clients:figures-month", query, month)
    if figures is not None and figures.state == LOCKED:
        who = figures.locked_by.name if figures.locked_by else ""
        return Step("复核锁定", "营业部财务", DONE, f"{who}已复核锁定", url)
    return Step("复核锁定", "营业部财务", NOW, "月度数据还没有复核锁定", url)


def _inputs(branch: Branch, month: Month, query: str) -> Step:
    sheet = InputSheet.objects.filter(branch=branch, month=month, state=intake.BOOKED).first()
    words = f"已导入 {sheet.rows} 行" if sheet else "还没有导入核算输入"
    return Step(
        "核算输入",
        "营业部财务",
        DONE if sheet else NOW,
        words,
        _link("payroll:input-list", query),
    )


def _run_steps(run: PayRun | None, pay: bool) -> list[Step]:
    """计算, 送审, 签字, 发放, 备案."""
    state = run.state if run else ""
    page = _link("payroll:run-detail", "", run.pk) if run else ""
    computed, sent, fixed = state in COMPUTED, state in (APPROVING, *FIXED), state in FIXED
    return [
        Step("计算", "营业部财务", _standing(computed, True), _computing(run, pay), page),
        Step("送审", "营业部财务", _standing(sent, computed), "已送审" if sent else "计算完成后送审", page),
        _signing(run, page),
        Step("发放", "营业部财务", _standing(state in (ISSUED, FILED), fixed), _issuing(run), page),
        Step("备案", "营业部财务、经纪业务综合室", _standing(state == FILED, state == ISSUED), _filing(run), page),
    ]


def _standing(done: bool, ready: bool) -> str:
    return DONE if done else NOW if ready else WAITING


def _computing(run: PayRun | None, pay: bool) -> str:
    if run is None:
        return "还没有计算"
    if run.problems:
        return f"未能计算:{len(run.problems)} 项待处理"
    if run.is_computed:
        said = f"第 {run.version} 版,{run.headcount} 人"
        return f"{said},实发 {run.net_total:,.2f} 元" if pay else said
    return f"第 {run.version} 版{run.get_state_display()}"


def _signing(run: PayRun | None, page: str) -> Step:
    sent = run is not None and run.state in (APPROVING, *FIXED)
    if run is None or not sent or run.approval is None:
        return Step("签字", "主办会计、副经理、经理", WAITING, "送审后依次签字", page)
    signed = signatures(run.approval)
    missing = [one.role_label for one in signed if one.at is None]
    words = f"已签 {len(signed) - len(missing)}/{len(signed)}" + (f",待{missing[0]}" if missing else "")
    return Step("签字", "主办会计、副经理、经理", _standing(run.is_fixed, True), words, run.approval.get_absolute_url())


def _issuing(run: PayRun | None) -> str:
    return f"{run.issued_on:%Y-%m-%d} 发放" if run and run.issued_on else "批准后登记发放日期"


def _filing(run: PayRun | None) -> str:
    if run is None or run.filing is None:
        return "发放后报送经纪业务综合室"
    return f"备案号 {run.filing.serial_no}" if run.filing.serial_no else "已报送,等待接收"
