from __future__ import annotations

from typing import Any

from branch.notices.queries import unread_of
from branch.rest.endpoints import get
from branch.rest.requests import ApiRequest
from branch.workbench.register import tiles_for, todos_for
from branch.workbench.serializers import HomeOut


@get(HomeOut)
def home(request: ApiRequest) -> dict[str, Any]:
    """工作台:待办、本月进展、未读消息数"""
    person = request.person
    return {"todos": todos_for(person), "tiles": tiles_for(person), "unread": unread_of(person).count()}
