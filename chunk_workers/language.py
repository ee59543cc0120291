"""The session's language: told by the first window in which words were heard, then locked until a person says
another."""

from __future__ import annotations

from session_core.change import Change
from session_core.storage import sessions, windows


async def settle_language(change: Change) -> None:
    """Lock the language once a closed window has told it, and let the windows go that waited for it.

    While none has, one window at a time goes ahead of the others: they must not guess different languages.
    """
    if change.session.language is not None:
        return
    language = await windows.first_language(change.connection, change.session.id)
    if language is None:
        await windows.let_one_tell_language(change.connection, change.session.id)
    else:
        await sessions.set_language(change.connection, change.session.id, language)
        await windows.release_language(change.connection, change.session.id, language)
        change.event("session.language", {"language": language})
