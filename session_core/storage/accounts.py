"""Organisations, users and refresh tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from session_core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class LoginRow:
    org_id: UUID
    user_id: UUID
    password_hash: str


@dataclass(frozen=True, slots=True)
class UserRow:
    id: UUID
    email: str
    organisation: str


@dataclass(frozen=True, slots=True)
class RefreshRow:
    id: UUID
    user_id: UUID
    sign_in: UUID
    digest: bytes
    expires_at: datetime
    used_at: datetime | None


async def insert_organisation(connection: Connection, org_id: UUID, name: str, wrapped_key: bytes) -> None:
    await connection.execute("INSERT INTO organisations (id, name, key) VALUES ($1, $2, $3)", org_id, name, wrapped_key)


async def organisation_key(connection: Connection, org_id: UUID) -> bytes | None:
    value: bytes | None = await connection.fetchval("SELECT key FROM organisations WHERE id = $1", org_id)
    return value


async def insert_user(connection: Connection, org_id: UUID, user_id: UUID, email: str, password_hash: str) -> None:
    await connection.execute(
        "INSERT INTO users (org_id, id, email, password_hash) VALUES ($1, $2, $3, $4)",
        org_id,
        user_id,
        email,
        password_hash,
    )


async def find_login(connection: Connection, email: str) -> LoginRow | None:
    row = await connection.fetchrow("SELECT * FROM find_login($1)", email)
    return LoginRow(row["org_id"], row["user_id"], row["password_hash"]) if row else None


async def any_account(connection: Connection) -> bool:
    return bool(await connection.fetchval("SELECT any_account()"))


async def user(connection: Connection, user_id: UUID) -> UserRow | None:
    row = await connection.fetchrow(
        """
        SELECT u.id, u.email, o.name AS organisation FROM users u JOIN organisations o ON o.id = u.org_id
        WHERE u.id = $1 AND u.disabled_at IS NULL
        """,
        user_id,
    )
    return UserRow(row["id"], row["email"], row["organisation"]) if row else None


async def insert_refresh_token(
    connection: Connection,
    *,
    org_id: UUID,
    token_id: UUID,
    user_id: UUID,
    sign_in: UUID,
    digest: bytes,
    expires_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO refresh_tokens (org_id, id, user_id, sign_in, digest, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        org_id,
        token_id,
        user_id,
        sign_in,
        digest,
        expires_at,
    )


async def lock_refresh_token(connection: Connection, token_id: UUID) -> RefreshRow | None:
    row = await connection.fetchrow(
        """
        SELECT t.id, t.user_id, t.sign_in, t.digest, t.expires_at, t.used_at
        FROM refresh_tokens t JOIN users u ON u.id = t.user_id
        WHERE t.id = $1 AND u.disabled_at IS NULL FOR UPDATE OF t
        """,
        token_id,
    )
    return RefreshRow(**dict(row)) if row else None


async def mark_refresh_token_used(connection: Connection, token_id: UUID) -> None:
    await connection.execute(
        "UPDATE refresh_tokens SET used_at = coalesce(used_at, clock_timestamp()) WHERE id = $1", token_id
    )


async def delete_sign_in(connection: Connection, sign_in: UUID) -> None:
    await connection.execute("DELETE FROM refresh_tokens WHERE sign_in = $1", sign_in)


async def delete_expired_tokens(connection: Connection, user_id: UUID) -> None:
    await connection.execute(
        "DELETE FROM refresh_tokens WHERE user_id = $1 AND expires_at < clock_timestamp()", user_id
    )
