"""The task queue. With no servers it runs on the file system; with Redis the same code on many workers."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("zhanye")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    ["branch.jobs", "branch.audit", "branch.once", "branch.files", "branch.exports", "clients.imports", "teams.plans.targets"]
)
