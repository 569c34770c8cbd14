from __future__ import annotations

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"
    verbose_name = "审批"

    def ready(self) -> None:
        from approvals import workbench
        from approvals.requests.actions import follow_change
        from branch.changes import add_listener

        workbench.sign_in()
        add_listener(follow_change)
