"""What a person would send to an address of the matrix, filled: a page's own form, or what the table says; and what it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from branch.people.signing_in import BACKEND
from kernel.months import Month
from tests.house.matrix import World, unrendered

PASSWORD = "Correct-Horse-9"
TOKENS = {"csrfmiddlewaretoken", "once"}
TYPED = {"number": "1", "password": PASSWORD, "email": "x@example.com", "tel": "13800138000", "time": "09:00"}
TYPED |= {"url": "https://example.com/"}
FILES = {"@csv": ("x.csv", b"x,y\n1,2\n"), "@pdf": ("x.pdf", b"%PDF-1.7\n")}
WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
TODAY = "@today"
OF_THE_VISIT = {"django_session"}  # written for whoever comes


@dataclass
class PageForm:
    """A form of a page: where it is sent to ('' for the page itself), and what is sent."""

    action: str
    sent: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: Any) -> None:
        """One more value of that name."""
        before = self.sent.get(name)
        self.sent[name] = value if before is None else [*before, value] if isinstance(before, list) else [before, value]


class _Forms(HTMLParser):
    """The forms of a page that post, filled as a person would who leaves nothing empty, or (not `fill`) as they stand there."""

    def __init__(self, *, fill: bool = True) -> None:
        super().__init__()
        self.fill = fill
        self.found: list[PageForm] = []
        self._ids: dict[str, PageForm] = {}
        self._form: PageForm | None = None
        self._select: tuple[PageForm, str, list[tuple[str, bool]]] | None = None
        self._area: tuple[PageForm, str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = PageForm(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            if self._form is not None:
                self.found.append(self._form)
                self._ids[given.get("id", "")] = self._form
        form = self._ids.get(given["form"]) if "form" in given else self._form
        name = given.get("name", "")
        if tag == "option" and self._select is not None:
            self._select[2].append((given.get("value", ""), "selected" in given))
        elif form is None or not name or name in TOKENS or "disabled" in given:
            return
        elif tag == "input":
            self._input(form, name, given)
        elif tag == "select":
            self._select = (form, name, [])
        elif tag == "textarea":
            self._area = (form, name, [])
        elif tag == "button" and name not in form.sent:
            form.sent[name] = given.get("value", "")

    def _input(self, form: PageForm, name: str, given: dict[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind == "checkbox" and (self.fill or "checked" in given):
            form.add(name, value or "on")
        elif kind == "radio":
            if "checked" in given or name not in form.sent:
                form.sent[name] = value
        elif kind == "file":
            form.sent[name] = "@csv"
        elif kind == "checkbox":
            return
        elif kind == "hidden":
            form.add(name, value)
        else:
            form.add(name, value or (_typed(kind, given) if self.fill else ""))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[2].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None:
            form, name, options = self._select
            chosen = [value for value, selected in options if selected and value] or [value for value, _ in options if value]
            form.sent[name] = chosen[0] if chosen else ""
            self._select = None
        elif tag == "textarea" and self._area is not None:
            form, name, said = self._area
            form.add(name, "".join(said).strip() or ("测试填写" if self.fill else ""))
            self._area = None


def _typed(kind: str, given: dict[str, str]) -> str:
    today = timezone.localdate()
    if kind == "date":
        return today.isoformat()
    if kind == "month":
        return str(Month.of(today))
    return TYPED.get(kind) or ("1" if given.get("inputmode") in ("numeric", "decimal") else "测试填写")


def forms_of(page: str, *, fill: bool = True) -> list[PageForm]:
    parser = _Forms(fill=fill)
    parser.feed(page)
    return parser.found


def own_form(page: str, path: str, *, fill: bool = True) -> dict[str, Any] | None:
    """What the page's form that is sent to the page itself would send; None where there is none."""
    return next((form.sent for form in forms_of(page, fill=fill) if urlsplit(form.action).path in ("", path)), None)


def give_passwords(world: World) -> None:
    """The one password to everybody, so that a form that asks for it goes through; who gets one signs in anew."""
    get_user_model().objects.update(password=make_password(PASSWORD))
    for place, browsers in world.places():
        for role, browser in browsers.items():
            browser.force_login(get_user_model().objects.get(pk=world.people[place, role].user_id), backend=BACKEND)


def body_of(sent: dict[str, Any], things: dict[str, Any]) -> dict[str, Any]:
    """With objects in the place of `$word`, files, and the day. A thing that is a name and a content is a file."""

    def one(value: Any) -> Any:
        if isinstance(value, list):
            return [one(each) for each in value]
        if isinstance(value, str) and value in FILES:
            return SimpleUploadedFile(*FILES[value])
        if value == TODAY:
            return timezone.localdate().isoformat()
        if not (isinstance(value, str) and value.startswith("$")):
            return value
        thing = things[value[1:]]
        return SimpleUploadedFile(*thing) if isinstance(thing, tuple) else str(thing)

    return {one(name): one(value) for name, value in sent.items()}


@dataclass(frozen=True)
class Form:
    """A filled form and where it is sent to."""

    address: str
    sent: dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """What came of it: the answer's status, and the tables that were written."""

    status: int
    written: list[str]


@contextmanager
def writing() -> Iterator[list[str]]:
    """The tables that are written within; not those of what was undone again, for a refusal takes back what it began."""
    found: list[str] = []
    marks: dict[str, int] = {}

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql)
        if text.startswith("SAVEPOINT "):
            marks[text.rsplit(maxsplit=1)[-1]] = len(found)
        elif text.startswith("ROLLBACK TO SAVEPOINT "):
            del found[marks[text.rsplit(maxsplit=1)[-1]] :]
        elif written := WRITES.match(text):
            found.append(written[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def send(browser: Client, form: Form, things: dict[str, Any]) -> Sent:
    """Send it as that browser, without rendering what is answered; what it does is undone."""
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    with unrendered(True), transaction.atomic(), writing() as tables:
        answer = browser.post(form.address, body_of(form.sent, things))
        written = [table for table in tables if table not in OF_THE_VISIT]
        transaction.set_rollback(True)
    browser.cookies[settings.SESSION_COOKIE_NAME] = session  # signing out is undone as well
    return Sent(int(answer.status_code), written)
