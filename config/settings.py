"""Settings, driven by environment variables. With none set: one machine, SQLite, no servers, safe for 127.0.0.1.

Production sets ZHANYE_ENV=production and must then give every secret: a missing one stops the start with a sentence.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from kernel import keys

# 首字母 are taken character by character; the dictionary of phrases would cost each process 44 MB and knows no surnames.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"

env = environ.Env()
ZHANYE_ENV = env("ZHANYE_ENV", default="local")
if ZHANYE_ENV not in ("local", "production"):  # `prod` must not mean: without secrets and over plain HTTP
    raise ImproperlyConfigured(f"环境变量 ZHANYE_ENV 只能是 local 或 production,现在是“{ZHANYE_ENV}”,系统未启动")
PRODUCTION = ZHANYE_ENV == "production"
TESTING = "pytest" in sys.modules


def secret(name: str, local: str) -> str:
    """A secret from the environment; only a local start may fall back on a fixed value."""
    value = env(name, default="")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"生产环境必须设置环境变量 {name}(见 docs/deploy.md),系统未启动")
    return local


# --- Core -----------------------------------------------------------------------------------------------------------
SECRET_KEY = secret("SECRET_KEY", "local-only-not-a-secret-0f2b6c1d9a7e4c53b8f0a1d2e3c4b5a6")
DEBUG = env.bool("DEBUG", default=False) and not PRODUCTION
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Personal data: AES-256-GCM keys, newest first, `id:base64(32 bytes)`; the look-up key makes the blind indexes.
FIELD_KEYS = secret("FIELD_KEYS", "local:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").split(",")
try:
    keys.parse(FIELD_KEYS)
except ValueError as error:
    raise ImproperlyConfigured(f"环境变量 FIELD_KEYS 有误:{error}(见 docs/deploy.md),系统未启动") from error
LOOKUP_KEY = secret("LOOKUP_KEY", "local-only-look-up-key")
FORMER_LOOKUP_KEYS = env.list("FORMER_LOOKUP_KEYS", default=[])  # still looked for until `rotate_keys` is through

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config",
    "branch",
    "approvals",
    "archives",
    "clients",
    "teams.plans",
    "payroll",
]

MIDDLEWARE = [
    "branch.people.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "branch.people.middleware.HeadersMiddleware",
    "branch.people.middleware.CurrentPersonMiddleware",
    "branch.people.middleware.SecondFactorMiddleware",
    "branch.people.middleware.RefusalMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "branch.workbench.context.shell",
            ],
        },
    }
]

# --- Data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'zhanye.sqlite3'}")}
DATABASE = DATABASES["default"]
DATABASE["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
if DATABASE["ENGINE"].endswith("sqlite3"):
    VAR.mkdir(exist_ok=True)
    DATABASE["CONN_MAX_AGE"] = 0
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASE["CONN_HEALTH_CHECKS"] = True
    # What `branch.prepared` asks has its plan kept from the second time on.
    DATABASE["OPTIONS"] = {"connect_timeout": 5, "prepare_threshold": 1, **DATABASE.get("OPTIONS", {})}
    # Compiling a statement takes 0.1 s, more than those of ours that get compiled run; and a page is read from memory or SSD.
    # A process that is gone holds its rows as long as the server believes in it: of a lost machine for two hours, of a killed one
    # until its statement ends. The server looks for it instead. One that is there and says nothing (frozen, or its machine is)
    # holds them until the server ends its transaction; none of ours is silent so long.
    _SETTINGS = ["jit=off", "random_page_cost=1.1", "client_connection_check_interval=5s"]
    _SETTINGS += ["idle_in_transaction_session_timeout=5min"]
    # What `branch.prepared` asks has a plan for any values: left to choose, the server stays with what it once found cheaper.
    _SETTINGS += ["plan_cache_mode=force_generic_plan"]
    _SETTINGS += ["tcp_keepalives_idle=10", "tcp_keepalives_interval=5", "tcp_keepalives_count=2"]
    DATABASE["OPTIONS"] = {**DATABASE.get("OPTIONS", {}), "options": " ".join(f"-c {one}" for one in _SETTINGS)}
DATABASE["TEST"] = {"NAME": f"test_zhanye{env('DB_SUFFIX', default='')}"} if not DATABASE["ENGINE"].endswith("sqlite3") else {}

FILES_ROOT = Path(env("FILES_ROOT", default=str(VAR / "files")))
# Where the audit chain's heads are kept, outside the database; best on another machine's disk. '' keeps none.
_BESIDE = (
    f"{DATABASE['NAME']}-heads.jsonl" if DATABASE["ENGINE"].endswith("sqlite3") else str(FILES_ROOT.parent / "audit-heads.jsonl")
)
AUDIT_HEAD_FILE = env("AUDIT_HEAD_FILE", default=_BESIDE if PRODUCTION or DATABASE["ENGINE"].endswith("sqlite3") else "")
if TESTING:
    AUDIT_HEAD_FILE = ""
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=200 * 1024 * 1024)
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20000

REDIS_URL = env("REDIS_URL", default="")
CACHES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"},  # while Redis is away
}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},  # seconds that a request waits for it
    }

# --- People ---------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["branch.people.backends.ThrottledBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
if TESTING:  # a slow hash costs 0.2 s each time a test signs somebody in
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # htmx sends the token from a meta tag; the cookie itself stays unused by scripts
CSRF_FAILURE_VIEW = "branch.people.views.csrf_failure"
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=3600)
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=PRODUCTION)  # of roles that say so (people/roles.py)
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # opens /metrics to a collector on another machine
PROXY_COUNT = env.int("PROXY_COUNT", default=0)  # proxies of ours in front: whose X-Forwarded-For entry is believed
SHOW_DEMO_LOGINS = env.bool("SHOW_DEMO_LOGINS", default=False) and not PRODUCTION
DEMO_PASSWORD = "Zhanye-2026"  # noqa: S105 - of the demonstration's log-ins alone; `seed_demo` refuses to run in production

# --- Headers --------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"  # this host's alone, and over TLS alone
    CSRF_COOKIE_SECURE = True

# --- The API: doors, pages and errors are branch/rest's -----------------------------------------------------------------
API_RATES = {  # requests a minute; tests raise them
    "address": env("API_RATE_ADDRESS", default="1200/min"),
    "person": env("API_RATE_PERSON", default="600/min"),
}
if TESTING:
    API_RATES = dict.fromkeys(API_RATES, "1000000/min")
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "branch.rest.errors.answer",
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "branch.rest.schema.DoorSchema",
    "NUM_PROXIES": PROXY_COUNT,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "展业接口",
    "DESCRIPTION": "页面能做的事,接口都能做:同样的权限、同样的可见范围、同样的校验与提示。说明见 docs/api.md。",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PATH_CONVERTER_OVERRIDES": {"clients_month": {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}},
    "POSTPROCESSING_HOOKS": [],  # choices stay with their fields: several states share a name
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
}

# --- Language, time, files served -------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
FORMAT_MODULE_PATH = ["config.formats"]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if not PRODUCTION:
    STATIC_ROOT.mkdir(exist_ok=True)  # nothing is collected locally; WhiteNoise only wants the folder to be there
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

# --- Work in the background -------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env("BROKER_URL", default=REDIS_URL or "filesystem://")
if CELERY_BROKER_URL.startswith("filesystem"):
    QUEUE = Path(env("QUEUE_ROOT", default=str(VAR / "queue")))  # two installations in one folder would take each other's work
    for folder in ("in", "processed"):
        (QUEUE / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE / "in"),
        "data_folder_out": str(QUEUE / "in"),
        "processed_folder": str(QUEUE / "processed"),
        "control_folder": str(QUEUE),
        "polling_interval": 0.1,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "unacked_restore_interval": 5,
    }
CELERY_DB_REUSE_MAX = 10_000  # a worker keeps its session, and what is planned in it; config.celery drops old and broken ones
CELERY_TASK_QUEUES = [Queue("celery"), Queue("bulk")]  # the lanes of branch.jobs.register, taken from by turns
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # its handlers would not mask personal data
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=TESTING)
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-dropped-jobs": {"task": "branch.jobs.tasks.sweep", "schedule": 5.0},
    "sweep-waiting-jobs": {"task": "branch.jobs.tasks.sweep_waiting", "schedule": 10.0},
    "seal-audit": {"task": "branch.audit.tasks.seal", "schedule": 10.0},
    "tidy": {"task": "branch.jobs.tasks.tidy", "schedule": 3600.0},
    "prepare-month": {"task": "branch.jobs.tasks.prepare_month", "schedule": 3600.0},
    "tidy-tokens": {"task": "branch.once.tasks.tidy", "schedule": 3600.0},
    "tidy-files": {"task": "branch.files.tasks.tidy", "schedule": 6 * 3600.0},
    "expire-exports": {"task": "branch.exports.tasks.expire", "schedule": 3600.0},
    "measure-marked": {"task": "teams.plans.targets.tasks.measure_marked", "schedule": 30.0},
    "measure-open": {"task": "teams.plans.targets.tasks.measure_open", "schedule": 3600.0},
    "settle-moves": {"task": "teams.plans.moves.tasks.settle", "schedule": 3600.0},
    "remind-of-the-15th": {"task": "teams.plans.targets.tasks.remind_of_the_15th", "schedule": 3600.0},
    "draw-logs": {"task": "teams.plans.logs.tasks.draw_weeks", "schedule": 3600.0},
    "chase-late-signers": {"task": "approvals.requests.tasks.chase_late", "schedule": 300.0},
    "reroute-seats": {"task": "approvals.requests.tasks.reroute_stranded", "schedule": 3600.0},
    "expire-imports": {"task": "clients.imports.tasks.expire", "schedule": 3600.0},
}
ONCE_KEEP_DAYS = 3
JOB_HEARTBEAT_SECONDS = 5
JOB_LEASE_SECONDS = 20

# --- Imports: how many days a pre-check waits for its confirmation; files above so many bytes or lines are a job's ------
IMPORT_WAIT_DAYS = env.int("IMPORT_WAIT_DAYS", default=30)
IMPORT_WAIT_BYTES = env.int("IMPORT_WAIT_BYTES", default=5 * 1024 * 1024)
IMPORT_WAIT_ROWS = env.int("IMPORT_WAIT_ROWS", default=20_000)

# --- Exports: how long a file may be fetched, from how many rows a job makes it, how many at most ---------------------
EXPORT_KEEP_DAYS = env.int("EXPORT_KEEP_DAYS", default=7)
EXPORT_AT_ONCE_ROWS = env.int("EXPORT_AT_ONCE_ROWS", default=2000)
EXPORT_MOST_ROWS = env.int("EXPORT_MOST_ROWS", default=200_000)

# --- Logs: structured, without personal data ------------------------------------------------------------------------
LOG_FORMAT = env("LOG_FORMAT", default="json" if PRODUCTION else "console")
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
_RENDER: list[Any] = (
    [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if LOG_FORMAT == "json"
    else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]  # no local variables
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": "branch.people.logs.MaskingFormatter",
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_RENDER],
            "foreign_pre_chain": _SHARED,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING" if not PRODUCTION else "INFO")},
    "loggers": {
        "branch.audit.witness": {"level": "INFO" if PRODUCTION else "WARNING"},  # the second witness of the chain's head
        "branch.people.throttle": {"level": "WARNING" if PRODUCTION else "ERROR"},  # failed and refused sign-ins
        "django.request": {"level": "ERROR"},  # a refusal is an answer, not a fault
    },
}
