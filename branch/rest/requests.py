"""The request as an endpoint sees it."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from branch.people.models import Person


class ApiRequest(Request):
    """Behind a door: who asks, the query's form and what it cleaned (`asked`), the body validated (`given`)."""

    person: Person
    form: Any
    asked: dict[str, Any]
    given: dict[str, Any]
