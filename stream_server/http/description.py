"""The API described: OpenAPI made of the routes themselves, and the same as a page for people."""

from __future__ import annotations

from html import escape
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from session_core.messages.connection import PROTOCOL, Refusal
from session_core.schema import wire_schema
from stream_server.edge import json_response
from stream_server.http.route import Route

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font-family: ui-monospace, monospace }
section { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .6rem 0 }
h2 { font-size: 1rem; margin: 0 } p { margin: .2rem 0 }
"""


class DescriptionRoutes:
    def __init__(self, described: tuple[Route, ...]) -> None:
        self._described = described

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/api/openapi.json", self.openapi, "This description, for programs", open=True),
            Route("GET", "/api/wire-schema.json", self.wire, "JSON Schema of the Socket.IO messages", open=True),
            Route("GET", "/api/docs", self.page, "This description, for people", open=True, produces="text/html"),
        )

    async def openapi(self, _request: web.Request) -> web.Response:
        return json_response(openapi((*self._described, *self.routes())))

    async def wire(self, _request: web.Request) -> web.Response:
        return json_response(wire_schema())

    async def page(self, _request: web.Request) -> web.Response:
        body = page((*self._described, *self.routes()))
        return web.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": _POLICY})


def openapi(routes: tuple[Route, ...]) -> dict[str, Any]:
    models: dict[str, type[BaseModel]] = {Refusal.__name__: Refusal}
    for route in routes:
        models |= {model.__name__: model for model in (route.request, route.answer) if model is not None}
    _, schemas = models_json_schema(
        [(model, "serialization") for _, model in sorted(models.items())], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hearken", "version": str(PROTOCOL), "description": "Real-time transcription of sessions."},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{route.path.replace('/', '_')}".replace("{", "").replace("}", ""),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _in_path(route.path)
        ]
        + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query]
        + [{"name": name, "in": "header", "schema": {"type": "string"}} for name in route.headers
           if name != "Content-Type"],
        "responses": {
            "200": {"description": "Done", **_content(route.produces, route.answer)},
            "default": {"description": "Refused", **_content("application/json", Refusal)},
        },
    }  # fmt: skip
    if not route.open:
        operation["security"] = [{"bearer": []}]
    if route.request is not None:
        operation["requestBody"] = {"required": True, **_content("application/json", route.request)}
    elif route.body is not None:
        operation["requestBody"] = {"required": True, "content": {route.body: {}}}
    return operation


def _content(media_type: str, model: type[BaseModel] | None) -> dict[str, Any]:
    if model is None:
        return {}
    return {"content": {media_type: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}}


def _in_path(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def page(routes: tuple[Route, ...]) -> str:
    sections = "".join(_section(route) for route in routes)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Hearken API</title><style>{_STYLE}</style><h1>Hearken</h1>"
        "<p>This node is running. Recorders and viewers connect by Socket.IO to the namespace <code>/session</code>; "
        "everything else is HTTP with a bearer token from <code>POST /api/v1/auth/login</code>. For programs: "
        "<a href=/api/openapi.json>openapi.json</a>, <a href=/api/wire-schema.json>wire-schema.json</a>. "
        f"How it is doing: <a href=/readyz>readyz</a>.</p>{sections}</html>"
    )


def _section(route: Route) -> str:
    takes = route.request.__name__ if route.request else route.body or ""
    details = [
        f"takes <code>{escape(takes)}</code>" if takes else "",
        "query " + ", ".join(f"<code>{escape(name)}</code>" for name in route.query) if route.query else "",
        "headers " + ", ".join(f"<code>{escape(name)}</code>" for name in route.headers) if route.headers else "",
        f"answers <code>{escape(route.answer.__name__)}</code>" if route.answer else "",
        "" if route.open else "needs a token",
    ]
    return (
        f"<section><h2><code>{route.method} {escape(route.path)}</code></h2><p>{escape(route.summary)}</p>"
        f"<p>{'; '.join(detail for detail in details if detail)}</p></section>"
    )
