"""The documents point at what is there, and keep to the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands

from branch.workbench import register
from kernel.money import decimal, grouped

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
OURS = {"branch", "approvals", "archives", "clients", "plans", "payroll"}
PACKAGES = ("branch", "approvals", "archives", "clients", "teams", "payroll")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
TARGET = re.compile(r"\bmake ([a-z-]+)")
COMMAND = re.compile(r"(?:manage\.py|\$M) +([a-z][a-z_]+)")
IMAGE = re.compile(r"[\w/.-]+\.png\b")
PLACE = re.compile(r"「([^「」]+?) › ([^「」]+?)」")
A_PLACE_ITSELF = ("菜单", "子菜单")  # how the guide says what 「菜单 › 子菜单」 means

documents = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def _links(path: Path) -> list[str]:
    return [link for link in LINK.findall(path.read_text()) if "://" not in link and not link.startswith("mailto:")]


@documents
def test_links_lead_somewhere(path: Path) -> None:
    assert not [link for link in _links(path) if not (path.parent / link).exists()]


@documents
def test_make_targets_in_documents_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    inline = re.findall(r"`[^`]*`", path.read_text())
    assert not {name for code in inline for name in TARGET.findall(code)} - targets


@documents
def test_commands_in_documents_exist(path: Path) -> None:
    assert not set(COMMAND.findall(path.read_text())) - set(get_commands())


@documents
def test_pictures_in_documents_exist(path: Path) -> None:
    named = {name for name in IMAGE.findall(path.read_text()) if "/" in name}
    assert not [name for name in named if not (path.parent / name).exists() and not (ROOT / name).exists()]


def test_what_is_looked_for_in_documents_is_found_in_some() -> None:
    """Else the tests above pass whatever the documents say."""
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    assert min(len(set(found.findall(text))) for found in (LINK, TARGET, COMMAND, IMAGE)) >= 5
    assert len(set(PLACE.findall(text))) >= 20


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.name)
def test_places_named_in_the_guide_are_in_the_menu(path: Path) -> None:
    menu = {(register.SECTIONS[item.section][0], item.label) for item in register._menu} | {A_PLACE_ITSELF}
    assert not set(PLACE.findall(path.read_text())) - menu


def _sentences(path: Path) -> Iterator[str]:
    """What a module says: its strings, with … where a value is put in; no docstrings."""
    tree = ast.parse(path.read_text())
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


def _lost(sentence: str, menu: set[tuple[str, str]]) -> list[str]:
    """Places a sentence sends its reader to that are not in the menu. 「…」 around a value is a column of a file."""
    named = [found for found in re.findall(r"「([^「」]+)」", sentence) if found != "…"]
    places = {f"{section} › {place}" for section, place in menu}
    return [found for found in named if found not in places] + re.findall(r"“[^“”]+ › [^“”]+”", sentence)


def test_places_named_in_what_the_code_says_are_in_the_menu() -> None:
    menu = {(register.SECTIONS[item.section][0], item.label) for item in register._menu}
    files = [path for package in (*PACKAGES, "kernel", "config") for path in (ROOT / package).rglob("*.py")]
    said = {path: [lost for sentence in _sentences(path) for lost in _lost(sentence, menu)] for path in files}
    assert not {str(path.relative_to(ROOT)): lost for path, lost in said.items() if lost}
    assert _lost("请在「设置 › 组织架构」更换", menu) == ["设置 › 组织架构"], "the judgement can fail"
    assert _lost("请先在「业务统计」复核", menu) == ["业务统计"]
    assert not _lost("第 3 行「…」不是数字,请到「设置 › 组织」", menu)


def test_the_guide_names_every_place_of_the_menu() -> None:
    menu = {(register.SECTIONS[item.section][0], item.label) for item in register._menu if item.section != "workbench"}
    said = {place for path in GUIDE for place in PLACE.findall(path.read_text())}
    assert not menu - said


def test_the_guide_can_be_reached_from_its_contents() -> None:
    contents = set(_links(ROOT / "docs" / "guide" / "README.md"))
    assert not {path.name for path in GUIDE} - contents - {"README.md"}


def test_the_worked_example_is_what_was_paid() -> None:
    """Every amount of the demonstration's row stands in the page that explains it."""
    head, *rows = (ROOT / "demo" / "crm" / "expected_2026-10.csv").read_text(encoding="utf-8-sig").splitlines()
    row = next(dict(zip(head.split(","), line.split(","), strict=True)) for line in rows if line.startswith("600101,"))
    page = (ROOT / "docs" / "guide" / "how-pay-works.md").read_text()
    amounts = {name: grouped(decimal(value)) for name, value in row.items() if re.fullmatch(r"\d+\.\d\d", value)}
    assert len(amounts) > 20, "the row is written in another way now"
    assert not {name: shown for name, shown in amounts.items() if shown not in page}


def test_every_model_is_in_the_glossary() -> None:
    words = set(re.findall(r"\w+", (ROOT / "docs" / "glossary.md").read_text()))
    assert not {model.__name__ for model in apps.get_models() if model._meta.app_label in OURS} - words


def test_decisions_are_numbered_once_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    found = sorted(path.name for path in folder.glob("[0-9]*.md"))
    numbers = [name[:4] for name in found]
    assert numbers
    assert len(numbers) == len(set(numbers)), numbers
    assert not set(found) - set(_links(folder / "README.md")), "list them in docs/decisions/README.md"


def test_every_app_has_its_page() -> None:
    assert not (OURS | {"kernel"}) - {path.stem for path in (ROOT / "docs" / "apps").glob("*.md")}


SECURITY = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_rule_of_security_is_held_by_a_test_that_exists() -> None:
    named = NAMED.findall(SECURITY.read_text())
    assert not [f"{path}::{name}" for path, name in named if not _has(path, name)]


def test_every_rule_of_security_names_a_test() -> None:
    rules = [line for line in SECURITY.read_text().splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(rules) >= 40
    assert not [line[:60] for line in rules if not NAMED.search(line)]
    assert [int(line.split("|")[1]) for line in rules] == list(range(1, len(rules) + 1))


def test_a_rule_without_its_test_would_be_found() -> None:
    assert not _has("tests/house/test_docs.py", "test_that_nobody_wrote")
    assert not _has("tests/house/no_such_file.py", "test_every_app_has_its_page")


def _has(path: str, name: str) -> bool:
    file = ROOT / path
    return file.exists() and re.search(rf"^(?:    )?(?:async )?def {name}\(", file.read_text(), re.M) is not None
