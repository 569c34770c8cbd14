"""Addresses of the API: the organisation, people and their powers, and what every app stands on. Reads are GET, acts POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from branch.calendar import api as calendar
from branch.exports import api as exports
from branch.guideline import api as guideline
from branch.jobs import api as jobs
from branch.notices import api as notices
from branch.parameters import api as parameters
from branch.rest import api as rest
from branch.rest.endpoints import at
from branch.roster import api as roster
from branch.staff import api as staff
from branch.structure import api as structure
from branch.trail import api as trail
from branch.workbench import api as workbench

BRANCH: list[URLPattern] = [
    path("schema/", at(rest.schema), name="schema"),
    path("home/", at(workbench.home), name="home"),
    path("guideline/", at(guideline.guideline), name="guideline"),
    path("notices/", at(notices.notice_list), name="notice-list"),
    path("notices/read/", at(notices.notice_read_all), name="notice-read-all"),
    path("notices/<int:notice_id>/read/", at(notices.notice_read), name="notice-read"),
    path("jobs/", at(jobs.job_list), name="job-list"),
    path("jobs/<int:job_id>/", at(jobs.job_detail), name="job-detail"),
    path("jobs/<int:job_id>/cancel/", at(jobs.job_cancel), name="job-cancel"),
    path("exports/", at(exports.export_list), name="export-list"),
    path("exports/<int:export_id>/file/", at(exports.export_file), name="export-file"),
    path("exports/<slug:kind>/", at(exports.export_new), name="export-new"),
    path("calendar/days/", at(calendar.calendar_day), name="calendar-day"),
    path("calendar/<int:year>/", at(calendar.calendar_year), name="calendar-year"),
    path("parameters/", at(parameters.parameter_list), name="parameter-list"),
    path("parameters/proposals/", at(parameters.proposal_list), name="proposal-list"),
    path("parameters/values/<int:value_id>/confirm/", at(parameters.parameter_confirm), name="parameter-confirm"),
    path("parameters/values/<int:value_id>/reject/", at(parameters.parameter_reject), name="parameter-reject"),
    path("parameters/<str:code>/", at(parameters.parameter_history), name="parameter-history"),
    path("parameters/<str:code>/propose/", at(parameters.parameter_propose), name="parameter-propose"),
    path("audit/", at(trail.audit_list), name="audit-list"),
    path("audit/verify/", at(trail.audit_verify), name="audit-verify"),
]

PEOPLE: list[URLPattern] = [
    path("org/", at(structure.org_overview), name="org"),
    path("org/branches/", at(structure.branch_list), name="branch-list"),
    path("org/branches/<int:branch_id>/", at(structure.branch_detail), name="branch-detail"),
    path("org/branches/<int:branch_id>/leaderships/", at(structure.leadership_list), name="leadership-list"),
    path("org/team/<int:team_id>/activate/", at(structure.team_activate), name="team-activate"),
    path("org/<slug:kind>/", at(structure.unit_create), name="unit-create"),
    path("org/<slug:kind>/<int:unit_id>/", at(structure.unit_change), name="unit-change"),
    path("org/<slug:kind>/<int:unit_id>/leader/", at(structure.leader_change), name="leader-change"),
    path("me/", at(staff.me), name="me"),
    path("me/tokens/", at(staff.token_list), name="token-list"),
    path("me/tokens/<int:token_id>/end/", at(staff.token_end), name="token-end"),
    path("delegations/", at(staff.delegation_list, staff.delegate), name="delegations"),
    path("roles/<int:holding_id>/end/", at(staff.role_end), name="role-end"),
    path("roster/", at(roster.roster_upload), name="roster-upload"),
    path("roster/template/", at(roster.roster_template), name="roster-template"),
    path("roster/<int:file_id>/", at(roster.roster_precheck), name="roster-precheck"),
    path("roster/<int:file_id>/confirm/", at(roster.roster_confirm), name="roster-confirm"),
    path("roster/<int:file_id>/errors/", at(roster.roster_errors), name="roster-errors"),
    path("people/", at(staff.person_list, staff.person_register), name="person-list"),
    path("people/<slug:staff_no>/", at(staff.person_detail), name="person-detail"),
    path("people/<slug:staff_no>/reveal/", at(staff.person_reveal), name="person-reveal"),
    path("people/<slug:staff_no>/roles/", at(staff.person_roles, staff.role_grant), name="person-roles"),
    path("people/<slug:staff_no>/leave/", at(staff.person_leave), name="person-leave"),
    path("people/<slug:staff_no>/stay/", at(staff.person_stay), name="person-stay"),
    path("people/<slug:staff_no>/reset/", at(staff.password_reset), name="person-reset"),
    path("people/<slug:staff_no>/second-factor/reset/", at(staff.second_factor_reset), name="second-factor-reset"),
]

urlpatterns: list[URLPattern] = [*BRANCH, *PEOPLE]
