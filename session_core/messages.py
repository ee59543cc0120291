"""The wire messages as typed models, from which the JSON Schema and the HTTP description are made.

Names and meanings are those of docs/protocol.md. Unknown fields are ignored, as the contract says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from session_core.chunk import MAX_SAMPLE, Chunk
from session_core.correction import LONGEST_TEXT
from session_core.errors import Invalid
from session_core.media_type import media_type_of
from session_core.segment import Segment, Word
from session_core.session import SessionState
from session_core.speaker import SPEAKER_ID, Speaker
from session_core.typed_note import LONGEST_NOTE, TypedNote

PROTOCOL = 1

MAX_LAST_SEQ = 1_000_000
"""Half a year of chunks: what names more is a mistake, and its holes would be shown as recorded."""

ClientRef = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ShortText = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]
Sample = Annotated[int, Field(ge=0, le=MAX_SAMPLE)]
Seq = Annotated[int, Field(ge=0, le=2**31 - 1)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}$")]
SpeakerId = Annotated[str, StringConstraints(pattern=SPEAKER_ID)]


class Message(BaseModel):
    """Strict: ``"7"`` is no integer and ``true`` is none either."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Request(Message):
    pass


class SessionRequest(Request):
    session_id: Annotated[UUID, Field(strict=False)]


class SessionStart(Request):
    """``client_ref`` makes it idempotent: the same one from the same user finds the same session."""

    client_ref: ClientRef
    title: ShortText | None = None
    patient_id: ShortText | None = None
    language: Language | None = None
    media_type: str = "audio/webm"
    sample_rate: Annotated[int, Field(ge=8000, le=192_000)]
    chunk_seconds: Annotated[float, Field(gt=0, le=60)] = 15.0
    consent: Any = None

    @field_validator("consent")
    @classmethod
    def _small(cls, value: object) -> object:
        try:
            small = len(orjson.dumps(value)) <= 4000
        except TypeError:
            small = False
        if not small:
            raise ValueError("is too long, or cannot be kept")
        return value


class SessionResume(SessionRequest):
    pass


class ChunkHeader(SessionRequest):
    seq: Seq
    first_sample: Sample
    sample_count: Annotated[int, Field(ge=1, le=2**31 - 1)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
    media_type: Annotated[str, StringConstraints(max_length=200)]

    def chunk(self) -> Chunk:
        return Chunk(
            session_id=self.session_id,
            seq=self.seq,
            first_sample=self.first_sample,
            sample_count=self.sample_count,
            sha256=bytes.fromhex(self.sha256),
            media_type=media_type_of(self.media_type),
        )


class SessionPause(SessionRequest):
    at_sample: Sample


class SessionContinue(SessionPause):
    pass


class SessionStop(SessionRequest):
    last_seq: Annotated[int, Field(ge=-1, le=MAX_LAST_SEQ)]


class SessionWatch(SessionRequest):
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class SessionUnwatch(SessionRequest):
    pass


class Login(Request):
    email: Annotated[str, StringConstraints(max_length=320, pattern=r"^[^\x00]*$")]
    password: Annotated[str, StringConstraints(max_length=1000)]


class RefreshToken(Request):
    refresh_token: Annotated[str, StringConstraints(max_length=1000)]


class StopBody(Request):
    last_seq: Annotated[int, Field(ge=-1, le=MAX_LAST_SEQ)]


class StepRetry(Request):
    step: Literal["transcribe"]


class SessionChanges(Request):
    """Fields that are absent stay as they are."""

    title: ShortText | None = None
    patient_id: ShortText | None = None


class SegmentChanges(Request):
    """Fields that are absent stay as they are. ``text`` null gives back what was recognised, an empty one removes the
    segment; ``speaker`` null says that nobody known is speaking."""

    text: Annotated[str, StringConstraints(max_length=LONGEST_TEXT, strip_whitespace=True)] | None = None
    speaker: SpeakerId | None = None


class SpeakerName(Request):
    name: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] | None


class SpeakerMerge(Request):
    into: SpeakerId


class NoteText(Request):
    """An empty ``text`` removes the note."""

    at_ms: Annotated[int, Field(ge=0, le=MAX_SAMPLE)]
    text: Annotated[str, StringConstraints(max_length=LONGEST_NOTE, strip_whitespace=True)]


# Answers


class Answer(Message):
    """Every answer to a Socket.IO request also carries ``ok: true``."""


class SessionStarted(Answer):
    session_id: UUID
    state: SessionState
    next_seq: int


class SessionResumed(Answer):
    session_id: UUID
    state: SessionState
    stored: list[tuple[int, int]]
    contiguous_through: int
    sealed_through: int
    epoch: str


class ChunkStored(Answer):
    seq: int
    sha256: str
    duplicate: bool
    contiguous_through: int
    epoch: str


class StateAnswer(Answer):
    state: SessionState


class Watching(Answer):
    head: int
    state: SessionState


class User(Answer):
    id: UUID
    email: str
    organisation: str


class Tokens(Answer):
    access_token: str
    refresh_token: str
    expires_in: int
    user: User


class SessionView(Answer):
    """A session in lists and by itself. ``coverage`` is the newest coverage event's data, if any."""

    session_id: UUID
    state: SessionState
    title: str | None
    patient_id: str | None
    language: str | None
    created_at: str
    stopped_at: str | None
    sample_rate: int
    chunk_seconds: float
    recorded_ms: int
    head: int
    contiguous_through: int
    last_seq: int | None
    coverage: dict[str, Any] | None = None


class AudioTicket(Answer):
    """``url`` is an address at the node, without its origin; ``expires_in`` is in seconds."""

    url: str
    expires_in: int


class Waveform(Answer):
    """The largest amplitude in each interval from the session's first sample, 0..255; 0 where nothing is recorded."""

    interval_ms: int
    peaks: list[int]


class SessionPage(Answer):
    items: list[SessionView]
    next_cursor: str | None


class Limits(Answer):
    max_chunk_bytes: int
    max_chunk_seconds: float
    credit: int
    media_types: list[str]


class Hello(Answer):
    """The server's first event."""

    protocol: int = PROTOCOL
    epoch: str
    limits: Limits
    server_time_ms: int


class ErrorBody(Answer):
    code: str
    message: str
    retryable: bool
    retry_after_s: float | None = None
    details: dict[str, Any] | None = None


class Refusal(Answer):
    error: ErrorBody


# Events


class WireWord(Message):
    w: str
    s: int
    e: int
    p: float


class WireSegment(Message):
    """A segment on the wire. An empty ``text`` says that it is withdrawn, ``edited`` that a person corrected it."""

    id: UUID
    start_ms: int
    end_ms: int
    speaker: str | None
    text: str
    words: list[WireWord]
    generation: int
    edited: bool = False


class Coverage(Message):
    """Positions in milliseconds; ``holes`` are missing or unreadable stretches, half open, in order."""

    recorded_ms: int
    transcribed_ms: int
    holes: list[tuple[int, int]]


class StateChange(Message):
    state: SessionState


class WindowFailed(Message):
    window_id: UUID
    start_ms: int
    end_ms: int
    code: str


class WireSpeaker(Message):
    """``merged_into``: whatever names this speaker means that one."""

    id: str
    name: str | None
    merged_into: str | None


class NoteTyped(Message):
    """A note of a person; an empty ``text`` says that it was removed."""

    id: UUID
    at_ms: int
    text: str


class QualityWarning(Message):
    """``undecodable_chunk``: the bytes of chunk ``seq`` could not be read, its place is a hole."""

    code: str
    seq: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class WireNote(NoteTyped):
    written_at: str


class Event(Message):
    session_id: UUID
    version: int
    type: Literal[
        "session.state",
        "session.progress",
        "coverage",
        "segment.provisional",
        "segment.final",
        "segment.edited",
        "window.failed",
        "speaker.updated",
        "note.typed",
        "quality.warning",
        "artifact.ready",
        "live.partial",
    ]
    at: str
    data: dict[str, Any]


class TranscriptView(Answer):
    session_id: UUID
    state: SessionState
    language: str | None
    head: int
    coverage: Coverage | None
    segments: list[WireSegment]
    failed: list[WindowFailed]
    speakers: list[WireSpeaker]
    typed_notes: list[WireNote]


class SpeakerList(Answer):
    items: list[WireSpeaker]


class NoteList(Answer):
    items: list[WireNote]


REQUESTS: tuple[tuple[str, type[Request], type[Answer]], ...] = (
    ("session.start", SessionStart, SessionStarted),
    ("session.resume", SessionResume, SessionResumed),
    ("chunk", ChunkHeader, ChunkStored),
    ("session.pause", SessionPause, StateAnswer),
    ("session.continue", SessionContinue, StateAnswer),
    ("session.stop", SessionStop, StateAnswer),
    ("session.watch", SessionWatch, Watching),
    ("session.unwatch", SessionUnwatch, Answer),
)
"""The Socket.IO requests: event, request, answer."""


RequestT = TypeVar("RequestT", bound=Request)


def parse(model: type[RequestT], value: object) -> RequestT:
    """The request in ``value``, or :class:`Invalid` naming the fields that are wrong, never their content."""
    if not isinstance(value, dict):
        raise Invalid("the message must be an object")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid(_wrong_fields(error)) from None


def _wrong_fields(error: ValidationError) -> str:
    wrong = sorted({str(item["loc"][0]) if item["loc"] else "message" for item in error.errors(include_input=False)})
    return "missing or wrong: " + ", ".join(name[:40] for name in wrong)


def wire_word(word: Word) -> dict[str, Any]:
    return {"w": word.text, "s": word.start_ms, "e": word.end_ms, "p": round(word.probability, 3)}


def word_from_wire(value: dict[str, Any]) -> Word:
    return Word(text=value["w"], start_ms=value["s"], end_ms=value["e"], probability=value["p"])


def wire_segment(segment: Segment) -> dict[str, Any]:
    return {
        "id": str(segment.id),
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "speaker": segment.speaker,
        "text": segment.text,
        "words": [wire_word(word) for word in segment.words],
        "generation": segment.generation,
        "edited": segment.edited,
    }


def segment_from_wire(value: Mapping[str, Any]) -> Segment:
    return Segment(
        id=UUID(value["id"]),
        start_ms=value["start_ms"],
        end_ms=value["end_ms"],
        text=value["text"],
        words=tuple(word_from_wire(word) for word in value["words"]),
        speaker=value.get("speaker"),
        generation=value.get("generation", 0),
        edited=value.get("edited", False),
    )


def wire_speaker(speaker: Speaker) -> dict[str, Any]:
    return {"id": speaker.id, "name": speaker.name, "merged_into": speaker.merged_into}


def wire_note(note: TypedNote) -> dict[str, Any]:
    return {
        "id": str(note.id),
        "at_ms": note.at_ms,
        "text": note.text,
        "written_at": note.written_at.astimezone(UTC).isoformat(),
    }
