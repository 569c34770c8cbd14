from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = "客户"

    def ready(self) -> None:
        from branch.jobs.register import BULK, register
        from clients import workbench
        from clients.figures.actions import guard_open
        from clients.imports import company, large
        from clients.registry.register import add_month_guard

        add_month_guard(guard_open)
        register(company.SPLIT, company.work_split)
        register(company.PART, company.work_part, lane=BULK)
        register(large.PRECHECK, large.work_precheck)
        workbench.sign_in()
