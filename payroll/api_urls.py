"""Addresses of the API: from the openings to what became of a signed month. Reads are GET, acts POST."""

from __future__ import annotations

from django.urls import URLPattern, path

from branch.rest.endpoints import at
from payroll.close import api as close
from payroll.corrections import api as corrections
from payroll.corrections import settlement_api as settlements
from payroll.intake import api as intake
from payroll.intake import tax_mode_api as tax_modes
from payroll.outputs import api as outputs
from payroll.runs import api as runs
from payroll.runs import what_if_api as what_if
from payroll.schemes import api as schemes

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

urlpatterns: list[URLPattern] = [*INTAKE, *RUNS, *AFTERWARDS]
