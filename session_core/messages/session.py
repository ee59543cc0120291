"""A session on the wire: its start, its course and its end, and how it is shown."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import Field, StringConstraints, field_validator

from session_core.chunk import MAX_SAMPLE
from session_core.messages.message import Answer, Request
from session_core.session import SessionState

MAX_LAST_SEQ = 1_000_000
"""Half a year of chunks: what names more is a mistake, and its holes would be shown as recorded."""

MOST_PEOPLE = 20
"""Of whom somebody may say that they speak in a session."""

ClientRef = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ShortText = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]
Sample = Annotated[int, Field(ge=0, le=MAX_SAMPLE)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}$")]


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


class SessionStarted(Answer):
    session_id: UUID
    state: SessionState
    next_seq: int


class SessionResume(SessionRequest):
    pass


class SessionResumed(Answer):
    session_id: UUID
    state: SessionState
    stored: list[tuple[int, int]]
    contiguous_through: int
    sealed_through: int
    epoch: str


class SessionPause(SessionRequest):
    at_sample: Sample


class SessionContinue(SessionPause):
    pass


class SessionStop(SessionRequest):
    last_seq: Annotated[int, Field(ge=-1, le=MAX_LAST_SEQ)]


class StopBody(Request):
    last_seq: Annotated[int, Field(ge=-1, le=MAX_LAST_SEQ)]


class StateAnswer(Answer):
    state: SessionState


class SessionWatch(SessionRequest):
    after: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


class Watching(Answer):
    head: int
    state: SessionState


class SessionUnwatch(SessionRequest):
    pass


class StepRetry(Request):
    step: Literal["transcribe", "label", "note", "index"]


class SessionChanges(Request):
    """Fields that are absent stay as they are."""

    title: ShortText | None = None
    patient_id: ShortText | None = None
    language: Language | None = None
    speaker_count: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] | None = None

    @field_validator("language")
    @classmethod
    def _named(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("must name a language")
        return value


class LanguageList(Answer):
    """Primary language subtags, null where no recogniser has said yet what it knows; and whether any recogniser runs:
    while none does, recordings are kept and their words come later."""

    items: list[str] | None
    recogniser_runs: bool


class SessionView(Answer):
    """A session in lists and by itself. ``coverage`` is the newest coverage event's data, if any.

    ``max_seq`` is the highest stored chunk, -1 for none: where it is ``contiguous_through``, no chunk is missing
    between those that came, and holes before ``recorded_ms`` were not recorded. ``speaker_count``: how many people
    somebody said speak, null where the number is found.
    """

    session_id: UUID
    state: SessionState
    title: str | None
    patient_id: str | None
    language: str | None
    speaker_count: int | None
    created_at: str
    stopped_at: str | None
    sample_rate: int
    chunk_seconds: float
    recorded_ms: int
    head: int
    contiguous_through: int
    max_seq: int
    last_seq: int | None
    coverage: dict[str, Any] | None = None


class SessionPage(Answer):
    items: list[SessionView]
    next_cursor: str | None
