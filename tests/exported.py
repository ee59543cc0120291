"""A session with everything that can be taken along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from session_core.messages.event import Coverage, WindowFailed
from session_core.messages.export import SessionExport
from session_core.messages.note import NotesView, WireSection, WireSignature, WireStatement
from session_core.messages.quality import QualityView
from session_core.messages.segment import WireSegment, WireWord
from session_core.messages.session import SessionView
from session_core.messages.speaker import WireSpeaker
from session_core.messages.transcript import TranscriptView, WireStep
from session_core.messages.typed_note import WireNote
from session_core.session import SessionState

SESSION = UUID("1a2b3c4d-0000-4000-8000-000000000000")
RECORDED, STOPPED = "2026-03-02T09:00:00.500000+00:00", "2026-03-02T09:13:00+00:00"
SIGNED, EXPORTED = "2026-03-02T10:05:00+00:00", "2026-03-03T08:00:00+00:00"


def segment(number: int, text: str, speaker: str | None, *, every_ms: int = 60_000) -> WireSegment:
    at = number * every_ms
    words = [WireWord(w=word, s=at + 300 * n, e=at + 300 * n + 250, p=0.9) for n, word in enumerate(text.split())]
    return WireSegment(
        id=UUID(int=number), start_ms=at, end_ms=at + 5_000, speaker=speaker, text=text, words=words, generation=0
    )


def notes(text: str, quote: str | None, **changes: Any) -> NotesView:
    pain = WireStatement(id="a", text=text, segment_ids=[UUID(int=1), UUID(int=12)], quote=quote)
    risk = WireStatement(
        id="b", text="Denies thoughts of harm.", segment_ids=[], severity="high", risk="self_harm", denied=True
    )
    view = NotesView(
        generation=2,
        newest=2,
        revision=1,
        template="soap",
        template_name="SOAP note",
        writer="extractive",
        language="en",
        screened=True,
        sections=[
            WireSection(key="subjective", title="Subjective", statements=[pain]),
            WireSection(key="plan", title="Plan", statements=[]),
            WireSection(key="risk_flags", title="Risk flags", kind="flags", statements=[risk]),
        ],
        dropped=1,
        tokens=None,
        leaves=False,
        cost=None,
        uncounted=0,
        edited_at=None,
        edited_by=None,
        signed_at=SIGNED,
        signed_by="ann@north.example",
        signatures=[WireSignature(revision=1, signed_at=SIGNED, signed_by="ann@north.example")],
    )
    return view.model_copy(update=changes)


def exported(
    said: str = "it hurts on the left",
    *,
    title: str | None = "First visit",
    patient: str | None = "P-17",
    name: str | None = "Ann",
    typed: str = "looks pale",
    note: str = "Pain on the left side.",
    quote: str | None = "it hurts",
    segments: int = 13,
) -> SessionExport:
    """``said`` is the second segment; the third to fourth minute are a hole, the sixth failed."""
    spoken = [segment(n, said if n == 1 else "good morning", ("S1", "S2", None)[n % 3]) for n in range(segments)]
    recorded_ms = 60_000 * segments
    return SessionExport(
        exported_at=EXPORTED,
        session=SessionView(
            session_id=SESSION,
            state=SessionState.READY,
            title=title,
            patient_id=patient,
            language="en",
            speaker_count=None,
            created_at=RECORDED,
            stopped_at=STOPPED,
            sample_rate=16_000,
            chunk_seconds=15,
            recorded_ms=recorded_ms,
            head=9,
            contiguous_through=51,
            max_seq=51,
            last_seq=51,
        ),
        transcript=TranscriptView(
            session_id=SESSION,
            state=SessionState.READY,
            language="en",
            head=9,
            coverage=Coverage(recorded_ms=recorded_ms, transcribed_ms=recorded_ms, holes=[(130_000, 170_000)]),
            segments=spoken,
            provisional=None,
            removed=[],
            warnings=[],
            failed=[WindowFailed(window_id=SESSION, start_ms=310_000, end_ms=350_000, code="unavailable")],
            speakers=[
                WireSpeaker(id="S1", name=name, merged_into=None),
                WireSpeaker(id="S2", name=None, merged_into=None),
                WireSpeaker(id="S3", name="Merged", merged_into="S1"),
            ],
            typed_notes=[WireNote(id=SESSION, at_ms=61_000, text=typed, written_at=RECORDED)],
            steps=[WireStep(step="label", state="failed", generation=1, code="unavailable")],
        ),
        notes=notes(note, quote),
        quality=QualityView(
            generation=1,
            score=83,
            words=70,
            words_per_minute=5.4,
            missing_share=0.05,
            failed_share=0.05,
            unsure_share=0.004,
            repeated_share=0.0,
            languages={"en": 70},
            unsure=[],
            repeated=[],
            warnings=["parts_failed", "from_a_later_version"],
        ),
    )
