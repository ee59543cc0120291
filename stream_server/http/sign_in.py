"""Routes of signing in and out."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from session_core.accounts import Accounts
from session_core.errors import RateLimited
from session_core.messages.message import parse
from session_core.messages.sign_in import Login, RefreshToken, Tokens, User
from session_core.principal import Principal
from stream_server.edge import body_object, respond
from stream_server.http.route import API, Route
from stream_server.quota import Rates
from stream_server.request_limit import RequestLimit


class SignInRoutes:
    def __init__(
        self,
        accounts: Accounts,
        attempts: Rates,
        requests: RequestLimit,
        trusted_proxies: tuple[str, ...],
        end_sign_in: Callable[[UUID], Awaitable[None]],
    ) -> None:
        self._accounts = accounts
        self._attempts = attempts
        self._requests = requests
        self._trusted_proxies = trusted_proxies
        self._end_sign_in = end_sign_in

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", f"{API}/auth/login", self.login, "Sign in", Login, Tokens, open=True),
            Route("POST", f"{API}/auth/refresh", self.refresh, "Renew the tokens", RefreshToken, Tokens, open=True),
            Route("POST", f"{API}/auth/logout", self.logout, "Sign out; its connections are closed"),
            Route("GET", f"{API}/me", self.me, "Who is signed in", answer=User),
        )

    async def login(self, request: web.Request) -> web.Response:
        wanted = parse(Login, await body_object(request))
        for key in (f"account {wanted.email.strip().lower()}", f"address {self._address(request)}"):
            if wait := self._attempts.take(key, 1, time.monotonic()):
                raise RateLimited("too many attempts to sign in", retry_after_s=wait)
        return respond(await self._accounts.login(wanted.email, wanted.password))

    async def refresh(self, request: web.Request) -> web.Response:
        self._requests.take(f"address {self._address(request)}")
        wanted = parse(RefreshToken, await body_object(request))
        return respond(await self._accounts.refresh(wanted.refresh_token))

    async def logout(self, _request: web.Request, principal: Principal) -> web.Response:
        await self._accounts.logout(principal)
        await self._end_sign_in(principal.sign_in)
        return web.Response(status=204)

    async def me(self, _request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._accounts.user(principal))

    def _address(self, request: web.Request) -> str:
        """The peer's, or the one that a trusted proxy names last."""
        peer = request.remote or ""
        forwarded = request.headers.get("X-Forwarded-For", "")
        return forwarded.rsplit(",", 1)[-1].strip() if peer in self._trusted_proxies and forwarded else peer
