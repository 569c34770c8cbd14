"""Writes of the month's inputs: pre-check, book, drop. All or nothing; a re-import of the same content writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import keep, read
from branch.files.responses import XLSX
from branch.org.models import Branch
from branch.people.employment import ended_elsewhere
from branch.people.models import Person
from kernel.digests import plain
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.seen import Overtaken, require_seen
from payroll.intake import access, parsing, queries, rules, states
from payroll.intake.findings import sentence
from payroll.intake.models import InputSheet, MonthlyInput
from payroll.intake.register import refuse_when_frozen
from payroll.intake.shown import kept_changes
from payroll.reckoning.facts import INPUT_COLUMNS

CELLS = tuple(INPUT_COLUMNS)
MOST_NAMED = 20


@dataclass
class Judged:
    """A sheet read and judged against today's roster: nothing written yet."""

    read: parsing.ReadSheet
    found: rules.Findings
    people: dict[str, rules.Known]
    changes: list[dict[str, Any]]


@transaction.atomic
def check_inputs(*, content: bytes, name: str, branch: Branch, by: Person, month: Month | None = None) -> InputSheet:
    """Step two of the import: read and judge the file, keep it with what was found. Books nothing."""
    access.may_import_inputs(by, branch)
    settled = parsing.month_of(name, month)
    judged = _judge(content, name, branch, settled)
    if judged.changes:
        refuse_when_frozen(branch, settled)
    sheet = InputSheet(branch=branch, month=settled, file=keep(content, name=name, content_type=XLSX, by=by), imported_by=by)
    _note(sheet, judged)
    sheet.save()
    record(
        by=by,
        act="intake.inputs_check",
        subject=sheet,
        summary=f"预检{settled.label}核算输入:{sheet.rows} 行,错误 {len(sheet.refused)},异常 {len(sheet.exceptions)}",
        branch_code=branch.code,
        file=sheet.file.sha256,
    )
    return sheet


@transaction.atomic
def book_inputs(*, sheet_id: int, by: Person, seen: str = "") -> InputSheet:
    """Step three: the sheet becomes the month's inputs, in place of the one before. Judged again on the roster of now.

    Returns the booked sheet: the earlier one when the content is the same. `seen` is the stamp of the changes the page
    showed; raises Overtaken when they are others by now, because a colleague has booked another sheet.
    """
    sheet = InputSheet.objects.select_for_update(of=("self",)).select_related("branch", "file").get(pk=sheet_id)
    access.may_import_inputs(by, sheet.branch)
    states.INPUT_SHEET.after(sheet.state, "book")
    Branch.objects.select_for_update().get(pk=sheet.branch_id)  # two imports of one branch follow each other
    judged = _judge(read(sheet.file), sheet.file.name, sheet.branch, sheet.month)
    _note(sheet, judged)
    if sheet.refused:
        items = [sentence(item) for item in sheet.refused]
        raise Refusal(f"{sheet.month.label}核算输入有 {len(items)} 处错误,整份没有导入,请改好后重新上传", items=items)
    former = InputSheet.objects.select_for_update().filter(branch=sheet.branch, month=sheet.month, state=states.BOOKED).first()
    if former is not None and not judged.changes:
        return _same_again(sheet, former)
    _require_seen(seen, former, judged)
    refuse_when_frozen(sheet.branch, sheet.month)
    if former is not None:
        former.state = states.INPUT_SHEET.after(former.state, "replace")
        former.save(update_fields=["state"])
    sheet.state, sheet.booked_at = states.INPUT_SHEET.after(sheet.state, "book"), timezone.now()
    sheet.save()
    _write_rows(sheet, judged)
    record(
        by=by,
        act="intake.inputs_book",
        subject=sheet,
        summary=f"导入{sheet.month.label}核算输入 {sheet.rows} 人,异常 {len(sheet.exceptions)}",
        branch_code=sheet.branch.code,
        file=sheet.file.sha256,
        replaced=former.pk if former else None,
        changes=[f"{one['staff_no']} {one['column'] or one['new']}" for one in judged.changes[:200]],
        change_count=len(judged.changes),
    )
    return sheet


def _require_seen(seen: str, former: InputSheet | None, judged: Judged) -> None:
    """What the page compared with must still be what is booked."""
    try:
        require_seen(seen, shown_changes(judged.changes), what="本月已导入的核算输入")
    except Overtaken as overtaken:
        who = f"同事 {former.imported_by} " if former else "同事"
        overtaken.items = [
            f"{one['staff_no']} {one['name']} {one['column'] or '整行'}:{who}的是“{one['old']}”,您文件里是“{one['new']}”"
            for one in kept_changes(judged.changes[:MOST_NAMED])
        ]
        if len(judged.changes) > MOST_NAMED:
            overtaken.items.append(f"……共 {len(judged.changes)} 处不同")
        raise


def shown_changes(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page of a pre-checked sheet shows of what it would change."""
    return {"changes": changes}


@transaction.atomic
def recheck_inputs(*, sheet_id: int, by: Person) -> InputSheet:
    """Compare a pre-checked sheet once more with what is booked by now. Books nothing."""
    sheet = InputSheet.objects.select_for_update(of=("self",)).select_related("branch", "file").get(pk=sheet_id)
    access.may_import_inputs(by, sheet.branch)
    states.INPUT_SHEET.after(sheet.state, "book")
    _note(sheet, _judge(read(sheet.file), sheet.file.name, sheet.branch, sheet.month))
    sheet.save()
    return sheet


@transaction.atomic
def drop_inputs(*, sheet_id: int, by: Person) -> InputSheet:
    """Give up a pre-checked sheet; nothing had been booked."""
    sheet = InputSheet.objects.select_for_update(of=("self",)).select_related("branch").get(pk=sheet_id)
    access.may_import_inputs(by, sheet.branch)
    sheet.state = states.INPUT_SHEET.after(sheet.state, "drop")
    sheet.save(update_fields=["state"])
    record(
        by=by,
        act="intake.inputs_drop",
        subject=sheet,
        summary=f"放弃{sheet.month.label}核算输入的预检文件",
        branch_code=sheet.branch.code,
    )
    return sheet


def import_inputs(*, content: bytes, name: str, branch: Branch, by: Person, month: Month | None = None) -> InputSheet:
    """Check and book in one go, as the command does. A file with mistakes is refused with every mistake named."""
    checked = check_inputs(content=content, name=name, branch=branch, by=by, month=month)
    return book_inputs(sheet_id=checked.pk, by=by)


def _judge(content: bytes, name: str, branch: Branch, month: Month) -> Judged:
    sheet = parsing.read_inputs(content, name)
    people = queries.known_in(branch, month)
    listed = {row["staff_no"] for row in sheet.rows}
    taken = _taken_elsewhere(people, branch, month)
    here = {staff_no: known for staff_no, known in people.items() if staff_no not in taken}
    strangers = queries.strangers_among(listed - here.keys(), branch, month) | taken
    found = rules.check_inputs(sheet.rows, here, strangers, month=month, work_days=queries.work_days(month), unread=sheet.unread)
    found.refused = sorted([sheet.finding(problem) for problem in sheet.problems] + found.refused, key=lambda item: item.row)
    return Judged(sheet, found, here, _changes(sheet.rows, here, branch, month))


def _taken_elsewhere(people: dict[str, rules.Known], branch: Branch, month: Month) -> dict[str, str]:
    """Who already has a row of this month at another branch, or was there before within it: a month of a person is paid once."""
    rows = MonthlyInput.objects.filter(month=month, person__in=[known.person_id for known in people.values()])
    others = rows.exclude(branch=branch).select_related("person", "branch")
    found = {
        row.person.staff_no: f"{month.label}已在{row.branch.name}的核算输入里,一人一月只核算一次;应在这里核算的,请那边去掉这一行"
        for row in others
    }
    begun = {known.person_id: known.hired_on for known in people.values() if known.hired_on in month}
    before = ended_elsewhere(begun, branch, month)
    for staff_no, known in people.items():
        if one := before.get(known.person_id):
            found[staff_no] = (
                f"{month.label}在{one.branch.name}任职到 {one.ended_on},由那里核算;请去掉这一行,"
                f"并在名册把在{branch.name}的入职日期更正为 {month.next.first}"
            )
    return found


def _changes(rows: Iterable[rules.Row], people: dict[str, rules.Known], branch: Branch, month: Month) -> list[dict[str, Any]]:
    """What the file changes against the month as booked: cells, people added, people gone."""
    before = {row.person.staff_no: row for row in queries.inputs_for(branch, month).values()}
    changes: list[dict[str, Any]] = []
    listed = set()
    for row in rows:
        known = people.get(row["staff_no"])
        if known is None:
            continue
        listed.add(known.staff_no)
        old = before.get(known.staff_no)
        if old is None:
            changes.append(_change(known.staff_no, known.name, "", None, "新增"))
            continue
        for key in CELLS:
            if getattr(old, key) != row[key]:
                changes.append(_change(known.staff_no, known.name, INPUT_COLUMNS[key], getattr(old, key), row[key]))
    for staff_no in sorted(before.keys() - listed):
        changes.append(_change(staff_no, before[staff_no].person.name, "", "原有", "删除"))
    return changes


def _change(staff_no: str, name: str, column: str, old: object, new: object) -> dict[str, Any]:
    return {"staff_no": staff_no, "name": name, "column": column, "old": _shown(old), "new": _shown(new)}


def _shown(value: object) -> str:
    return {None: "空", True: "是", False: "否"}[value] if value is None or isinstance(value, bool) else str(value)


def _note(sheet: InputSheet, judged: Judged) -> None:
    sheet.rows = judged.read.count
    sheet.refused = [finding.as_dict() for finding in judged.found.refused]
    sheet.exceptions = [finding.as_dict() for finding in judged.found.exceptions]
    aside = [rules.Finding(0, "", "", "", "", message) for message in judged.read.notices]
    sheet.notices = [finding.as_dict() for finding in (*aside, *judged.found.notices)]
    sheet.changes = plain(judged.changes)


def _same_again(sheet: InputSheet, former: InputSheet) -> InputSheet:
    """The same content once more: the new file is put aside, not a row is written."""
    sheet.state = states.INPUT_SHEET.after(sheet.state, "drop")
    sheet.save()
    return former


def _write_rows(sheet: InputSheet, judged: Judged) -> None:
    rows = [
        MonthlyInput(
            sheet=sheet,
            row=row.number,
            person_id=judged.people[row["staff_no"]].person_id,
            branch=sheet.branch,
            month=sheet.month,
            **{key: row[key] for key in CELLS},
        )
        for row in judged.read.rows
    ]
    gone = MonthlyInput.objects.filter(branch=sheet.branch, month=sheet.month)
    gone.exclude(person__in=[row.person_id for row in rows]).delete()
    MonthlyInput.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["person", "month"], update_fields=["sheet", "row", "branch", *CELLS]
    )
