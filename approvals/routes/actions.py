"""Every write to a route."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from approvals.routes import states
from approvals.routes.models import Route
from approvals.routes.rules import read_signers, read_stages
from branch.audit.actions import record
from kernel.refusals import Refusal

REFERENCE = Path(__file__).with_name("reference") / "routes.json"


@transaction.atomic
def seed_routes(path: Path = REFERENCE) -> int:
    """Put the reference routes in force, once. Returns how many the file has; a used version is never changed."""
    entries = json.loads(path.read_text(encoding="utf-8"))["routes"]
    for entry in entries:
        _seed_route(entry)
    return len(entries)


def _seed_route(entry: dict[str, Any]) -> None:
    read_stages(entry["stages"])
    read_signers(entry.get("copies", []))
    read_signers(entry.get("chasers", []))
    values = {
        "name": entry["name"],
        "effective_from": date.fromisoformat(entry["effective_from"]),
        "state": states.ACTIVE,
        "stages": entry["stages"],
        "copies": entry.get("copies", []),
        "chasers": entry.get("chasers", []),
        "same_person_twice": entry.get("same_person_twice", False),
        "basis": entry.get("basis", ""),
    }
    key = {"kind": entry["kind"], "branch": None, "version": entry["version"]}
    route, created = Route.objects.get_or_create(**key, defaults=values)
    changed = [name for name, value in values.items() if getattr(route, name) != value]
    if changed and route.requests.exists():
        raise Refusal(f"流程“{route}”已有申请使用,不能改动;请在 routes.json 中提升版本号", code="route_used")
    if changed:
        Route.objects.filter(pk=route.pk).update(**values)
    if created or changed:
        record(by=None, act="approvals.seed_route", subject=route, summary=f"装入审批流程 {route}")
