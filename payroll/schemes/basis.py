"""The paper a scheme rests on (art. 2): an approved 薪酬标准实施细则 whose days hold the months it is used for."""

from __future__ import annotations

from kernel.months import Month
from kernel.refusals import Missing, Refusal
from payroll.schemes.models import SchemeVersion
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.rulebooks.queries import pay_paper
from teams.plans.rulebooks.states import APPROVED


def require_basis(version: SchemeVersion, paper: str) -> RuleDocument:
    """The approved document of that number. Refused: none on file, still being countersigned, not yet in effect."""
    found = pay_paper(version.branch, paper)
    if found is None:
        said = f"没有文号为{paper}的薪酬标准实施细则:请先报批,已批准的纸质文件由经纪业务综合室登记复核"
        raise Refusal(said, code="no_document")
    if found.state != APPROVED:
        raise Refusal(f"{paper}({found})还在会签中,批准以后才能确认方案", code="document_not_approved")
    if found.effective_from > version.effective_from.first:
        said = f"{found.label}自 {found.effective_from} 起生效,方案不能早于它({version.effective_from.label})"
        raise Refusal(said, code="document_later")
    return found


def require_covered(version: SchemeVersion, month: Month) -> None:
    """A month is reckoned only under a document that holds all of it. Raises Missing with the document's number."""
    document = version.document
    if document is None:
        said = f"{version.label}没有依据的薪酬标准实施细则,请登记已批准的文件后另行确认方案"
        raise Missing(said, code="scheme_without_document")
    if document.state != APPROVED or not document.covers(month):
        until = f"至 {document.effective_to}" if document.effective_to else "起"
        said = f"{version.label}依据的{document.label}自 {document.effective_from} {until}有效,不能用于{month.label}"
        raise Missing(said, code="document_not_in_force")


def countersigning(version: SchemeVersion) -> str:
    """The number of the paper that the version names and that is still being countersigned; '' where none is."""
    paper = str(version.data.get("paper", ""))
    found = pay_paper(version.branch, paper) if paper else None
    return paper if found is not None and found.state != APPROVED else ""
