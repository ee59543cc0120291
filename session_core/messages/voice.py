"""A clinician's own voice, enrolled so that later sessions know it by name."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from session_core.messages.message import Answer, Request


class VoiceEnrol(Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class VoiceView(Answer):
    """``enrolled_at`` is null where the user has enrolled none."""

    enrolled_at: str | None
