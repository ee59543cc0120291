"""What a connection may ask for: the Socket.IO requests, and what each is answered with."""

from __future__ import annotations

from session_core.messages.chunk import ChunkHeader, ChunkStored
from session_core.messages.message import Answer, Request
from session_core.messages.session import (
    SessionContinue,
    SessionPause,
    SessionResume,
    SessionResumed,
    SessionStart,
    SessionStarted,
    SessionStop,
    SessionUnwatch,
    SessionWatch,
    StateAnswer,
    Watching,
)

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
"""Event, request, answer."""
