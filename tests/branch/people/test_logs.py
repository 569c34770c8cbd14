"""What is logged: one line a request, with its number, and no personal data, not even in a traceback."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.test import Client

from branch.jobs import actions as jobs
from branch.jobs import register
from branch.people import logs, queries
from branch.people.logs import MaskingFormatter, masked
from tests.branch.conftest import Office

CASES = {
    "身份证 440301198311017493 有误": "身份证 440301********7493 有误",
    "末位 42010619780321308X": "末位 420106********308X",
    "卡号 6214813274565555967": "卡号 6214***********5967",
    "电话 13152064785": "电话 131****4785",
    "金额 1234567.89 工号 600101": "金额 1234567.89 工号 600101",
    "散列 9f86d081884c7d659a2feaa0c55ad015": "散列 9f86d081884c7d659a2feaa0c55ad015",
}
ID, PHONE, CARD = "440301198311017493", "13152064785", "6214813274565555967"
SignedIn = Callable[[str], Client]


@pytest.mark.parametrize("text", CASES)
def test_numbers_of_people_are_masked_and_nothing_else(text: str) -> None:
    assert masked(text) == CASES[text]


@pytest.fixture(params=["json", "console"])
def out(request: Any) -> Iterator[io.StringIO]:
    """Everything that the product's own logging writes, in either format."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    render: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if request.param == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    handler.setFormatter(
        MaskingFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level],
        )
    )
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def test_messages_arguments_fields_and_tracebacks_are_masked(out: io.StringIO) -> None:
    log = logging.getLogger("branch.test")
    log.info("证件 %s", ID)
    structlog.get_logger("branch.test").warning("planted", phone=PHONE, nested={"card": CARD})
    try:
        raise ValueError(f"卡号 {CARD} 不对")
    except ValueError:
        log.exception("broken")
        structlog.get_logger("branch.test").exception("broken_too")
    said = out.getvalue()
    assert not [number for number in (ID, PHONE, CARD) if number in said]
    assert said.count("440301********7493") == 1
    assert said.count("Traceback") == 2


def test_a_fault_behind_a_page_logs_its_number_and_no_personal_data(
    office: Office, signed_in: SignedIn, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        local = CARD  # a local variable must not be logged either
        raise RuntimeError(f"{ID} {PHONE} {local}")

    monkeypatch.setattr(queries, "filtered", broken)
    browser = signed_in("600001")
    browser.raise_request_exception = False
    answer = browser.get("/people/?q=陆晨伟")
    said = out.getvalue()
    assert answer.status_code == 500
    assert answer["X-Request-ID"] in said
    assert "RuntimeError" in said
    assert not [number for number in (ID, PHONE, CARD, "陆晨伟") if number in said or number in answer.content.decode()]
    assert "Traceback" not in answer.content.decode()


def test_a_number_that_would_be_masked_is_drawn_again(
    office: Office, signed_in: SignedIn, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["85199794941041518ef818009c8fa01f", "85199794a41041518ef818009c8fa01f"])  # a telephone within the first
    monkeypatch.setattr(logs.uuid, "uuid4", lambda: SimpleNamespace(hex=next(drawn)))
    answer = signed_in("600001").get("/people/")
    assert answer["X-Request-ID"] == "85199794a41041518ef818009c8fa01f"
    assert answer["X-Request-ID"] in out.getvalue()


def test_a_failed_job_logs_and_keeps_no_personal_data(
    office: Office, out: io.StringIO, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def broken(*_: Any) -> dict[str, Any]:
        raise RuntimeError(f"第 3 行证件 {ID}")

    monkeypatch.setitem(register._kinds, "test.broken", broken)
    monkeypatch.setattr(jobs, "MAX_ATTEMPTS", 1)
    with pytest.raises(RuntimeError), django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue("test.broken", title="试", key="x", by=office["600001"])
    job.refresh_from_db()
    assert ID not in out.getvalue() + job.error + json.dumps(job.params)
    assert "job_failed" in out.getvalue()


def test_a_request_is_one_line_that_names_the_view_and_the_person_by_number(
    office: Office, signed_in: SignedIn, out: io.StringIO
) -> None:
    answer = signed_in("600001").get("/people/?q=600101")
    lines = [line for line in out.getvalue().splitlines() if answer["X-Request-ID"] in line]
    assert len(lines) == 1
    assert "person-list" in lines[0]
    assert str(office["600001"].pk) in lines[0]
    assert "600101" not in lines[0]


@pytest.mark.parametrize(("count", "given", "kept"), [(0, "a" * 20, False), (1, "a" * 20, True), (1, "x\n{}", False)])
def test_only_our_proxys_number_is_taken_over(settings: Any, db: None, count: int, given: str, kept: bool) -> None:
    settings.PROXY_COUNT = count
    assert (Client().get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given) is kept


def test_the_products_handler_masks() -> None:
    assert settings.LOGGING["formatters"]["structured"]["()"] == "branch.people.logs.MaskingFormatter"
    assert settings.CELERY_WORKER_HIJACK_ROOT_LOGGER is False  # the worker's own handlers would not mask
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"structured"}
