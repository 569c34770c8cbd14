"""Who may open, compute, sign, issue, file, export and read pay."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import reach, require, require_another
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import FIXED


def may_view(person: Person, branch: Branch) -> None:
    require(person, Power.PAY_VIEW, branch=branch, to="查看薪酬")


def may_read_filed(person: Person, branch: Branch) -> None:
    """The filed report: for who sees the branch's pay, and for who keeps the reports on record (no slips, no runs)."""
    if not reach(person, Power.PAY_REPORT).covers_branch(branch):
        may_view(person, branch)


def may_compute(person: Person, branch: Branch) -> None:
    require(person, Power.PAY_COMPUTE, branch=branch, to="核算薪酬")


def may_compute_in_close(person: Person, branch: Branch) -> None:
    """The head office may have the reckoning done of what a branch has reviewed; sending up stays with the branch's finance."""
    require(person, Power.CLOSE_RUN, branch=branch, to="发起公司月结")


def may_send_up(person: Person, run: PayRun) -> None:
    require(person, Power.PAY_COMPUTE, branch=run.branch, to="送审薪酬月报")


def may_sign(person: Person, run: PayRun) -> None:
    """Maker ≠ signer, by person; the seat itself is the route's affair."""
    require(person, Power.PAY_SIGN, branch=run.branch, to="审批薪酬月报")
    require_another(person, run.maker, act="薪酬月报的审批", power=Power.PAY_SIGN)


def may_issue(person: Person, run: PayRun) -> None:
    require(person, Power.PAY_ISSUE, branch=run.branch, to="登记薪酬发放")


def may_file(person: Person, run: PayRun) -> None:
    require(person, Power.FILING_SUBMIT, branch=run.branch, to="报送薪酬月报备案")


def may_export(person: Person, run: PayRun) -> None:
    require(person, Power.PAY_EXPORT, branch=run.branch, to="导出薪酬月报")


def may_try(person: Person, branch: Branch) -> None:
    """试算 needs what a computation needs, though it keeps nothing."""
    require(person, Power.PAY_COMPUTE, branch=branch, to="试算薪酬")


def may_correct(person: Person, branch: Branch) -> None:
    """冲销 of what is not paid yet, 更正 of what is."""
    require(person, Power.PAY_CORRECT, branch=branch, to="冲销或更正已批准的薪酬")


def may_confirm(person: Person, slip: PaySlip) -> None:
    """Only the person whose slip it is, once it has been approved."""
    if slip.person_id != person.pk or not slip.current or slip.run.state not in FIXED:
        raise Unknown("没有这份工资单")
    if slip.confirmed_at is not None:
        raise Refusal("这份工资单您已经确认过,无需重复确认")
