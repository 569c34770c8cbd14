"""What pages and other rooms read of rule documents."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from approvals.requests.models import Request
from branch.files.models import StoredFile
from branch.org.models import Branch
from branch.people.models import Person
from kernel.refusals import Unknown
from teams.plans.rulebooks import rules, states
from teams.plans.rulebooks.models import DocumentQuerySet, RuleDocument


def documents_for(person: Person) -> DocumentQuerySet:
    return RuleDocument.objects.visible_to(person).select_related("branch", "team", "made_by", "checked_by", "file")


def document_for(person: Person, document_id: int) -> RuleDocument:
    """The document, if this person may see it. Raises Unknown."""
    found = documents_for(person).select_related("approval", "approval__applicant").filter(pk=document_id).first()
    if found is None:
        raise Unknown("没有这份实施细则")
    return found


def with_file_for(person: Person, document_id: int) -> tuple[RuleDocument, StoredFile]:
    """The document with its attachment, for who may see the document or signs its request. Raises Unknown."""
    signs = Request.objects.visible_to(person).values("pk")
    seen = RuleDocument.objects.visible_to(person).values("pk")
    rows = RuleDocument.objects.filter(Q(pk__in=seen) | Q(approval__in=signs)).select_related("branch", "team", "file")
    found = rows.filter(pk=document_id).exclude(file=None).first()
    if found is None or found.file is None:
        raise Unknown("没有这份附件")
    return found, found.file


def former_of(document: RuleDocument) -> RuleDocument | None:
    """The version before, approved or not."""
    same = RuleDocument.objects.filter(branch=document.branch_id, team=document.team_id, kind=document.kind)
    return same.filter(version__lt=document.version).order_by("-version").first()


def pay_papers(branch: Branch, day: date) -> DocumentQuerySet:
    """The branch's approved pay documents that are in effect on the day, the newest first."""
    rows = RuleDocument.objects.filter(branch=branch, kind=rules.PAY, state=states.APPROVED, effective_from__lte=day)
    rows = rows.filter(Q(effective_to=None) | Q(effective_to__gte=day)).select_related("branch", "team")
    return rows.order_by("-effective_from", "-pk")


def pay_paper(branch: Branch, paper_no: str) -> RuleDocument | None:
    """The branch's pay document of that number: an approved one, else one on its way whose 文号 has been drawn."""
    mine = RuleDocument.objects.filter(branch=branch, kind=rules.PAY).select_related("branch", "team", "approval")
    approved = mine.filter(state=states.APPROVED, paper_no=paper_no).first()
    return approved or mine.filter(state=states.APPROVING, approval__document_number=paper_no).first()
