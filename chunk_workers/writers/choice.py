"""Which writer the settings ask for. Nothing leaves the installation unless they name a provider (P9)."""

from __future__ import annotations

from dataclasses import dataclass

from chunk_workers.embedding import TextEmbedder
from chunk_workers.noting import NoteWriter
from chunk_workers.provider import ChatModel, Prices, Provider, SharedCalls
from chunk_workers.writers.extractive import ExtractiveWriter
from chunk_workers.writers.model import ModelWriter
from session_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Choice:
    """``label`` is for people; ``provider`` is None where nobody else is asked."""

    label: str
    writer: NoteWriter
    provider: Provider | None

    @property
    def leaves(self) -> bool:
        """Whether transcripts leave this installation for notes."""
        return self.provider is not None and self.provider.leaves

    async def aclose(self) -> None:
        if self.provider is not None:
            await self.provider.aclose()


def choose_writer(settings: Settings, calls: SharedCalls, embedder: TextEmbedder) -> Choice:
    """``embedder`` is one that sends nothing to anybody, for the writer that doesn't either."""
    model = _model(settings)
    if model is None:
        return Choice("extractive", ExtractiveWriter(embedder), None)
    prices = Prices(settings.note_input_price, settings.note_output_price)
    provider = Provider(model, calls.to(settings.chosen_note_writer), prices)
    return Choice(model.name, ModelWriter(provider, settings.note_context_tokens), provider)


def _model(settings: Settings) -> ChatModel | None:
    # Each brings a library of its own that only its user should load.
    name = settings.note_model
    if settings.chosen_note_writer == "gemini" and settings.gemini_api_key and name:
        from chunk_workers.gemini_api import GeminiApi
        from chunk_workers.writers.gemini import GeminiModel

        return GeminiModel(name, GeminiApi(settings.gemini_api_key.get_secret_value()))
    if settings.chosen_note_writer == "openai" and settings.openai_url and name:
        from chunk_workers.openai_api import OpenAiApi
        from chunk_workers.writers.openai import OpenAiModel

        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
        return OpenAiModel(name, OpenAiApi(settings.openai_url, key))
    return None
