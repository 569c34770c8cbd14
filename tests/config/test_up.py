"""The commands that `up` starts are ones their programs take."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from celery.bin.celery import celery
from click.testing import CliRunner
from gunicorn.config import Config

from config.management.commands import up


def arguments(command: str) -> list[str]:
    """What stands behind `python -m program`."""
    return shlex.split(command)[3:]


@pytest.mark.parametrize("broker", ["filesystem://", "redis://127.0.0.1:6379/0"])
@pytest.mark.parametrize("beat", [True, False])
def test_celery_takes_every_option(broker: str, beat: bool, settings: Any) -> None:
    settings.CELERY_BROKER_URL = broker
    found = up.commands("127.0.0.1", 8110, beat=beat)
    for name in found.keys() - {"web"}:
        result = CliRunner().invoke(celery, [*arguments(found[name]), "--help"])
        assert result.exit_code == 0, result.output


def test_beat_runs_inside_the_worker_only_without_a_broker_server(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "filesystem://"
    assert set(up.commands("127.0.0.1", 1, beat=True)) == {"web", "worker"}
    assert "--beat" in up.commands("127.0.0.1", 1, beat=True)["worker"]
    assert "--beat" not in up.commands("127.0.0.1", 1, beat=False)["worker"]
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/0"
    assert set(up.commands("127.0.0.1", 1, beat=True)) == {"web", "worker", "beat"}


def test_gunicorn_takes_every_option_and_binds_where_told() -> None:
    parser = Config().parser()
    options = parser.parse_args(arguments(up.commands("127.0.0.1", 8110, beat=False)["web"]))
    assert options.bind == ["127.0.0.1:8110"]


def test_one_beat_a_machine(tmp_path: Any, settings: Any) -> None:
    settings.VAR = tmp_path
    first = up.only_beat()
    assert first is not None
    assert up.only_beat() is None
    first.close()
    again = up.only_beat()
    assert again is not None
    again.close()
