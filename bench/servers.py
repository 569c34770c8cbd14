"""Databases of our own on a PostgreSQL that was found: made for the run, dropped after it. The server itself is never touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ADMIN_URL = os.environ.get("TEST_POSTGRES_URL", "")


def url_of(name: str) -> str:
    """The address of database `name` on that server."""
    return urlunsplit(urlsplit(ADMIN_URL)._replace(path=f"/{name}"))


def create(name: str, *, template: str = "template0") -> str:
    """Make the database anew, as a copy of `template`; returns its address."""
    drop(name)
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(sql.Identifier(name), sql.Identifier(template))
        )
    return url_of(name)


def drop(name: str) -> None:
    with psycopg.connect(ADMIN_URL, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def database(name: str, *, template: str = "template0") -> Iterator[str]:
    """The database for as long as the block lasts."""
    try:
        yield create(name, template=template)
    finally:
        drop(name)
