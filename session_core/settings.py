"""Every setting of the installation: one typed object, read once from ``HEARKEN_*`` variables.

A name that is not a setting stops the program and says which name was probably meant, because a
misspelt limit that is silently ignored is found out too late.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

PREFIX = "HEARKEN_"


class SettingsError(Exception):
    """The settings cannot be used; the message names each wrong one and what is expected."""


Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """The settings of nodes and workers. Durations are seconds, sizes are bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        "postgresql://hearken_app@127.0.0.1:5432/hearken",
        description="Postgres as the application role, which owns nothing",
    )
    owner_database_url: str | None = Field(
        None, description="Postgres as the role that owns the tables; used by `hearken migrate` alone"
    )
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="Redis; `unix://` addresses work too")
    master_key: SecretStr = Field(
        ..., description="32 random bytes in base64; wraps every organisation's key. Losing it loses the data"
    )

    host: str = Field("127.0.0.1", description="address the node listens on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8080, description="port the node listens on")
    web_client: str | None = Field(
        None, description="folder of the built web client instead of `web_client/dist`; empty: none is served"
    )
    allowed_origins: tuple[str, ...] = Field(
        (), description="web origins besides the node's own that may connect, separated by commas"
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="addresses of proxies whose X-Forwarded-For is believed, separated by commas"
    )
    drain_s: Seconds = Field(10.0, description="how long a stopping node may finish what it has begun")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level that is logged: `debug`, `info`, `warning` or `error`"
    )

    access_token_s: Seconds = Field(900.0, description="life of an access token")
    refresh_token_s: Seconds = Field(14 * 86400.0, description="life of a refresh token")
    logins_per_minute: Count = Field(10, description="sign-in attempts a minute for one account or address")

    max_chunk_bytes: Count = Field(4_000_000, description="largest chunk in bytes")
    max_chunk_seconds: Seconds = Field(60.0, description="longest chunk in seconds of audio")
    max_session_chunks: Count = Field(20_000, description="most chunks of one session")
    credit: Count = Field(8, description="unacknowledged chunks that one connection may have under way")
    user_chunks_per_minute: Count = Field(6_000, description="chunks a minute for one user, on each node")
    user_bytes_per_minute: Count = Field(1_000_000_000, description="bytes a minute for one user, on each node")
    organisation_bytes_per_minute: Count = Field(
        10_000_000_000, description="bytes a minute for one organisation, on each node"
    )
    user_connections: Count = Field(
        100, description="connections, event streams and audio downloads that one user may have open, on each node"
    )
    organisation_connections: Count = Field(
        5_000,
        description="connections, event streams and audio downloads that one organisation may have open, on each node",
    )
    user_requests_per_minute: Count = Field(
        1_200, description="requests a minute other than chunks for one user, on each node"
    )
    max_pending_bytes: Count = Field(
        64_000_000, description="audio that waits in a node to be committed, then `overloaded`"
    )
    max_queued_events: Count = Field(512, description="messages waiting for one slow viewer before it is dropped")
    database_connections: Count = Field(16, description="Postgres connections of one program")
    database_timeout_s: Seconds = Field(8.0, description="longest wait for one statement of a node")

    hole_wait_s: Seconds = Field(20.0, description="how long a missing chunk is waited for before its hole is passed")
    seal_wait_s: Seconds = Field(45.0, description="how long sealing waits after Stop for chunks that are missing")
    interrupted_after_s: Seconds = Field(120.0, description="silence of a recorder after which it counts as vanished")
    seal_interrupted_after_s: Seconds = Field(
        4 * 3600.0, description="how long an interrupted session may be resumed before it is sealed by itself"
    )

    archive_url: str | None = Field(
        None,
        description="object store for the audio of finished sessions, `file:///folder` or `s3://bucket/prefix`, the "
        "same for all nodes and workers; none: it stays in Postgres",
    )
    archive_after_s: Seconds = Field(
        3600.0, description="how long after a session is ready, or has failed, its audio is archived"
    )
    archive_kept_s: Seconds = Field(
        86400.0,
        description="how long an archived file is kept that a newer one replaced or whose session was deleted: longer "
        "than a backup takes",
    )
    archive_endpoint: str | None = Field(None, description="address of an S3 server that is not Amazon's")
    archive_region: str | None = Field(None, description="region of the bucket")
    archive_access_key: str | None = Field(
        None, description="access key id for the bucket; none: from `AWS_*` variables or the machine's role"
    )
    archive_secret_key: SecretStr | None = Field(None, description="the secret that belongs to `archive_access_key`")

    engine: Literal["auto", "whisper", "pocketsphinx"] = Field(
        "auto", description="recogniser: `whisper`, `pocketsphinx`, or `auto`, the best that is present"
    )
    whisper_model: str | None = Field(None, description="folder of a Whisper model, or its name on the hub")
    diarizer: Literal["auto", "dvector", "pyannote"] = Field(
        "auto",
        description="what tells voices apart: `dvector`, `pyannote`, or `auto`, which takes pyannote.audio where it "
        "and a pipeline are present",
    )
    diarizer_model: str | None = Field(
        None, description="folder of a pyannote.audio pipeline, or its name on the hub; its files are run as code"
    )
    allow_download: bool = Field(
        False, description="whether what HEARKEN_WHISPER_MODEL and HEARKEN_DIARIZER_MODEL name may be downloaded"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="where Whisper and pyannote.audio run: `cpu`, `cuda`, or `auto`, a GPU where there is one"
    )
    compute_type: str = Field(
        "auto",
        description="precision of Whisper: `int8`, `int16`, `float16`, `bfloat16`, `float32`, `int8_float16`, "
        "`int8_bfloat16` or `int8_float32`, whichever the device knows, or `auto`, float16 on a GPU and int8 elsewhere",
    )
    recognisers: Annotated[int, Field(ge=0)] = Field(
        0,
        description="recogniser processes of a worker; 0: a Whisper on each device, else one more than processors",
    )
    voice_detector: Literal["silero", "webrtcvad"] = Field(
        "silero", description="what finds speech: `silero`, or `webrtcvad`, which takes keys, noise and music for it"
    )
    provisional: bool = Field(True, description="whether words show before their window is closed")
    recognise_timeout_s: Seconds = Field(300.0, description="longest recognition of one batch of windows")
    decode_timeout_s: Seconds = Field(20.0, description="longest decoding of one chunk")

    note_writer: Literal["auto", "extractive", "gemini", "openai"] = Field(
        "auto",
        description="what writes notes: `extractive`, `gemini`, `openai`, or `auto`, which sends nothing to anybody "
        "unless a provider is set below",
    )
    note_model: str | None = Field(None, description="the provider's name of the model that writes notes")
    gemini_api_key: SecretStr | None = Field(None, description="key for Gemini: transcripts are sent to Google")
    openai_url: str | None = Field(
        None,
        description="address of an OpenAI-compatible API, such as `http://127.0.0.1:11434/v1`: "
        "transcripts are sent there",
    )
    openai_api_key: SecretStr | None = Field(None, description="key for the server at `openai_url`, if it wants one")
    note_context_tokens: Annotated[int, Field(ge=8_000)] = Field(
        32_000, description="tokens that the model takes at once; longer sessions are written in parts"
    )
    note_provider_timeout_s: Seconds = Field(120.0, description="longest wait for one answer of a provider")
    note_calls_at_once: Count = Field(4, description="calls that one worker has under way at a provider")
    note_calls_per_minute: Count = Field(60, description="calls a minute of one worker to a provider")
    note_input_price: Annotated[float, Field(ge=0)] | None = Field(
        None, description="US dollars for a million tokens that the model reads; shown as the cost of notes"
    )
    note_output_price: Annotated[float, Field(ge=0)] | None = Field(
        None, description="US dollars for a million tokens that the model writes"
    )

    embedder: Literal["minilm", "gemini", "openai"] = Field(
        "minilm",
        description="what compares meanings in search: `minilm`, `gemini` or `openai`; a provider is sent every "
        "passage and every question",
    )
    embedding_model: str | None = Field(None, description="the provider's name of the model that embeds")

    lease_s: Seconds = Field(30.0, description="how long claimed work is left to a worker that shows no heartbeat")
    max_attempts: Count = Field(5, description="attempts before a window is shown as failed")
    retry_base_s: Seconds = Field(2.0, description="first pause between attempts; doubles, with jitter")
    reconcile_every_s: Seconds = Field(3.0, description="how often work is looked for in Postgres, hints or not")

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("archive_url")
    @classmethod
    def _is_an_object_store(cls, value: str | None) -> str | None:
        if value is not None and not re.match("file:///.|s3://[^/]", value):
            raise ValueError("is neither a folder, as file:///srv/archive, nor a bucket, as s3://bucket/prefix")
        return value

    @field_validator("master_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            raw = base64.b64decode(value.get_secret_value(), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("is not base64") from None
        if len(raw) != 32:
            raise ValueError(f"holds {len(raw)} bytes instead of 32")
        return value

    @field_validator("openai_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @model_validator(mode="after")
    def _note_writer_is_complete(self) -> Self:
        writer = self.chosen_note_writer
        if writer == "gemini" and self.gemini_api_key is None:
            raise ValueError("the note writer gemini needs HEARKEN_GEMINI_API_KEY")
        if writer == "openai" and self.openai_url is None:
            raise ValueError("the note writer openai needs HEARKEN_OPENAI_URL")
        if writer != "extractive" and not self.note_model:
            raise ValueError(f"the note writer {writer} needs HEARKEN_NOTE_MODEL")
        return self

    @model_validator(mode="after")
    def _embedder_is_complete(self) -> Self:
        if self.embedder == "gemini" and self.gemini_api_key is None:
            raise ValueError("the embedder gemini needs HEARKEN_GEMINI_API_KEY")
        if self.embedder == "openai" and self.openai_url is None:
            raise ValueError("the embedder openai needs HEARKEN_OPENAI_URL")
        if self.embedder != "minilm" and not self.embedding_model:
            raise ValueError(f"the embedder {self.embedder} needs HEARKEN_EMBEDDING_MODEL")
        return self

    @property
    def chosen_note_writer(self) -> Literal["extractive", "gemini", "openai"]:
        """What ``auto`` stands for: a provider that somebody has set, else nobody outside."""
        if self.note_writer != "auto":
            return self.note_writer
        if self.gemini_api_key is not None:
            return "gemini"
        return "openai" if self.openai_url is not None else "extractive"

    @property
    def master_key_bytes(self) -> bytes:
        return base64.b64decode(self.master_key.get_secret_value())

    @property
    def heartbeat_s(self) -> float:
        """How often a lease is renewed: three chances before it runs out."""
        return self.lease_s / 3

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings, or raise :class:`SettingsError` naming all that is wrong at once."""
        given = {key: value for key, value in environ.items() if key.startswith(PREFIX)}
        known = {variable(name): name for name in cls.model_fields}
        unknown = [_unknown(key, list(known)) for key in sorted(given) if key not in known]
        if unknown:
            raise SettingsError("\n".join(unknown))
        try:
            return cls.model_validate({known[key]: value for key, value in given.items()})
        except ValidationError as error:
            raise SettingsError("\n".join(_wrong(item["loc"], item["msg"]) for item in error.errors())) from None


def variable(name: str) -> str:
    """The environment variable of a setting: ``hole_wait_s`` -> ``HEARKEN_HOLE_WAIT_S``."""
    return PREFIX + name.upper()


def _unknown(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f"{key} is not a setting" + (f"; did you mean {close[0]}?" if close else "; README.md lists them")


def _wrong(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    name = f"{variable(str(location[0]))}: " if location else ""
    return f"{name}{message[0].lower()}{message[1:]}"
