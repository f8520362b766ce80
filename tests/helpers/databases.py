"""Scratch databases on the tests' server: dropped and made again from a template, always of the same name.

The name stays the same so that dbt's parsed project stays valid from one test to the next.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from flows.settings import Settings
from flows.warehouse import database
from flows.warehouse.server import DATABASE, credentials, extend

SCRATCH = f"vigie_test_{os.getpid()}"
MIGRATED = f"{SCRATCH}_migrated"
BUILT = f"{SCRATCH}_built"
EXAMPLE = f"{SCRATCH}_example"
# A server of the tests' own outlives no power cut: it need not wait for the disk at every commit and copy.
UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def url_of(server_url: str, name: str) -> str:
    """URL of another database on the same server."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def hurry(server_url: str, home: Path) -> None:
    """Let an embedded server of the tests' own leave the disk to the system."""
    password = credentials(home)["postgres"]
    with psycopg.connect(server_url, user="postgres", password=password, autocommit=True) as connection:
        for option, value in UNSAFE.items():
            connection.execute(sql.SQL("alter system set {} = {}").format(sql.Identifier(option), value))
        connection.execute("select pg_reload_conf()")


@dataclass(frozen=True)
class Server:
    """A Postgres server, and the folder where everything else of Vigie's goes."""

    url: str
    home: Path

    @property
    def version(self) -> int:
        """Major version; Postgres 17 has locales of its own, older ones those of the system."""
        with psycopg.connect(self.url) as connection:
            return connection.info.server_version // 10000

    def settings(self, name: str = SCRATCH, home: Path | None = None) -> Settings:
        return Settings(home=home or self.home, database_url=SecretStr(url_of(self.url, name)))

    def url_as(self, role: str, name: str = SCRATCH) -> str | None:
        """URL of a database as one of Vigie's roles; None where another's server has a password not ours."""
        password = credentials(self.home).get(role)
        if password is None:
            return None
        place = urlsplit(self.url)
        host = place.netloc.rpartition("@")[2]
        return urlunsplit(place._replace(netloc=f"{quote(role)}:{quote(password)}@{host}", path=f"/{name}"))

    def connect_as(self, role: str, name: str = SCRATCH) -> psycopg.Connection[tuple[object, ...]]:
        """Sign in as one of Vigie's roles; skips the test where another's server asks for a password not ours."""
        passwords = credentials(self.home)
        try:
            return psycopg.connect(url_of(self.url, name), user=role, password=passwords.get(role), autocommit=True)
        except psycopg.OperationalError:
            if passwords:
                raise
            pytest.skip("VIGIE_DATABASE_URL names a server whose roles' passwords are not ours to know")

    def execute(self, *statements: sql.Composable) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is in it; autovacuum alone cannot be sent away by our role, so it may finish."""
        statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        for wait in (0.1, 0.3, 1, 3, 10):
            try:
                self.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                time.sleep(wait)
            else:
                return
        self.execute(statement)

    def create(self, name: str, template: str | None = None) -> Settings:
        """Make a database anew: a copy of the template, or an empty one as Vigie, or its guide, makes it."""
        self.drop(name)
        if template:
            made = sql.SQL("create database {} template {} strategy wal_log")
            self.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        else:
            made = DATABASE if self.version >= 17 else "create database vigie encoding 'UTF8' template template0"
            self.execute(sql.SQL(made.replace("database vigie", "database {}")).format(sql.Identifier(name)))
            if superuser := credentials(self.home).get("postgres"):
                extend(self.url, superuser, name)
        return self.settings(name)

    def migrate(self, name: str) -> None:
        database.connect(self.settings(name)).close()
