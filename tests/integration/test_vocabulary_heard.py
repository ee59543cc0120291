"""From a word in a vocabulary to its spelling in a transcript, by a Whisper that hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hearken.embedded import Services
from tests.caller import Caller
from tests.installation import installation_on, until
from tests.small_whisper import FOLDER
from tests.small_whisper.sentences import aloud
from tests.small_whisper.voices import say
from tests.sound import file_of


async def test_a_name_is_spelt_as_the_patients_vocabulary_has_it_once_the_session_is_that_patients(
    services: Services, tmp_path: Path
) -> None:
    pcm = say(aloud("I saw Catherine Smith on Monday."), "rms").pcm
    async with installation_on(services, tmp_path, engine="whisper", whisper_model=FOLDER) as installation:
        node = await installation.start_node()
        await installation.start_worker()
        ann = Caller(installation, node, await installation.token(node, installation.ann))

        async def text(state: str) -> str:
            async def is_so() -> bool:
                return bool((await ann("GET", f"/sessions/{session}")).ok()["state"] == state)

            await until(is_so, within_s=120)
            transcript: dict[str, Any] = (await ann("GET", f"/sessions/{session}/transcript")).ok()
            return " ".join(segment["text"] for segment in transcript["segments"])

        session = await ann.session(patient_id="P-1")
        (await ann.put(session, 0, file_of(pcm, "audio/wav"), query={"sample_count": len(pcm)})).ok()
        (await ann("POST", f"/sessions/{session}/stop", json={"last_seq": 0})).ok()
        assert await text("ready") == "I saw Catherine Smith on Monday."
        words = {"patient_id": "P-2", "words": ["Katherine Smyth"], "version": 0}
        (await ann("PUT", "/vocabulary/patient", json=words)).ok()
        changed = (await ann("PATCH", f"/sessions/{session}", json={"patient_id": "P-2"})).ok()
        assert changed["state"] == "transcribing"
        assert await text("ready") == "I saw Katherine Smyth on Monday."
