"""Routes of the words that are likely to be said. Which patient is meant stands in the body: addresses are kept."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from session_core.messages.message import parse
from session_core.messages.vocabulary import PatientNamed, PatientVocabularyEdit, VocabularyEdit, VocabularyView
from session_core.principal import Principal
from session_core.vocabulary import LONGEST, MOST_OF_ORGANISATION
from stream_server.edge import body_object, respond
from stream_server.http.route import API, Route
from stream_server.vocabulary import Vocabularies

_OWN: Final = f"{API}/vocabulary"
_PATIENT: Final = f"{_OWN}/patient"

VOCABULARY_BYTES: Final = MOST_OF_ORGANISATION * LONGEST * 12
"""Of a full vocabulary in the longest way to write it."""


class VocabularyRoutes:
    def __init__(self, vocabularies: Vocabularies) -> None:
        self._vocabularies = vocabularies

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", _OWN, self.view, "The organisation's vocabulary", answer=VocabularyView),
            Route("PUT", _OWN, self.save, "Change the organisation's vocabulary", VocabularyEdit, VocabularyView),
            Route("POST", _PATIENT, self.view_patients, "A patient's vocabulary", PatientNamed, VocabularyView),
            Route("PUT", _PATIENT, self.save_patients, "Change a patient's vocabulary", PatientVocabularyEdit,
                  VocabularyView),
        )  # fmt: skip

    async def view(self, _request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._vocabularies.view(principal))

    async def save(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(VocabularyEdit, await body_object(request, VOCABULARY_BYTES))
        return respond(await self._vocabularies.save(principal, wanted))

    async def view_patients(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(PatientNamed, await body_object(request))
        return respond(await self._vocabularies.view(principal, wanted.patient_id))

    async def save_patients(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(PatientVocabularyEdit, await body_object(request, VOCABULARY_BYTES))
        return respond(await self._vocabularies.save(principal, wanted, wanted.patient_id))
