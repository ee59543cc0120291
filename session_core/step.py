"""The steps after Stop: what each makes, and which state of the session follows from them."""

from __future__ import annotations

from enum import StrEnum

from session_core.session import SessionState


class Step(StrEnum):
    """A piece of work on a whole session that one worker does at a time."""

    LABEL = "label"
    """Who speaks where."""
    NOTE = "note"
    """The notes, from the labelled transcript."""
    INDEX = "index"
    """Passages and their embeddings, for search."""
    ARCHIVE = "archive"
    """The audio of a finished session as one file in the object store."""


IN_STATE = {Step.LABEL: SessionState.LABELLING, Step.NOTE: SessionState.NOTING}
"""The steps that a session waits for before it is ready, and what it is called meanwhile."""


def state_after(step: Step) -> SessionState:
    """What follows a step, whether it succeeded or was given up: a step that failed holds up no other, it is shown
    and can be retried by itself."""
    return SessionState.NOTING if step is Step.LABEL else SessionState.READY
