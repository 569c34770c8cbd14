"""Every address of the API, /api/v1/…: what the pages can do, room by room. Reads are GET, acts POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from approvals.desk import act_api as acts
from approvals.desk import api as approvals
from approvals.routes import api as routes
from archives import api as archives
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
from clients.figures import api as figures
from clients.imports import api as imports
from clients.imports import company_api as company_imports
from clients.products import api as products
from clients.registry import api as registry
from payroll.close import api as close
from payroll.corrections import api as corrections
from payroll.corrections import settlement_api as settlements
from payroll.intake import api as intake
from payroll.intake import tax_mode_api as tax_modes
from payroll.outputs import api as outputs
from payroll.runs import api as runs
from payroll.runs import what_if_api as what_if
from payroll.schemes import api as schemes
from teams.plans.board import api as board
from teams.plans.division import api as division
from teams.plans.expenses import api as expenses
from teams.plans.logs import api as logs
from teams.plans.marketing import api as marketing
from teams.plans.moves import api as moves
from teams.plans.reports import api as reports
from teams.plans.rulebooks import api as rulebooks
from teams.plans.targets import api as targets
from teams.plans.targets import progress_api as progress

app_name = "api"

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

APPROVALS: list[URLPattern] = [
    path("approvals/requests/", at(approvals.request_list), name="request-list"),
    path("approvals/requests/<slug:number>/", at(approvals.request_detail), name="request-detail"),
    path("approvals/requests/<slug:number>/document/", at(approvals.request_document), name="request-document"),
    path("approvals/requests/<slug:number>/people/", at(approvals.request_people), name="request-people"),
    path("approvals/requests/<slug:number>/decide/", at(approvals.request_decide), name="request-decide"),
    path("approvals/requests/<slug:number>/withdraw/", at(approvals.request_withdraw), name="request-withdraw"),
    path("approvals/requests/<slug:number>/remind/", at(approvals.request_remind), name="request-remind"),
    path("approvals/requests/<slug:number>/comments/", at(approvals.comment_list, approvals.comment_add), name="comment-list"),
    path(
        "approvals/requests/<slug:number>/comments/<int:comment_id>/strike/", at(approvals.comment_strike), name="comment-strike"
    ),
    path(
        "approvals/requests/<slug:number>/attachments/",
        at(approvals.attachment_list, approvals.attachment_add),
        name="attachment-list",
    ),
    path(
        "approvals/requests/<slug:number>/attachments/<int:attachment_id>/",
        at(approvals.attachment_download),
        name="attachment-download",
    ),
    path("approvals/requests/<slug:number>/take-over/", at(acts.request_take_over), name="request-take-over"),
    path("approvals/requests/<slug:number>/transfer/", at(acts.request_transfer), name="request-transfer"),
    path("approvals/requests/<slug:number>/add-signer/", at(acts.request_add_signer), name="request-add-signer"),
    path("approvals/requests/<slug:number>/drop-signer/", at(acts.request_drop_signer), name="request-drop-signer"),
    path("approvals/requests/<slug:number>/copy/", at(acts.request_copy), name="request-copy"),
    path("approvals/requests/<slug:number>/read/", at(acts.request_read), name="request-read"),
    path("approvals/stranded/", at(acts.stray_list), name="stray-list"),
    path("approvals/stranded/<int:seat_id>/", at(acts.stray_reroute), name="stray-reroute"),
    path("approvals/delegations/", at(acts.delegation_list, acts.delegation_add), name="signing-delegation-list"),
    path("approvals/delegations/<int:delegation_id>/end/", at(acts.delegation_end), name="signing-delegation-end"),
    path("approvals/statistics/", at(approvals.statistics_places), name="approval-statistics"),
    path("approvals/statistics/late/", at(approvals.statistics_late), name="approval-statistics-late"),
    path("approvals/batch/", at(approvals.batch_agree), name="batch-agree"),
    path("approvals/batch/<int:job_id>/", at(approvals.batch_result), name="batch-result"),
    path("approvals/phrases/", at(approvals.phrase_list, approvals.phrases_keep), name="phrase-list"),
    path("approvals/routes/", at(routes.route_list, routes.route_draft), name="route-list"),
    path("approvals/routes/<int:route_id>/", at(routes.route_detail), name="route-detail"),
    path("approvals/routes/<int:route_id>/compare/<int:other_route>/", at(routes.route_compare), name="route-compare"),
    path("approvals/routes/<int:route_id>/edit/", at(routes.route_edit), name="route-edit"),
    path("approvals/routes/<int:route_id>/stages/", at(routes.route_stages), name="route-stages"),
    path("approvals/routes/<int:route_id>/propose/", at(routes.route_propose), name="route-propose"),
    path("approvals/routes/<int:route_id>/confirm/", at(routes.route_confirm), name="route-confirm"),
    path("approvals/routes/<int:route_id>/return/", at(routes.route_return), name="route-return"),
    path("approvals/routes/<int:route_id>/withdraw/", at(routes.route_withdraw), name="route-withdraw"),
    path("approvals/routes/<int:route_id>/drop/", at(routes.route_drop), name="route-drop"),
    path("archives/filings/", at(archives.filing_list), name="filing-list"),
    path("archives/filings/<int:filing_id>/", at(archives.filing_detail), name="filing-detail"),
    path("archives/filings/<int:filing_id>/receive/", at(archives.filing_receive), name="filing-receive"),
    path("archives/filings/<int:filing_id>/file/", at(archives.filing_file), name="filing-file"),
]

CLIENTS: list[URLPattern] = [
    path("clients/", at(registry.client_list), name="client-list"),
    path("clients/<int:client_id>/", at(imports.client_detail), name="client-detail"),
    path("slips/", at(registry.slip_list), name="slip-list"),
    path("slips/confirm/", at(registry.slip_confirm), name="slip-confirm"),
    path("slips/<int:slip_id>/", at(registry.slip_detail), name="slip-detail"),
    path("slips/<int:slip_id>/void/", at(registry.slip_void), name="slip-void"),
    path("products/", at(products.product_list, products.product_add), name="products"),
    path("products/<int:product_id>/change/", at(products.product_change), name="product-change"),
    path("products/proposals/", at(products.product_proposals), name="product-proposals"),
    path("products/proposals/<int:proposal_id>/confirm/", at(products.product_confirm), name="product-confirm"),
    path("products/proposals/<int:proposal_id>/decline/", at(products.product_decline), name="product-decline"),
    path("sales/", at(products.sale_list), name="sale-list"),
    path("sales/<int:sale_id>/clear/", at(products.sale_clear), name="sale-clear"),
    path("imports/", at(imports.import_list, imports.import_new), name="imports"),
    path("imports/templates/<slug:kind>/", at(imports.import_template), name="import-template"),
    path("imports/<int:batch_id>/", at(imports.import_detail), name="import-detail"),
    path("imports/<int:batch_id>/problems/", at(imports.import_problems), name="import-problems"),
    path("imports/<int:batch_id>/confirm/", at(imports.import_confirm), name="import-confirm"),
    path("imports/<int:batch_id>/drop/", at(imports.import_drop), name="import-drop"),
    path("imports/<int:batch_id>/recheck/", at(imports.import_recheck), name="import-recheck"),
    path("imports/<int:batch_id>/errors/<int:file_id>/", at(imports.import_errors), name="import-errors"),
    path("company-imports/", at(company_imports.company_import_list, company_imports.company_import_new), name="company-imports"),
    path("company-imports/<int:company_id>/", at(company_imports.company_import_detail), name="company-import-detail"),
    path("company-imports/<int:company_id>/parts/", at(company_imports.company_import_parts), name="company-import-parts"),
    path("company-imports/<int:company_id>/resume/", at(company_imports.company_import_resume), name="company-import-resume"),
    path("exceptions/rows/<int:row_id>/reopen/", at(imports.exception_reopen), name="exception-reopen"),
    path("exceptions/<clients_month:month>/", at(imports.exception_counts), name="exception-counts"),
    path("exceptions/<clients_month:month>/rows/", at(imports.exception_rows), name="exception-rows"),
    path("exceptions/<clients_month:month>/sales/", at(imports.exception_sales), name="exception-sales"),
    path("exceptions/<clients_month:month>/resolve/", at(imports.exception_resolve), name="exception-resolve"),
    path("exceptions/<clients_month:month>/resolve-sales/", at(imports.exception_resolve_sales), name="exception-resolve-sales"),
    path("exceptions/<clients_month:month>/review/", at(imports.exception_review), name="exception-review"),
    path("figures/", at(figures.figures), name="figures"),
    path("figures/<clients_month:month>/", at(figures.figures_of_month), name="figures-month"),
    path("figures/<clients_month:month>/lock/", at(figures.figures_lock), name="figures-lock"),
    path("figures/<clients_month:month>/unlock/", at(figures.figures_unlock), name="figures-unlock"),
    path("figures/<clients_month:month>/people/<slug:staff_no>/", at(figures.figure_rows), name="figure-rows"),
]

INTAKE: list[URLPattern] = [
    path("openings/", at(intake.opening_list, intake.opening_import), name="openings"),
    path("openings/template/", at(intake.opening_template), name="opening-template"),
    path("openings/<int:opening_id>/", at(intake.opening_detail), name="opening-detail"),
    path("openings/<int:opening_id>/balances/", at(intake.opening_balances), name="opening-balances"),
    path("openings/<int:opening_id>/confirm/", at(intake.opening_confirm), name="opening-confirm"),
    path("openings/<int:opening_id>/reject/", at(intake.opening_reject), name="opening-reject"),
    path("openings/<int:opening_id>/source/", at(intake.opening_source), name="opening-source"),
    path("openings/<int:opening_id>/errors/<slug:kind>/", at(intake.opening_errors), name="opening-errors"),
    path("tax-modes/", at(tax_modes.tax_mode_list, tax_modes.tax_mode_propose), name="tax-modes"),
    path("tax-modes/suggestions/", at(tax_modes.tax_mode_suggestions, tax_modes.tax_mode_suggested), name="tax-mode-suggestions"),
    path("tax-modes/<int:tax_mode_id>/confirm/", at(tax_modes.tax_mode_confirm), name="tax-mode-confirm"),
    path("tax-modes/<int:tax_mode_id>/reject/", at(tax_modes.tax_mode_reject), name="tax-mode-reject"),
    path("inputs/", at(intake.inputs_of_month, intake.input_import), name="inputs"),
    path("inputs/template/", at(intake.input_template), name="input-template"),
    path("inputs/sheets/", at(intake.input_sheets), name="input-sheets"),
    path("inputs/sheets/<int:sheet_id>/", at(intake.input_sheet), name="input-sheet"),
    path("inputs/sheets/<int:sheet_id>/book/", at(intake.input_book), name="input-book"),
    path("inputs/sheets/<int:sheet_id>/drop/", at(intake.input_drop), name="input-drop"),
    path("inputs/sheets/<int:sheet_id>/source/", at(intake.input_source), name="input-source"),
    path("inputs/sheets/<int:sheet_id>/errors/", at(intake.input_errors), name="input-errors"),
    path("schemes/", at(schemes.scheme_list, schemes.scheme_draft), name="schemes"),
    path("schemes/<int:version_id>/", at(schemes.scheme_detail), name="scheme-detail"),
    path("schemes/<int:version_id>/copy/", at(schemes.scheme_copy), name="scheme-copy"),
    path("schemes/<int:version_id>/edit/", at(schemes.scheme_edit), name="scheme-edit"),
    path("schemes/<int:version_id>/propose/", at(schemes.scheme_propose), name="scheme-propose"),
    path("schemes/<int:version_id>/confirm/", at(schemes.scheme_confirm), name="scheme-confirm"),
    path("schemes/<int:version_id>/return/", at(schemes.scheme_return), name="scheme-return"),
    path("schemes/<int:version_id>/drop/", at(schemes.scheme_drop), name="scheme-drop"),
    path("schemes/<int:version_id>/retire/", at(schemes.scheme_retire), name="scheme-retire"),
    path("schemes/<int:version_id>/compare/<int:other_id>/", at(schemes.scheme_compare), name="scheme-compare"),
]

RUNS: list[URLPattern] = [
    path("close/", at(runs.month_board), name="month-board"),
    path("runs/", at(runs.run_list, runs.run_compute), name="runs"),
    path("runs/<int:run_id>/", at(runs.run_detail), name="run-detail"),
    path("runs/<int:run_id>/slips/", at(runs.run_slips), name="run-slips"),
    path("runs/<int:run_id>/send-up/", at(runs.run_send_up), name="run-send-up"),
    path("runs/<int:run_id>/withdraw/", at(runs.run_withdraw), name="run-withdraw"),
    path("runs/<int:run_id>/void/", at(runs.run_void), name="run-void"),
    path("runs/<int:run_id>/issue/", at(runs.run_issue), name="run-issue"),
    path("runs/<int:run_id>/file/", at(runs.run_file), name="run-file"),
    path("runs/<int:run_id>/export/", at(runs.run_export), name="run-export"),
    path("runs/<int:run_id>/changes/", at(runs.run_changes), name="run-changes"),
    path("pay-slips/<int:slip_id>/", at(runs.slip_detail), name="pay-slip"),
    path("me/pay-slips/", at(runs.my_slips), name="my-slips"),
    path("me/pay-slips/<int:slip_id>/", at(runs.my_slip), name="my-slip"),
    path("me/pay-slips/<int:slip_id>/confirm/", at(runs.my_slip_confirm), name="my-slip-confirm"),
    path("trial/", at(what_if.trial), name="trial"),
    path("tax/bonus/", at(what_if.tax_bonus), name="tax-bonus"),
    path("tax/labour/", at(what_if.tax_labour), name="tax-labour"),
    path("tax/severance/", at(what_if.tax_severance), name="tax-severance"),
]

AFTERWARDS: list[URLPattern] = [
    path("runs/<int:run_id>/reverse/", at(corrections.run_reverse), name="run-reverse"),
    path("runs/<int:run_id>/since/", at(corrections.run_since), name="run-since"),
    path("runs/<int:run_id>/propose/", at(corrections.run_propose), name="run-propose"),
    path("corrections/", at(corrections.correction_list, corrections.correction_open), name="corrections"),
    path("corrections/arrears/", at(corrections.arrear_list), name="arrears"),
    path("corrections/leavers/", at(settlements.leaver_list), name="leavers"),
    path("corrections/leavers/<int:slip_id>/", at(settlements.leaver_detail), name="leaver-detail"),
    path("corrections/leavers/<int:slip_id>/settle/", at(settlements.settlement_propose), name="settlement-propose"),
    path("corrections/leavers/unpaid/<int:adjustment_id>/", at(settlements.unpaid_detail), name="unpaid-detail"),
    path("corrections/leavers/unpaid/<int:adjustment_id>/settle/", at(settlements.unpaid_settle), name="unpaid-settle"),
    path("corrections/settlements/", at(settlements.settlement_list), name="settlements"),
    path("corrections/settlements/<int:settlement_id>/confirm/", at(settlements.settlement_confirm), name="settlement-confirm"),
    path("corrections/settlements/<int:settlement_id>/reject/", at(settlements.settlement_reject), name="settlement-reject"),
    path(
        "corrections/settlements/<int:settlement_id>/evidence/",
        at(settlements.settlement_evidence),
        name="settlement-evidence",
    ),
    path("corrections/<slug:number>/", at(corrections.correction_detail), name="correction-detail"),
    path("corrections/<slug:number>/lines/", at(corrections.correction_line_add), name="correction-line-add"),
    path(
        "corrections/<slug:number>/lines/<int:line_id>/remove/",
        at(corrections.correction_line_remove),
        name="correction-line-remove",
    ),
    path(
        "corrections/<slug:number>/lines/<int:line_id>/evidence/", at(corrections.correction_evidence), name="correction-evidence"
    ),
    path("corrections/<slug:number>/compute/", at(corrections.correction_compute), name="correction-compute"),
    path("corrections/<slug:number>/send-up/", at(corrections.correction_send_up), name="correction-send-up"),
    path("corrections/<slug:number>/void/", at(corrections.correction_void), name="correction-void"),
    path("runs/<int:run_id>/outputs/", at(outputs.run_outputs), name="run-outputs"),
    path("outputs/company/", at(outputs.company_totals), name="company-totals"),
    path("close/company/", at(close.company_month), name="company-month"),
    path("close/company/branches/", at(close.company_branches), name="company-branches"),
    path("close/company/start/", at(close.company_start), name="company-start"),
    path("close/company/cancel/", at(close.company_cancel), name="company-cancel"),
    path("close/company/remind/", at(close.company_remind), name="company-remind"),
]

PLANS: list[URLPattern] = [
    path("plans/targets/", at(targets.target_list), name="target-list"),
    path("plans/targets/root/", at(targets.target_root), name="target-root"),
    path("plans/targets/changes/", at(targets.change_list), name="change-list"),
    path("plans/targets/changes/<int:change_id>/decide/", at(targets.change_decide), name="change-decide"),
    path("plans/targets/sheets/", at(progress.sheet_list, progress.sheet_check), name="target-sheets"),
    path("plans/targets/sheets/template/", at(progress.sheet_template), name="target-sheet-template"),
    path("plans/targets/sheets/<int:sheet_id>/", at(progress.sheet_detail), name="target-sheet"),
    path("plans/targets/sheets/<int:sheet_id>/book/", at(progress.sheet_book), name="target-sheet-book"),
    path("plans/targets/sheets/<int:sheet_id>/drop/", at(progress.sheet_drop), name="target-sheet-drop"),
    path("plans/targets/sheets/<int:sheet_id>/errors/", at(progress.sheet_errors), name="target-sheet-errors"),
    path("plans/targets/<int:target_id>/", at(targets.target_detail), name="target-detail"),
    path("plans/targets/<int:target_id>/parts/", at(targets.target_parts), name="target-parts"),
    path("plans/targets/<int:target_id>/put/", at(targets.target_put), name="target-put"),
    path("plans/targets/<int:target_id>/put-parts/", at(targets.target_put_parts), name="target-put-parts"),
    path("plans/targets/<int:target_id>/change/", at(targets.target_change), name="target-change"),
    path("plans/income/", at(targets.income_list, targets.income_save), name="incomes"),
    path("plans/income/<int:plan_id>/", at(targets.income_detail), name="income-detail"),
    path("plans/income/<int:plan_id>/put/", at(targets.income_put), name="income-put"),
    path("plans/income/<int:plan_id>/drop/", at(targets.income_drop), name="income-drop"),
    path("plans/progress/", at(progress.progress), name="progress"),
    path("me/progress/", at(progress.my_progress), name="my-progress"),
    path("plans/progress/notes/", at(progress.note_list), name="note-list"),
    path("plans/progress/notes/<int:note_id>/answer/", at(progress.note_answer), name="note-answer"),
    path("plans/board/", at(board.board), name="board"),
    path("plans/expenses/", at(expenses.expense_list, expenses.expense_record), name="expenses"),
    path("plans/expenses/costs/", at(expenses.expense_costs), name="expense-costs"),
    path("plans/expenses/notes/", at(expenses.expense_notes), name="expense-notes"),
    path("plans/expenses/notes/<int:note_id>/", at(expenses.expense_note), name="expense-note"),
    path("plans/expenses/<int:expense_id>/void/", at(expenses.expense_void), name="expense-void"),
    path("plans/expenses/<int:expense_id>/paper/", at(expenses.expense_paper), name="expense-paper"),
    path("plans/marketing/", at(marketing.plan_list, marketing.plan_draft), name="plans"),
    path("plans/marketing/missing/", at(marketing.plans_missing), name="plans-missing"),
    path("plans/marketing/<int:plan_id>/", at(marketing.plan_detail, marketing.plan_edit), name="plan"),
    path("plans/marketing/<int:plan_id>/send/", at(marketing.plan_send), name="plan-send"),
    path("plans/marketing/<int:plan_id>/withdraw/", at(marketing.plan_withdraw), name="plan-withdraw"),
    path("plans/marketing/<int:plan_id>/summarise/", at(marketing.plan_summarise), name="plan-summarise"),
    path("plans/agreements/", at(marketing.agreement_list, marketing.agreement_enter), name="agreements"),
    path("plans/agreements/<int:agreement_id>/", at(marketing.agreement_detail, marketing.agreement_change), name="agreement"),
    path("plans/agreements/<int:agreement_id>/file/", at(marketing.agreement_file), name="agreement-file"),
    path(
        "plans/agreements/<int:agreement_id>/corrections/",
        at(marketing.correction_list, marketing.correction_propose),
        name="agreement-corrections",
    ),
    path(
        "plans/agreement-corrections/<int:correction_id>/confirm/",
        at(marketing.correction_confirm),
        name="agreement-correction-confirm",
    ),
    path(
        "plans/agreement-corrections/<int:correction_id>/decline/",
        at(marketing.correction_decline),
        name="agreement-correction-decline",
    ),
    path(
        "plans/agreement-corrections/<int:correction_id>/file/", at(marketing.correction_file), name="agreement-correction-file"
    ),
    path(
        "plans/agreement-corrections/<int:correction_id>/former-file/",
        at(marketing.correction_former_file),
        name="agreement-correction-former",
    ),
    path("plans/reports/", at(reports.report_list, reports.report_begin), name="analysis-reports"),
    path("plans/reports/<int:report_id>/", at(reports.report_detail), name="analysis-report"),
    path("plans/reports/<int:report_id>/write/", at(reports.report_write), name="analysis-report-write"),
    path("plans/reports/<int:report_id>/refresh/", at(reports.report_refresh), name="analysis-report-refresh"),
    path("plans/reports/<int:report_id>/send/", at(reports.report_send), name="analysis-report-send"),
    path("plans/reports/<int:report_id>/withdraw/", at(reports.report_withdraw), name="analysis-report-withdraw"),
    path("plans/rules/", at(rulebooks.rule_list, rulebooks.rule_draft), name="rules"),
    path("plans/rules/register/", at(rulebooks.rule_register), name="rule-register"),
    path("plans/rules/<int:document_id>/", at(rulebooks.rule_detail, rulebooks.rule_edit), name="rule"),
    path("plans/rules/<int:document_id>/send/", at(rulebooks.rule_send), name="rule-send"),
    path("plans/rules/<int:document_id>/withdraw/", at(rulebooks.rule_withdraw), name="rule-withdraw"),
    path("plans/rules/<int:document_id>/check/", at(rulebooks.rule_check), name="rule-check"),
    path("plans/rules/<int:document_id>/drop/", at(rulebooks.rule_drop), name="rule-drop"),
    path("plans/rules/<int:document_id>/file/", at(rulebooks.rule_file, rulebooks.rule_attach), name="rule-file"),
    path("plans/logs/", at(logs.log_list, logs.log_write), name="work-logs"),
    path("plans/logs/months/", at(logs.log_months), name="log-months"),
    path("plans/logs/checks/", at(logs.log_checks), name="log-checks"),
    path("plans/logs/checks/draw/", at(logs.log_draw), name="log-draw"),
    path("plans/logs/checks/<int:check_id>/", at(logs.log_check), name="log-check"),
    path("plans/logs/<int:log_id>/", at(logs.log_detail), name="work-log"),
    path("plans/division/", at(division.division_list), name="divisions"),
    path("plans/division/proposals/", at(division.proposal_list, division.proposal_add), name="division-proposals"),
    path("plans/division/proposals/<int:proposal_id>/", at(division.proposal_detail), name="division-proposal"),
    path("plans/division/proposals/<int:proposal_id>/edit/", at(division.proposal_edit), name="division-proposal-edit"),
    path("plans/division/proposals/<int:proposal_id>/answer/", at(division.proposal_answer), name="division-proposal-answer"),
    path("plans/division/proposals/<int:proposal_id>/drop/", at(division.proposal_drop), name="division-proposal-drop"),
    path("plans/moves/", at(moves.move_list, moves.move_plan), name="moves"),
    path("plans/moves/<int:move_id>/", at(moves.move_detail, moves.move_edit), name="move-detail"),
    path("plans/moves/<int:move_id>/withdraw/", at(moves.move_withdraw), name="move-withdraw"),
    path("plans/moves/<int:move_id>/effect/", at(moves.move_effect), name="move-effect"),
    path("plans/moves/<int:move_id>/accept/", at(moves.move_accept), name="move-accept"),
    path("plans/moves/<int:move_id>/send/", at(moves.move_send), name="move-send"),
    path("plans/moves/<int:move_id>/cancel/", at(moves.move_cancel), name="move-cancel"),
    path("plans/leavings/", at(moves.leaving_list, moves.leaving_file), name="leavings"),
    path("plans/leavings/<int:leaving_id>/", at(moves.leaving_detail, moves.leaving_edit), name="leaving-detail"),
    path("plans/leavings/<int:leaving_id>/withdraw/", at(moves.leaving_withdraw), name="leaving-withdraw"),
    path("plans/leavings/<int:leaving_id>/bindings/", at(moves.leaving_bindings), name="leaving-bindings"),
    path("plans/leavings/<int:leaving_id>/send/", at(moves.leaving_send), name="leaving-send"),
    path("plans/leavings/<int:leaving_id>/cancel/", at(moves.leaving_cancel), name="leaving-cancel"),
    path("plans/leavings/<int:leaving_id>/close/", at(moves.leaving_close), name="leaving-close"),
    path("plans/handovers/", at(moves.handover_list), name="handovers"),
    path("plans/handovers/<int:handover_id>/", at(moves.handover_detail), name="handover-detail"),
    path("plans/handovers/<int:handover_id>/lines/", at(moves.handover_lines), name="handover-lines"),
    path("plans/handovers/<int:handover_id>/assign/", at(moves.handover_assign), name="handover-assign"),
    path("plans/handovers/<int:handover_id>/refresh/", at(moves.handover_refresh), name="handover-refresh"),
    path("plans/handovers/<int:handover_id>/witness/", at(moves.handover_witness), name="handover-witness"),
    path("plans/handovers/<int:handover_id>/anew/", at(moves.handover_anew), name="handover-anew"),
    path("plans/handovers/<int:handover_id>/stand-in/", at(moves.handover_stand_in), name="handover-stand-in"),
    path("plans/handovers/<int:handover_id>/sign/", at(moves.handover_sign), name="handover-sign"),
    path("plans/milestones/", at(progress.milestone_list, progress.milestone_add), name="milestones"),
    path("plans/milestones/<int:milestone_id>/done/", at(progress.milestone_done), name="milestone-done"),
    path("plans/milestones/<int:milestone_id>/drop/", at(progress.milestone_drop), name="milestone-drop"),
    path("plans/milestones/<int:milestone_id>/evidence/", at(progress.milestone_evidence), name="milestone-evidence"),
]

urlpatterns: list[URLPattern] = [*BRANCH, *PEOPLE, *APPROVALS, *CLIENTS, *PLANS, *INTAKE, *RUNS, *AFTERWARDS]
