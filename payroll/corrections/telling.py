"""Who else must know of an approved correction: the branches that pay on whoever moved."""

from __future__ import annotations

from django.urls import reverse

from branch.notices.actions import tell
from branch.people.queries import holders
from kernel.months import Month
from payroll.corrections.leavers import whereabouts
from payroll.corrections.models import Correction


def tell_elsewhere(correction: Correction, month: Month) -> None:
    """Their finance: from `month` on their run takes the difference up, and one that is computed already has to be again."""
    due = dict.fromkeys(correction.adjustments.values_list("person", flat=True), month)
    moved = {branch for branch in whereabouts(due).values() if branch.pk != correction.branch_id}
    for branch in moved:
        tell(
            holders("branch_finance", branch=branch),
            f"{correction.branch.name}的更正单 {correction.number} 已批准,有人已调到贵部:差额由贵部{month.label}起的工资"
            "补发、扣回,该月若已计算,请重新计算",
            key=f"correction:{correction.number}:approved:{branch.code}",
            link=reverse("payroll:run-list"),
        )
