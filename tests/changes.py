"""Changes of sessions as a worker makes them, without a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from session_core import hints as hinting
from session_core.announcement import Announcements
from session_core.background import Background
from session_core.change import Changes
from session_core.envelope import Key
from session_core.keyring import Keyring
from session_core.storage.database import Database
from tests.installation import Installation


@asynccontextmanager
async def changes_on(installation: Installation) -> AsyncIterator[Changes]:
    """They are announced to the installation's nodes."""
    settings = installation.settings
    async with AsyncExitStack() as stack:
        database = await Database.connect(settings.database_url, connections=2, timeout_s=20)
        stack.push_async_callback(database.close)
        redis = hinting.connect(settings.redis_url)
        stack.push_async_callback(redis.aclose, True)
        background, announcements = Background(), Announcements(redis)
        stack.push_async_callback(background.close)
        background.forever("announcements", announcements.run)
        yield Changes(database, Keyring(database, Key(settings.master_key_bytes)), announcements)
