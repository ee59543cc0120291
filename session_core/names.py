"""Every name that two programs must agree on: queues, jobs, channels, rooms, the namespace.

Redis carries ids only; nothing under these names ever holds what was said or who said it.
"""

from __future__ import annotations

from uuid import UUID

NAMESPACE = "/session"
SOCKET_PATH = "/socket.io"

PLAN_QUEUE = "hearken:queue:plan"
RECOGNISE_QUEUE = "hearken:queue:recognise"
PLAN_JOB = "plan_session"
RECOGNISE_JOB = "recognise_next"

ANNOUNCE_CHANNEL = "hearken:announce"
ADAPTER_CHANNEL = "hearken:socketio"

QUESTION_CHANNEL = "hearken_question"
ANSWER_CHANNEL = "hearken_answer"
"""Of Postgres: what is asked holds content, so it goes by a table, and who waits for it hears its id."""


def sign_in_room(sign_in: UUID) -> str:
    return f"sign-in:{sign_in}"


def plan_job_id(session_id: UUID, revision: int) -> str:
    """One job for each state of a session's chunks, so that a repeated hint is one job."""
    return f"plan:{session_id}:{revision}"


def recognise_job_id(window_id: UUID, attempt: int) -> str:
    return f"recognise:{window_id}:{attempt}"
