"""The task queue. With no servers it runs on the file system; with Redis the same code on many workers."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_postrun, task_prerun, worker_init
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

from kernel import heavy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["filesystem"] = "config.file_queue:Transport"

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


@task_prerun.connect
@task_postrun.connect
def drop_old_sessions(sender: Any, **_: Any) -> None:
    """Of the database, before and after each task as around each request: one that is too old or broken. Others are kept: what
    was planned in one is asked again by the next branch's job."""
    if not sender.request.is_eager:
        close_old_connections()


@worker_init.connect
def share(**_: Any) -> None:
    """The heavy libraries once for all children, forked afterwards: each would load its own at its first file."""
    heavy.load()
