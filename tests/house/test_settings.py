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
        "validate_password('Correct-Horse-9')\n"
        "for poor in ('Short-1', 'password123', '1234567890'):\n"
        "    try:\n        validate_password(poor)\n    except ValidationError:\n        continue\n"
        "    raise AssertionError(poor)"
    )
    assert done.returncode == 0, done.stderr


def test_demonstration_data_never_come_into_production() -> None:
    done = in_production("from django.core.management import call_command\ncall_command('seed_demo')")
    assert done.returncode != 0


def test_a_lie_about_production_would_be_seen() -> None:
    assert in_production("assert s.DEBUG").returncode != 0


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
