"""The handover list: made at the approval, arranged client by client, signed by all; then clients change and the move begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from branch import clearance
from branch.audit.actions import record
from branch.notices.actions import tell
from branch.people.models import Engagement, Person
from branch.people.postings import posting_on, posting_words, repost
from clients.registry.actions import hand_over
from clients.registry.queries import open_relations_of
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from teams.plans.moves import access, queries, rules, states
from teams.plans.moves.models import Handover, HandoverLine, HandoverReceipt, Leaving, Move

CHUNK = 2000


def locked_list(handover_id: int) -> Handover:
    """The list's row, locked: every signature and change of it waits here. Raises Unknown."""
    rows = Handover.objects.select_for_update(of=("self",)).select_related(
        "branch", "team", "giver", "witness", "move", "move__person", "leaving", "leaving__person"
    )
    found = rows.filter(pk=handover_id).first()
    if found is None:
        raise Unknown("没有这份交接清单")
    return found


def locked_move(move_id: int) -> Move:
    """The move's row, locked. Who also needs its list takes the list first. Raises Unknown."""
    rows = Move.objects.select_for_update(of=("self",)).select_related("branch", "person", "approval", *queries.PLACES)
    found = rows.filter(pk=move_id).first()
    if found is None:
        raise Unknown("没有这次调动")
    return found


def make_list(subject: Move | Leaving) -> Handover:
    """The giver's clients of today, one line each; within the approval's transaction and act."""
    move, leaving = (subject, None) if isinstance(subject, Move) else (None, subject)
    keeps = move is not None and rules.keeps_clients(move.now, move.then)
    team = move.from_team if move is not None else subject.team  # type: ignore[union-attr]
    made = Handover.objects.create(
        move=move,
        leaving=leaving,
        branch=subject.branch,
        team=team,
        giver=subject.person,
        witness=queries.first_witness(subject.person, subject.branch, team, timezone.localdate()),
        keeps_new=keeps,
    )
    _add_lines(made)
    undecided = queries.counts_of(made)[rules.OPEN]
    said = f",{undecided} 位客户待安排接收人" if undecided else ",请移交人和监交人签字"
    people = [subject.made_by, subject.person, *([made.witness] if made.witness else [])]
    tell(people, f"{subject}已批准,交接清单已生成{said}", key=f"handover:{made.pk}:made", link=made.get_absolute_url())
    return made


def _add_lines(handover: Handover) -> int:
    """Lines for clients that are not on the list. Returns how many."""
    decision = rules.KEEP if handover.keeps_new else rules.OPEN
    clients = list(queries.missing_clients(handover).values_list("client", flat=True))
    lines = (HandoverLine(handover=handover, client_id=client, decision=decision) for client in clients)
    HandoverLine.objects.bulk_create(lines, batch_size=CHUNK)
    return len(clients)


def _require_unsigned(handover: Handover) -> None:
    """A list that somebody has signed is changed by nobody; `begin_anew` takes the signatures back first."""
    if not handover.is_open:
        raise Refusal("这份交接清单已签字完毕或已撤销,不能再改动", code="wrong_state")
    if handover.begun or handover.receipts.exists():
        raise Refusal("已有人签字,清单不能再改动;需要改动请先“重新安排”,已签的字作废重签", code="signed")


@transaction.atomic
def refresh(*, handover_id: int, by: Person) -> tuple[int, int]:
    """Take in clients who came since, drop those who went. Returns how many of each."""
    handover = locked_list(handover_id)
    access.require_may_arrange(by, handover)
    _require_unsigned(handover)
    held = open_relations_of(handover.giver).filter(client__branch=handover.branch).values("client")
    gone = handover.lines.exclude(client__in=held).delete()[0]
    come = _add_lines(handover)
    note_down(by, "refresh", handover, f"更新{handover}:新增 {come} 户,去掉 {gone} 户", come=come, gone=gone)
    return come, gone


@transaction.atomic
def assign(*, handover_id: int, decision: str, receiver: Person | None, by: Person, line_ids: Iterable[int] | None = None) -> int:
    """Say what becomes of the chosen lines (None: of all still undecided). Returns how many changed."""
    handover = locked_list(handover_id)
    access.require_may_arrange(by, handover)
    _require_unsigned(handover)
    if decision not in (rules.KEEP, rules.HAND):
        raise Refusal("请选择留给本人,或选择接收人", code="no_decision")
    if decision == rules.KEEP and handover.leaving_id is not None:
        raise Refusal("离职人员的客户须全部移交,不能留给本人", code="all_must_go")
    if decision == rules.HAND:
        if receiver is None:
            raise Refusal("请选择接收人", code="no_receiver")
        if not queries.receivers_for(handover).filter(pk=receiver.pk).exists():
            raise Refusal(f"{receiver}不能接收:须是{handover.branch}在岗的客户经理,且不是移交人或监交人", code="bad_receiver")
    rows = handover.lines.filter(decision=rules.OPEN) if line_ids is None else _chosen(handover, set(line_ids))
    count = rows.update(decision=decision, receiver=receiver if decision == rules.HAND else None)
    to = f"移交给{receiver}" if decision == rules.HAND else "留给本人"
    note_down(by, "assign", handover, f"{handover}:{count} 位客户{to}", count=count)
    return count


def _chosen(handover: Handover, ids: set[int]) -> QuerySet[HandoverLine]:
    """The lines of those numbers, all of them. None at all is no choice: it doesn't mean every line."""
    if not ids:
        raise Refusal("请先选择清单上的客户,或安排全部未定的", code="nothing_chosen")
    rows = handover.lines.filter(pk__in=ids)
    if rows.count() != len(ids):
        raise Refusal("所选的客户有的已不在清单上,一位都没有安排,请刷新后重选", code="stale")
    return rows


@transaction.atomic
def choose_witness(*, handover_id: int, witness: Person, by: Person) -> Handover:
    """更换监交人, before anybody has signed."""
    handover = locked_list(handover_id)
    access.require_may_arrange(by, handover)
    _require_unsigned(handover)
    if not queries.witnesses_for(handover).filter(pk=witness.pk).exists():
        raise Refusal(f"{witness}不能监交:须是负责人、经理或交易管理岗,且不是移交人或接收人", code="bad_witness")
    handover.witness = witness
    handover.save(update_fields=["witness"])
    note_down(by, "witness", handover, f"{handover}的监交人改为{witness}")
    return handover


@transaction.atomic
def begin_anew(*, handover_id: int, reason: str, by: Person) -> Handover:
    """重新安排: the signatures given so far count no more, the list may be changed again."""
    handover = locked_list(handover_id)
    access.require_may_arrange(by, handover)
    if not handover.is_open:
        raise Refusal("这份交接清单已签字完毕或已撤销,不能再改动", code="wrong_state")
    said = rules.require_reason(reason, to="重新安排的原因")
    signed = [str(party.person) for party in queries.parties_of(handover) if party.signed_at is not None]
    handover.receipts.all().delete()
    handover.giver_signed_at, handover.giver_signed_by, handover.absent_reason, handover.digest = None, None, "", ""
    handover.save()
    note_down(by, "anew", handover, f"{handover}重新安排:{said}", signed=signed)
    return handover


# --- signatures -------------------------------------------------------------------------------------------------------
@transaction.atomic
def sign(*, handover_id: int, seen_digest: str, by: Person) -> Handover:
    """The next signature of this person: giver and receivers in any order, the witness last, which completes the list.

    `seen_digest` is the hash of what the person had before them; refused where the list has changed since.
    """
    handover = locked_list(handover_id)
    _require_ready(handover)
    now = timezone.now()
    receives = by.pk not in (handover.giver_id, handover.witness_id)
    present = queries.digest_of(handover, by if receives else None)
    if by.pk == handover.giver_id:
        _require_seen(present, seen_digest)
        _sign_as_giver(handover, by, present)
    elif receives:
        _sign_as_receiver(handover, by, present, seen_digest)
    else:
        _require_seen(present, seen_digest)
        _sign_as_witness(handover, present)
    role = "接收人" if receives else "移交人" if by.pk == handover.giver_id else "监交人"
    note_down(by, "sign", handover, f"{by}作为{role}在{handover}上签字", role=role, digest=present, at=now)
    if handover.witness_signed_at is not None:
        _complete(handover, by)
    return handover


@transaction.atomic
def sign_for_absent(*, handover_id: int, reason: str, seen_digest: str, by: Person) -> Handover:
    """代签: a leaver who can't be found or refuses; the branch manager signs in their place and says why."""
    handover = locked_list(handover_id)
    _require_ready(handover)
    access.require_may_sign_for_absent(by, handover)
    said = rules.require_reason(reason, to="移交人不能签字的原因")[:200]
    present = queries.digest_of(handover)
    _require_seen(present, seen_digest)
    handover.absent_reason = said
    _sign_as_giver(handover, by, present)
    note_down(by, "sign_for_absent", handover, f"{by}代{handover.giver}在{handover}上签字:{said}", digest=present)
    return handover


def _require_ready(handover: Handover) -> None:
    if not handover.is_open:
        raise Refusal("这份交接清单已签字完毕或已撤销,不需要再签字", code="wrong_state")
    if handover.witness is None:
        raise Refusal("还没有监交人,请团队负责人或经理先指定", code="no_witness")
    undecided = queries.counts_of(handover)[rules.OPEN]
    if undecided:
        raise Refusal(f"还有 {undecided} 位客户没有安排接收人,请团队负责人或经理先安排", code="undecided")
    if not handover.keeps_new and (came := queries.missing_clients(handover).count()):
        said = f"清单生成之后又有 {came} 位客户归{handover.giver},请团队负责人或经理更新清单(已有人签字的先“重新安排”)"
        raise Refusal(said, code="not_listed")


def _require_seen(present: str, seen: str) -> None:
    if present != seen:
        raise Refusal("清单在您打开页面之后有变动,您还没有签字;请核对新的清单后再签", code="changed")


def _sign_as_giver(handover: Handover, by: Person, present: str) -> None:
    if handover.begun:
        raise Refusal("移交人已经签过字", code="already_signed")
    handover.giver_signed_at, handover.giver_signed_by, handover.digest = timezone.now(), by, present
    handover.save()


def _sign_as_receiver(handover: Handover, by: Person, present: str, seen: str) -> None:
    count = handover.lines.filter(receiver=by).count()
    if not count:
        raise Refusal("这份交接清单不需要您签字", code="no_part")
    if HandoverReceipt.objects.filter(handover=handover, receiver=by).exists():
        raise Refusal("您已经签过字", code="already_signed")
    _require_seen(present, seen)
    HandoverReceipt.objects.create(handover=handover, receiver=by, signed_at=timezone.now(), clients=count, digest=present)


def _sign_as_witness(handover: Handover, present: str) -> None:
    missing = [
        f"{party.role} {party.person}"
        for party in queries.parties_of(handover)
        if party.signed_at is None and party.role != "监交人"
    ]
    if missing:
        raise Refusal("监交人最后签字,请先等以下人员签字", code="not_yet", items=missing)
    handover.witness_signed_at, handover.digest = timezone.now(), present
    handover.save()


def _complete(handover: Handover, by: Person) -> None:
    """All have signed: the handed clients change manager, and a move begins unless something else holds it."""
    today, subject = timezone.localdate(), handover.subject
    handed = dict(handover.lines.filter(decision=rules.HAND).values_list("client", "receiver"))
    if handover.move is not None:  # before clients go: they would be gone for a move that can't begin
        require_as_planned(handover.move, rules.day_of_effect(handover.move.effective_on, today))
    if handed:
        _require_employed(handover, today)
        since = rules.first_month(today, subject.last_day)
        given = {"branch": handover.branch, "giver": handover.giver, "receivers": handed, "by": by}
        hand_over(**given, month=Month.of(today), effective_month=since, reason=str(handover))
        handover.effective_month = since
    handover.completed_at = timezone.now()
    handover.save()
    note_down(by, "complete", handover, f"{handover}签字完毕,移交 {len(handed)} 户", since=str(handover.effective_month or ""))
    tell([subject.made_by], f"{handover}签字完毕", key=f"handover:{handover.pk}:done", link=subject.get_absolute_url())
    if handover.move_id is not None:
        try:
            with transaction.atomic():
                take_effect(move_id=handover.move_id, by=by)
        except Refusal as refused:
            said = f"{subject}的交接已签完,但还不能生效:{refused.sentence}"
            tell([subject.made_by], said, key=f"move:{subject.pk}:held:{today}", link=subject.get_absolute_url())


def _require_employed(handover: Handover, today: date) -> None:
    """Nobody takes clients over who has left since the list was arranged."""
    receivers = handover.lines.filter(decision=rules.HAND).values("receiver")
    working = Engagement.objects.filter(ended_on=None, hired_on__lte=today).values("person")
    for person in Person.objects.filter(pk__in=receivers).exclude(pk__in=working):
        raise Refusal(f"接收人{person}已离职或已登记离职,请“重新安排”这些客户", code="receiver_gone")


def require_as_planned(move: Move, day: date) -> None:
    """It still leads from where the person works on `day` to places that are there then; else it would undo a newer posting."""
    posting = posting_on(move.person, day)
    again = "请修改后重新报批;已批准的,撤销后重新拟定"
    if posting is not None and (posting.team_id, posting.group_id, posting.outlet_id) != move.now:
        said = f"{move.person}在 {day} 的岗位是{posting_words(posting)},与拟调动时的{move.from_words}不同,{again}"
        raise Refusal(said, code="moved_since")
    for unit in filter(None, (move.to_team, move.to_group, move.to_outlet)):
        if unit.closed_on is not None and unit.closed_on < day:
            raise Refusal(f"“{unit}”已于 {unit.closed_on} 撤销,{again}", code="closed_unit")


# --- the move begins --------------------------------------------------------------------------------------------------
@transaction.atomic
def take_effect(*, move_id: int, by: Person | None, today: date | None = None) -> Move:
    """生效: the posting changes from the planned day, or from today where the handover came later (then the page says why)."""
    handover = Handover.objects.select_for_update(of=("self",)).filter(move=move_id).first()
    move = locked_move(move_id)
    state, today = states.MOVE.after(move.state, "take_effect"), today or timezone.localdate()
    if handover is None or handover.completed_at is None:
        raise Refusal("客户交接清单还没有签完,调动不能生效", code="not_handed_over")
    day = rules.day_of_effect(move.effective_on, today)
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=move.person_id)
    require_as_planned(move, day)
    bound = [found for found in clearance.of_mover(move.person, rules.day_before(day)) if found.blocks]
    rules.require_nothing_bound([found.words for found in bound], verb="生效")
    repost(
        person=move.person,
        team=move.to_team,
        group=move.to_group,
        outlet=move.to_outlet,
        since=day,
        by=by,
        reason=move.reason[:200],
    )
    move.state, move.took_effect_on = state, day
    if day != move.effective_on:
        signed = timezone.localdate(handover.completed_at)
        move.remark = f"原定 {move.effective_on} 调动,交接清单 {signed} 才签完,改自 {day} 起"
    move.save(update_fields=["state", "took_effect_on", "remark"])
    record(
        by=by,
        act="plans.move_effect",
        subject=move,
        summary=f"{move}自 {day} 起生效:{move.from_words} → {move.to_words}",
        branch_code=move.branch.code,
        planned=move.effective_on,
        day=day,
    )
    told = f"{move}自 {day} 起到{move.to_words}{';' + move.remark if move.remark else ''}"
    tell([move.person, move.made_by], told, key=f"move:{move.pk}:effect", link=move.get_absolute_url())
    return move


def settle_moves() -> int:
    """Beat: moves whose list is signed but that something else held, tried again. Returns how many took effect."""
    waiting = Move.objects.filter(state=states.HANDING, handover__completed_at__isnull=False).order_by(F("pk"))
    return sum(_settled(move_id) for move_id in waiting.values_list("pk", flat=True))


def _settled(move_id: int) -> bool:
    try:
        take_effect(move_id=move_id, by=None)
    except Refusal:
        return False
    return True


def note_down(by: Person, act: str, handover: Handover, summary: str, **details: object) -> None:
    record(by=by, act=f"plans.handover_{act}", subject=handover, summary=summary, branch_code=handover.branch.code, **details)
