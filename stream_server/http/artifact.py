"""Routes of what the steps after Stop published."""

from __future__ import annotations

from aiohttp import web

from session_core.errors import NotFound
from session_core.messages.quality import QualityView
from session_core.principal import Principal
from stream_server.artifacts import Artifacts
from stream_server.edge import respond
from stream_server.http.route import Route
from stream_server.http.session import ONE, session_id_of


class ArtifactRoutes:
    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", ONE + "/artifacts/{kind}", self.artifact, "What a step published: `quality`",
                  answer=QualityView),
        )  # fmt: skip

    async def artifact(self, request: web.Request, principal: Principal) -> web.Response:
        if request.match_info["kind"] != "quality":
            raise NotFound("there is no such kind of artifact")
        return respond(await self._artifacts.quality(principal, session_id_of(request)))
