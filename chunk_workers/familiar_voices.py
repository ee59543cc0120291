"""Voices that may be heard in a session and have a name: its clinician's own, and those of the patient's others."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from session_core.keyring import Keyring
from session_core.session import Session
from session_core.storage import artifacts, enrolled_voices, sessions, speakers
from session_core.storage.artifacts import LABELS
from session_core.storage.database import Database

MOST_SESSIONS = 10
"""Voices change slowly; of the sessions in which people named somebody the last ones tell enough."""


class FamiliarVoices:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def of(self, session: Session, maker: str) -> dict[str, list[NDArray[np.float32]]]:
        """Mean voiceprints of the model ``maker`` by name; only names that people gave count."""
        organisation = await self._keyring.organisation(session.org_id)
        known: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
        async with self._database.organisation(session.org_id) as connection:
            own = await enrolled_voices.get(connection, session.org_id, session.created_by, organisation)
            if own is not None and own.maker == maker:
                known[own.name].append(np.array(own.vector, dtype=np.float32))
            for session_id, wrapped in await sessions.of_same_patient(connection, session.id, MOST_SESSIONS):
                key = self._keyring.unwrap_session(organisation, session_id, wrapped)
                labels = await artifacts.newest(connection, session_id, key, LABELS)
                if labels is None or labels.maker != maker:
                    continue
                for speaker in await speakers.of_session(connection, session_id, key):
                    if speaker.name and not speaker.recognised and speaker.id in labels.body["voices"]:
                        known[speaker.name].append(np.array(labels.body["voices"][speaker.id], dtype=np.float32))
        return dict(known)
