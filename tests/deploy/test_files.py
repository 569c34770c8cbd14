"""The files of an installation: whole, without secrets, and all that settings read is told in docs/deploy.md."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "User": "zhanye",
    "UMask": "0077",
}
SECRET = ("SECRET_KEY", "FIELD_KEYS", "LOOKUP_KEY", "METRICS_TOKEN")


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def test_every_service_is_watched_and_comes_back() -> None:
    services = compose()["services"]
    assert set(services) == {"web", "worker", "beat", "postgres", "redis"}
    assert not [
        name for name, service in services.items() if "healthcheck" not in service or service["restart"] != "unless-stopped"
    ]


def test_the_products_services_can_write_their_data_only() -> None:
    ours = [service for name, service in compose()["services"].items() if name in ("web", "worker", "beat")]
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in ours)
    assert all(service["ports"] == ["127.0.0.1:8000:8000"] for service in ours if "ports" in service)


def test_no_secret_stands_in_what_is_handed_on() -> None:
    said = example()
    assert {name: said[name] for name in SECRET} == dict.fromkeys(SECRET, "")
    assert "PASSWORD@" in said["DATABASE_URL"]
    assert "POSTGRES_PASSWORD:" not in (DEPLOY / "compose.yaml").read_text()


def example() -> dict[str, str]:
    """What stands in the example of the environment file, also what is commented out."""
    lines = (DEPLOY / "zhanye.env.example").read_text().splitlines()
    return dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))  # type: ignore[misc]


def test_services_and_commands_look_for_files_in_one_place() -> None:
    """A command reads the environment file only; what a unit or compose says alone would be another store."""
    for unit in UNITS:
        assert f"FILES_ROOT={example()['FILES_ROOT']}" in unit.read_text()
    ours = [service for name, service in compose()["services"].items() if name in ("web", "worker", "beat")]
    inside = re.search(r"FILES_ROOT=(\S+)", (DEPLOY / "Dockerfile").read_text())
    assert inside is not None
    assert {service["environment"]["FILES_ROOT"] for service in ours} == {inside[1]}


def test_no_secret_of_the_installation_goes_into_the_image() -> None:
    """`COPY . .` takes all that .dockerignore doesn't name: the image's layers would hold it for whoever has the image."""
    secret = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line.startswith("/deploy/")]
    assert len(secret) >= 2
    assert not set(secret) - set((ROOT / ".dockerignore").read_text().split())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_hardened(unit: Path) -> None:
    said = dict(line.split("=", 1) for line in unit.read_text().splitlines() if re.match(r"[A-Z]\w+=", line))
    assert {name: said.get(name) for name in HARDENED} == HARDENED
    assert "@resources" not in said["SystemCallFilter"]  # reading an upload bounds its own memory by setrlimit


def test_there_are_three_units_and_systemd_finds_no_fault_in_them(tmp_path: Path) -> None:
    assert [unit.stem for unit in UNITS] == ["zhanye-beat", "zhanye-web", "zhanye-worker"]
    analyze = shutil.which("systemd-analyze")
    for unit in UNITS if analyze else []:
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"/opt/zhanye/\.venv/bin/\w+", "/bin/true", unit.read_text()))
        done = subprocess.run([str(analyze), "verify", str(copy)], capture_output=True, text=True, check=False)
        assert unit.name not in done.stderr, done.stderr


CLIENTS = {"bookworm": 15, "trixie": 17}  # Debian's suite → the major version of its PostgreSQL client


def test_the_images_client_is_of_the_servers_version() -> None:
    """Another one can't dump the server, or writes what the server can't read back."""
    said = (DEPLOY / "Dockerfile").read_text()
    suites = set(re.findall(r"^FROM python:3\.11-slim(\S*)", said, re.M))
    assert len(suites) == 1
    client = CLIENTS[suites.pop().lstrip("-")]
    assert re.findall(r"postgresql-client\S*", said) == [f"postgresql-client-{client}"]
    postgres = compose()["services"]["postgres"]
    assert postgres["image"] == f"postgres:{client}"
    assert postgres["volumes"][0].startswith(f"postgres{client}:")  # a volume of its own: the other version's data stay


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_names_what_is_there(unit: Path) -> None:
    """Where systemd-analyze is not at hand, this much can be read."""
    said = dict(line.split("=", 1) for line in unit.read_text().splitlines() if re.match(r"[A-Z]\w+=", line))
    program = said["ExecStart"].split()[0]
    assert program.startswith("/opt/zhanye/.venv/bin/")
    assert f"\n{Path(program).name}==" in "\n" + (ROOT / "requirements" / "runtime.txt").read_text()
    assert said["WorkingDirectory"] == said["Documentation"].removeprefix("file:").split("/docs/")[0] == "/opt/zhanye"
    manage = (DEPLOY / "zhanye-manage").read_text()
    assert f"EnvironmentFile={said['EnvironmentFile']}" in manage
    assert f"--uid={said['User']} --gid={said['Group']}" in manage
    assert all(
        f"-p {name}={said[name]}" in manage for name in ("WorkingDirectory", "UMask", "StateDirectory", "StateDirectoryMode")
    )
    writable = [f"/var/lib/{said['StateDirectory']}", *said["ReadWritePaths"].split()]
    assert all(any(path.startswith(f"{place}/") for place in writable) for path in WRITTEN.findall(unit.read_text()))


WRITTEN = re.compile(r"(?:FILES_ROOT=|--schedule )(\S+)")


@pytest.mark.parametrize(
    ("folder", "given", "called"),
    [
        ("systemd", ["verify_audit", "--seal"], ["systemd-run", "--uid=zhanye", "manage.py verify_audit --seal"]),
        ("systemd", ["backup", "--to", "/mnt/a b"], ["systemd-run", "manage.py backup --to /mnt/a b"]),
        ("containers", ["verify_audit"], ["docker compose -f", "run --rm", "web python manage.py verify_audit"]),
        ("containers", ["--as", "owner", "migrate"], ["-e DATABASE_URL", "manage.py migrate", "URL=postgres://owner@x/y"]),
        ("containers", ["--as", "nobody", "migrate"], []),
    ],
)
def test_every_command_goes_through_one_door(tmp_path: Path, folder: str, given: list[str], called: list[str]) -> None:
    """The wrapper, with stand-ins for systemd and docker that say what they were called with."""
    for name in ("systemd-run", "docker"):
        stand_in = tmp_path / name
        stand_in.write_text(f'#!/bin/sh\necho {name} "$@" URL="${{DATABASE_URL:-}}"\n')
        stand_in.chmod(0o755)
    shutil.copy(DEPLOY / "zhanye-manage", tmp_path)
    if folder == "containers":
        (tmp_path / "zhanye.env").write_text("")
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "owner.env").write_text("DATABASE_URL=postgres://owner@x/y\n")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run([str(tmp_path / "zhanye-manage"), *given], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == bool(called), done.stderr
    assert all(part in done.stdout for part in called), done.stdout


def test_the_guide_to_running_it_calls_no_command_past_that_door() -> None:
    said = re.findall(r"\S*manage(?:\.py)? [a-z_]+", (ROOT / "docs" / "deploy.md").read_text())
    assert len(said) > 12
    assert {call for call in said if "zhanye-manage" not in call} == {"`manage.py up"}


def test_every_variable_that_settings_read_is_told() -> None:
    read = set(
        re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"|secret\(\"([A-Z_]+)\"", (ROOT / "config" / "settings.py").read_text())
    )
    named = {one or other for one, other in read}
    told = set(re.findall(r"`([A-Z_]+)(?:=\w+)?`", (ROOT / "docs" / "deploy.md").read_text()))
    assert not named - told - {"DEBUG", "DB_SUFFIX", "CELERY_TASK_ALWAYS_EAGER", "SHOW_DEMO_LOGINS"}  # of development alone
