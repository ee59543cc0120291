"""The language of a session as people say it, and the languages that are known here."""

from __future__ import annotations

from session_core.change import Change
from session_core.errors import Invalid
from session_core.language import primary_subtag
from session_core.storage import sessions, windows, workers
from session_core.storage.workers import ALIVE_S


async def hear_in(change: Change, language: str) -> bool:
    """The session is in ``language``, a BCP 47 tag: whatever was heard in another one is to be heard again. Whether
    there is any.

    Raises ``Invalid`` where the recognisers that run do not know it: what is there would be given up for nothing.
    """
    if language == change.session.language:
        return False
    known = await workers.languages(change.connection, ALIVE_S)
    if known is not None and primary_subtag(language) not in known:
        raise Invalid("the recogniser that runs here does not know this language")
    await sessions.set_language(change.connection, change.session.id, language)
    change.event("session.language", {"language": language})
    failed = await windows.failed(change.connection, change.session.id)
    if not await windows.hear_in(change.connection, change.session.id, primary_subtag(language)):
        return False
    for window in failed:
        change.window_failed(window.id, window.start, window.end, "")
    return True
