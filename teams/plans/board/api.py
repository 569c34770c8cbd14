"""A team's month at a glance."""

from __future__ import annotations

from django import forms
from django.utils import timezone

from branch.people.roles import Power
from branch.rest.endpoints import get
from branch.rest.filters import MonthChoice
from branch.rest.requests import ApiRequest
from kernel.months import Month
from kernel.refusals import Unknown
from teams.plans.board import queries
from teams.plans.board.serializers import TeamBoardOut


class BoardQuery(forms.Form):
    team = forms.IntegerField(label="团队编号", required=False, help_text="留空为本人的第一个团队")
    month = MonthChoice()


@get(TeamBoardOut, Power.PLAN_VIEW, query=BoardQuery)
def board(request: ApiRequest) -> queries.TeamBoard:
    """团队看板:每个人一个月的进度、缺日志、待办和落后的原因"""
    month = request.asked["month"] or Month.of(timezone.localdate())
    teams, wanted = queries.teams_for(request.person, month), request.asked["team"]
    team = (teams if wanted is None else teams.filter(pk=wanted)).first()
    if team is None:
        raise Unknown("没有这个团队,或不在您的查看范围内")
    return queries.board_of(request.person, team, month)
