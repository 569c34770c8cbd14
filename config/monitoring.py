"""For the machines that watch: is it alive, is it ready, what does the queue look like. Strangers learn yes or no, never why."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from branch.audit.models import AuditHead, AuditRow
from branch.audit.witness import last_kept
from branch.jobs.figures import Line, job_figures
from branch.people.doors import public
from branch.people.models import SignInAttempt
from branch.people.throttle import WINDOW, address_of
from kernel.heavy import redis

log = structlog.get_logger(__name__)
PATIENCE = 2  # seconds for the broker
_migrated: list[bool] = []  # migrations don't run backwards under a running process: yes once is yes

HELP = {
    "zhanye_jobs": "Jobs by kind and state.",
    "zhanye_jobs_oldest_waiting_seconds": "Age of the oldest job that waits for a worker.",
    "zhanye_jobs_silent": "Running jobs whose lease is over: their worker is gone, the sweeper will hand them on.",
    "zhanye_jobs_taken_up_again_24h": "Jobs of the last day that needed more than one attempt.",
    "zhanye_job_seconds_mean_24h": "Mean duration of the jobs done in the last day.",
    "zhanye_job_seconds_max_24h": "Longest duration of the jobs done in the last day.",
    "zhanye_audit_sealed": "Place of the audit chain's last link.",
    "zhanye_audit_witnessed": "Place of the last link that AUDIT_HEAD_FILE holds; 0 while the file is away.",
    "zhanye_audit_unsealed": "Rows of the audit log that are not yet in the chain.",
    "zhanye_sign_in_failures": "Failed sign-ins of the last quarter of an hour.",
}


@public
@require_GET
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 while it can serve: the database answers, its migrations are through, the broker answers. Else 503."""
    checks: dict[str, Callable[[], bool]] = {"database": _database, "migrations": _migrations, "broker": _broker}
    failed = next((name for name, check in checks.items() if not _holds(name, check)), "")
    said = {"status": "not ready" if failed else "ready"}
    if failed and knows(request):
        said["failed"] = failed
    return JsonResponse(said, status=503 if failed else 200)


@public
@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for who comes from this machine or with METRICS_TOKEN; for anybody else there is nothing here."""
    if not knows(request):
        raise Http404
    return HttpResponse(_text(_lines()), content_type="text/plain; version=0.0.4; charset=utf-8")


def knows(request: HttpRequest) -> bool:
    """Whether the one who asks may know more than yes or no."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(given, settings.METRICS_TOKEN):
        return True
    behind_proxy = "HTTP_X_FORWARDED_FOR" in request.META  # then even 127.0.0.1 may be anybody
    return not behind_proxy and address_of(request) in ("127.0.0.1", "::1")


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        held = check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        log.warning("not_ready", check=name, reason=type(error).__name__)
        return False
    if not held:
        log.warning("not_ready", check=name)
    return held


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.append(True)
    return True


def _broker() -> bool:
    """Redis answers, or the folder queue can be written."""
    url = settings.CELERY_BROKER_URL
    if url.startswith("filesystem"):
        folder = str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["control_folder"])
        tempfile.TemporaryFile(dir=folder).close()
        return True
    client = redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
    try:
        return bool(client.ping())
    finally:
        client.close()


def _lines() -> Iterator[Line]:
    yield from job_figures()
    head = AuditHead.objects.filter(pk=1).first()
    yield "zhanye_audit_sealed", {}, head.sequence if head else 0
    if settings.AUDIT_HEAD_FILE:
        yield "zhanye_audit_witnessed", {}, last_kept()
    yield "zhanye_audit_unsealed", {}, AuditRow.objects.filter(sequence=None).count()
    yield "zhanye_sign_in_failures", {}, SignInAttempt.objects.filter(at__gte=timezone.now() - WINDOW).count()


def _text(lines: Iterator[Line]) -> str:
    said, out = set[str](), []
    for name, labels, value in sorted(lines, key=lambda line: line[0]):
        if name not in said:
            said.add(name)
            out += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge"]
        inside = ",".join(f'{key}="{_escaped(label)}"' for key, label in sorted(labels.items()))
        out.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return "\n".join(out) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
