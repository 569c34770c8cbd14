"""Lists of signers in a form: a line each, a choice and, where a person is named, 姓名 or 工号."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse

from branch.org.models import Department
from branch.people.models import Person
from branch.people.queries import search
from branch.people.roles import ROLES, Scope

LEADER, PERSON = "leader", "person"
SPARE = 2  # empty lines offered below those that are filled in
MOST_LINES = 12
AT = {Scope.BRANCH: "branch", Scope.COMPANY: "company"}


@dataclass
class Row:
    """A line of a list on the page: its fields side by side."""

    fields: list[forms.BoundField]


class SignerRows(forms.Form):
    """A form with lists of signers: each line a choice, and 姓名 or 工号 where a person is named."""

    def add_signers(self, name: str, entries: Sequence[Mapping[str, Any]], label: str, *, spare: int = SPARE) -> None:
        """Lines for the list `name`, filled with `entries`."""
        filled = [pair for entry in entries for pair in _shown(entry)]
        count = len(filled) + spare
        if self.is_bound:  # as many lines as were sent, two more where they were asked for
            count = max(count, sum(f"{name}_{n}" in self.data for n in range(MOST_LINES)) + 2 * (self.data.get("more") == name))
        count = min(count, MOST_LINES)
        choices = self._choices()
        for number in range(count):
            chosen, who = filled[number] if number < len(filled) else ("", "")
            self.fields[f"{name}_{number}"] = forms.ChoiceField(
                label=f"{label} {number + 1}", required=False, choices=choices, initial=chosen
            )
            self.fields[f"{name}_{number}_who"] = forms.CharField(
                label=f"{label} {number + 1} 姓名或工号",
                required=False,
                max_length=60,
                initial=who,
                widget=forms.TextInput(attrs=_lookup()),
            )

    def _choices(self) -> list[Any]:
        if not hasattr(self, "_offered"):
            self._offered = signer_choices()
        return self._offered

    def rows(self, name: str) -> list[Row]:
        return [Row([self[f"{name}_{n}"], self[f"{name}_{n}_who"]]) for n in self._numbers(name)]

    def _numbers(self, name: str) -> Iterator[int]:
        number = 0
        while f"{name}_{number}" in self.fields:
            yield number
            number += 1

    def entries(self, name: str) -> list[dict[str, Any]]:
        """The list as a route keeps it, in the order of the lines."""
        found = []
        for number in self._numbers(name):
            chosen, who = self.cleaned_data.get(f"{name}_{number}", ""), self.cleaned_data.get(f"{name}_{number}_who", "")
            if chosen:
                found.append(_entry(chosen, who))
        return found

    def resolve_people(self, *names: str) -> None:
        """Turn each 姓名 into a 工号; what fits nobody or several is told at its line."""
        for name in names:
            for number in self._numbers(name):
                field = f"{name}_{number}_who"
                chosen, typed = self.cleaned_data.get(f"{name}_{number}", ""), self.cleaned_data.get(field, "").strip()
                if chosen == PERSON:
                    self._resolve(field, typed)
                elif typed:
                    self.add_error(field, "填了人员,请在前面选“指定人员”,或清空这一格")

    def _resolve(self, field: str, typed: str) -> None:
        found = people_called(typed) if typed else []
        if len(found) == 1:
            self.cleaned_data[field] = found[0].staff_no
        elif not typed:
            self.add_error(field, "请填写姓名或工号")
        elif not found:
            self.add_error(field, f"没有找到“{typed}”,请核对姓名或工号")
        else:
            named = "、".join(f"{person.name} {person.staff_no}" for person in found[:6])
            self.add_error(field, f"有 {len(found)} 位:{named}。请填工号")


def _lookup() -> dict[str, str]:
    """A line that offers whom the typing finds, where htmx runs."""
    return {
        "placeholder": "指定人员:姓名或工号",
        "list": "people-found",
        "autocomplete": "off",
        "hx-get": reverse("approvals:route-people"),
        "hx-trigger": "input changed delay:300ms",
        "hx-target": "#people-found",
    }


def people_called(words: str) -> list[Person]:
    """Whom 工号 or 姓名 names exactly, else whom the usual search finds."""
    number = words.split(" ", maxsplit=1)[0]
    exact = list(Person.objects.filter(staff_no=number)) or list(Person.objects.filter(name=words))
    return exact or list(search(Person.objects.all(), words)[:20])


def signer_choices() -> list[Any]:
    """Everything a line may name, grouped."""
    roles = [(f"role:{code}", role) for code, role in ROLES.items()]
    departments = Department.objects.filter(closed_on=None).values_list("code", "name")
    return [
        ("", "—"),
        ("营业部", [(value, f"本营业部{role.label}") for value, role in roles if role.scope == Scope.BRANCH]),
        ("总部角色", [(value, role.label) for value, role in roles if role.scope == Scope.COMPANY]),
        ("总部部门(谁代表部门谁签)", [(f"department:{code}", name) for code, name in departments]),
        ("其他", [(LEADER, "申请人的上级"), (PERSON, "指定人员")]),
    ]


def _shown(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    if entry.get("people"):
        return [(PERSON, staff_no) for staff_no in entry["people"]]
    if entry.get("department"):
        return [(f"department:{entry['department']}", "")]
    return [(LEADER, "")] if entry.get("leader") else [(f"role:{entry['role']}", "")]


def _entry(chosen: str, who: str) -> dict[str, Any]:
    if chosen == LEADER:
        return {"leader": True}
    if chosen == PERSON:
        return {"people": [who]}
    kind, code = chosen.split(":", 1)
    return {"department": code} if kind == "department" else {"role": code, "at": AT[ROLES[code].scope]}
