"""The demonstration's work logs: three weeks of one team up to yesterday, some late, some missing, drawn and half checked."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from branch.people.models import Person, Posting
from branch.people.queries import branch_by_code, current, leader_on
from clients.registry.models import Client
from config import demo
from kernel.refusals import Refusal
from teams.plans.logs import actions, queries
from teams.plans.logs.actions import Contact, Entry
from teams.plans.logs.duties import Clock
from teams.plans.logs.models import LogCheck, WorkLog

SPAN = 21  # days back from today
ONE_DAY = timedelta(days=1)
TALKS = (
    ("phone", "介绍稳健型理财产品,约下周面谈", "有兴趣", 5),
    ("outlet", "银行网点接待,讲解开户流程", "留了联系方式", 3),
    ("visit", "上门送产品资料,做风险测评", "测评为稳健型", 7),
    ("online", "发送投资者教育材料", "已阅读", 0),
)
PLANS = ("拜访建行网点,跟进两位意向客户", "参加社区投教活动", "回访上周开户的客户", "整理客户资料,准备晨会分享")


def logs() -> None:
    """Written as of the very days, so that what is late and locked is so."""
    branch = branch_by_code(demo.BRANCH_CODE)
    team = branch.teams.order_by("pk").first()
    if team is None or WorkLog.objects.filter(branch=branch).exists():
        return
    today = timezone.localdate()
    clock = Clock(today - SPAN * ONE_DAY, today, timezone.now())
    postings = Posting.objects.filter(current(today), team=team, post__in=("客户经理", "小组长")).select_related("person")
    people = [posting.person for posting in postings.order_by("person__staff_no")]
    clients = {person.pk: list(queries.own_clients(person).order_by("client_no")[:6]) for person in people}
    for number in range(SPAN, 0, -1):
        day = today - number * ONE_DAY
        if clock.calendar.is_work_day(day):
            for place, person in enumerate(people):
                _day(person, day, place + number, clients[person.pk], clock)
    actions.draw_weeks()
    _checked(leader_on(team.pk, today))


def _day(person: Person, day: date, turn: int, clients: list[Client], clock: Clock) -> None:
    if turn % 11 == 0:  # forgotten
        return
    late = turn % 7 == 3 and clock.due_at(day) + timedelta(hours=2) < clock.now
    now = clock.due_at(day) + timedelta(hours=1) if late else timezone.make_aware(datetime.combine(day, time(17, 40)))
    way, content, result, ahead = TALKS[turn % len(TALKS)]
    met = [clients[turn % len(clients)]] if clients else []
    entry = Entry(
        arrived_at=time(8, 50),
        left_at=time(17, 35),
        contacts=[Contact(one.name, way, content, result, day + ahead * ONE_DAY if ahead else None, one) for one in met],
        calls=8 + turn % 9,
        leaflets=turn % 4 * 5,
        new_assets=Decimal(turn % 3 * 50000),
        client_questions="问到融资融券的门槛" if turn % 5 == 0 else "",
        plan_next=PLANS[turn % len(PLANS)],
    )
    try:
        actions.write_log(day=day, entry=entry, by=person, now=now)
    except Refusal:
        return  # wasn't there yet on that day


def _checked(leader: Person | None) -> None:
    """Every other drawn log has been looked at: one returned, the others passed."""
    if leader is None:
        return
    for number, check in enumerate(LogCheck.objects.waiting_for(leader).order_by("pk")[::2]):
        verdict, remark = ("return", "请写明客户的风险等级和下一步") if number == 0 else ("pass", "内容具体")
        actions.check_log(check_id=check.pk, verdict=verdict, remark=remark, by=leader)
