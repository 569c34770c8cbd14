"""Writes of progress: taking the CRM's figures as they are, asking for a note where a month is behind, answering it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.prepared import insert
from clients.figures.models import FiguresMonth
from clients.figures.states import LOCKED
from clients.imports.queries import months_of as imported_months
from kernel.months import Month, months_between
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.targets import access, pace, queries, register, states
from teams.plans.targets.measuring import Day, data_day_of, measure
from teams.plans.targets.models import DayFigure, DeviationNote, StaleMonth, Target
from teams.plans.targets.progress import Board, Measured, Standing, board_of, deviation_limit, months_with_figures

COLUMNS = ("accounts", "valid_accounts", "assets", "net_income", "product_sales")


@transaction.atomic
def take_figures(*, branch: Branch, month: Month, by: Person | None = None) -> int:
    """Bring a month's days up to what the figures are now, and ask for notes. Returns how many rows were written (0: no change).

    Nobody types them: `by` is who asked, None the machine. Running it again changes nothing.
    """
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)  # two at once would write the same days
    day = data_day_of(branch, month)
    if day is None:
        return 0
    days = measure(branch, month, day)
    written = _replace(branch, month, days)
    if written:
        record(
            by=by,
            act="progress.take",
            subject=branch,
            summary=f"更新{month.label}目标进度,数据截至 {day}",
            branch_code=branch.code,
            month=month,
            rows=written,
        )
    _ask_notes(branch, month)
    register.tell_measured(branch, month)
    return written


def _replace(branch: Branch, month: Month, days: Sequence[Day]) -> int:
    present = DayFigure.objects.filter(branch=branch, month=month).order_by("person", "day")
    kept = [tuple(row) for row in present.values_list("person", "day", *COLUMNS, "taken", "latest")]
    wanted = [(one.person, one.day, *one.values, one.taken, one.latest) for one in days]
    if sorted(kept) == sorted(wanted):
        return 0
    present.delete()
    DayFigure.objects.bulk_create(
        [
            DayFigure(
                branch=branch,
                month=month,
                person_id=one.person,
                day=one.day,
                taken=one.taken,
                latest=one.latest,
                **dict(zip(COLUMNS, one.values, strict=True)),
            )
            for one in days
        ],
        batch_size=1000,
    )
    return len(days)


def _ask_notes(branch: Branch, month: Month) -> None:
    """Progress is checked on the 15th and at the month's end (S3): from the 15th on, who is behind the limit is asked why."""
    measured = Measured(branch, month)
    as_of = measured.as_of()
    if as_of is None or as_of.day < pace.DUE_DAY:
        return
    targets = Target.objects.of_year(branch, month.year).filter(state=states.IN_FORCE).select_related(*queries.UNITS)
    board = board_of(targets, measured, deviation_limit(month.first))
    asked = [line for line in board.lines if line.is_behind and (line.note is None or line.note.state == states.LAPSED)]
    for line in asked:
        _ask(line, board, as_of)
    for line in board.lines:
        if line.note is not None and line.note.state == states.ASKED and not line.is_behind:
            line.note.state = states.NOTE.after(line.note.state, "lapse")
            line.note.save(update_fields=["state"])


def _ask(line: Standing, board: Board, day: date) -> None:
    note = line.note or DeviationNote(target=line.target, month=board.month)
    if line.note is not None:
        note.state = states.NOTE.after(line.note.state, "ask")
    note.completion, note.deviation, note.asked_on = line.completion or 0, line.lag, day
    note.save()
    if line.target.person is not None:
        share = f"{note.completion * 100:.1f}%"
        tell(
            [line.target.person],
            f"{board.month.label}{line.target.kind.label}完成 {share},落后较多,请写明原因和改进措施",
            key=f"progress.ask:{note.pk}:{day}",
            link=f"/plans/progress/notes/{note.pk}/",
        )


def shown_note(note: DeviationNote | None) -> dict[str, str]:
    """What the page of a note shows of what was answered, for the stamp of two editors; None: nothing yet."""
    return {"cause": note.cause, "action": note.action} if note is not None else {"cause": "", "action": ""}


@transaction.atomic
def answer_note(*, note_id: int, cause: str, action: str, by: Person, seen: str = "") -> DeviationNote:
    """Say why a month is behind and what is done about it; may be said better later, every version is in the log. Raises
    Overtaken when somebody else answered since `seen` was shown."""
    paths = [f"target__{unit}" for unit in queries.UNITS]
    note = DeviationNote.objects.select_for_update(of=("self",)).select_related("target", *paths).filter(pk=note_id).first()
    if note is None:
        raise Unknown("没有这份偏差说明")
    access.require_may_answer(by, note)
    after = states.NOTE.after(note.state, "answer")
    require_seen(seen, shown_note(note), what=str(note))
    if not cause.strip() or not action.strip():
        raise Refusal("原因和改进措施都要写", code="incomplete")
    note.state, note.answered_by, note.answered_at = after, by, timezone.now()
    note.cause, note.action = cause.strip()[:400], action.strip()[:400]
    note.save()
    record(
        by=by,
        act="progress.answer",
        subject=note,
        summary=f"代{note.answered_for}填写{note}" if note.answered_for else f"填写{note}",
        branch_code=note.target.branch.code,
        cause=note.cause,
        action=note.action,
    )
    return note


def mark_stale(branch: Branch, month: Month, onward: bool) -> None:
    """The registry's month guard: whatever is about to change a month's figures leaves a mark in the same transaction.
    It refuses nothing. `onward`: later months rest on it, too."""
    last = max(month, Month.of(timezone.localdate())) if onward else month
    for one in months_between(month, last):
        insert(StaleMonth(branch=branch, month=one, marked_at=timezone.now()), or_update_by=("branch_id", "month"))


def take_marked(most: int = 100) -> int:
    """Measure the months that are marked, oldest mark first. Returns how many. A mark renewed meanwhile stays."""
    marked = list(StaleMonth.objects.select_related("branch").order_by("marked_at")[:most])
    for mark in marked:
        take_figures(branch=mark.branch, month=mark.month)
        StaleMonth.objects.filter(pk=mark.pk, marked_at=mark.marked_at).delete()
    return len(marked)


def take_open_months(today: date | None = None) -> int:
    """The sweep: every branch's months of this year (in January, also December), locked ones once. Returns the rows written."""
    month = Month.of(today or timezone.localdate())
    since = min(Month(month.year, 1), month.previous)
    written = 0
    for branch in Branch.objects.all():
        locked = set(FiguresMonth.objects.filter(branch=branch, state=LOCKED).values_list("month", flat=True))
        measured = set(months_with_figures(branch))
        for one in imported_months(branch):
            if one >= since and not (one in locked and one in measured):
                written += take_figures(branch=branch, month=one)
    return written
