"""Every read for the pages of reversals and corrections."""

from __future__ import annotations

from collections.abc import Iterable

from payroll.corrections.models import Reversal
from payroll.runs.models import PayRun
from payroll.runs.register import Afterwards


def reversals_of(run: PayRun) -> list[Reversal]:
    """All tries to reverse any version of the run's month, newest first."""
    rows = Reversal.objects.filter(run__branch=run.branch_id, run__month=run.month)
    return list(rows.select_related("run", "asked_by", "approval"))


def history(run: PayRun) -> Iterable[Afterwards]:
    """What the run's page shows of its month."""
    for one in reversals_of(run):
        words = f"冲销第 {one.run.version} 版"
        yield Afterwards(
            words, one.get_state_display(), one.asked_by.name, one.asked_at, one.reason, one.approval.get_absolute_url()
        )
