"""Bring the database to the schema of this version: forward only, one runner at a time.

A migration and the note that it was applied commit together, so a runner killed at any moment leaves
either both or neither, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import conninfo, sql
from yoyo import get_backend, read_migrations
from yoyo.migrations import MigrationList

from session_core.errors import HearkenError

APP_ROLE = "hearken_app"
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

_LOCK = 0x4845_4152  # "HEAR": any number that nothing else locks
_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


class MigrationRefused(HearkenError):
    """The database cannot be migrated as it is; the message says what to change."""

    retryable = False


class MigrationFailed(HearkenError):
    """A migration did not fit this database, which is as it was before."""

    retryable = False


def migrate(owner_url: str, app_url: str) -> int:
    """Apply what is missing and return how many migrations that were.

    `owner_url` signs in as the role that owns the tables and may create roles. `app_url` is what nodes and
    workers use: its role is created, with its password if it carries one. Waits while another runner works.
    Raises :class:`MigrationRefused` when the server could lose a commit, or cannot be reached, and
    :class:`MigrationFailed` with the name of the one that failed.
    """
    password = _app_password(app_url)
    with _only_runner(owner_url) as connection:
        _refuse_unsafe(connection)
        _ensure_app_role(connection, password)
        return _apply(owner_url)


def _app_password(app_url: str) -> str | None:
    try:
        given = conninfo.conninfo_to_dict(app_url)
    except psycopg.ProgrammingError:
        raise MigrationRefused("HEARKEN_DATABASE_URL is no address of a Postgres database") from None
    if given.get("user") != APP_ROLE:
        raise MigrationRefused(f"HEARKEN_DATABASE_URL must sign in as {APP_ROLE}, the role that owns nothing")
    password = given.get("password")
    return None if password is None else str(password)


@contextmanager
def _only_runner(owner_url: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(owner_url, autocommit=True)
    except psycopg.OperationalError as error:
        raise MigrationRefused(f"Postgres cannot be reached as the owner: {error}".strip()) from None
    with connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield connection


def _refuse_unsafe(connection: psycopg.Connection) -> None:
    rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(_DURABLE)])
    off = sorted(name for name, setting in rows if setting == "off")
    if off:
        raise MigrationRefused(
            f"this Postgres could lose what it has acknowledged: turn on {', '.join(off)} and start again"
        )


def _ensure_app_role(connection: psycopg.Connection, password: str | None) -> None:
    role = sql.Identifier(APP_ROLE)
    with connection.transaction():
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [APP_ROLE]).rowcount:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        if password is not None:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))


def _apply(owner_url: str) -> int:
    address = owner_url.split("://", 1)[1]
    backend = get_backend(f"postgresql+psycopg://{address}")
    try:
        backend.break_lock()  # a row left by a killed runner: the lock that counts is ours
        known = MigrationList([found for found in read_migrations(str(MIGRATIONS)) if found.is_raw_sql()])
        missing = backend.to_apply(known)
        for migration in missing:
            try:
                with backend.transaction():
                    migration.process_steps(backend, "apply")
                    backend.mark_one(migration, log=False)
            except psycopg.Error as error:
                raise MigrationFailed(f"migration {migration.id} failed and left no trace: {error}") from error
        return len(missing)
    finally:
        backend.connection.close()
