"""Vocabularies over HTTP: an organisation's and a patient's, seen by nobody else and in no clear bytes."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from session_core.storage import sessions
from session_core.storage.database import Database
from session_core.storage.vocabulary import forget_stranger
from tests.caller import Caller
from tests.installation import Installation, until
from tests.integration.routes.heard_session import SECRET

PATIENT = f"{SECRET}-17"


async def write(caller: Caller, words: list[str], patient: str | None = None) -> list[str]:
    """As somebody does who has read it before."""
    if patient is None:
        version = (await caller("GET", "/vocabulary")).ok()["version"]
        saved = await caller("PUT", "/vocabulary", json={"words": words, "version": version})
    else:
        version = (await caller("POST", "/vocabulary/patient", json={"patient_id": patient})).ok()["version"]
        body = {"patient_id": patient, "words": words, "version": version}
        saved = await caller("PUT", "/vocabulary/patient", json=body)
    assert saved.ok()["version"] == version + 1
    return list(saved.ok()["words"])


async def read(caller: Caller, patient: str | None = None) -> list[str]:
    if patient is None:
        return list((await caller("GET", "/vocabulary")).ok()["words"])
    return list((await caller("POST", "/vocabulary/patient", json={"patient_id": patient})).ok()["words"])


async def test_words_are_kept_for_the_organisation_and_for_each_patient(ann: Caller, bob: Caller) -> None:
    assert await write(ann, [" Korvadin ", "korvadin", "Dr. Ostrander"]) == ["Korvadin", "Dr. Ostrander"]
    assert await write(ann, [SECRET], PATIENT) == [SECRET]
    assert await read(ann) == ["Korvadin", "Dr. Ostrander"]
    assert await read(ann, f" {PATIENT} ") == [SECRET]
    assert await read(ann, "P-2") == []
    assert (await bob("GET", "/vocabulary")).ok() == {"words": [], "version": 0}
    assert await read(bob, PATIENT) == []
    assert await write(bob, ["theirs"], PATIENT) == ["theirs"]
    assert await read(ann, PATIENT) == [SECRET]
    assert await write(ann, [], PATIENT) == []
    assert await read(ann, PATIENT) == []


async def test_somebody_elses_change_is_not_overwritten_unseen(ann: Caller) -> None:
    await write(ann, ["mine"])
    version = (await ann("GET", "/vocabulary")).ok()["version"]
    await write(ann, ["theirs"])
    for known in (version, 0, version + 5):
        stale = await ann("PUT", "/vocabulary", json={"words": ["mine"], "version": known})
        assert stale.refused() == "edit_conflict"
    assert await read(ann) == ["theirs"]


@pytest.mark.parametrize(
    "wrong",
    [{"words": "Ada"}, {"words": [7]}, {"words": None}, {"version": -1}, {"version": 2**31}, {"version": None},
     {"words": ["a" * 61]}, {"words": ["a\nb"]}, {"words": ["---"]}, {"words": [f"w{n}" for n in range(501)]}],
)  # fmt: skip
async def test_what_cannot_be_kept_is_refused(ann: Caller, wrong: dict[str, object]) -> None:
    await write(ann, ["as before"])
    version = (await ann("GET", "/vocabulary")).ok()["version"]
    body = {"words": ["Ada"], "version": version} | wrong
    assert (await ann("PUT", "/vocabulary", json=body)).refused() == "invalid"
    assert await read(ann) == ["as before"]


async def test_a_full_vocabulary_is_taken_in_the_longest_way_to_write_it(ann: Caller) -> None:
    words = [f"{number:03}" + "\U00020000" * 57 for number in range(500)]
    assert await write(ann, words) == words
    assert (await ann("PUT", "/vocabulary", data=b" " * 360_001)).refused() == "too_large"


@pytest.mark.parametrize("patient", ["", "  ", None, 7])
async def test_a_patient_who_is_not_named_is_not_the_organisation(ann: Caller, patient: object) -> None:
    named = {"patient_id": patient}
    assert (await ann("POST", "/vocabulary/patient", json=named)).refused() == "invalid"
    edit = named | {"words": ["lost"], "version": 0}
    assert (await ann("PUT", "/vocabulary/patient", json=edit)).refused() == "invalid"


async def test_a_patient_has_a_hundred_words_at_most(ann: Caller) -> None:
    words = [f"word {number}" for number in range(101)]
    body = {"patient_id": "P-3", "words": words, "version": 0}
    refused = await ann("PUT", "/vocabulary/patient", json=body)
    assert refused.refused() == "invalid"
    assert refused.json["error"]["message"] == "101 words are given, 100 are kept at most"
    assert await write(ann, words[:100], "P-3") == words[:100]


async def test_a_patients_words_go_with_the_last_session(ann: Caller, bob: Caller) -> None:
    first, second = [await ann.session(patient_id="P-4") for _ in range(2)]
    for caller in (ann, bob):
        await write(caller, [SECRET], "P-4")
    (await ann("DELETE", f"/sessions/{first}")).ok(204)
    assert await read(ann, "P-4") == [SECRET]
    (await ann("DELETE", f"/sessions/{second}")).ok(204)
    assert (await ann("POST", "/vocabulary/patient", json={"patient_id": "P-4"})).ok() == {"words": [], "version": 0}
    assert await read(bob, "P-4") == [SECRET]
    (await ann("DELETE", f"/sessions/{await ann.session()}")).ok(204)
    await write(ann, ["stays"])
    (await ann("DELETE", f"/sessions/{await ann.session()}")).ok(204)
    assert await read(ann) == ["stays"]


async def test_a_patients_words_go_when_the_last_session_turns_out_to_be_another_patients(ann: Caller) -> None:
    first, second = [await ann.session(patient_id="P-5") for _ in range(2)]
    await write(ann, [SECRET], "P-5")
    for patient in ("P-5", "P-6"):
        (await ann("PATCH", f"/sessions/{first}", json={"patient_id": patient, "title": "renamed"})).ok()
        assert await read(ann, "P-5") == [SECRET]
    (await ann("PATCH", f"/sessions/{second}", json={"patient_id": None})).ok()
    assert await read(ann, "P-5") == []


async def test_a_patients_words_go_when_the_last_two_sessions_are_deleted_at_once(
    installation: Installation, database: Database, ann: Caller
) -> None:
    first, second = [UUID(await ann.session(patient_id="P-7")) for _ in range(2)]
    await write(ann, [SECRET], "P-7")
    org_id = await installation.value("SELECT org_id FROM sessions WHERE id = $1", first)

    async def waits_or_is_done() -> bool:
        return deleting.done() or bool(await installation.value("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    async with database.organisation(org_id) as connection:
        patient = await sessions.delete(connection, first)
        assert patient is not None
        await forget_stranger(connection, patient)
        deleting = asyncio.create_task(ann("DELETE", f"/sessions/{second}"))
        await until(waits_or_is_done)
    (await deleting).ok(204)
    assert await read(ann, "P-7") == []


async def test_neither_words_nor_patient_are_in_clear_bytes_or_in_the_log(
    installation: Installation, ann: Caller
) -> None:
    await write(ann, [SECRET])
    await write(ann, [SECRET], PATIENT)
    await ann("PUT", "/vocabulary/patient", json={"patient_id": PATIENT, "words": [SECRET], "version": 99})
    await ann("PUT", "/vocabulary", json={"words": [f"{SECRET}\x00"], "version": 0})
    await ann.session(patient_id=PATIENT)
    kept = await installation.fetch("SELECT patient, body FROM vocabularies")
    kept += await installation.fetch("SELECT ''::bytea AS patient, body FROM session_hotwords")
    assert len(kept) >= 3
    assert not any(SECRET.encode() in row["body"] + row["patient"] for row in kept)
    assert SECRET not in installation.said()
