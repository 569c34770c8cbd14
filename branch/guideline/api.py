from __future__ import annotations

from typing import Any

from branch.guideline.queries import document
from branch.guideline.serializers import GuidelineOut
from branch.rest.endpoints import get
from branch.rest.requests import ApiRequest


@get(GuidelineOut)
def guideline(request: ApiRequest) -> dict[str, Any]:
    """管理指引全文"""
    return document()
