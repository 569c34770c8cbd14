from __future__ import annotations

from django.apps import AppConfig


class PayrollConfig(AppConfig):
    name = "payroll"
    verbose_name = "薪酬"

    def ready(self) -> None:
        from payroll.close import workbench as close
        from payroll.corrections import workbench as corrections
        from payroll.intake import workbench as intake
        from payroll.outputs import workbench as outputs
        from payroll.runs import workbench as runs
        from payroll.schemes import workbench as schemes

        intake.sign_in()
        schemes.sign_in()
        runs.sign_in()
        corrections.sign_in()
        close.sign_in()
        outputs.sign_in()
