"""The web client at every address that belongs to nothing else: its page, and the files of the page."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import ETag, web

from session_core.errors import NotFound
from stream_server.web_client import FILE_POLICY, Asset, WebClient, policy

_ANY = r"/{address:(?!(?:api|socket\.io|healthz|readyz|metrics)(?:/|$)).*}"
"""What the API, the sockets and the health routes do not know stays unknown, in their own shape."""

_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self)",
}

_LASTING = "public, max-age=31536000, immutable"

_NOT_BUILT = """<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>
<title>Hearken</title><h1>Hearken</h1><p>This node is running, but the web client is not built. <code>make run</code>
builds it; so does <code>npm ci &amp;&amp; npm run build</code> in the folder <code>web_client</code>. Then start the
node again.</p><p>The API is described at <a href=/api/docs>/api/docs</a>.</p></html>
"""


def add_web_client(app: web.Application, client: WebClient | None) -> None:
    """Serve the client; where there is none, a page that says how to build it."""
    handler = _serve(client) if client is not None else _not_built
    for method in ("GET", "HEAD"):
        app.router.add_route(method, _ANY, handler)


def add_way_to_description(app: web.Application) -> None:
    """Where no web client is wanted, the address alone leads to the description of the API."""

    async def lead(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/api/docs")

    app.router.add_get("/", lead)


def _serve(client: WebClient) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        asset = client.assets.get(request.path)
        if asset is not None:
            return _file(request, asset)
        if request.path.startswith("/assets/"):
            raise NotFound("there is no such file")
        nonce = secrets.token_urlsafe(16)
        return _html(client.page(nonce), policy(nonce))

    return serve


async def _not_built(_request: web.Request) -> web.StreamResponse:
    return _html(_NOT_BUILT, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def _html(text: str, content_security_policy: str) -> web.Response:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": content_security_policy}
    return web.Response(text=text, content_type="text/html", headers=headers | _HEADERS)


def _file(request: web.Request, asset: Asset) -> web.Response:
    encoding = asset.choose(request.headers.get("Accept-Encoding", ""))
    tag = ETag(asset.tag(encoding))
    headers = _HEADERS | {
        "Cache-Control": _LASTING if asset.lasting else "no-cache",
        "Content-Security-Policy": FILE_POLICY,
        "Vary": "Accept-Encoding",
    }
    if any(known.value in ("*", tag.value) for known in request.if_none_match or ()):
        response = web.Response(status=304, headers=headers)
    else:
        if encoding != "identity":
            headers["Content-Encoding"] = encoding
        headers["Content-Type"] = asset.content_type
        response = web.Response(body=asset.bodies[encoding], headers=headers)
    response.etag = tag
    return response
