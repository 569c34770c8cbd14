"""Every page that a role reaches by links: it opens, it fits, it speaks Chinese, axe finds nothing serious."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.journeys.harness import DESK, PHONE, Visitor, World, english, overflow, serious

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROLES = {
    "100001": "经纪业务综合室",
    "100002": "渠道管理部",
    "100003": "财务部",
    "100004": "合规部",
    "100005": "人力资源部",
    "100006": "公司领导",
    "100007": "风险管理部",
    "100008": "法律部",
    "100009": "系统管理员",
    "600001": "交易管理岗",
    "600002": "营业部财务",
    "600003": "主办会计",
    "600004": "副经理",
    "600005": "经理",
    "600006": "考勤员",
    "600007": "实物管理员",
    "600008": "回访人员",
    "600101": "团队负责人",
    "600104": "客户经理",
}
# Addresses that answer with a file, or that end the visit.
# `api-docs` is Swagger UI: for programmers, in its own words (test_api_docs looks at it).
FILES = r"-(export|template|source|errors|file|evidence)$|^expense-paper$"
NOT_PAGES = re.compile(FILES + r"|^(logout|watermark|health|api-docs|schema)$")
PAPER = re.compile(r"-print$|^slip-detail$")


@pytest.fixture(scope="module")
def late_october(sent_up: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all roles: they only look."""
    world = sent_up.copy_to(tmp_path_factory.mktemp("late") / "world").start()
    yield world
    world.stop()


def _links(visitor: Visitor) -> list[str]:
    addresses = visitor.page.eval_on_selector_all("nav.side a, main a, header a", "found => found.map(a => a.href)")
    return [address for address in addresses if address.startswith(visitor.world.url) and "#" not in address]


def _name(address: str) -> str | None:
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return f"unresolved {address}"
    return None if NOT_PAGES.search(match.url_name or "") else match.view_name


def _walk(visitor: Visitor) -> Iterator[str]:
    """One address of every kind of page within reach, the present one first."""
    waiting, met = ["/"], {"home"}
    while waiting:
        address = waiting.pop(0)
        yield address
        for link in _links(visitor):
            name = _name(link)
            if name and name not in met:
                met.add(name)
                waiting.append(link)


@pytest.mark.parametrize(("staff_no", "role"), ROLES.items(), ids=list(ROLES))
def test_pages_of_a_role(
    late_october: World, visit: Callable[..., Visitor], staff_no: str, role: str, checked_by_axe: set[tuple[str, int]]
) -> None:
    visitor, findings = visit(late_october, staff_no), []
    for address in _walk(visitor):
        visitor.page.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})
        answer = visitor.page.goto(address)
        path = urlsplit(address).path
        if answer is None or answer.status != 200:
            findings.append(f"{address}: {answer and answer.status}")
            continue
        name = _name(address) or path
        if words := english(visitor.page):
            findings.append(f"{path}: not Chinese: {', '.join(words[:12])}")
        for size in (DESK, PHONE):
            visitor.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            if not PAPER.search(name) and (wide := overflow(visitor.page)):
                findings.append(wide)
            visitor.shot(f"{staff_no}-{name.replace(':', '-')}")
            if (name, size["width"]) not in checked_by_axe:
                findings += serious(visitor.page)
                checked_by_axe.add((name, size["width"]))
    with (visitor.shots / "findings.txt").open("a") as kept:
        kept.writelines(f"{staff_no} {role}: {line}\n" for line in findings)
    assert not findings, "\n".join(findings)


@pytest.fixture(scope="module")
def checked_by_axe() -> set[tuple[str, int]]:
    """Kinds of page and widths that axe has been through: the same template is not read nineteen times."""
    return set()
