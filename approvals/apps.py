from __future__ import annotations

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"
    verbose_name = "审批"

    def ready(self) -> None:
        from approvals import workbench

        workbench.sign_in()
