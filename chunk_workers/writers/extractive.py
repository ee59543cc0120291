"""The writer that needs nothing: statements are sentences of the transcript."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from chunk_workers.embedding import TextEmbedder
from chunk_workers.notes.extraction import Extraction
from chunk_workers.noting import Desk, Written
from session_core.line import Line
from session_core.note_template import NoteTemplate


class ExtractiveWriter:
    """See ``NoteWriter``."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder

    async def name(self) -> str:
        return f"extractive, {await self._embedder.model()}"

    async def write(self, lines: Sequence[Line], template: NoteTemplate, language: str | None, desk: Desk) -> Written:
        extraction = await asyncio.to_thread(Extraction, lines, template)
        vectors = await self._embedder.embed(extraction.texts)
        model = await self._embedder.model()
        return Written(await asyncio.to_thread(extraction.note, vectors, model=model, language=language))
