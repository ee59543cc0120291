"""What `hearken up` says of where the audio goes."""

from __future__ import annotations

from hearken.up import archiving
from session_core.settings import Settings

SETTINGS = Settings(master_key="A" * 43 + "=")


def test_where_the_audio_goes_and_when_is_said_at_start() -> None:
    moving = SETTINGS.model_copy(update={"archive_url": "file:///srv/archive", "archive_after_s": 90.0})
    assert archiving(moving) == "moves to file:///srv/archive 1.5 min after a session is ready"


def test_audio_that_is_not_archived_is_said_to_stay() -> None:
    assert archiving(SETTINGS.model_copy(update={"archive_url": None})) == "stays in the database"
