"""Production never starts on a fallback secret: it stops and names what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"SECRET_KEY": "s" * 60, "FIELD_KEYS": "k:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "LOOKUP_KEY": "l" * 40}

PRODUCTION = {
    **SECRETS,
    "SECRET_KEY": "".join(f"{number:x}Qz" for number in range(40)),
    "ZHANYE_ENV": "production",
    "ALLOWED_HOSTS": "zhanye.example.cn",
}


def in_production(code: str) -> subprocess.CompletedProcess[str]:
    """Python with production's settings."""
    outside = {name: value for name, value in os.environ.items() if name not in {*SECRETS, "DJANGO_ALLOW_ASYNC_UNSAFE"}}
    return subprocess.run(
        [sys.executable, "-c", f"import django\ndjango.setup()\nfrom django.conf import settings as s\n{code}"],
        cwd=ROOT,
        env=outside | PRODUCTION | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_djangos_own_check_is_silent_in_production() -> None:
    done = in_production(
        "from django.core.management import call_command\ncall_command('check', deploy=True, fail_level='WARNING')"
    )
    assert done.returncode == 0, done.stderr
    assert "WARNINGS" not in done.stderr


def test_production_shows_no_faults_speaks_tls_and_asks_a_second_factor() -> None:
    done = in_production(
        "assert not s.DEBUG and not s.SHOW_DEMO_LOGINS and s.SECOND_FACTOR_REQUIRED\n"
        "assert s.SECURE_SSL_REDIRECT and s.SECURE_HSTS_SECONDS >= 31536000\n"
        "assert s.LOG_FORMAT == 'json' and s.AUDIT_HEAD_FILE"
    )
    assert done.returncode == 0, done.stderr


def test_cookies_are_this_hosts_alone_and_shut_to_scripts() -> None:
    done = in_production(
        "assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE and s.SESSION_COOKIE_HTTPONLY\n"
        "assert s.SESSION_COOKIE_NAME.startswith('__Host-') and s.CSRF_COOKIE_NAME.startswith('__Host-')\n"
        "assert s.SESSION_COOKIE_SAMESITE == 'Lax' and s.SESSION_COOKIE_DOMAIN is None and s.SESSION_COOKIE_PATH == '/'"
    )
    assert done.returncode == 0, done.stderr


def test_passwords_are_hashed_slowly_and_neither_short_nor_common() -> None:
    done = in_production(
        "from django.contrib.auth.hashers import make_password\n"
        "from django.contrib.auth.password_validation import validate_password\n"
        "from django.core.exceptions import ValidationError\n"
        "assert make_password('x').startswith('argon2')\n"
        "from django.contrib.auth.models import User\n"
        "user = User(username='chenweiming')\n"
        "validate_password('Correct-Horse-9', user)\n"
        "for poor in ('Nine-char', 'password123', '1234567890', 'Chenweiming-1'):\n"
        "    try:\n        validate_password(poor, user)\n    except ValidationError:\n        continue\n"
        "    raise AssertionError(poor)"
    )
    assert done.returncode == 0, done.stderr


def test_demonstration_data_never_come_into_production() -> None:
    done = in_production("from django.core.management import call_command\ncall_command('seed_demo')")
    assert done.returncode != 0
    assert "生产环境不能载入演示数据" in done.stderr, "refused for another reason: " + done.stderr[-500:]


def test_a_lie_about_production_would_be_seen() -> None:
    done = in_production("assert s.DEBUG")
    assert done.returncode != 0
    assert "AssertionError" in done.stderr


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_a_production_start_by_name(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    outside = {name: value for name, value in os.environ.items() if name not in SECRETS}
    started = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=outside | given | {"ZHANYE_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert f"生产环境必须设置环境变量 {missing}" in started.stderr


def started(**given: str) -> subprocess.CompletedProcess[str]:
    """Nothing but the settings, read with these variables."""
    outside = {name: value for name, value in os.environ.items() if name not in {*SECRETS, "ZHANYE_ENV"}}
    command = [sys.executable, "-c", "import config.settings"]
    return subprocess.run(command, cwd=ROOT, env=outside | SECRETS | given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("word", ["prod", "Production", " production", "staging"])
def test_a_word_that_is_not_production_is_refused_instead_of_taken_for_local(word: str) -> None:
    done = started(ZHANYE_ENV=word)
    assert done.returncode != 0
    assert "ZHANYE_ENV 只能是 local 或 production" in done.stderr


def test_a_key_that_would_not_open_stops_the_start() -> None:
    done = started(ZHANYE_ENV="production", FIELD_KEYS=f"{SECRETS['FIELD_KEYS']},{SECRETS['FIELD_KEYS']}")
    assert done.returncode != 0
    assert "FIELD_KEYS 有误:有两把密钥的编号都是 k" in done.stderr


def test_every_task_that_the_clock_sends_is_known_to_a_worker() -> None:
    """In a process of its own: here other tests have loaded the tasks already."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from config.celery import app\napp.loader.import_default_modules()\n"
            "sent = {entry['task'] for entry in app.conf.beat_schedule.values()}\n"
            "assert len(sent) > 10, sent\nassert not sent - set(app.tasks), sent - set(app.tasks)",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_api_goes_on_while_redis_is_away() -> None:
    """A process that is told of a Redis where none listens: the rates are counted in it, and it is said once."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django\ndjango.setup()\n"
            "from django.test import RequestFactory\nfrom structlog.testing import capture_logs\n"
            "from rest_framework.request import Request\nfrom branch.rest.throttles import AddressRate\n"
            "from django.conf import settings\nsettings.API_RATES = {'address': '2/min', 'person': '2/min'}\n"
            "with capture_logs() as told:\n"
            "    said = [AddressRate().allow_request(Request(RequestFactory().get('/')), None) for _ in range(3)]\n"
            "assert said == [True, True, False], said\n"
            "assert [line['event'] for line in told] == ['cache_away'], told",
        ],
        cwd=ROOT,
        env=os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0", "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
