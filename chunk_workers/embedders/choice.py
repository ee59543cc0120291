"""Which embedder the settings ask for. Nothing leaves the installation unless they name a provider (P9)."""

from __future__ import annotations

from dataclasses import dataclass

from chunk_workers.embedders.provided import EmbeddingModel, ProvidedEmbedder
from chunk_workers.embedding import TextEmbedder
from chunk_workers.provider import SharedCalls
from session_core.settings import Settings


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """``label`` is for people; ``leaves``: what is embedded leaves this installation."""

    label: str
    embedder: TextEmbedder
    leaves: bool = False


def choose_embedder(settings: Settings, calls: SharedCalls, own: TextEmbedder) -> EmbedderChoice:
    """``own`` is the one that runs here."""
    model = _model(settings)
    if model is None:
        return EmbedderChoice(settings.embedder, own)
    return EmbedderChoice(model.name, ProvidedEmbedder(model, calls.to(settings.embedder)), model.leaves)


def _model(settings: Settings) -> EmbeddingModel | None:
    # Each brings a library of its own that only its user should load.
    name = settings.embedding_model
    if settings.embedder == "gemini" and settings.gemini_api_key and name:
        from chunk_workers.embedders.gemini import GeminiEmbedding
        from chunk_workers.gemini_api import GeminiApi

        return GeminiEmbedding(name, GeminiApi(settings.gemini_api_key.get_secret_value()))
    if settings.embedder == "openai" and settings.openai_url and name:
        from chunk_workers.embedders.openai import OpenAiEmbedding
        from chunk_workers.openai_api import OpenAiApi

        key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else None
        return OpenAiEmbedding(name, OpenAiApi(settings.openai_url, key))
    return None
