"""Connections, and the transaction that sees one organisation."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from session_core.errors import Unavailable, UnsafeDatabase

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What passes by itself: the server restarts, fails over or is out of something for the moment."""


class _PooledConnection(asyncpg.Connection):
    """A connection that costs no round trip to hand back: nothing but transactions ever has a state on it,
    and asyncpg rolls those back by itself."""

    def get_reset_query(self) -> str:
        return ""


class Database:
    """A pool of connections as the application role, which row level security holds."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record], timeout_s: float) -> None:
        self._pool = pool
        self._timeout_s = timeout_s
        self.epoch = ""

    @classmethod
    async def connect(cls, url: str, *, connections: int, timeout_s: float) -> Database:
        """Open the pool, or raise :class:`UnsafeDatabase` / :class:`Unavailable`."""
        opened: list[Database] = []

        async def prepare(connection: Connection) -> None:
            await _refuse_unsafe(connection)
            # Whatever is set for the server later: an ack means that it is on the disk.
            await connection.execute("SET synchronous_commit = on")
            epoch = await _read_epoch(connection)
            # Read again with every connection: a restore ends all of them.
            for database in opened:
                database.epoch = epoch

        with translated():
            pool = asyncpg.create_pool(
                url,
                min_size=1,
                max_size=connections,
                command_timeout=timeout_s,
                timeout=timeout_s,
                max_inactive_connection_lifetime=300.0,
                init=prepare,
                connection_class=_PooledConnection,
                server_settings={
                    "application_name": "hearken",
                    "jit": "off",
                    # Pages are in memory or on a disk that does not turn. With the default of 4 a search read all
                    # vectors of a partition rather than the organisation's, by their key.
                    "random_page_cost": "1.1",
                    # A program that freezes in a transaction holds a session's lock. It loses it before those who
                    # wait for it, such as a chunk, give up.
                    "idle_in_transaction_session_timeout": str(round(timeout_s * 1000 / 2)),
                },
            )
            database = cls(pool, timeout_s)
            opened.append(database)
            await pool
        return database

    @asynccontextmanager
    async def organisation(self, org_id: UUID, *, snapshot: bool = False) -> AsyncIterator[Connection]:
        """A transaction that sees the rows of ``org_id`` alone, committed at the end of the block.

        A ``snapshot`` is for reading only; all its statements see the same moment.
        """
        isolation: Literal["repeatable_read", "read_committed"] = "repeatable_read" if snapshot else "read_committed"
        with translated():
            async with (
                self._pool.acquire(timeout=self._timeout_s) as connection,
                connection.transaction(isolation=isolation, readonly=snapshot),
            ):
                await connection.execute("SELECT set_config('hearken.organisation', $1, true)", str(org_id))
                yield connection

    @asynccontextmanager
    async def single(self) -> AsyncIterator[Connection]:
        """A connection without an organisation: it sees no record. For single statements that name theirs
        (``store_chunk``) and for the functions that look across organisations."""
        with translated():
            async with self._pool.acquire(timeout=self._timeout_s) as connection:
                yield connection

    async def close(self) -> None:
        self._pool.terminate()


@contextmanager
def translated() -> Iterator[None]:
    """Turn what passes by itself into :class:`Unavailable`. Postgres' own texts may quote values, so they
    are never passed on."""
    try:
        yield
    except _AWAY as error:
        raise Unavailable("the database is not reachable at the moment", retry_after_s=1.0) from error


async def _refuse_unsafe(connection: Connection) -> None:
    rows = await connection.fetch(
        "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
    )
    off = sorted(row["name"] for row in rows if row["setting"] == "off")
    if off:
        raise UnsafeDatabase(
            f"Postgres runs with {', '.join(off)} off: it could lose audio that was acknowledged. "
            "Turn it on in postgresql.conf, for the role and for the database."
        )
    row = await connection.fetchrow(
        "SELECT rolsuper OR rolbypassrls AS unbound FROM pg_roles WHERE rolname = current_user"
    )
    if row is None or row["unbound"]:
        raise UnsafeDatabase(
            "The database role bypasses row level security, so organisations would not be kept apart. "
            "Connect as hearken_app, not as the owner."
        )


async def _read_epoch(connection: Connection) -> str:
    """Changes with a restore: a dump has another system identifier, a base backup another timeline, and for
    anything else ``installation.epoch`` can be set anew."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT system_identifier FROM pg_control_system())::text || '/'
            || (SELECT timeline_id FROM pg_control_checkpoint())::text || '/'
            || (SELECT epoch FROM installation)::text AS epoch
        """
    )
    assert row is not None
    return hashlib.sha256(row["epoch"].encode()).hexdigest()[:16]
