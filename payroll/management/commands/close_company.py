"""`close_company --month YYYY-MM --as USER [--wait]`: start the company's close, as on its page.

With `--wait` it reports until the last branch is settled. A job that no worker has taken up meanwhile is done here.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from branch.jobs import actions as jobs
from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.close import actions, queries
from payroll.close.models import CompanyClose
from payroll.close.states import OPEN, QUEUED

PAUSE = 0.5  # seconds between looks at branches that workers have taken up


class Command(ActingCommand):
    help = "发起公司月结:已复核、核算输入齐全的营业部逐家核算到“待审”(送审和签字仍由各营业部办理)"
    needs_branch = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, type=month_argument, help="所属月份,例如 2026-10")
        parser.add_argument("--wait", action="store_true", help="等到全部营业部有结果,没有后台进程时就在这里核算")
        super().add_arguments(parser)

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        month: Month = options["month"]
        close = actions.start(month=month, by=person)
        self.stdout.write(f"已发起{month.label}公司月结,{close.branches.filter(state__in=OPEN).count()} 家营业部排队")
        if options["wait"]:
            self._wait(close)
        self._table(month)

    def _wait(self, close: CompanyClose) -> None:
        """One waiting branch after the other, smallest first, until none is open; a fallen one again when its lease ends."""
        total, said = close.branches.count(), -1
        while open_rows := list(close.branches.filter(state__in=OPEN).order_by("job_id").values_list("job", "state")):
            done = total - len(open_rows)
            if done != said:
                self.stdout.write(f"  {done} / {total}")
                self.stdout.flush()
                said = done
            else:
                time.sleep(PAUSE)
            waiting = next((job for job, state in open_rows if state == QUEUED), open_rows[0][0])
            try:
                jobs.run(waiting)
            except Exception as error:  # logged by the job; tried again up to its number of attempts, then settled as failed
                self.stderr.write(f"  任务 {waiting} 出错({type(error).__name__}),稍后重试")
        self.stdout.write(f"  {total} / {total}")

    def _table(self, month: Month) -> None:
        board = queries.board(month)
        for line in board.lines:
            few = "人数太少,不单列" if line.too_few else ""
            sums = f"{line.sums.headcount} 人,应发 {line.sums.gross:,.2f},实发 {line.sums.net:,.2f}" if line.sums else few
            said = "、".join(line.missing) or line.step_label
            self.stdout.write(f"{line.branch.code}\t{line.branch.name}\t{said}\t{sums}")
        whole = board.totals.told
        told = (
            f"{whole.headcount} 人,应发 {whole.gross:,.2f} 元,个税 {whole.iit:,.2f} 元,实发 {whole.net:,.2f} 元"
            if whole
            else "人数太少,不列合计"
        )
        self.stdout.write(f"合计 {board.computed}/{len(board.lines)} 家已核算,{told}")
        if board.totals.differences:
            raise Refusal("合计与各营业部之和不一致", items=board.totals.differences)
        self.stdout.write("合计与各营业部之和一致")
