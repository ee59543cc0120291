"""Passages for measuring search: as many as years of clinics make, put straight into the tables.

Vectors lie around topics, which are real sentences embedded by the real model, so that questions have passages near to
them in every organisation. Words are drawn from a vocabulary as in speech: a few often, most seldom.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import numpy as np
from numpy.typing import NDArray

from chunk_workers.embedders.minilm import MiniLM
from session_core.envelope import Key, organisation_label, session_label
from session_core.passage import PassageBody, PassageId
from session_core.passage_words import digests_of
from session_core.session import SessionDetails
from session_core.storage.passages import seal_body
from session_core.storage.sessions import seal_details

TOPICS = (
    "The knee hurts when climbing stairs.",
    "She has been coughing for three weeks.",
    "He cannot fall asleep at night.",
    "Penicillin gave him a rash.",
    "Her mother died in spring and she cries every day.",
    "The blood pressure is too high.",
    "He drinks a bottle of wine every evening.",
    "Panic comes in crowded trains.",
    "The baby does not gain weight.",
    "The headache begins behind the left eye.",
    "She stopped taking the tablets.",
    "He lost his job and worries about the rent.",
)

_SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "du", "fa", "ge", "ho", "pi")
VOCABULARY = tuple(a + b + c + "m" for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES)
WORDS = 40
"""Of a passage."""

NOISE = 1.2
"""Length of what is added to a topic's vector: passages of a topic then have a cosine of about 0.64 with it."""


@dataclass(frozen=True)
class Clinic:
    """What was stored for one organisation. Row n of ``vectors`` is ``passages[n]``'s."""

    org_id: UUID
    passages: list[PassageId]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Stored:
    clinics: list[Clinic]
    model: str
    questions: list[str]
    asked: NDArray[np.float32]


async def store(
    owner: asyncpg.Connection[asyncpg.Record], master: Key, org_ids: list[UUID], sessions: int, passages: int
) -> Stored:
    """``passages`` of each of so many ``sessions`` of every organisation, written as the role that owns the tables."""
    embedder = MiniLM()
    topics = embedder.embed(TOPICS)
    chance = np.random.default_rng(1)
    await owner.set_type_codec("vector", schema="public", encoder=bytes, decoder=bytes, format="binary")
    await owner.set_type_codec("tsvector", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")
    await owner.execute("DROP INDEX passages_words")
    clinics = [await _clinic(owner, master, org, sessions, passages, topics, embedder.model, chance) for org in org_ids]
    await owner.execute("CREATE INDEX passages_words ON passages USING gin (words) WITH (fastupdate = off)")
    await owner.execute("VACUUM ANALYZE passages")
    await owner.execute("VACUUM ANALYZE passage_vectors")
    # One word that many passages have, and one that few have.
    questions = [
        f"{topic} {chance.choice(VOCABULARY[:50])} {chance.choice(VOCABULARY[50:])}"
        for topic in TOPICS
        for _ in range(4)
    ]
    return Stored(clinics, embedder.model, questions, embedder.embed(questions))


async def _clinic(
    owner: asyncpg.Connection[asyncpg.Record],
    master: Key,
    org_id: UUID,
    sessions: int,
    passages: int,
    topics: NDArray[np.float32],
    model: str,
    chance: np.random.Generator,
) -> Clinic:
    row = await owner.fetchrow(
        "SELECT o.key, u.id FROM organisations o JOIN users u ON u.org_id = o.id WHERE o.id = $1", org_id
    )
    assert row is not None
    organisation = master.unwrap(row["key"], organisation_label(org_id))
    digests = [digests_of(organisation, word)[0].encode() for word in VOCABULARY]
    ids = [uuid4() for _ in range(sessions)]
    keys = {each: Key.generate() for each in ids}
    places = [PassageId(session, number) for session in ids for number in range(passages)]
    vectors = topics[chance.integers(len(topics), size=len(places))]
    noise = chance.normal(scale=NOISE / np.sqrt(vectors.shape[1]), size=vectors.shape)
    vectors = (vectors + noise).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    # Zipf's law, bounded by the vocabulary.
    drawn = np.minimum(chance.zipf(1.3, size=(len(places), WORDS)), len(VOCABULARY)) - 1
    await owner.copy_records_to_table(
        "sessions",
        columns=("org_id", "id", "created_by", "client_ref", "state", "key", "details", "media_type", "sample_rate",
                 "chunk_seconds", "settled"),
        records=[
            (org_id, session, row["id"], session.hex, "ready", organisation.wrap(key, session_label(session)),
             seal_details(key, session, SessionDetails("A title", None, None)), "audio/wav", 16_000, 15.0, True)
            for session, key in keys.items()
        ],
    )  # fmt: skip
    await owner.copy_records_to_table(
        "indexings", columns=("org_id", "session_id", "model"), records=[(org_id, each, model) for each in ids]
    )
    await owner.copy_records_to_table(
        "passages",
        columns=("org_id", "session_id", "number", "start_ms", "end_ms", "words", "body"),
        records=(
            (org_id, place.session_id, place.number, place.number * 20_000, place.number * 20_000 + 19_000,
             _tsvector(digests, words), _body(keys[place.session_id], place, words))
            for place, words in zip(places, drawn.tolist(), strict=True)
        ),
    )  # fmt: skip
    await owner.copy_records_to_table(
        "passage_vectors",
        columns=("org_id", "session_id", "number", "model", "dimension", "embedding"),
        records=(
            (org_id, place.session_id, place.number, model, vectors.shape[1], _binary(vector))
            for place, vector in zip(places, vectors, strict=True)
        ),
    )
    return Clinic(org_id, places, vectors)


def _body(key: Key, place: PassageId, words: list[int]) -> bytes:
    text = " ".join(VOCABULARY[word] for word in words)
    return seal_body(key, place, PassageBody(text, (place.session_id,), "Speaker"))


def _tsvector(digests: list[bytes], words: list[int]) -> bytes:
    """As Postgres sends and receives it: lexemes, each with its places."""
    places: dict[int, list[int]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(place)
    lexemes = (digests[word] + b"\0" + struct.pack(f"!H{len(at)}H", len(at), *at) for word, at in places.items())
    return struct.pack("!I", len(places)) + b"".join(lexemes)


def _binary(vector: NDArray[np.float32]) -> bytes:
    return struct.pack("!HH", len(vector), 0) + vector.astype(">f4").tobytes()


def size_of(stored: Stored) -> int:
    return sum(len(clinic.passages) for clinic in stored.clinics)
