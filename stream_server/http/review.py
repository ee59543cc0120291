"""Routes of what people do to a transcript: correct segments, name and merge speakers, type notes, take it along."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from aiohttp import web

from session_core.errors import Invalid
from session_core.messages.message import parse
from session_core.messages.segment import SegmentChanges, WireSegment
from session_core.messages.speaker import SpeakerList, SpeakerMerge, SpeakerName, WireSpeaker
from session_core.messages.transcript import TranscriptView
from session_core.messages.typed_note import NoteList, NoteText, WireNote
from session_core.principal import Principal
from session_core.speaker import SPEAKER_ID
from stream_server.corrections import Corrections
from stream_server.edge import body_object, respond
from stream_server.exports.captions import sub_rip, web_vtt
from stream_server.exports.transcript_text import plain_text
from stream_server.http.route import Route
from stream_server.http.session import ONE, session_id_of
from stream_server.sessions import Sessions
from stream_server.speakers import Speakers
from stream_server.typed_notes import TypedNotes

_FORMATS: dict[str, tuple[str, Callable[[TranscriptView], str]]] = {
    "txt": ("text/plain", plain_text),
    "srt": ("application/x-subrip", sub_rip),
    "vtt": ("text/vtt", web_vtt),
}


class ReviewRoutes:
    def __init__(
        self, sessions: Sessions, corrections: Corrections, speakers: Speakers, typed_notes: TypedNotes
    ) -> None:
        self._sessions = sessions
        self._corrections = corrections
        self._speakers = speakers
        self._typed_notes = typed_notes

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", ONE + "/transcript", self.transcript, "The transcript as JSON, text or captions",
                  answer=TranscriptView, query=("format",)),
            Route("PATCH", ONE + "/segments/{segment_id}", self.edit, "Correct a segment's text or speaker",
                  SegmentChanges, WireSegment),
            Route("GET", ONE + "/speakers", self.speakers, "The session's speakers", answer=SpeakerList),
            Route("PUT", ONE + "/speakers/{speaker_id}", self.name, "Name a speaker", SpeakerName, WireSpeaker),
            Route("POST", ONE + "/speakers/{speaker_id}/merge", self.merge, "Say that two speakers are one",
                  SpeakerMerge, WireSpeaker),
            Route("DELETE", ONE + "/speakers/{speaker_id}/merge", self.separate, "Take a merge back",
                  answer=WireSpeaker, query=("into",)),
            Route("GET", ONE + "/typed-notes", self.notes, "The notes that people typed", answer=NoteList),
            Route("PUT", ONE + "/typed-notes/{note_id}", self.write, "Write, change or remove a note",
                  NoteText, WireNote),
        )  # fmt: skip

    async def transcript(self, request: web.Request, principal: Principal) -> web.Response:
        session_id = session_id_of(request)
        wanted = request.query.get("format") or _accepted(request.headers.get("Accept", ""))
        if wanted != "json" and wanted not in _FORMATS:
            raise Invalid(f"format must be one of json, {', '.join(_FORMATS)}")
        view = await self._sessions.transcript(principal, session_id)
        if wanted == "json":
            response = respond(view)
        else:
            media_type, written = _FORMATS[wanted]
            response = web.Response(
                text=written(view), content_type=media_type, charset="utf-8", headers={"Cache-Control": "no-store"}
            )
        # The name of a file is seen by many: it says nothing of the people in it.
        response.headers["Content-Disposition"] = f'attachment; filename="transcript-{str(session_id)[:8]}.{wanted}"'
        return response

    async def edit(self, request: web.Request, principal: Principal) -> web.Response:
        session_id, segment_id = session_id_of(request), _uuid(request, "segment_id")
        wanted = parse(SegmentChanges, await body_object(request)).model_dump(exclude_unset=True)
        return respond(await self._corrections.edit(principal, session_id, segment_id, wanted))

    async def speakers(self, request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._speakers.listed(principal, session_id_of(request)))

    async def name(self, request: web.Request, principal: Principal) -> web.Response:
        session_id, speaker_id = session_id_of(request), speaker_id_of(request)
        wanted = parse(SpeakerName, await body_object(request))
        return respond(await self._speakers.name(principal, session_id, speaker_id, wanted.name))

    async def merge(self, request: web.Request, principal: Principal) -> web.Response:
        session_id, speaker_id = session_id_of(request), speaker_id_of(request)
        wanted = parse(SpeakerMerge, await body_object(request))
        return respond(await self._speakers.merge(principal, session_id, speaker_id, wanted.into))

    async def separate(self, request: web.Request, principal: Principal) -> web.Response:
        session_id, speaker_id = session_id_of(request), speaker_id_of(request)
        return respond(await self._speakers.separate(principal, session_id, speaker_id, request.query.get("into")))

    async def notes(self, request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._typed_notes.listed(principal, session_id_of(request)))

    async def write(self, request: web.Request, principal: Principal) -> web.Response:
        session_id, note_id = session_id_of(request), _uuid(request, "note_id")
        wanted = parse(NoteText, await body_object(request))
        return respond(await self._typed_notes.write(principal, session_id, note_id, wanted))


def _accepted(accept: str) -> str:
    """The first kind of the header that there is, JSON where it names none."""
    kinds = {media_type: name for name, (media_type, _) in _FORMATS.items()} | {"application/json": "json"}
    asked = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return next((kinds[media_type] for media_type in asked if media_type in kinds), "json")


def _uuid(request: web.Request, name: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise Invalid(f"{name} is no UUID") from None


def speaker_id_of(request: web.Request) -> str:
    speaker_id = request.match_info["speaker_id"]
    if re.fullmatch(SPEAKER_ID, speaker_id) is None:
        raise Invalid("speaker_id must be 1 to 32 letters, digits, - or _")
    return speaker_id
