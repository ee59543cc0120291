"""Accounts and sign-in: organisations, users, access and refresh tokens."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from session_core import password as passwords
from session_core.envelope import Key
from session_core.errors import Invalid, Unauthenticated
from session_core.keyring import Keyring
from session_core.messages.sign_in import Tokens, User
from session_core.principal import Principal, TokenSigner
from session_core.settings import Settings
from session_core.storage import accounts
from session_core.storage.database import Connection, Database

REUSE_GRACE = timedelta(seconds=60)
"""A used refresh token may come once more within this time: its answer may have been lost on the way."""

_WRONG = "the email or the password is wrong"


class Accounts:
    """Sign-in, renewal and sign-out."""

    def __init__(self, database: Database, signer: TokenSigner, refresh_life_s: float) -> None:
        self._database = database
        self._signer = signer
        self._refresh_life = timedelta(seconds=refresh_life_s)
        # Verified for unknown accounts too, so that time does not tell which emails exist.
        self._decoy = passwords.hash_password(secrets.token_hex(16))

    async def login(self, email: str, password: str) -> Tokens:
        async with self._database.single() as connection:
            found = await accounts.find_login(connection, email.strip().lower())
        hashed = found.password_hash if found else self._decoy
        if not await asyncio.to_thread(passwords.matches, hashed, password) or found is None:
            raise Unauthenticated(_WRONG)
        async with self._database.organisation(found.org_id) as connection:
            await accounts.delete_expired_tokens(connection, found.user_id)
            return await self._issue(connection, found.org_id, found.user_id, sign_in=uuid4())

    async def refresh(self, token: str) -> Tokens:
        """New tokens for an unused refresh token. One that was used before ends the whole sign-in: it was
        copied."""
        org_id, token_id, secret = _parse_refresh(token)
        async with self._database.organisation(org_id) as connection:
            row = await accounts.lock_refresh_token(connection, token_id)
            now = datetime.now(UTC)
            if row is None or row.expires_at < now or not hmac.compare_digest(row.digest, _digest(secret)):
                raise Unauthenticated("the refresh token is not valid or has expired")
            stolen = row.used_at is not None and now - row.used_at > REUSE_GRACE
            if stolen:
                await accounts.delete_sign_in(connection, row.sign_in)
            else:
                await accounts.mark_refresh_token_used(connection, token_id)
                return await self._issue(connection, org_id, row.user_id, row.sign_in)
        raise Unauthenticated("the refresh token was used before; sign in again")

    async def logout(self, principal: Principal) -> None:
        async with self._database.organisation(principal.org_id) as connection:
            await accounts.delete_sign_in(connection, principal.sign_in)

    async def user(self, principal: Principal) -> User:
        async with self._database.organisation(principal.org_id) as connection:
            return await _user(connection, principal.user_id)

    async def _issue(self, connection: Connection, org_id: UUID, user_id: UUID, sign_in: UUID) -> Tokens:
        now = datetime.now(UTC)
        token_id, secret = uuid4(), secrets.token_bytes(32)
        await accounts.insert_refresh_token(
            connection,
            org_id=org_id,
            token_id=token_id,
            user_id=user_id,
            sign_in=sign_in,
            digest=_digest(secret),
            expires_at=now + self._refresh_life,
        )
        return Tokens(
            access_token=self._signer.sign(org_id, user_id, sign_in, now),
            refresh_token=f"{org_id.hex}.{token_id.hex}.{secret.hex()}",
            expires_in=int(self._signer.life_s),
            user=await _user(connection, user_id),
        )


async def create_first_account(settings: Settings, *, organisation: str, email: str, password: str) -> bool:
    """An organisation and a user on an empty installation; False where there is an account already."""
    database = await _connect(settings)
    try:
        async with database.single() as connection:
            if await accounts.any_account(connection):
                return False
        await _add(settings, database, organisation, email, password)
        return True
    finally:
        await database.close()


async def add_account(settings: Settings, organisation: str, email: str, password: str) -> None:
    """A new organisation with its first user; :class:`Invalid` where the email is taken."""
    database = await _connect(settings)
    try:
        await _add(settings, database, organisation, email, password)
    finally:
        await database.close()


async def _connect(settings: Settings) -> Database:
    return await Database.connect(settings.database_url, connections=1, timeout_s=settings.database_timeout_s)


async def _add(settings: Settings, database: Database, organisation: str, email: str, password: str) -> None:
    if len(password) < passwords.MIN_LENGTH:
        raise Invalid(f"a password needs at least {passwords.MIN_LENGTH} characters")
    email = email.strip().lower()
    if "@" not in email:
        raise Invalid("this is not an email address")
    org_id = uuid4()
    hashed = await asyncio.to_thread(passwords.hash_password, password)
    keyring = Keyring(database, Key(settings.master_key_bytes))
    try:
        async with database.organisation(org_id) as connection:
            await keyring.create_organisation(connection, org_id, organisation)
            await accounts.insert_user(connection, org_id, uuid4(), email, hashed)
    except asyncpg.UniqueViolationError:
        raise Invalid("this email has an account already") from None


async def _user(connection: Connection, user_id: UUID) -> User:
    row = await accounts.user(connection, user_id)
    if row is None:
        raise Unauthenticated("the account is closed")
    return User(id=row.id, email=row.email, organisation=row.organisation)


def _parse_refresh(token: str) -> tuple[UUID, UUID, bytes]:
    try:
        org, token_id, secret = token.split(".")
        return UUID(hex=org), UUID(hex=token_id), bytes.fromhex(secret)
    except ValueError:
        raise Unauthenticated("the refresh token is not valid or has expired") from None


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
