"""The doors of pages: each view names who may enter; a view without a door fails the suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, resolve

from branch.once.http import answer_once
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden

View = Callable[..., HttpResponseBase]


class PersonRequest(HttpRequest):
    """A request behind a door: somebody is signed in, and it is known who."""

    person: Person


@dataclass(frozen=True)
class Door:
    """Who may enter: anybody (`public`), any signed-in person (no `powers`), or holders of one of them; `when` narrows it."""

    powers: tuple[Power, ...] = ()
    public: bool = False
    when: Callable[[Person], bool] | None = None

    def admits(self, person: Person) -> bool:
        powered = not self.powers or any(holds(person, power) for power in self.powers)
        return powered and (self.when is None or self.when(person))


def public(view: View) -> View:
    """Open to anybody: sign-in, health, watermarkless static pages. Use sparingly."""
    view.door = Door(public=True)  # type: ignore[attr-defined]
    return view


def door(*powers: Power, when: Callable[[Person], bool] | None = None) -> Callable[[View], View]:
    """Signed in, and holding one of `powers` somewhere (none named: any person). `.visible_to(person)` then narrows the rows.

    `when` says for whom there is anything at all behind the door, where no power alone tells. A form's token is honoured here, so
    that a second press gets the first one's answer (branch.once).
    """
    guard = Door(powers, when=when)

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            person = getattr(request, "person", None)
            if person is None:
                if request.headers.get("HX-Request"):
                    response = HttpResponse(status=204)
                    response["HX-Redirect"] = "/login/"
                    return response
                return redirect_to_login(request.get_full_path())
            if not guard.admits(person):
                raise Forbidden("您没有打开这个页面的权限,如需要请联系系统管理员", code="forbidden")
            return answer_once(request, person.pk, lambda: view(request, *args, **kwargs))

        guarded.door = guard  # type: ignore[attr-defined]
        return guarded

    return wrap


def may_enter(person: Person, url: str) -> bool:
    """Whether the door at `url` is open to the person, so that a page offers no link that ends in a refusal."""
    try:
        view: Any = resolve(urlsplit(url).path).func
    except Resolver404:
        return False
    found: Door = getattr(view, "door", Door())
    return found.admits(person)
