"""Progress, notes, milestones and sheets of targets."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from branch.files.responses import XLSX, attachment
from branch.org.models import Team
from branch.people.models import Person
from branch.people.queries import people_visible_to
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchMonthQuery, BranchQuery
from branch.rest.places import chosen
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven, StampGiven
from kernel.months import Month
from kernel.refusals import Unknown
from kernel.seen import Overtaken, stamp
from teams.plans.targets import access, actions, queries
from teams.plans.targets.evidence import OFFICE
from teams.plans.targets.forms import MilestoneFilter, NoteFilter
from teams.plans.targets.metrics import LEVELS, METRICS
from teams.plans.targets.models import METRIC_CHOICES, DeviationNote, Milestone, TargetSheet
from teams.plans.targets.progress import Board, board_for, own_board
from teams.plans.targets.serializers import (
    DoneGiven,
    MilestoneGiven,
    MilestoneOut,
    NoteGiven,
    NoteOut,
    ProgressBoardOut,
    SheetGiven,
    TargetSheetOut,
)


class ProgressQuery(BranchMonthQuery):
    metric = forms.ChoiceField(label="项目", choices=METRIC_CHOICES, required=False)
    level = forms.ChoiceField(label="层级", choices=[(one.value, word) for one, word in LEVELS.items()], required=False)


class TemplateQuery(BranchQuery):
    team = forms.IntegerField(label="团队编号", required=False)
    year = forms.IntegerField(label="年度", required=False, min_value=2000, max_value=2100)


def _month(request: ApiRequest) -> Month:
    return request.asked["month"] or Month.of(timezone.localdate())


@get(ProgressBoardOut, Power.PLAN_VIEW, query=ProgressQuery)
def progress(request: ApiRequest) -> Board:
    """一个月一个项目的进度,实际数来自业务数据"""
    branch = chosen(access.branches_for(request.person), request.asked["branch"])
    metric = request.asked["metric"] or next(iter(METRICS))
    return board_for(request.person, branch, _month(request), metric, level=request.asked["level"])


@get(ProgressBoardOut, when=access.sees_targets, query=BranchMonthQuery)
def my_progress(request: ApiRequest) -> Board:
    """本人各项目标的进度"""
    branch = chosen(access.branches_for(request.person), request.asked["branch"])
    return own_board(request.person, branch, _month(request))


@get(NoteOut, when=access.sees_targets, many=True, query=NoteFilter)
def note_list(request: ApiRequest) -> QuerySet[DeviationNote]:
    """可见的偏差说明"""
    return queries.notes_for(request.person, state=request.form.chosen)


@post(NoteGiven, NoteOut, when=access.sees_targets)
def note_answer(request: ApiRequest, note_id: int) -> DeviationNote:
    """写明原因和改进措施"""
    note = queries.note_for(request.person, note_id)
    access.require_may_answer(request.person, note)
    given = dict(request.given)
    seen = given.pop("seen") or stamp(actions.shown_note(None))
    return actions.answer_note(note_id=note.pk, **given, by=request.person, seen=seen)


@get(MilestoneOut, when=access.sees_targets, many=True, order=("due_on", "id"), query=MilestoneFilter)
def milestone_list(request: ApiRequest) -> QuerySet[Milestone]:
    """可见的里程碑,期限早的在前"""
    return queries.milestones_for(request.person, standing=request.form.chosen, today=timezone.localdate())


def _team(teams: QuerySet[Team], team_id: int | None) -> Team | None:
    found = teams.filter(pk=team_id).first() if team_id is not None else None
    if team_id is not None and found is None:
        raise Unknown("没有这个团队,或不在您的权限范围内")
    return found


@post(MilestoneGiven, MilestoneOut, Power.PLAN_EDIT, status=201)
def milestone_add(request: ApiRequest) -> Milestone:
    """登记里程碑"""
    given = dict(request.given)
    branch, teams, _ = queries.planning(request.person, Power.PLAN_EDIT, given.pop("branch"))
    responsible: Person | None = people_visible_to(request.person).filter(staff_no=given.pop("responsible")).first()
    if responsible is None:
        raise Unknown("没有这位责任人,或不在您的查看范围内")
    team = _team(teams, given.pop("team"))
    return actions.add_milestone(branch=branch, team=team, responsible=responsible, by=request.person, **given)


@post(DoneGiven, MilestoneOut, when=access.sees_targets)
def milestone_done(request: ApiRequest, milestone_id: int) -> Milestone:
    """登记完成,附凭据或写明依据"""
    row = queries.milestone_for(request.person, milestone_id)
    access.require_may_finish(request.person, row)
    given, file = request.given, request.given["evidence"]
    return actions.finish_milestone(
        milestone_id=row.pk,
        done_on=given["done_on"],
        evidence=file.read() if file else None,
        file_name=file.name if file else "",
        note=given["note"],
        by=request.person,
    )


@post(ReasonGiven, MilestoneOut, Power.PLAN_EDIT)
def milestone_drop(request: ApiRequest, milestone_id: int) -> Milestone:
    """取消里程碑"""
    row = queries.milestone_for(request.person, milestone_id)
    return actions.drop_milestone(milestone_id=row.pk, reason=request.given["reason"], by=request.person)


@get(OFFICE, when=access.sees_targets)
def milestone_evidence(request: ApiRequest, milestone_id: int) -> HttpResponse:
    """完成凭据文件,取走记入审计日志"""
    return attachment(*actions.open_evidence(milestone_id=milestone_id, by=request.person))


@get(TargetSheetOut, Power.TARGET_SET, when=access.imports_targets, many=True)
def sheet_list(request: ApiRequest) -> QuerySet[TargetSheet]:
    """上传过的目标分解表,新的在前"""
    return TargetSheet.objects.visible_to(request.person).select_related("branch", "team", "file", "imported_by")


@post(SheetGiven, TargetSheetOut, Power.TARGET_SET, when=access.imports_targets, status=201)
def sheet_check(request: ApiRequest) -> TargetSheet:
    """上传目标分解表并预检;确认之前不导入"""
    given, file = request.given, request.given["file"]
    branch, teams, whole = queries.planning(request.person, Power.TARGET_SET, given["branch"])
    team = _team(teams, given["team"]) if whole or given["team"] else teams.first()
    return actions.check_sheet(
        content=file.read(), name=file.name, branch=branch, team=team, year=given["year"], by=request.person
    )


@get(XLSX, Power.TARGET_SET, when=access.imports_targets, query=TemplateQuery)
def sheet_template(request: ApiRequest) -> HttpResponse:
    """目标分解表模板,带上可分解的人员和现有目标,取走记入审计日志"""
    branch, teams, whole = queries.planning(request.person, Power.TARGET_SET, request.asked["branch"])
    team = _team(teams, request.asked["team"]) if whole or request.asked["team"] else teams.first()
    year = request.asked["year"] or timezone.localdate().year
    return attachment(*actions.take_template(branch=branch, team=team, year=year, by=request.person))


@get(TargetSheetOut, Power.TARGET_SET, when=access.imports_targets)
def sheet_detail(request: ApiRequest, sheet_id: int) -> TargetSheet:
    """一份目标分解表及预检结果"""
    return queries.sheet_for(request.person, sheet_id)


@post(StampGiven, TargetSheetOut, Power.TARGET_SET, when=access.imports_targets)
def sheet_book(request: ApiRequest, sheet_id: int) -> TargetSheet:
    """确认导入,成为目标草案"""
    sheet = queries.sheet_for(request.person, sheet_id)
    try:
        return actions.book_sheet(sheet_id=sheet.pk, by=request.person, seen=request.given["seen"])
    except Overtaken:
        actions.recheck_sheet(sheet_id=sheet.pk, by=request.person)  # so that reading it again compares with what is set by now
        raise


@post(None, TargetSheetOut, Power.TARGET_SET, when=access.imports_targets)
def sheet_drop(request: ApiRequest, sheet_id: int) -> TargetSheet:
    """放弃一份预检过的目标分解表"""
    return actions.drop_sheet(sheet_id=queries.sheet_for(request.person, sheet_id).pk, by=request.person)


@get(XLSX, Power.TARGET_SET, when=access.imports_targets)
def sheet_errors(request: ApiRequest, sheet_id: int) -> HttpResponse:
    """带错误原因列的原表,取走记入审计日志"""
    return attachment(*actions.take_mistakes(sheet_id=sheet_id, by=request.person))
