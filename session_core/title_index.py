"""A blind index: what is sealed or not kept can be looked up by keyed digests, titles by the beginnings of words."""

from __future__ import annotations

import re

from session_core.envelope import Key

_SHORTEST, _LONGEST, _MOST = 2, 12, 200


def title_terms(key: Key, title: str | None) -> list[bytes]:
    """Digests of every beginning of every word, two to twelve letters long."""
    beginnings = {
        word[:length]
        for word in _words(title)
        for length in range(min(_SHORTEST, len(word)), min(len(word), _LONGEST) + 1)
    }
    return [key.blind(beginning, "title") for beginning in sorted(beginnings)[:_MOST]]


def query_terms(key: Key, query: str) -> tuple[bytes, ...]:
    """What a title must contain all of to be found."""
    return tuple(key.blind(word[:_LONGEST], "title") for word in _words(query)[:20])


def patient_term(key: Key, patient_id: str | None) -> bytes | None:
    return key.blind(patient_id, "patient") if patient_id else None


def client_term(key: Key, client_ref: str) -> str:
    """What a client calls its session may say more than it should: only this digest of it is kept."""
    return key.blind(client_ref, "client reference").hex()


def _words(text: str | None) -> list[str]:
    return re.findall(r"\w+", (text or "").casefold())
