from __future__ import annotations

from django.db.models import QuerySet

from branch.audit.models import AuditRow
from branch.audit.queries import Verdict, verify_chain
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.trail import queries
from branch.trail.forms import TrailFilter
from branch.trail.serializers import AuditRowOut, VerdictOut


@get(AuditRowOut, Power.AUDIT_VIEW, many=True, query=TrailFilter)
def audit_list(request: ApiRequest) -> QuerySet[AuditRow]:
    """审计日志,新的在前"""
    return queries.filtered(queries.rows_visible_to(request.person), request.asked)


@post(None, VerdictOut, Power.AUDIT_VIEW)
def audit_verify(request: ApiRequest) -> Verdict:
    """核对日志链是否完整"""
    return verify_chain()
