"""What a person may hand in about who shares a client."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch
from branch.overtaken import SEEN, seen_field
from branch.people.models import Person
from branch.people.queries import people_visible_to
from branch.widgets import OfferingInput
from clients.registry.dividing import Shares
from clients.registry.models import Client, DivisionQuerySet
from kernel.months import Month, months_between
from kernel.refusals import Refusal
from kernel.seen import stamp
from teams.plans.division import queries, rules
from teams.plans.division.actions import Wish
from teams.plans.division.models import DivisionProposal

MOST_NAMED = 10
LAST_MONTHS = 24


class DivisionFilter(forms.Form):
    """The list's filter."""

    text = forms.CharField(label="客户姓名或客户号", required=False, max_length=40)
    staff_no = forms.CharField(label="人员工号", required=False, max_length=20)
    show = forms.ChoiceField(label="状态", required=False, choices=list(queries.SHOWN.items()))

    def rows(self, person: Person) -> DivisionQuerySet:
        """What the filters leave, for the page, the API and the export alike."""
        wanted = self.cleaned_data if self.is_valid() else {}
        return queries.divisions_for(
            person,
            text=wanted.get("text", "").strip(),
            staff_no=wanted.get("staff_no", "").strip(),
            show=wanted.get("show") or queries.NOW,
        )


class PickFilter(forms.Form):
    """Which clients of the branch to choose from."""

    branch = forms.CharField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(label="客户姓名或客户号", required=False, max_length=40)
    manager = forms.CharField(label="客户经理工号", required=False, max_length=20)


class EndForm(forms.Form):
    """The clients, from when, why: all that the end of a division needs."""

    clients = forms.CharField(
        label="客户号",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一个,可从 Excel 中整列复制粘贴;也可在“选择客户”页勾选",
    )
    from_month = forms.TypedChoiceField(label="生效月", coerce=Month.parse)
    early_reason = forms.CharField(label="提前生效的原因", required=False, max_length=200, help_text="从本月或以前的月份起时必填")
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, person: Person, branch: Branch, row: DivisionProposal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.branch = person, branch
        self.today = Month.of(timezone.localdate())
        self._choice("from_month").choices = [(str(one), self._said(one)) for one in self._begins(row)]
        self.fields["from_month"].initial = str(self.today.next)
        self.fields[SEEN] = seen_field()
        if row is not None:
            self.initial = {**self.shown(row), SEEN: stamp(row.content), **self.initial}

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    def _begins(self, row: DivisionProposal | None) -> list[Month]:
        """The months ahead, the next one first, then the earlier ones."""
        ahead = list(months_between(self.today.next, self.today + rules.AHEAD))
        found = [*ahead, *(self.today + -number for number in range(rules.BACK + 1))]
        return found if row is None or row.from_month in found else [*found, row.from_month]

    def _said(self, month: Month) -> str:
        return f"{month.label}(提前生效,须写明原因)" if month <= self.today else month.label

    def shown(self, row: DivisionProposal) -> dict[str, Any]:
        """The fields as the row has them."""
        return {
            "clients": "\n".join(row.numbers),
            "from_month": str(row.from_month),
            "early_reason": row.early_reason,
            "reason": row.reason,
        }

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("clients"):
            try:
                given["chosen"] = clients_named(self.person, self.branch, given["clients"])
            except Refusal as refusal:
                self.add_error("clients", refusal.sentence)
        return given

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(given["chosen"], given["from_month"], given["reason"], given["early_reason"])


class DivideForm(EndForm):
    """The two and their parts, too."""

    developer = forms.CharField(label="开发人工号", max_length=20, widget=OfferingInput())
    developer_percent = forms.DecimalField(label="开发人比例(%)", min_value=0, max_value=100, decimal_places=2, max_digits=5)
    service_person = forms.CharField(
        label="服务人工号", max_length=20, widget=OfferingInput(), help_text="别的团队的同事请填工号"
    )
    service_percent = forms.DecimalField(label="服务人比例(%)", min_value=0, max_value=100, decimal_places=2, max_digits=5)
    to_month = forms.TypedChoiceField(label="终止月(含)", coerce=Month.parse, required=False, empty_value=None)
    field_order = (
        *("clients", "developer", "developer_percent", "service_person", "service_percent"),
        *("from_month", "to_month", "early_reason", "reason"),
    )

    def __init__(self, *args: Any, person: Person, branch: Branch, **kwargs: Any) -> None:
        self.staff = {one.staff_no: one for one in queries.staff_of([branch])}
        super().__init__(*args, person=person, branch=branch, **kwargs)
        seen = set(people_visible_to(person).values_list("staff_no", flat=True))
        for name in ("developer", "service_person"):  # whom one may not see is named by number, not offered
            self._choice(name).widget.offered = [(no, one.name) for no, one in self.staff.items() if no in seen]
        lasts = months_between(self.today, self.today + LAST_MONTHS)
        self._choice("to_month").choices = [("", "长期"), *((str(one), one.label) for one in lasts)]

    def shown(self, row: DivisionProposal) -> dict[str, Any]:
        return super().shown(row) | {
            "developer": row.developer.staff_no,
            "developer_percent": row.developer_percent,
            "service_person": row.service_person.staff_no,
            "service_percent": row.service_percent,
            "to_month": str(row.to_month or ""),
        }

    def _colleague(self, name: str) -> Person:
        found = self.staff.get(self.cleaned_data[name].strip())
        if found is None:
            raise forms.ValidationError("没有这个工号的在职人员,请核对")
        return found

    def clean_developer(self) -> Person:
        return self._colleague("developer")

    def clean_service_person(self) -> Person:
        return self._colleague("service_person")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        parts = given.get("developer_percent"), given.get("service_percent")
        if parts[0] is not None and parts[1] is not None:
            try:
                rules.require_sum(parts[0], parts[1])
            except Refusal as refusal:
                self.add_error("service_percent", refusal.sentence)
        if given.get("developer") and given.get("developer") == given.get("service_person"):
            self.add_error("service_person", "开发人和服务人不能是同一个人;由一个人负责的客户不需要分工")
        return given

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        developer, service_person = given["developer"], given["service_person"]
        percent: Decimal = given["developer_percent"]
        shares = Shares(developer, service_person, percent, given["from_month"], given["to_month"])
        return Wish(given["chosen"], given["from_month"], given["reason"], given["early_reason"], shares)


def clients_named(person: Person, branch: Branch, text: str) -> list[Client]:
    """The branch's clients of these 客户号 that the person may see, each once. Raises Refusal naming those that aren't."""
    numbers = list(dict.fromkeys(text.replace(",", " ").replace(",", " ").replace("、", " ").split()))
    found = {row.client_no: row for row in Client.objects.visible_to(person).filter(branch=branch, client_no__in=numbers)}
    missing = [number for number in numbers if number not in found]
    if missing:
        more = f"等 {len(missing)} 个" if len(missing) > MOST_NAMED else ""
        raise Refusal(f"客户号 {'、'.join(missing[:MOST_NAMED])}{more}不存在,或不是您团队的客户,请核对", code="unknown_clients")
    return [found[number] for number in numbers]
