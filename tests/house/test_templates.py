"""The house rules of pages: they load, carry no inline code or style, and name only icons and files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from branch.templatetags.zhanye import SPRITE

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]

INLINE = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "an event handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "a script with code": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", re.I),
    "a javascript address": re.compile(r"javascript:", re.I),
    "htmx code": re.compile(r"hx-on|\bjs:", re.I),
    "another site": re.compile(r"(?:src|href)=\"(?:https?:)?//", re.I),
}


@pytest.mark.parametrize("name", NAMES)
def test_template_loads(name: str) -> None:
    assert get_template(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
@pytest.mark.parametrize("what", INLINE)
def test_template_carries_nothing_the_content_policy_forbids(path: Path, what: str) -> None:
    assert not INLINE[what].search(path.read_text()), f"{path.name} carries {what}"


@pytest.mark.parametrize(
    "bad", ['<p style="color:red">', "<script>x()</script>", '<a onclick="x()">', '<script src="//cdn.example/x.js">']
)
def test_the_rules_above_can_fail(bad: str) -> None:
    assert any(rule.search(bad) for rule in INLINE.values())


def test_every_file_field_says_when_the_chosen_file_was_lost() -> None:
    """Form fields say it in `parts/field_notes.html`; one written by hand says it itself, but for a form that is nothing but its
    file and is never shown again with what was sent."""
    fields = {name for name, path in zip(NAMES, TEMPLATES, strict=True) if 'type="file"' in path.read_text()}
    assert fields >= {"parts/upload.html", "approvals/desk/sign.html"}
    silent = {name for name in fields if "{% lost_file " not in (ROOT / "templates" / name).read_text()}
    assert silent <= {"approvals/desk/attachments.html"}


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    found = finders.find(SPRITE)
    assert found
    there = set(re.findall(r'<symbol id="([^"]+)"', Path(found).read_text()))
    named = {(path.name, name) for path in TEMPLATES for name in re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text())}
    assert named
    assert not {pair for pair in named if pair[1] not in there}


def test_every_static_file_a_template_names_is_there() -> None:
    named = {name for path in TEMPLATES for name in re.findall(r"{% static ['\"]([^'\"]+)['\"]", path.read_text())}
    assert named
    assert not {name for name in named if not finders.find(name)}


def test_no_static_file_points_outside_or_to_a_source_map() -> None:
    for path in (ROOT / "static").rglob("*"):
        if path.suffix in {".css", ".js"}:
            assert "sourceMappingURL" not in path.read_text(), path
        if path.suffix == ".css":
            assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", path.read_text()), path
