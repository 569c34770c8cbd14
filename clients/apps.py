from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = "客户"

    def ready(self) -> None:
        from clients import workbench
        from clients.figures.actions import guard_open
        from clients.registry.register import add_month_guard

        add_month_guard(guard_open)
        workbench.sign_in()
