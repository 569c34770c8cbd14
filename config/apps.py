from django.apps import AppConfig


class ZhanyeConfig(AppConfig):
    """The whole product: holds the commands that touch every app (reference data, demo world, running it)."""

    name = "config"
    verbose_name = "展业"
