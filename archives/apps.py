from django.apps import AppConfig


class ArchivesConfig(AppConfig):
    name = "archives"
    verbose_name = "档案"

    def ready(self) -> None:
        from archives import workbench

        workbench.sign_in()
