"""The task queue. With no servers it runs on the file system; with Redis the same code on many workers."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

from kernel import heavy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("zhanye")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "branch.jobs",
        "branch.audit",
        "branch.once",
        "branch.files",
        "branch.exports",
        "approvals.requests",
        "clients.imports",
        "teams.plans.targets",
        "teams.plans.logs",
        "teams.plans.moves",
    ]
)


@worker_init.connect
def share(**_: Any) -> None:
    """The heavy libraries once for all children, forked afterwards: each would load its own at its first file."""
    heavy.load()
