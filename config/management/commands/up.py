"""`manage.py up`: web, worker and beat on one machine, started and ended together."""

from __future__ import annotations

import fcntl
import os
import shlex
import sys
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from honcho.manager import Manager

from branch.people.queries import demo_logins

PYTHON = shlex.quote(sys.executable)


def only_beat() -> TextIO | None:
    """The lock that lets one beat run on this machine; None when somebody else holds it. It lasts as long as the file is open."""
    lock = (Path(settings.VAR) / "beat.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def commands(host: str, port: int, *, beat: bool) -> dict[str, str]:
    """Process name → command line. Without a broker server the worker uses threads and carries the beat itself."""
    web = f"{PYTHON} -m gunicorn config.wsgi:application --bind {host}:{port} --workers 2 --threads 4"
    web += " --timeout 120 --no-control-socket"
    worker = f"{PYTHON} -m celery -A config --quiet worker --loglevel warning --without-gossip --without-mingle"
    schedule = f"--schedule {shlex.quote(settings.CELERY_BEAT_SCHEDULE_FILENAME)}"
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        return {"web": web, "worker": f"{worker} --pool threads --concurrency 4" + (f" --beat {schedule}" if beat else "")}
    found = {"web": web, "worker": f"{worker} --pool prefork --concurrency 2"}
    if beat:
        found["beat"] = f"{PYTHON} -m celery -A config beat --loglevel warning {schedule}"
    return found


class Command(BaseCommand):
    help = "启动网页、后台任务和定时任务(一起启动,一起结束)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *args: Any, **options: Any) -> None:
        lock = only_beat()
        manager = Manager()
        for name, command in commands(options["host"], options["port"], beat=lock is not None).items():
            manager.add_process(name, command, env={**os.environ, "PYTHONUNBUFFERED": "1"}, cwd=str(settings.BASE_DIR))
        self.stdout.write(f"\n展业已启动: http://{options['host']}:{options['port']}/  (Ctrl+C 结束)")
        if settings.SHOW_DEMO_LOGINS:
            self.stdout.write(f"演示账号(密码都是 {settings.DEMO_PASSWORD}):")
            for entry in demo_logins():
                self.stdout.write(f"  {entry['username']}  {entry['role']}  {entry['name']}")
        self.stdout.write("")
        self.stdout.flush()
        manager.loop()
        sys.exit(manager.returncode or 0)
