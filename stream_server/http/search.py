"""Routes of search. What is looked for is in the body: an address is seen by many."""

from __future__ import annotations

from aiohttp import web

from session_core.messages.message import parse
from session_core.messages.search import AskAnswer, AskRequest, SearchAnswer, SearchRequest, SearchSetup
from session_core.principal import Principal
from stream_server.edge import body_object, respond
from stream_server.http.route import API, Route
from stream_server.http.session import ONE, session_id_of
from stream_server.search import Search


class SearchRoutes:
    def __init__(self, search: Search) -> None:
        self._search = search

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", f"{API}/search", self.search, "Find what was said, by words and by meaning", SearchRequest,
                  SearchAnswer),
            Route("GET", f"{API}/search", self.setup, "By what meanings are compared", answer=SearchSetup),
            Route("POST", ONE + "/ask", self.ask, "Ask a session; the answer is quotes", AskRequest, AskAnswer),
        )  # fmt: skip

    async def search(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(SearchRequest, await body_object(request))
        return respond(await self._search.search(principal, wanted))

    async def setup(self, _request: web.Request, _principal: Principal) -> web.Response:
        return respond(await self._search.setup())

    async def ask(self, request: web.Request, principal: Principal) -> web.Response:
        session_id = session_id_of(request)
        wanted = parse(AskRequest, await body_object(request))
        return respond(await self._search.ask(principal, session_id, wanted.question))
