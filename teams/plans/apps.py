from __future__ import annotations

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "teams.plans"
    label = "plans"
    verbose_name = "工作计划和目标"

    def ready(self) -> None:
        from teams.plans.board import workbench as board
        from teams.plans.division import workbench as division
        from teams.plans.expenses import workbench as expenses
        from teams.plans.logs import workbench as logs
        from teams.plans.marketing import workbench as marketing
        from teams.plans.moves import workbench as moves
        from teams.plans.reports import workbench as reports
        from teams.plans.rulebooks import workbench as rulebooks
        from teams.plans.targets import workbench as targets

        targets.sign_in()
        logs.sign_in()
        expenses.sign_in()
        division.sign_in()
        marketing.sign_in()
        rulebooks.sign_in()
        reports.sign_in()
        moves.sign_in()
        board.sign_in()
