"""Writes of a file of targets: pre-check, book, drop. All rows or none. What of it leaves the house is logged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import keep, read
from branch.files.responses import XLSX
from branch.org.models import Branch, Team
from branch.people.models import Person
from kernel.digests import plain
from kernel.refusals import Refusal
from kernel.seen import Overtaken, require_seen
from teams.plans.targets import access, queries, rules, sheets, states
from teams.plans.targets.actions.breaking import set_parts
from teams.plans.targets.metrics import COUNTED, METRICS, Level
from teams.plans.targets.models import Target, TargetSheet
from teams.plans.targets.queries import Months, Unit

MOST_NAMED = 20


@dataclass
class Below:
    """Who may have a target of one metric: staff number → the target above, the unit, and the part there is."""

    above: dict[str, Target] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    parts: dict[str, Target] = field(default_factory=dict)
    months: dict[int, Months] = field(default_factory=dict)

    def now(self, staff_no: str) -> Months | None:
        part = self.parts.get(staff_no)
        return self.months[part.pk] if part is not None else None


@dataclass
class Judged:
    """A sheet read and judged against the targets of now: nothing written yet. `parts`: by the target above, then the unit."""

    count: int
    refused: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[int, dict[str, list[Decimal] | None]] = field(default_factory=lambda: defaultdict(dict))


Groups = frozenset[int] | None  # None: all of the team


def below(branch: Branch, team: Team | None, year: int, groups: Groups = None) -> dict[str, Below]:
    """Metric → whom a target of the group (else of the team) reaches, and who has a part; three statements."""
    found = {metric: Below() for metric in COUNTED}
    uppers: dict[tuple[str, str], Target] = {}
    rows = Target.objects.of_year(branch, year).exclude(level=Level.BRANCH).filter(metric__in=COUNTED)
    rows = (rows.filter(team=team) if team is not None else rows).select_related(*queries.UNITS, "parent")
    for row in rows:
        if groups is not None and row.group_id not in groups:
            continue
        if row.person is None:
            uppers[row.metric, queries.key_of(row)] = row
        elif row.parent is not None:
            place, staff_no = found[row.metric], row.person.staff_no
            place.parts[staff_no], place.above[staff_no], place.units[staff_no] = row, row.parent, queries.unit_of(row)
    for unit in queries.posted_units(branch, team, timezone.localdate()):
        key = f"group-{unit.group.pk}" if unit.group is not None else f"team-{unit.team.pk}" if unit.team is not None else ""
        for metric, place in found.items():
            upper = uppers.get((metric, key))
            if upper is not None and unit.person is not None and unit.person.staff_no not in place.parts:
                place.above[unit.person.staff_no], place.units[unit.person.staff_no] = upper, unit
    months = queries.months_of(part.pk for place in found.values() for part in place.parts.values())
    for place in found.values():
        place.months = months
    return found


@transaction.atomic
def check_sheet(*, content: bytes, name: str, branch: Branch, team: Team | None, year: int, by: Person) -> TargetSheet:
    """Step two of the import: read and judge the file, keep it with what was found. Sets nothing."""
    judged = _judge(content, name, branch, team, year, groups=access.import_groups(by, branch, team))
    file = keep(content, name=name, content_type=XLSX, by=by)
    sheet = TargetSheet(branch=branch, team=team, year=year, file=file, imported_by=by)
    _note(sheet, judged)
    sheet.save()
    _record(by, "target_sheets.check", sheet, f"预检{sheet}:{sheet.rows} 行,错误 {len(sheet.refused)}", file=file.sha256)
    return sheet


def shown_changes(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page of a pre-checked file shows of what it would change, for the stamp of two editors."""
    return {"changes": changes}


@transaction.atomic
def book_sheet(*, sheet_id: int, by: Person, seen: str = "") -> TargetSheet:
    """Step three: the rows become drafts of targets. Judged again on the targets of now; one wrong row and none is written.

    `seen` is the stamp of the changes that were shown; raises Overtaken when they are others by now: a colleague has set targets.
    """
    sheet = _locked(sheet_id)
    groups = access.import_groups(by, sheet.branch, sheet.team)
    after = states.SHEET.after(sheet.state, "book")
    _hold_uppers(sheet)
    judged = _judge(read(sheet.file), sheet.file.name, sheet.branch, sheet.team, sheet.year, groups=groups)
    _note(sheet, judged)
    if sheet.refused:
        items = [_sentence(one) for one in sheet.refused]
        raise Refusal(f"{sheet}有 {len(items)} 处错误,整份没有导入,请改好后重新上传", items=items)
    _require_seen(seen, sheet)
    for target_id, parts in judged.parts.items():
        set_parts(target_id=target_id, parts=parts, by=by)
    sheet.state, sheet.booked_at = after, timezone.now()
    sheet.save()
    _record(
        by, "target_sheets.book", sheet, f"导入{sheet} {sheet.rows} 行,改动 {len(sheet.changes)} 项", changes=sheet.changes[:200]
    )
    return sheet


def _require_seen(seen: str, sheet: TargetSheet) -> None:
    """What the page compared with must still be what is set; both values are said, person by person."""
    try:
        require_seen(seen, shown_changes(sheet.changes), what="这份文件要改动的目标")
    except Overtaken as overtaken:
        overtaken.items = [
            f"{one['name']}{one['metric']}:现有全年目标“{one['old'] or '没有'}”,您文件里是“{one['new']}”"
            for one in sheet.changes[:MOST_NAMED]
        ]
        if len(sheet.changes) > MOST_NAMED:
            overtaken.items.append(f"……共 {len(sheet.changes)} 项不同")
        overtaken.items = overtaken.items or ["现有目标已与您的文件完全一致,确认后不会有任何改动"]
        raise


@transaction.atomic
def recheck_sheet(*, sheet_id: int, by: Person) -> TargetSheet:
    """Compare a pre-checked file once more with the targets of now. Sets nothing."""
    sheet = _locked(sheet_id)
    groups = access.import_groups(by, sheet.branch, sheet.team)
    if sheet.state == states.CHECKED:
        _note(sheet, _judge(read(sheet.file), sheet.file.name, sheet.branch, sheet.team, sheet.year, groups=groups))
        sheet.save(update_fields=["rows", "refused", "changes"])
    return sheet


@transaction.atomic
def drop_sheet(*, sheet_id: int, by: Person) -> TargetSheet:
    """Give up a pre-checked file; nothing had been set."""
    sheet = _locked(sheet_id)
    access.import_groups(by, sheet.branch, sheet.team)
    sheet.state = states.SHEET.after(sheet.state, "drop")
    sheet.save(update_fields=["state"])
    _record(by, "target_sheets.drop", sheet, f"放弃{sheet}的预检文件")
    return sheet


def _hold_uppers(sheet: TargetSheet) -> None:
    """Lock the targets that the file breaks down: what is judged now is so until it is written."""
    rows = Target.objects.of_year(sheet.branch, sheet.year).filter(metric__in=COUNTED, person=None).exclude(level=Level.BRANCH)
    rows = rows.filter(team=sheet.team) if sheet.team is not None else rows
    list(rows.select_for_update().order_by("pk").values_list("pk"))


def _locked(sheet_id: int) -> TargetSheet:
    return TargetSheet.objects.select_for_update(of=("self",)).select_related("branch", "team", "file").get(pk=sheet_id)


def _judge(content: bytes, name: str, branch: Branch, team: Team | None, year: int, *, groups: Groups) -> Judged:
    read_rows = sheets.read_sheet(content, name)
    judged = Judged(read_rows.count)
    judged.refused = [
        {"row": one.row, "column": one.column, "value": one.value, "message": one.message} for one in read_rows.problems
    ]
    places = below(branch, team, year, groups)
    seen: dict[tuple[str, str], int] = {}
    for row in read_rows.rows:
        metric = sheets.BY_LABEL[row["metric"]]
        said = _wrong(row, metric, places[metric], seen)
        if said:
            judged.refused.append({"row": row["row"], "column": said[0], "value": said[1], "message": said[2]})
        else:
            _take(row, metric, places[metric], judged)
    if not judged.refused:
        judged.refused = _beyond(judged)
    judged.refused.sort(key=lambda one: one["row"])
    return judged


def _wrong(row: Mapping[str, Any], metric: str, place: Below, seen: dict[tuple[str, str], int]) -> tuple[str, str, str] | None:
    """Column, value and what to mend; None for a sound row."""
    staff_no, months = row["staff_no"], sheets.months_in(row)
    unit = place.units.get(staff_no)
    if (staff_no, metric) in seen:
        return "工号", staff_no, f"与第 {seen[staff_no, metric]} 行重复,一人一个项目一行"
    seen[staff_no, metric] = row["row"]
    if unit is None or unit.person is None:
        return "工号", staff_no, f"不在这里可分解的人员里:请先给所在小组或团队填写{METRICS[metric].label}目标,或核对工号"
    if row["name"] and row["name"] != unit.person.name:
        return "姓名", row["name"], f"工号 {staff_no} 的姓名是{unit.person.name}"
    part = place.parts.get(staff_no)
    if part is not None and part.in_force and months is not None and months != place.now(staff_no):
        return "项目", METRICS[metric].label, "该目标已生效,不能导入改动;请在页面上提出变更"
    try:
        for amount in months or ():
            rules.require_amount(amount, METRICS[metric], unit.person.name)
    except Refusal as refusal:
        return "项目", METRICS[metric].label, str(refusal)
    return None


def _take(row: Mapping[str, Any], metric: str, place: Below, judged: Judged) -> None:
    """A sound row: what it changes. A row without figures leaves the target as it is."""
    staff_no, months = row["staff_no"], sheets.months_in(row)
    now, unit = place.now(staff_no), place.units[staff_no]
    if months is None or months == now:
        return
    kind = METRICS[metric]
    judged.parts[place.above[staff_no].pk][unit.key] = months
    old = "" if now is None else rules.shown(rules.year_figure(now, kind), kind)
    new = rules.shown(rules.year_figure(months, kind), kind)
    change = {"staff_no": staff_no, "name": unit.name, "metric": kind.label, "old": old, "new": new}
    judged.changes.append(change | {"was": now})  # month by month: a year may stay what it is, and its months not


def _beyond(judged: Judged) -> list[dict[str, Any]]:
    """Where the file's parts and those that stay are more than the target above: told before anybody confirms."""
    found: list[dict[str, Any]] = []
    rows = Target.objects.filter(pk__in=judged.parts).select_related(*queries.UNITS)
    for target in rows:
        parts = {part.pk: queries.key_of(part) for part in target.parts.all()}
        months = queries.months_of([target.pk, *parts])
        named: dict[str, Sequence[Decimal]] = {key: months[pk] for pk, key in parts.items()}
        named |= {key: amounts for key, amounts in judged.parts[target.pk].items() if amounts is not None}
        try:
            rules.require_within(months[target.pk], named, target.kind, of=target.unit_name)
        except Refusal as refusal:
            said = f"{refusal}:{refusal.items[0]}" if refusal.items else str(refusal)
            found.append({"row": 0, "column": target.kind.label, "value": "", "message": said})
    return found


def _note(sheet: TargetSheet, judged: Judged) -> None:
    sheet.rows, sheet.refused, sheet.changes = judged.count, plain(judged.refused), plain(judged.changes)


def _sentence(one: Mapping[str, Any]) -> str:
    where = f"第 {one['row']} 行" if one["row"] else "整份"
    return f"{where}「{one['column']}」{one['message']}"


def rows_for_template(branch: Branch, team: Team | None, year: int, groups: Groups = None) -> Iterable[dict[str, Any]]:
    """Everybody who may have a target, each metric that has been broken down so far, with what is set."""
    for metric, place in below(branch, team, year, groups).items():
        for staff_no in sorted(place.units):
            person = place.units[staff_no].person
            yield sheets.sheet_row(staff_no, person.name if person else "", metric, place.now(staff_no))


@transaction.atomic
def take_template(*, branch: Branch, team: Team | None, year: int, by: Person) -> tuple[bytes, str]:
    """(content, name) of the sheet to fill in. No blank: it tells what everybody is to reach, so its leaving is logged."""
    rows = list(rows_for_template(branch, team, year, access.import_groups(by, branch, team)))
    record(
        by=by,
        act="target_sheets.template",
        subject=team or branch,
        summary=f"下载{team or branch}{year}年{sheets.TITLE}模板(含现有目标),{len(rows)} 行",
        branch_code=branch.code,
    )
    return sheets.template(rows), f"{team or branch}_{year}_{sheets.TITLE}.xlsx"


@transaction.atomic
def take_mistakes(*, sheet_id: int, by: Person) -> tuple[bytes, str]:
    """(content, name) of the sheet as it came, with its reasons, for who may see it. Raises Unknown. Its leaving is logged."""
    sheet = queries.sheet_for(by, sheet_id)
    content = sheets.errors(read(sheet.file), sheet.file.name, sheet.refused)
    _record(by, "target_sheets.errors", sheet, f"下载{sheet}的错误清单,{len(sheet.refused)} 处", original=sheet.file.sha256)
    return content, f"{sheets.TITLE}_{sheet.year}_错误.xlsx"


def _record(by: Person, act: str, sheet: TargetSheet, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=sheet, summary=summary, branch_code=sheet.branch.code, **details)
