"""A voice is enrolled from a sample that its owner speaks; one that does not tell a single voice is refused in words
for who spoke, and none is kept."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator

import numpy as np
import orjson
import pytest

from hearken.dialogue import DIALOGUE
from hearken.embedded import Services
from tests.caller import Caller, Reply
from tests.installation import Installation, Node, Part, installation_on
from tests.sound import RATE, Pcm, file_of, say, tone

NAME = "Dr. Zebedee"


@pytest.fixture(scope="module")
async def installation(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    async with installation_on(services, tmp_path_factory.mktemp("voices")) as own:
        yield own


@pytest.fixture(scope="module")
async def node(installation: Installation) -> Node:
    return await installation.start_node()


@pytest.fixture(scope="module")
async def worker(installation: Installation, node: Node) -> Part:
    return await installation.start_worker()


@pytest.fixture(scope="module")
async def ann(installation: Installation, node: Node, worker: Part) -> Caller:
    return Caller(installation, node, await installation.token(node, installation.ann))


@pytest.fixture(scope="module")
async def bob(installation: Installation, node: Node, worker: Part) -> Caller:
    return Caller(installation, node, await installation.token(node, installation.bob))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Pcm]:
    """About 20 s of each voice of a conversation."""
    folder = tmp_path_factory.mktemp("spoken")
    voices = dict.fromkeys(turn.voice for turn in DIALOGUE)
    return {
        voice: np.concatenate([say(turn.text, folder, voice=voice) for turn in DIALOGUE if turn.voice == voice])
        for voice in voices
    }


async def enrol(one: Caller, data: bytes, media_type: str = "audio/ogg", name: str = NAME) -> Reply:
    body = {"name": name, "consent": True, "media_type": media_type, "audio": base64.b64encode(data).decode()}
    return await one("PUT", "/me/voice", data=io.BytesIO(orjson.dumps(body)))


async def test_a_spoken_sample_enrols_until_it_is_deleted_and_is_not_kept(
    installation: Installation, ann: Caller, bob: Caller, spoken: dict[str, Pcm]
) -> None:
    assert (await ann("GET", "/me/voice")).ok() == {"enrolled_at": None, "name": None}
    for media_type in ("audio/ogg", "audio/wav"):
        enrolled = (await enrol(ann, file_of(spoken["slt"], media_type), media_type)).ok()
        assert enrolled["name"] == NAME
        assert (await ann("GET", "/me/voice")).ok() == enrolled
    assert (await bob("GET", "/me/voice")).ok()["enrolled_at"] is None
    assert await installation.value("SELECT count(*) FROM questions") == 0
    (row,) = await installation.fetch("SELECT * FROM enrolled_voices")
    assert NAME.encode() not in row["body"]
    assert len(row["body"]) < 10_000
    assert (await ann("DELETE", "/me/voice")).status == 204
    assert await installation.value("SELECT count(*) FROM enrolled_voices") == 0
    assert NAME not in installation.said()


async def test_a_sample_that_does_not_tell_one_voice_is_refused_in_words(ann: Caller, spoken: dict[str, Pcm]) -> None:
    one, other = (voice[: 20 * RATE] for voice in spoken.values())
    refused = {
        "nobody is heard": np.zeros(20 * RATE, dtype=np.int16),
        "s of speech are in the sample, at least 10 s": one[: 5 * RATE],
        "more than one voice": np.concatenate([one, other]),
    }
    for words, pcm in refused.items():
        reply = await enrol(ann, file_of(pcm, "audio/ogg"))
        assert reply.refused(400) == "invalid"
        assert words in reply.json["error"]["message"]
    assert (await ann("GET", "/me/voice")).ok()["enrolled_at"] is None


@pytest.mark.parametrize(
    ("data", "media_type", "code"),
    [
        (b"no audio at all", "audio/ogg", "bad_media"),
        (b"OggS and then nothing that can be decoded", "audio/ogg", "bad_media"),
        (file_of(tone(70.0), "audio/ogg"), "audio/ogg", "bad_media"),
        (file_of(tone(70.0), "audio/wav"), "audio/wav", "bad_media"),
        (file_of(tone(1.0), "audio/wav"), "text/plain", "bad_media"),
        (b"\0" * 6_000_001, "audio/wav", "too_large"),
    ],
)
async def test_what_is_no_sample_is_refused(ann: Caller, data: bytes, media_type: str, code: str) -> None:
    assert (await enrol(ann, data, media_type)).refused() == code


async def test_audio_that_is_no_base64_and_a_sample_without_a_name_are_refused(ann: Caller) -> None:
    body = {"name": NAME, "media_type": "audio/ogg", "audio": "?"}
    assert (await ann("PUT", "/me/voice", json=body)).refused() == "invalid"
    assert (await enrol(ann, b"OggS", name=" ")).refused() == "invalid"
    for consent in (None, False):
        told = body | {"audio": "T2dnUw==", "consent": consent}
        assert (await ann("PUT", "/me/voice", json=told)).refused() == "invalid"
