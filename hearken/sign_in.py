"""Signing in: the account file that a first start writes, and access tokens that are good when asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from hearken.answer import Refusal, read_refusal
from session_core.errors import Invalid, Unauthenticated, Unavailable

RENEW_BEFORE_S = 30.0


class NoAccount(Invalid):
    """The account file is missing or is not one."""


class SignInRefused(Unauthenticated):
    """The server does not take this account; trying again does not help."""


class SignInUnavailable(Unavailable):
    """The server is away or busy; trying again later helps."""


class Account(BaseModel):
    """Who signs in where."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    url: str
    email: str
    password: SecretStr


def read_account(path: Path) -> Account:
    """Raises :class:`NoAccount`."""
    try:
        return Account.model_validate_json(path.read_bytes())
    except OSError as error:
        raise NoAccount(f"{path}: {error.strerror}") from None
    except ValidationError:
        raise NoAccount(f"{path} is not an account: it must hold url, email and password") from None


class _Tokens(BaseModel):
    access_token: str
    refresh_token: str
    expires_in: float


class _ErrorBody(BaseModel):
    error: dict[str, object]


class SignIn:
    """Holds an access token and renews it before it runs out: by its refresh token, else by password."""

    def __init__(self, http: aiohttp.ClientSession, account: Account, clock: Callable[[], float] = time.monotonic):
        self._http = http
        self._account = account
        self._clock = clock
        self._tokens: _Tokens | None = None
        self._renew_at = 0.0

    async def token(self) -> str:
        """A token that is good for some time. Raises :class:`SignInRefused` or :class:`SignInUnavailable`."""
        if self._tokens is None or self._clock() >= self._renew_at:
            self._tokens = await self._renew()
            self._renew_at = self._clock() + max(1.0, self._tokens.expires_in - RENEW_BEFORE_S)
        return self._tokens.access_token

    def token_refused(self) -> None:
        """The server took the token no more: the next one must be new."""
        self._renew_at = 0.0

    async def _renew(self) -> _Tokens:
        if self._tokens is not None:
            answer = await self._post("refresh", {"refresh_token": self._tokens.refresh_token})
            if isinstance(answer, _Tokens):
                return answer
        password = self._account.password.get_secret_value()
        answer = await self._post("login", {"email": self._account.email, "password": password})
        if isinstance(answer, Refusal):
            raise SignInRefused(f"the server does not sign this account in: {answer.message}")
        return answer

    async def _post(self, what: str, body: dict[str, str]) -> _Tokens | Refusal:
        url = f"{self._account.url.rstrip('/')}/api/v1/auth/{what}"
        try:
            async with self._http.post(url, json=body, timeout=aiohttp.ClientTimeout(total=15)) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SignInUnavailable(f"the server can't be reached ({type(error).__name__})") from None
        if response.status == 200:
            return _parse_tokens(content)
        refusal = _parse_refusal(content)
        if refusal is None or refusal.retryable:
            after = refusal.retry_after_s if refusal else None
            raise SignInUnavailable(f"the server could not sign in (status {response.status})", retry_after_s=after)
        return refusal


def _parse_tokens(content: bytes) -> _Tokens:
    try:
        return _Tokens.model_validate_json(content)
    except ValidationError:
        raise SignInUnavailable("the server's answer to signing in is not one") from None


def _parse_refusal(content: bytes) -> Refusal | None:
    try:
        return read_refusal(_ErrorBody.model_validate_json(content).error)
    except ValidationError:
        return None
