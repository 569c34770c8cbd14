"""Which branch, team and month a board shows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch, Team
from branch.people.choices import BranchChoice
from branch.rest.places import chosen
from branch.widgets import MonthInput
from kernel.months import Month


class BoardForm(forms.Form):
    """Where none is named: this month, the first branch, its first team."""

    branch = BranchChoice(label="营业部", required=False)
    team = forms.TypedChoiceField(label="团队", required=False, coerce=int, empty_value=None)
    month = forms.CharField(label="月份", required=False, max_length=10, widget=MonthInput)

    def offer(self, teams: list[Team]) -> None:
        """What may be chosen; where there is one only, nothing is asked."""
        self.teams = teams
        branches = list({team.branch_id: team.branch for team in teams}.values())
        self.fields["branch"].offer(branches)  # type: ignore[attr-defined]
        shown = [team for team in teams if team.branch_id == self._branch(branches).pk] if branches else []
        self.fields["team"].choices = [(team.pk, team.name) for team in shown]  # type: ignore[attr-defined]
        for name, offered in (("branch", branches), ("team", shown)):
            if len(offered) < 2:
                self.fields[name].widget = forms.HiddenInput()
        self.shown = shown
        self.is_valid()

    def _branch(self, branches: list[Branch]) -> Branch:
        """Raises Unknown where the branch named isn't one of the person's: another is not meant."""
        return chosen(branches, str(self.data.get("branch") or ""))

    @property
    def chosen_team(self) -> Team | None:
        """None where the person has no team at all."""
        wanted: Any = getattr(self, "cleaned_data", {}).get("team")
        return next((team for team in self.shown if team.pk == wanted), self.shown[0] if self.shown else None)

    @property
    def chosen_month(self) -> Month:
        try:
            return Month.parse(self.data.get("month", "") or "")
        except ValueError:
            return Month.of(timezone.localdate())
