"""What pages and other rooms read of rule documents."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.models import Person
from kernel.refusals import Unknown
from teams.plans.rulebooks import rules, states
from teams.plans.rulebooks.models import DocumentQuerySet, RuleDocument


def documents_for(person: Person) -> DocumentQuerySet:
    return RuleDocument.objects.visible_to(person).select_related("branch", "team", "made_by", "checked_by")


def document_for(person: Person, document_id: int) -> RuleDocument:
    """The document, if this person may see it. Raises Unknown."""
    found = documents_for(person).select_related("approval", "approval__applicant").filter(pk=document_id).first()
    if found is None:
        raise Unknown("没有这份实施细则")
    return found


def former_of(document: RuleDocument) -> RuleDocument | None:
    """The version before, approved or not."""
    same = RuleDocument.objects.filter(branch=document.branch_id, team=document.team_id, kind=document.kind)
    return same.filter(version__lt=document.version).order_by("-version").first()


def pay_paper(branch: Branch, paper_no: str) -> RuleDocument | None:
    """The branch's pay document of that number: an approved one, else one on its way whose 文号 has been drawn."""
    mine = RuleDocument.objects.filter(branch=branch, kind=rules.PAY).select_related("branch", "team", "approval")
    approved = mine.filter(state=states.APPROVED, paper_no=paper_no).first()
    return approved or mine.filter(state=states.APPROVING, approval__document_number=paper_no).first()
