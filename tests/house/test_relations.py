"""The order of the apps where the import linter can't see it: relations, templates, names of constraints, migrations."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

ORDER = ("kernel", "branch", "approvals", "archives", "clients", "plans", "payroll", "config")  # labels of the apps
OURS = [app for app in ORDER if app in apps.app_configs]
ROOT = Path(settings.BASE_DIR)
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]
NAMES = [model._meta.label for model in MODELS]
UPPER = re.compile(r"{%\s*(?:url|include)\s+['\"](\w+)[:/]")


def rank(app: str) -> int:
    return ORDER.index(app)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_no_relation_points_up(model: type) -> None:
    for field in model._meta.get_fields():
        target = getattr(field, "related_model", None)
        if target is None or field.auto_created or target._meta.app_label not in ORDER:
            continue
        assert rank(target._meta.app_label) <= rank(model._meta.app_label), f"{model} → {target}"


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_constraints_are_named_by_hand_and_relations_keep_their_rows(model: type) -> None:
    for constraint in model._meta.constraints:
        assert constraint.name
        assert "%" not in constraint.name
        assert not re.search(r"_[0-9a-f]{8}(_|$)", constraint.name), f"{constraint.name} was named by the machine"
    assert not model._meta.unique_together


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_the_database_has_what_the_models_name(model: type) -> None:
    """Altering a key may take a named index of its column along: Django looks for any of that column; no migration says so."""
    with connection.cursor() as cursor:
        there = connection.introspection.get_constraints(cursor, model._meta.db_table)
    named = {item.name for item in (*model._meta.constraints, *model._meta.indexes)}
    assert not named - set(there)


def _upward(path: Path) -> list[str]:
    """The upper apps a template of ours names."""
    owner = path.relative_to(ROOT / "templates").parts[0]
    own = owner if owner in ORDER else "branch"
    return [app for app in UPPER.findall(path.read_text()) if app in ORDER and rank(app) > rank(own)]


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_names_an_upper_app(path: Path) -> None:
    assert not _upward(path)


def test_the_rule_for_templates_can_fail() -> None:
    assert UPPER.findall("{% url 'payroll:run-list' %}{% include \"clients/x.html\" %}") == ["payroll", "clients"]


def test_no_python_file_names_an_upper_app_by_string() -> None:
    found = []
    for app in OURS:
        upper = list(ORDER[rank(app) + 1 :])
        if not upper:
            continue
        pattern = re.compile(rf"ForeignKey\(\s*[\"'](?:{'|'.join(upper)})\.|get_model\(\s*[\"'](?:{'|'.join(upper)})")
        found += [str(path) for path in Path(apps.get_app_config(app).path).rglob("*.py") if pattern.search(path.read_text())]
    assert not found


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.slow
def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout[-3000:]


APPEND_ONLY = {
    "branch_auditrow",
    "approvals_decision",
    "approvals_trailevent",
    "payroll_payadjustment",
    "payroll_outsidesettlement",
    "archives_filing",
}
HELD = {"payroll_payrun", "payroll_payslip"}


@pytest.mark.django_db
def test_what_only_grows_and_what_is_signed_is_held_by_the_database() -> None:
    """A later migration that rebuilds a table on SQLite would drop its triggers without a word."""
    catalogue = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        triggers = {row[0] for row in cursor.fetchall()}
    names = {f"append_only_{table}" for table in APPEND_ONLY} | {f"held_{table}" for table in HELD}
    wanted = {f"{name}_{act}" for name in names for act in ("update", "delete")}
    assert wanted <= triggers
