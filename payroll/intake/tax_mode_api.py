from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from branch.people.models import Person
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.errors import Invalid
from branch.rest.filters import BranchQuery
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from kernel.refusals import Unknown
from payroll.intake import access, actions, tax_modes
from payroll.intake.models import TaxMode
from payroll.intake.serializers import SuggestedGiven, SuggestionOut, TaxModeGiven, TaxModeOut, TaxModesOut
from payroll.reckoning.facts import FROM_JANUARY


class YearQuery(BranchQuery):
    year = forms.IntegerField(label="纳税年度", required=False, min_value=2021, max_value=2099, help_text="留空为今年")


def _year(request: ApiRequest) -> int:
    return int(request.asked["year"] or timezone.localdate().year)


@get(TaxModeOut, *access.TAX_MODE_DOOR, many=True, query=YearQuery)
def tax_mode_list(request: ApiRequest) -> QuerySet[TaxMode]:
    """一个纳税年度的个税减除方式"""
    branch = branch_within(request.person, request.asked["branch"], *access.TAX_MODE_DOOR)
    rows = TaxMode.objects.visible_to(request.person).filter(branch=branch, tax_year=_year(request))
    return rows.select_related("person", "branch", "proposed_by", "confirmed_by")


@get(SuggestionOut, Power.OPENING_IMPORT, when=access.sees_pay, many=True, query=YearQuery)
def tax_mode_suggestions(request: ApiRequest) -> list[Any]:
    """按系统记录适用19号公告、尚未提请的人员"""
    branch = branch_within(request.person, request.asked["branch"], Power.OPENING_IMPORT)
    found: list[Any] = tax_modes.lump_suggestions(branch, _year(request))
    return [{"engagement": one.engagement, "paid": one.paid, "sorted_months": sorted(one.paid.months)} for one in found]


@post(TaxModeGiven, TaxModeOut, Power.OPENING_IMPORT, status=201)
def tax_mode_propose(request: ApiRequest) -> TaxMode:
    """提请一人一年的减除方式,由第二人确认"""
    given = request.given
    branch = branch_within(request.person, given["branch"], Power.OPENING_IMPORT)
    if given["mode"] == FROM_JANUARY and not given["first_wage"]:
        told = "按13号公告提请时,请核实首次取得工资、薪金"
        raise Invalid({"first_wage": [told]}, {})
    person = Person.objects.filter(staff_no=given["staff_no"]).first()
    if person is None or not tax_modes.engaged_in_year(branch, given["year"]).filter(person=person).exists():
        raise Unknown(f"{branch.name}在 {given['year']} 年没有工号为 {given['staff_no']} 的人员")
    return actions.propose_tax_mode(
        person=person, branch=branch, tax_year=given["year"], mode=given["mode"], reason=given["reason"], by=request.person
    )


@post(SuggestedGiven, TaxModesOut, Power.OPENING_IMPORT, when=access.sees_pay, status=201)
def tax_mode_suggested(request: ApiRequest) -> dict[str, list[TaxMode]]:
    """按19号公告提请建议名单中的人员"""
    given = request.given
    branch = branch_within(request.person, given["branch"], Power.OPENING_IMPORT)
    people = list(Person.objects.filter(staff_no__in=given["staff_nos"]).values_list("pk", flat=True))
    if len(people) != len(set(given["staff_nos"])):
        raise Unknown("名单中有不存在的工号")
    return {"items": actions.propose_lump(person_ids=people, branch=branch, tax_year=given["year"], by=request.person)}


@post(None, TaxModeOut, Power.OPENING_CONFIRM)
def tax_mode_confirm(request: ApiRequest, tax_mode_id: int) -> TaxMode:
    """第二人确认减除方式"""
    return actions.confirm_tax_mode(tax_mode_id=tax_modes.tax_mode(request.person, tax_mode_id).pk, by=request.person)


@post(ReasonGiven, TaxModeOut, Power.OPENING_CONFIRM, Power.OPENING_IMPORT)
def tax_mode_reject(request: ApiRequest, tax_mode_id: int) -> TaxMode:
    """退回或撤回一项提请"""
    mode = tax_modes.tax_mode(request.person, tax_mode_id)
    return actions.reject_tax_mode(tax_mode_id=mode.pk, reason=request.given["reason"], by=request.person)
