"""The route by which a session is taken along as a file."""

from __future__ import annotations

from aiohttp import web

from session_core.errors import Invalid
from session_core.messages.export import SessionExport
from session_core.principal import Principal
from stream_server.exports.export import Exports
from stream_server.exports.forms import FORMS
from stream_server.exports.local_time import UNIVERSAL, zone_named
from stream_server.http.notes import number_of
from stream_server.http.route import Route
from stream_server.http.session import ONE, session_id_of


class ExportRoutes:
    def __init__(self, exports: Exports) -> None:
        self._exports = exports

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", ONE + "/export", self.export, "The session with its notes as a file", answer=SessionExport,
                  query=("format", "time_zone", "revision")),
        )  # fmt: skip

    async def export(self, request: web.Request, principal: Principal) -> web.Response:
        session_id = session_id_of(request)
        form = FORMS.get(request.query.get("format", "json"))
        if form is None:
            raise Invalid(f"format must be one of {', '.join(FORMS)}")
        named = request.query.get("time_zone")
        zone = UNIVERSAL if named is None else zone_named(named)
        return web.Response(
            body=await self._exports.written(principal, session_id, form, zone, number_of(request, "revision")),
            content_type=form.media_type,
            charset=form.charset,
            headers={
                "Cache-Control": "no-store",
                # The name of a file is seen by many: it says nothing of the people in it.
                "Content-Disposition": f'attachment; filename="session-{str(session_id)[:8]}.{form.suffix}"',
            },
        )
