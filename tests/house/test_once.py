"""Every form that writes carries a token, so that no press makes two rows; those that carry none say why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from branch.people.doors import door
from branch.people.models import Person

ROOT = Path(settings.BASE_DIR) / "templates"
WITHOUT = {
    "registration/login.html": "nobody is known yet; signing in twice is being signed in",
    "registration/code.html": "nobody is known yet; a code opens once anyway",
    "parts/topbar.html": "signing out twice is being signed out",
    "parts/masked.html": "every look at a personal number is logged, also the second",
    "parts/export.html": "every taking away is recorded, also the second, and shows the rows as they are then",
    "styleguide.html": "a sample that writes nothing",
}
FORM = re.compile(r"<form\b[^>]*\bmethod=\"post\"", re.I)
GUARD = re.compile(r"{% csrf_token %}")
BOTH = re.compile(r"{% csrf_token %}{% once %}")
PAGES = sorted(path for path in ROOT.rglob("*.html") if FORM.search(path.read_text()) or GUARD.search(path.read_text()))


def unguarded(text: str) -> bool:
    """Whether some form that posts lacks a token."""
    return not len(FORM.findall(text)) == len(GUARD.findall(text)) == len(BOTH.findall(text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_form_that_posts_carries_a_token(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    assert unguarded(path.read_text()) == (name in WITHOUT), f"{name}: put {{% once %}} right behind {{% csrf_token %}}"


def test_every_exception_is_there() -> None:
    assert all((ROOT / name).exists() for name in WITHOUT)


@pytest.mark.parametrize("text", ['<form method="post">{% csrf_token %}</form>', '<form class="x" method="post"></form>'])
def test_the_rule_above_can_fail(text: str) -> None:
    assert unguarded(text)
    assert not unguarded('<form method="post">{% csrf_token %}{% once %}</form>')


@pytest.mark.django_db
def test_a_door_honours_the_token_whatever_view_stands_behind_it() -> None:
    done = []

    @door()
    def view(request: object) -> HttpResponse:
        done.append(1)
        return HttpResponse(status=302, headers={"Location": f"/{len(done)}/"})

    def post() -> str:
        request = RequestFactory().post("/x/", {"once": "a-token-of-mine"})
        request.person = Person(pk=7)  # type: ignore[attr-defined]
        request._messages = []  # type: ignore[attr-defined]
        return str(view(request)["Location"])

    assert [post(), post()] == ["/1/", "/1/"]
    assert done == [1]
