from __future__ import annotations

from typing import Any

from branch.calendar import actions, queries
from branch.calendar.serializers import DayGiven, YearOut
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from kernel.refusals import Unknown


def _year(year: int) -> dict[str, Any]:
    if not 2000 <= year <= 2100:
        raise Unknown("日历只有 2000 年至 2100 年")
    return {"year": year, "months": queries.year_sheet(year), "special": queries.special_days(year)}


@get(YearOut)
def calendar_year(request: ApiRequest, year: int) -> dict[str, Any]:
    """一年的日历:各月工作日、交易日,特殊日期"""
    return _year(year)


@post(DayGiven, YearOut, Power.CALENDAR_EDIT)
def calendar_day(request: ApiRequest) -> dict[str, Any]:
    """修改一天的类型,返回当年的日历"""
    actions.set_day(by=request.person, **request.given)
    return _year(request.given["day"].year)
