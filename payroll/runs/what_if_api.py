"""试算 and 个税计算: nothing is kept. They are POSTs for what they take, and answer 200."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from branch.people.employment import employed_in
from branch.people.models import Person
from branch.people.roles import Power
from branch.rest.endpoints import post
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from kernel.refusals import Unknown
from payroll.runs import access, tax_sums
from payroll.runs.queries import people_to_start_from, slips_to_start_from
from payroll.runs.serializers import BonusGiven, CompensationGiven, TaxAnswerOut, TaxGiven, TrialGiven, TrialOut
from payroll.runs.tax_sums import Answer, YearSoFar
from payroll.runs.trial import WhatIf, try_month
from payroll.schemes.models import SchemeVersion


@post(TrialGiven, TrialOut, Power.PAY_COMPUTE)
def trial(request: ApiRequest) -> dict[str, Any]:
    """试算一个月,或一个人:换方案、调底薪、改数据"""
    given = request.given
    branch, month = branch_within(request.person, given["branch"], Power.PAY_COMPUTE), given["month"]
    access.may_try(request.person, branch)
    version = SchemeVersion.objects.filter(branch=branch, pk=given["scheme"]).first() if given["scheme"] else None
    if given["scheme"] and version is None:
        raise Unknown(f"{branch.name}没有编号为 {given['scheme']} 的薪酬方案版本")
    person_id = employed_in(branch, month).filter(person__staff_no=given["staff_no"]).values_list("person", flat=True).first()
    if given["staff_no"] and person_id is None:
        raise Unknown(f"{branch.name}{month.label}没有工号为 {given['staff_no']} 的人员")
    figures = {name: given[name] for name in TrialGiven.FIGURES if given[name] is not None}
    share = Decimal(given["raise_percent"]) / 100
    outcome = try_month(branch, month, WhatIf(version=version, raise_share=share, person_id=person_id, figures=figures))
    return {
        "source": outcome.source,
        "gross": outcome.total("应发"),
        "net": outcome.total("实发"),
        "tried": outcome.tried,
        "problems": outcome.problems,
    }


def _shown(answer: Answer) -> dict[str, Any]:
    figures = [{"label": label, "amount": amount} for label, amount in answer.figures]
    return {"verdict": answer.verdict, "steps": answer.steps, "figures": figures, "warning": answer.warning}


@post(BonusGiven, TaxAnswerOut, Power.PAY_COMPUTE)
def tax_bonus(request: ApiRequest) -> dict[str, Any]:
    """全年一次性奖金的个税:单独计税与并入综合所得相比"""
    given = request.given
    so_far = YearSoFar(given["taxable"] or Decimal(0), given["withheld"] or Decimal(0))
    if given["staff_no"]:
        person: Person | None = people_to_start_from(request.person).filter(staff_no=given["staff_no"]).first()
        if person is None:
            raise Unknown(f"没有工号为 {given['staff_no']} 的人员可取累计数,请改为填写累计数")
        so_far = tax_sums.last_slip(slips_to_start_from(request.person, person, given["day"].year), person, given["day"])
    return _shown(tax_sums.bonus(given["amount"], so_far, given["day"]))


@post(TaxGiven, TaxAnswerOut, Power.PAY_COMPUTE)
def tax_labour(request: ApiRequest) -> dict[str, Any]:
    """一次劳务报酬的预扣税额"""
    return _shown(tax_sums.labour(request.given["amount"], request.given["day"]))


@post(CompensationGiven, TaxAnswerOut, Power.PAY_COMPUTE)
def tax_severance(request: ApiRequest) -> dict[str, Any]:
    """离职补偿的个税"""
    given = request.given
    return _shown(tax_sums.compensation(given["amount"], given["cap"], given["day"]))
