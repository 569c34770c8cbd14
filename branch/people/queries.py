"""Finding people, and what they were on a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from branch.fields import blind_indexes
from branch.org.models import Branch, Company
from branch.people.access import reach
from branch.people.models import Engagement, GradeHolding, Leadership, Person, Posting, RoleHolding
from branch.people.roles import ROLES, Power, Scope
from branch.prepared import prepared_objects
from kernel.months import Month
from kernel.refusals import Unknown

CONTRACT_NOTICE = timedelta(days=30)


def current(day: date, prefix: str = "") -> Q:
    """Rows in force on `day`, for models with effective_from and effective_to."""
    return Q(**{f"{prefix}effective_from__lte": day}) & (
        Q(**{f"{prefix}effective_to": None}) | Q(**{f"{prefix}effective_to__gte": day})
    )


def person_for(username: str) -> Person:
    """The person behind a log-in name (工号). Raises Unknown."""
    found = Person.objects.filter(Q(user__username=username) | Q(staff_no=username)).first()
    if found is None:
        raise Unknown(f"没有工号或登录名为“{username}”的人员")
    return found


def person_behind(user_id: int) -> Any:
    """The person signed in as this user, with what the head of every page needs: `company_name`, `has_left`, `ever_engaged`."""
    return next(iter(_behind(user=user_id, day=timezone.localdate())), None)


@prepared_objects(Person, "department", "user", noted=("company_name", "has_left", "ever_engaged"))
def _behind(user: Any, day: Any) -> QuerySet[Any]:
    company = Subquery(Company.objects.values("name")[:1])
    return with_left(Person.objects.filter(user=user), day).annotate(company_name=company)


def branch_by_code(code: str) -> Branch:
    """The branch with that code. Raises Unknown."""
    found = Branch.objects.filter(code=code).first()
    if found is None:
        raise Unknown(f"没有代码为“{code}”的营业部")
    return found


def people_visible_to(person: Person) -> QuerySet[Person]:
    """Whom this person may see in lists: by PEOPLE_VIEW and its reach, and always oneself."""
    scope = reach(person, Power.PEOPLE_VIEW)
    if scope.company:
        return Person.objects.all()
    today = timezone.localdate()
    posted = current(today) & (Q(branch__in=scope.branches) | Q(team__in=scope.teams) | Q(group__in=scope.groups))
    engaged = Engagement.objects.filter(branch__in=scope.branches).values("person")
    appointed = RoleHolding.objects.filter(current(today), branch__in=scope.branches).values("person")
    at_post = Posting.objects.filter(posted).values("person")
    return Person.objects.filter(Q(pk=person.pk) | Q(pk__in=at_post) | Q(pk__in=engaged) | Q(pk__in=appointed))


def person_visible_to(viewer: Person, staff_no: str) -> Person:
    """The person of that 工号 if the viewer may see them. Raises Unknown otherwise: not even the existence is told."""
    people = with_left(people_visible_to(viewer).select_related("department", "user"), timezone.localdate())
    found: Person | None = people.filter(staff_no=staff_no).first()
    if found is None:
        raise Unknown("没有这个人,或者不在您可以查看的范围内")
    return found


def within_reach(viewer: Person, power: Power) -> QuerySet[Person]:
    """Whose present place the power reaches: the branch they are engaged at; without an engagement, that of post or own role;
    of who has left, the last one. A branch of former days opens nothing of today.
    """
    scope, today = reach(viewer, power), timezone.localdate()
    if scope.company or not scope.branches:
        return Person.objects.all() if scope.company else Person.objects.none()
    own = Engagement.objects.filter(person=OuterRef("pk"))
    engaged = own.filter(Q(ended_on=None) | Q(ended_on__gte=today), hired_on__lte=today)
    posted = Posting.objects.filter(current(today), person=OuterRef("pk"))
    held = RoleHolding.objects.filter(current(today), person=OuterRef("pk"), delegated_by=None, branch__isnull=False)
    last = Subquery(own.order_by(F("ended_on").desc(nulls_first=True), "-hired_on").values("branch")[:1])
    at_work, at_post, in_role = (Exists(rows.filter(branch__in=scope.branches)) for rows in (engaged, posted, held))
    gone = ~Exists(posted) & ~Exists(held) & Q(last_branch__in=scope.branches)
    return Person.objects.alias(last_branch=last).filter(at_work | (~Exists(engaged) & (at_post | in_role | gone)))


def search(people: QuerySet[Person], words: str, *, by: Person | None = None) -> QuerySet[Person]:
    """By 姓名, 拼音首字母, 工号 or its end; asked by somebody also by the last four of the identity number, which the page shows,
    and by the whole mobile number of whom they may reveal: else the search would tell it by trying.
    """
    text = words.strip()
    if not text:
        return people
    matches = Q(name__contains=text) | Q(staff_no__endswith=text) | Q(staff_no__startswith=text)
    if text.isascii() and text.isalpha():
        matches |= Q(initials__startswith=text.upper())
    if by is not None and len(text) == 4:
        matches |= Q(id_tail_index__in=blind_indexes(text))
    if by is not None and len(text) == 11:
        matches |= Q(phone_index__in=blind_indexes(text), pk__in=_revealable(by).values("pk"))
    return people.filter(matches)


def filtered(people: QuerySet[Person], wanted: dict[str, str], day: date, *, by: Person) -> QuerySet[Person]:
    """`wanted`: q (words), kind (of an open engagement), contract (`expiring`); asked by `by`."""
    found = search(people, wanted["q"], by=by)
    if wanted["kind"]:
        found = found.filter(pk__in=Engagement.objects.filter(ended_on=None, kind=wanted["kind"]).values("person"))
    return expiring(found, day) if wanted["contract"] else found


def expiring(people: QuerySet[Person], day: date, within: timedelta = CONTRACT_NOTICE) -> QuerySet[Person]:
    """Those whose contract ends within the span from `day`, or has ended without renewal, while they are still engaged."""
    due = Engagement.objects.filter(ended_on=None, contract_to__lte=day + within).values("person")
    return people.filter(pk__in=due)


@dataclass(frozen=True)
class PersonLine:
    """A person as a list shows one, as of a day."""

    person: Person
    engagement: Engagement | None
    posting: Posting | None
    grade: str
    contract_state: str
    department: str = ""
    duty: str = ""


def lines(people: Sequence[Person], day: date) -> list[PersonLine]:
    """The people with engagement, posting and grade on `day`, of the head office the department: five queries however many."""
    ids = [person.pk for person in people]
    postings, grades = postings_on(ids, day), grades_on(ids, day)
    engagements = {
        row.person_id: row for row in Engagement.objects.filter(person__in=ids).select_related("branch").order_by("hired_on")
    }
    office = _head_office([pk for pk in ids if pk not in postings], day)
    return [
        PersonLine(
            person,
            engagements.get(person.pk),
            postings.get(person.pk),
            grades.get(person.pk, ""),
            contract_state(engagements.get(person.pk), day),
            *office.get(person.pk, ("", "")),
        )
        for person in people
    ]


def _head_office(ids: Sequence[int], day: date) -> dict[int, tuple[str, str]]:
    """Department and duty of those whom no branch posts: by the roles they hold, else by where they were registered."""
    at_home = Person.objects.filter(pk__in=ids, department__isnull=False).select_related("department")
    found = {person.pk: (str(person.department), "") for person in at_home}
    for row in RoleHolding.objects.filter(current(day), person__in=ids).select_related("department"):
        if row.department is not None:
            found[row.person_id] = (str(row.department), row.get_role_display())
        elif ROLES[row.role].scope == Scope.COMPANY and row.person_id in found:
            found[row.person_id] = (found[row.person_id][0], row.get_role_display())
    return found


def engagement_of(person: Person) -> Engagement | None:
    """The present engagement, else the last one."""
    rows = person.engagements.select_related("branch")
    found: Engagement | None = rows.order_by(F("ended_on").desc(nulls_first=True), "-hired_on").first()
    return found


def with_left(people: QuerySet[Person], day: date) -> QuerySet[Any]:
    """With `has_left` (on `day` the last engagement is over and no role of their own keeps them here) and `ever_engaged`."""
    engaged = Engagement.objects.filter(person=OuterRef("pk"))
    held = RoleHolding.objects.filter(current(day), person=OuterRef("pk"), delegated_by=None)
    over = Exists(engaged.filter(ended_on__lt=day)) & ~Exists(engaged.filter(Q(ended_on=None) | Q(ended_on__gte=day)))
    left = ExpressionWrapper(over & ~Exists(held), output_field=BooleanField())
    return people.annotate(has_left=left, ever_engaged=Exists(engaged))


def has_left(person: Person, day: date) -> bool:
    """Whether the person's log-in is shut because they have left."""
    return with_left(Person.objects.all(), day).filter(pk=person.pk, has_left=True).exists()


def can_sign_in(person: Person, day: date) -> bool:
    """Whether the person has an account that is open, and is still here on `day`."""
    return person.user is not None and person.user.is_active and not has_left(person, day)


def contract_state(engagement: Engagement | None, day: date) -> str:
    """已到期, 即将到期 or nothing, of an engagement that has not ended."""
    if engagement is None or engagement.ended_on is not None or engagement.contract_to is None:
        return ""
    if engagement.contract_to < day:
        return "合同已到期"
    return "即将到期" if engagement.contract_to <= day + CONTRACT_NOTICE else ""


def holdings_of(person: Person) -> QuerySet[RoleHolding]:
    """Every role ever held, the present ones first."""
    rows = RoleHolding.objects.filter(person=person).select_related("branch", "team", "group", "department", "delegated_by")
    return rows.order_by(F("effective_to").desc(nulls_first=True), "-effective_from")


def lent_by(person: Person) -> QuerySet[RoleHolding]:
    """The roles this person has lent to others, newest first."""
    rows = RoleHolding.objects.filter(delegated_by=person).select_related("person", "branch", "team", "group", "department")
    return rows.order_by("-effective_from")


def branches_visible_to(person: Person, power: Power) -> QuerySet[Branch]:
    """The branches over which this person holds `power`, whole or in part."""
    scope = reach(person, power)
    if scope.company:
        return Branch.objects.all()
    return Branch.objects.filter(
        Q(pk__in=scope.branches) | Q(teams__in=scope.teams) | Q(teams__groups__in=scope.groups)
    ).distinct()


def postings_on(people: Iterable[int], day: date) -> dict[int, Posting]:
    """Person id → posting in force on `day`; of several the one that began last."""
    rows = Posting.objects.filter(current(day), person__in=people).select_related("team", "group", "outlet", "branch")
    return {row.person_id: row for row in rows.order_by("effective_from")}


def postings_in(people: Iterable[int], month: Month) -> dict[int, Posting]:
    """Person id → posting on the month's last day or, of somebody who left before it, on the last day there; as pay reads it."""
    return {row.person_id: row for row in _posted(people=people, first=month.first, last=month.last)}


@prepared_objects(Posting, "team", "group", "outlet", "branch")
def _posted(people: Any, first: Any, last: Any) -> QuerySet[Posting]:
    span = Q(effective_from__lte=last) & (Q(effective_to=None) | Q(effective_to__gte=first))
    return Posting.objects.filter(span, person__among=people).order_by("effective_from")


def grades_on(people: Iterable[int], day: date) -> dict[int, str]:
    """Person id → grade in force on `day`."""
    rows = GradeHolding.objects.filter(current(day), person__in=people).order_by("effective_from")
    return {row.person_id: row.grade for row in rows}


def leader_on(team_id: int, day: date) -> Person | None:
    """Who led the team on that day (art. 7: exactly one)."""
    row = Leadership.objects.filter(current(day), team=team_id, group=None).select_related("person").first()
    return row.person if row else None


def holders(role: str, *, branch: Branch | None = None, day: date | None = None) -> list[Person]:
    """The people who hold `role` on `day` (today), at the branch where one is given."""
    given = {"role": role, "day": day or timezone.localdate()}
    rows = _held(**given) if branch is None else _held_at(branch=branch.pk, **given)
    return list({row.person_id: row.person for row in rows}.values())


@prepared_objects(RoleHolding, "person")
def _held(role: Any, day: Any) -> QuerySet[RoleHolding]:
    return RoleHolding.objects.filter(current(day), role=role)


@prepared_objects(RoleHolding, "person")
def _held_at(role: Any, branch: Any, day: Any) -> QuerySet[RoleHolding]:
    return RoleHolding.objects.filter(Q(branch=branch) | Q(branch=None), current(day), role=role)


def may_reveal(viewer: Person, subject: Person) -> bool:
    """Whether the viewer may open the subject's personal data: oneself, or by power over the place of a person one sees."""
    return people_visible_to(viewer).filter(pk=subject.pk, pk__in=_revealable(viewer).values("pk")).exists()


def _revealable(viewer: Person) -> QuerySet[Person]:
    return Person.objects.filter(Q(pk=viewer.pk) | Q(pk__in=within_reach(viewer, Power.PERSONAL_DATA_REVEAL).values("pk")))


def demo_logins() -> list[dict[str, str]]:
    """One log-in a role, for the sign-in page of the demonstration: username, role, name. Who holds only that role goes first."""
    rows = list(
        RoleHolding.objects.filter(current(timezone.localdate()), person__user__is_active=True).select_related("person__user")
    )
    held = Counter(row.person_id for row in rows)
    first: dict[str, RoleHolding] = {}
    for row in sorted(rows, key=lambda row: (held[row.person_id], row.person.staff_no)):
        first.setdefault(row.role, row)
    return [
        {"username": row.person.staff_no, "role": row.get_role_display(), "name": row.person.name}
        for row in (first[role] for role in ROLES if role in first)
    ]
