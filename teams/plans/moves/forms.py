"""What a person may hand in about a move, a leaving and a handover list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from branch.org.models import Group, Outlet
from branch.overtaken import SEEN, seen_field
from branch.people.forms import GroupChoice
from branch.people.models import Person
from branch.widgets import DateInput
from kernel.seen import stamp
from teams.plans.moves import rules, states
from teams.plans.moves.actions import Wish, shown_leaving, shown_move
from teams.plans.moves.models import Leaving, Move

NOBODY = Person.objects.none()


def _offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


class MoveForm(forms.Form):
    """Where somebody is to go: of a new move also who."""

    person = forms.ModelChoiceField(label="人员", queryset=NOBODY, empty_label="请选择")
    to_group = GroupChoice(label="新团队和小组", queryset=Group.objects.none(), required=False, empty_label="不变")
    to_outlet = forms.ModelChoiceField(label="新网点", queryset=Outlet.objects.none(), required=False, empty_label="不变")
    effective_on = forms.DateField(label="调动日期", widget=DateInput(), help_text="从这一天起在新的地方上班,考勤按新网点的时间")
    reason = forms.CharField(label="原因", max_length=rules.LONGEST, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self,
        *args: Any,
        groups: QuerySet[Group],
        outlets: QuerySet[Outlet],
        people: QuerySet[Person] | None = None,
        move: Move | None = None,
        **kwargs: Any,
    ) -> None:
        shown = {**shown_move(move), SEEN: stamp(shown_move(move))} if move is not None else {}
        super().__init__(*args, **{"initial": shown, **kwargs})
        self.fields[SEEN] = seen_field()
        _offer(self, "to_group", groups)
        _offer(self, "to_outlet", outlets)
        if people is None:
            del self.fields["person"]
        else:
            _offer(self, "person", people)

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(given["effective_on"], given["reason"], given["to_group"], given["to_outlet"])


class LeavingForm(forms.Form):
    """A leaving: of a new one also whose."""

    person = forms.ModelChoiceField(label="人员", queryset=NOBODY, empty_label="请选择")
    kind = forms.ChoiceField(label="离职类别", choices=[("", "请选择"), *rules.KINDS.items()])
    last_day = forms.DateField(label="最后工作日", widget=DateInput(), help_text="这一天仍在聘;次日起不再任职")
    reason = forms.CharField(label="原因", max_length=rules.LONGEST, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, people: QuerySet[Person] | None = None, leaving: Leaving | None = None, **kwargs: Any) -> None:
        shown = {**shown_leaving(leaving), SEEN: stamp(shown_leaving(leaving))} if leaving is not None else {}
        super().__init__(*args, **{"initial": shown, **kwargs})
        self.fields[SEEN] = seen_field()
        if people is None:
            del self.fields["person"]
        else:
            _offer(self, "person", people)

    @property
    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != SEEN}


class _Filter(forms.Form):
    text = forms.CharField(label="姓名或工号", required=False, max_length=40)
    state = forms.ChoiceField(label="状态", required=False)

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return {"text": given.get("text") or "", "state": given.get("state") or ""}


class MoveFilter(_Filter):
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *states.MOVE.states.items()])


class LeavingFilter(_Filter):
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *states.LEAVING.states.items()])


class LineFilter(forms.Form):
    """Which lines of a handover list a page shows."""

    decision = forms.ChoiceField(label="处理", required=False, choices=[("", "全部"), *rules.DECISIONS.items()])

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {"decision": getattr(self, "cleaned_data", {}).get("decision") or ""}


class AssignForm(forms.Form):
    """To whom clients go; without `keep` they can't stay."""

    receiver = forms.ModelChoiceField(label="接收人", queryset=NOBODY, required=False, empty_label="请选择接收人")

    def __init__(self, *args: Any, receivers: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "receiver", receivers)


class WitnessForm(forms.Form):
    witness = forms.ModelChoiceField(label="监交人", queryset=NOBODY, empty_label="请选择")

    def __init__(self, *args: Any, witnesses: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "witness", witnesses)
