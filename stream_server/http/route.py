"""A route: what it is called by, who may, what goes in and comes out. The API's description is made of these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import BaseModel

from session_core.errors import Unauthenticated
from session_core.principal import Principal, TokenSigner
from stream_server.request_limit import RequestLimit

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Route:
    """``handler`` gets the request and, unless ``open``, the principal of its bearer token.

    ``admits`` may find the principal in another way; None leaves it to the token. ``has_own_limit``: it is not
    counted among the requests of its user. ``with_head``: it answers HEAD as well.
    """

    method: str
    path: str
    handler: Callable[..., Awaitable[web.StreamResponse]]
    summary: str
    request: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    open: bool = False
    admits: Callable[[web.Request], Principal | None] | None = None
    has_own_limit: bool = False
    with_head: bool = False
    body: str | None = None
    produces: str = "application/json"


def bearer(request: web.Request, signer: TokenSigner) -> Principal:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("an access token is needed: Authorization: Bearer ...")
    return signer.verify(token.strip())


def add_routes(app: web.Application, routes: tuple[Route, ...], signer: TokenSigner, requests: RequestLimit) -> None:
    for route in routes:
        handler = route.handler if route.open else _guarded(route, signer, requests)
        app.router.add_route(route.method, route.path, handler)
        if route.with_head:
            app.router.add_route("HEAD", route.path, handler)


def _guarded(
    route: Route, signer: TokenSigner, requests: RequestLimit
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        admitted = route.admits(request) if route.admits else None
        principal = admitted or bearer(request, signer)
        if not route.has_own_limit:
            requests.take(principal.user_id)
        return await route.handler(request, principal)

    return handle
