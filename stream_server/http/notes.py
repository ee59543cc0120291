"""Routes of the notes that are written from a transcript, and of their templates."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from session_core.errors import Invalid
from session_core.messages.message import parse
from session_core.messages.note import (
    NotesEdit,
    NotesSign,
    NotesView,
    NotesWrite,
    TemplateEdit,
    TemplateList,
    WireTemplate,
)
from session_core.messages.session import StateAnswer
from session_core.principal import Principal
from stream_server.edge import body_object, respond
from stream_server.http.route import API, Route
from stream_server.http.session import ONE, session_id_of
from stream_server.note_templates import NoteTemplates
from stream_server.notes import Notes

_TEMPLATE: Final = f"{API}/note-templates/{{template_id}}"


class NoteRoutes:
    def __init__(self, notes: Notes, templates: NoteTemplates) -> None:
        self._notes = notes
        self._templates = templates

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", ONE + "/notes", self.view, "The notes, as people have changed or signed them",
                  answer=NotesView, query=("generation", "revision")),
            Route("PUT", ONE + "/notes", self.edit, "Change the notes", NotesEdit, NotesView),
            Route("POST", ONE + "/notes/sign", self.sign, "Sign the notes that were seen", NotesSign, NotesView),
            Route("POST", ONE + "/notes/write", self.write, "Have the notes written anew", NotesWrite, StateAnswer),
            Route("GET", f"{API}/note-templates", self.templates, "The templates of notes", answer=TemplateList),
            Route("PUT", _TEMPLATE, self.save, "Make or change a template", TemplateEdit, WireTemplate),
            Route("DELETE", _TEMPLATE, self.delete, "Delete a template"),
        )  # fmt: skip

    async def view(self, request: web.Request, principal: Principal) -> web.Response:
        generation, revision = number_of(request, "generation"), number_of(request, "revision")
        if generation is not None and revision is not None:
            raise Invalid("notes are of a generation or a revision, not of both")
        return respond(await self._notes.view(principal, session_id_of(request), generation, revision))

    async def edit(self, request: web.Request, principal: Principal) -> web.Response:
        session_id = session_id_of(request)
        wanted = parse(NotesEdit, await body_object(request))
        return respond(await self._notes.edit(principal, session_id, wanted))

    async def sign(self, request: web.Request, principal: Principal) -> web.Response:
        session_id = session_id_of(request)
        wanted = parse(NotesSign, await body_object(request))
        return respond(await self._notes.sign(principal, session_id, wanted))

    async def write(self, request: web.Request, principal: Principal) -> web.Response:
        session_id = session_id_of(request)
        wanted = parse(NotesWrite, await body_object(request))
        return respond(await self._notes.write(principal, session_id, wanted.template))

    async def templates(self, _request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._templates.listed(principal))

    async def save(self, request: web.Request, principal: Principal) -> web.Response:
        template_id = _template_id(request)
        return respond(await self._templates.save(principal, template_id, await body_object(request)))

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._templates.delete(principal, _template_id(request))
        return web.Response(status=204)


def number_of(request: web.Request, name: str) -> int | None:
    """Of a generation or a revision in the query; None where none is named."""
    number = request.query.get(name)
    if number is not None and re.fullmatch(r"[1-9][0-9]{0,8}", number) is None:
        raise Invalid(f"{name} must be a whole number from 1")
    return int(number) if number is not None else None


def _template_id(request: web.Request) -> str:
    template_id = request.match_info["template_id"]
    if re.fullmatch(r"[a-z][a-z0-9_]{0,31}", template_id) is None:
        raise Invalid("a template's id is 1 to 32 lower-case letters, digits and _, a letter first")
    return template_id
