"""A session that was stopped and transcribed, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from session_core import hints as hinting
from session_core.hints import Hints
from session_core.step import Step
from session_core.storage import artifacts
from stream_server.notes import Notes
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play


async def kinds(play: Play) -> list[tuple[str, int]]:
    rows = await play.clinic.installation.fetch(
        "SELECT kind, generation FROM artifacts WHERE session_id = $1 ORDER BY kind, generation", play.session
    )
    return [(row["kind"], row["generation"]) for row in rows]


async def quality_of(play: Play) -> Any:
    key = await play.clinic.keyring.session(play.clinic.principal.org_id, play.session)
    async with play.clinic.database.organisation(play.clinic.principal.org_id) as connection:
        quality = await artifacts.newest(connection, play.session, key, "quality")
    assert quality is not None
    return quality.body


def speakers(transcript: Mapping[str, Any]) -> list[str | None]:
    return [segment["speaker"] for segment in transcript["segments"]]


def states(log: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["state"] for event in log if event["type"] == "session.state"]


def notes_of(clinic: Clinic) -> Notes:
    return Notes(
        clinic.database, clinic.keyring, clinic.changes, Hints(hinting.connect(clinic.installation.settings.redis_url))
    )


async def status_of(play: Play, step: Step) -> tuple[str, int]:
    found = {each["step"]: each for each in (await play.transcript())["steps"]}[step.value]
    return found["state"], found["generation"]
