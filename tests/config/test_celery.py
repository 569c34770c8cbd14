"""A worker's session of the database lasts from task to task, and a broken one is replaced without losing a task."""

from __future__ import annotations

from unittest.mock import Mock

import psycopg
import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_postrun, task_prerun
from django.db import connection

from branch.prepared import ask
from config.celery import app

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
OWN_PROCESS = "SELECT pg_backend_pid()"


def a_task() -> int:
    """What a worker does around each task, with a question within: the process that answers."""
    worker, sender = DjangoWorkerFixup(app), Mock(**{"request.is_eager": False})
    worker.on_task_prerun(sender)
    task_prerun.send(sender)
    ((pid,),) = ask(OWN_PROCESS, [])
    worker.on_task_postrun(sender)
    task_postrun.send(sender)
    return int(pid)


def test_the_session_is_kept() -> None:
    assert a_task() == a_task()


def test_a_session_that_broke_is_replaced_before_the_next_task() -> None:
    before = a_task()
    at = connection.settings_dict
    other = {"host": at["HOST"], "port": at["PORT"] or None, "user": at["USER"], "password": at["PASSWORD"] or None}
    with psycopg.connect(**other, dbname=at["NAME"], autocommit=True) as somebody:
        somebody.execute("SELECT pg_terminate_backend(%s)", [before])
    assert a_task() != before
