"""Every address of the branch's own pages. The names have no prefix: `home`, `person-list`."""

from __future__ import annotations

from django.urls import URLPattern, path

from branch.account import views as account
from branch.calendar import views as calendar
from branch.exports import views as exports
from branch.guideline import views as guideline
from branch.jobs import views as jobs
from branch.notices import views as notices
from branch.parameters import views as parameters
from branch.people import views as people
from branch.roster import views as roster
from branch.staff import role_views as roles
from branch.staff import token_views as tokens
from branch.staff import views as staff
from branch.structure import views as structure
from branch.trail import views as trail
from branch.workbench import views as workbench

urlpatterns: list[URLPattern] = [
    path("", workbench.home, name="home"),
    path("counts/", workbench.menu_counts, name="menu-counts"),
    path("healthz", workbench.health, name="health"),
    path("watermark.svg", workbench.watermark, name="watermark"),
    path("login/", people.sign_in, name="login"),
    path("login/code/", people.sign_in_code, name="login-code"),
    path("logout/", people.sign_out, name="logout"),
    path("password/", people.password, name="password"),
    path("account/", account.account, name="account"),
    path("account/enrol/", account.enrol, name="second-factor-enrol"),
    path("account/enrol/qr.svg", account.qr, name="second-factor-qr"),
    path("account/codes/", account.recovery_codes, name="recovery-codes"),
    path("account/sessions/end/", account.sessions_end, name="sessions-end"),
    path("notices/", notices.notice_list, name="notice-list"),
    path("notices/read/", notices.notice_read_all, name="notice-read-all"),
    path("notices/<int:notice_id>/", notices.notice_open, name="notice-open"),
    path("jobs/", jobs.job_list, name="job-list"),
    path("jobs/<int:job_id>/", jobs.job_detail, name="job-detail"),
    path("jobs/<int:job_id>/progress/", jobs.job_progress, name="job-progress"),
    path("jobs/<int:job_id>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/new/<slug:kind>/", exports.export_new, name="export-new"),
    path("exports/<int:export_id>/file/", exports.export_file, name="export-file"),
    path("guideline/", guideline.guideline, name="guideline"),
    path("org/", structure.org_overview, name="org-overview"),
    path("org/branches/<int:branch_id>/", structure.org_branch, name="org-branch"),
    path("org/<slug:kind>/new/", structure.org_new, name="org-new"),
    path("org/<slug:kind>/<int:unit_id>/edit/", structure.org_edit, name="org-edit"),
    path("org/team/<int:team_id>/activate/", structure.team_activate, name="team-activate"),
    path("org/<slug:kind>/<int:unit_id>/leader/", structure.leader_change, name="leader-change"),
    path("me/", staff.me, name="me"),
    path("me/tokens/", tokens.token_list, name="token-list"),
    path("me/tokens/<int:token_id>/end/", tokens.token_end, name="token-end"),
    path("delegation/", staff.delegation, name="delegation"),
    path("roster/", roster.roster_import, name="roster-import"),
    path("roster/template/", roster.roster_template, name="roster-template"),
    path("roster/<int:file_id>/", roster.roster_confirm, name="roster-confirm"),
    path("roster/<int:file_id>/errors/", roster.roster_errors, name="roster-errors"),
    path("people/", staff.person_list, name="person-list"),
    path("people/register/", staff.person_register, name="person-register"),
    path("people/<slug:staff_no>/", staff.person_detail, name="person-detail"),
    path("people/<slug:staff_no>/reveal/<slug:what>/", staff.person_reveal, name="person-reveal"),
    path("people/<slug:staff_no>/roles/", roles.person_roles, name="person-roles"),
    path("people/<slug:staff_no>/roles/grant/", roles.role_grant, name="role-grant"),
    path("people/<slug:staff_no>/leave/", staff.person_leave, name="person-leave"),
    path("people/<slug:staff_no>/stay/", staff.person_stay, name="person-stay"),
    path("people/<slug:staff_no>/reset/", roles.password_reset, name="person-reset"),
    path("people/<slug:staff_no>/second-factor/reset/", roles.second_factor_reset, name="second-factor-reset"),
    path("roles/<int:holding_id>/end/", roles.role_end, name="role-end"),
    path("parameters/", parameters.parameter_list, name="parameter-list"),
    path("parameters/values/<int:value_id>/confirm/", parameters.parameter_confirm, name="parameter-confirm"),
    path("parameters/values/<int:value_id>/reject/", parameters.parameter_reject, name="parameter-reject"),
    path("parameters/<str:code>/", parameters.parameter_detail, name="parameter-detail"),
    path("parameters/<str:code>/propose/", parameters.parameter_propose, name="parameter-propose"),
    path("calendar/", calendar.calendar_year, name="calendar"),
    path("calendar/edit/", calendar.calendar_day, name="calendar-day"),
    path("calendar/<int:year>/", calendar.calendar_year, name="calendar-year"),
    path("audit/", trail.audit_list, name="audit-list"),
    path("audit/verify/", trail.audit_verify, name="audit-verify"),
]
